"""Everything that crosses between nodes and exchange, and a search for what must not be in it.

The tap is a relay on loopback: it keeps the bytes of every connection in both directions, headers
included. What a transport decoded is kept beside it, so that compression or chunks hide nothing.
"""

import base64
import binascii
import hashlib
import json
import re
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress

import httpx
from attrs import define, field

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")


@define
class Wiretap:
    """Listens on a port of its own and passes everything on to `port`."""

    port: int
    raw: list[bytearray] = field(factory=list)
    decoded: list[bytes] = field(factory=list)
    _listener: socket.socket = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def connect(self, url: str) -> httpx.Client:
        """Open a client whose requests and decompressed answers are kept as well."""
        return httpx.Client(
            base_url=url, transport=_Recording(self.decoded), trust_env=False, timeout=60
        )

    def close(self) -> None:
        self._listener.close()

    def layers(self) -> list[bytes]:
        """Return the raw streams, the decoded messages, and what stands in them in base64 or hex.

        Base64 is taken apart again and again: a seal stands inside a letter inside an answer.
        """
        fresh = set(self.decoded)
        found = {bytes(stream) for stream in self.raw} | fresh
        for _ in range(4):
            fresh = {inner for layer in fresh for inner in _unwrapped(layer)} - found
            found |= fresh
        return sorted(found)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._both_ways(client, socket.create_connection(("127.0.0.1", self.port)))

    def _both_ways(self, client: socket.socket, server: socket.socket) -> None:
        up, down = bytearray(), bytearray()
        self.raw += [up, down]

        def relay() -> None:
            with client, server:
                back = threading.Thread(target=_pump, args=(server, client, down))
                back.start()
                _pump(client, server, up)
                back.join()

        threading.Thread(target=relay, daemon=True).start()


class _Recording(httpx.HTTPTransport):
    def __init__(self, kept: list[bytes]) -> None:
        super().__init__()
        self._kept = kept

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._kept.append(f"{request.method} {request.url}".encode())
        self._kept.append(repr(request.headers.raw).encode())
        self._kept.append(request.read())
        answer = super().handle_request(request)
        self._kept.append(repr(answer.headers.raw).encode())
        self._kept.append(httpx.Response(200, headers=answer.headers, stream=answer.stream).read())
        return httpx.Response(
            answer.status_code,
            headers={"Content-Type": answer.headers["Content-Type"]},
            content=self._kept[-1],
        )


@define
class Scanner:
    """Finds any of many patterns in one pass per pattern class.

    A digest counts as found by its beginning: 8 bytes, 16 hex digits or 11 base64 characters, so
    truncated ones are found too. Plain names count in any case and in any surroundings.
    """

    names: dict[bytes, list[bytes]] = field(factory=dict)
    digests: dict[int, set[bytes]] = field(factory=dict)
    shortest: int = 0

    def add_names(self, names: Iterable[bytes]) -> None:
        """Add lower-case names."""
        known = list(names)
        self.shortest = min(map(len, known))
        for name in known:
            self.names.setdefault(name[: self.shortest], []).append(name)

    def add_digest(self, beginning: bytes) -> None:
        self.digests.setdefault(len(beginning), set()).add(beginning)

    def find(self, layer: bytes) -> set[bytes]:
        found: set[bytes] = set()
        for size, beginnings in self.digests.items():
            found |= _windows(layer, size) & beginnings
        folded = layer.lower()
        for beginning in _windows(folded, self.shortest) & self.names.keys():
            found |= {name for name in self.names[beginning] if name in folded}
        return found


def dictionary(hosts: Iterable[str]) -> Scanner:
    """Return a scanner for hosts in plain and hashed, in every spelling of the acceptance."""
    scanner = Scanner()
    plain = {host.lower().removeprefix("www.").encode() for host in hosts}
    scanner.add_names(plain | {host.replace(b".", b"[.]") for host in plain})
    for host in plain:
        for spelling in _spellings(host):
            for name in ("sha256", "sha1", "md5"):
                digest = hashlib.new(name, spelling, usedforsecurity=False).digest()
                scanner.add_digest(digest[:8])
                scanner.add_digest(digest.hex().encode()[:16])
                scanner.add_digest(digest.hex().upper().encode()[:16])
                scanner.add_digest(base64.b64encode(digest)[:11])
                scanner.add_digest(base64.urlsafe_b64encode(digest)[:11])
    return scanner


def _windows(data: bytes, size: int) -> set[bytes]:
    return {data[at : at + size] for at in range(len(data) - size + 1)}


def _spellings(host: bytes) -> Iterator[bytes]:
    for name in (host, b"www." + host):
        for prefix in (b"", b"domain:"):
            yield prefix + name
            yield prefix + name + b"\n"
            yield (prefix + name).upper()


def _unwrapped(layer: bytes) -> Iterator[bytes]:
    """Yield what runs of base64 and hex digits in a message stand for, and JSON's texts."""
    for run in _BASE64.findall(layer):
        text = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            yield base64.b64decode(text + b"=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            continue
    for run in _HEX.findall(layer):
        yield bytes.fromhex(run.decode())
    if layer.startswith(b"{") and b"\\" in layer:
        with suppress(ValueError):
            yield json.dumps(json.loads(layer), ensure_ascii=False).encode()


def _pump(one: socket.socket, other: socket.socket, kept: bytearray) -> None:
    try:
        while data := one.recv(65536):
            kept += data
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return

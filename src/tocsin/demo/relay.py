"""A wiretap between the nodes and the exchange: relays, counts and keeps every byte.

It is no part of the product and knows nothing of it: it copies TCP in both directions. What the
story says about "the bytes that crossed" rests on this record, not on what the product reports.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final, Self

from attrs import Factory, define, frozen

from tocsin.foundation import Closing

_CHUNK: Final = 64 * 1024
_LOOPBACK: Final = "127.0.0.1"


@define
class _Tape:
    """What one connection carried, each way, with the moment (in pieces) at which it came."""

    to_exchange: list[tuple[int, bytes]] = Factory(list)
    to_node: list[tuple[int, bytes]] = Factory(list)


@frozen
class Crossed:
    """What crossed between two marks.

    Attributes:
        connections: how many connections carried something.
        streams: the bytes of each connection and direction, in order, for searching.
    """

    to_exchange: int
    to_node: int
    connections: int
    streams: tuple[bytes, ...]

    @property
    def total(self) -> int:
        """Bytes in both directions."""
        return self.to_exchange + self.to_node


class Wiretap(Closing):
    """Listens on loopback and relays to one exchange; use it as a context manager."""

    def __init__(self, port: int) -> None:
        """Prepare to relay to the exchange on loopback's `port`."""
        self._target = (_LOOPBACK, port)
        self._lock = threading.Lock()
        self._tapes: list[_Tape] = []
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._pieces = 0
        self._closing = threading.Event()
        self._server = socket.create_server((_LOOPBACK, 0))

    @property
    def url(self) -> str:
        """The address that nodes join in place of the exchange's own."""
        return f"http://{_LOOPBACK}:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def close(self) -> None:
        """Stop listening and hang up."""
        self._closing.set()
        # Closing does not wake a thread that sits in accept(); a last connection does.
        with contextlib.suppress(OSError):
            socket.create_connection(self._server.getsockname(), timeout=1).close()
        self._server.close()
        with self._lock:
            open_sockets, threads = list(self._sockets), list(self._threads)
        for each in open_sockets:
            _hang_up(each)
        for thread in threads:
            thread.join(timeout=5)

    def mark(self) -> int:
        """Return a point in time to ask `since` for."""
        with self._lock:
            return self._pieces

    def since(self, mark: int = 0) -> Crossed:
        """Return what has crossed since `mark` (0: since the beginning)."""
        with self._lock:
            out, back, streams, connections = 0, 0, [], 0
            for tape in self._tapes:
                sent = b"".join(piece for at, piece in tape.to_exchange if at >= mark)
                got = b"".join(piece for at, piece in tape.to_node if at >= mark)
                out, back = out + len(sent), back + len(got)
                connections += bool(sent or got)
                streams += [each for each in (sent, got) if each]
        return Crossed(out, back, connections, tuple(streams))

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                node, _ = self._server.accept()
            except OSError:
                return
            if self._closing.is_set():
                node.close()
                return
            try:
                exchange = socket.create_connection(self._target, timeout=10)
            except OSError:
                node.close()
                continue
            self._connect(node, exchange)

    def _connect(self, node: socket.socket, exchange: socket.socket) -> None:
        exchange.settimeout(None)
        tape = _Tape()
        ends = _Ends(node, exchange)
        with self._lock:
            self._tapes.append(tape)
            self._sockets |= {node, exchange}
        self._start(lambda: self._copy(node, exchange, tape.to_exchange, ends))
        self._start(lambda: self._copy(exchange, node, tape.to_node, ends))

    def _copy(
        self,
        source: socket.socket,
        sink: socket.socket,
        pieces: list[tuple[int, bytes]],
        ends: "_Ends",
    ) -> None:
        for piece in _received(source):
            with self._lock:
                pieces.append((self._pieces, piece))
                self._pieces += 1
            try:
                sink.sendall(piece)
            except OSError:
                break
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        if ends.one_done():
            with self._lock:
                self._sockets -= {ends.node, ends.exchange}
            ends.node.close()
            ends.exchange.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()


@define
class _Ends:
    """The two sockets of a connection; the direction that ends last closes them."""

    node: socket.socket
    exchange: socket.socket
    _done: int = 0
    _lock: threading.Lock = Factory(threading.Lock)

    def one_done(self) -> bool:
        with self._lock:
            self._done += 1
            return self._done == 2


def _received(source: socket.socket) -> Iterator[bytes]:
    while True:
        try:
            piece = source.recv(_CHUNK)
        except OSError:
            return
        if not piece:
            return
        yield piece


def _hang_up(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)

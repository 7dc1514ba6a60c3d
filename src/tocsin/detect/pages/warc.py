"""Web archives (WARC 1.0 and 1.1, ISO 28500), plain or packed record by record.

A broken record loses that record: reading goes on at the next one. A file that was cut keeps all
records before the cut, and it is said at which byte.
"""

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from attrs import frozen

from tocsin.detect.pages.bounds import MOST_BODY, MOST_REPAIRS
from tocsin.detect.pages.responses import Notes, Response, media_and_charset, unpacked_body
from tocsin.detect.pages.unpacking import MAGIC, DamageError, Unpacked

_VERSION: Final = b"WARC/1."
_LINE: Final = 16 * 1024
_MOST_HEADERS: Final = 200
_STEP: Final = 1024 * 1024
_MOST_DIGITS: Final = 15
_KEPT: Final = 2 * MOST_BODY
_HTTP: Final = "application/http"


@frozen
class _Record:
    """A record; of a body beyond `_KEPT` bytes only the beginning."""

    at: int
    headers: Mapping[str, str]
    body: bytes


def is_warc(head: bytes) -> bool:
    """Tell whether a file begins as a web archive does; a packed file can be nothing else."""
    return head.startswith((b"WARC/", MAGIC))


def read_warc(stream: BinaryIO, name: str, notes: Notes) -> Iterator[Response]:
    """Yield answers and resources; what else there is, such as requests, is counted."""
    source = Unpacked.of(stream)
    is_found, repairs = True, 0
    while repairs <= MOST_REPAIRS:
        try:
            if not is_found:
                is_found = _seek(source)
            record = _next(source) if is_found else None
        except DamageError as damage:
            notes.fault(damage.kind, f"{name} byte {damage.at}", damage.text)
            is_found, repairs = False, repairs + 1
            continue
        if record is None:
            return
        notes.counts["records"] += 1
        response = _response(record, f"{name} byte {record.at}", notes)
        if response is not None:
            yield response
    notes.fault("too-damaged", f"{name} byte {source.at}", "the rest was left")


def _seek(source: Unpacked) -> bool:
    """Move to the next line that begins a record."""
    begins = True
    while line := source.line(_LINE):
        if begins and line.startswith(_VERSION):
            source.give_back(line)
            return True
        begins = line.endswith(b"\n")
    return False


def _next(source: Unpacked) -> _Record | None:
    line = source.line(_LINE)
    while line in {b"\r\n", b"\n"}:
        line = source.line(_LINE)
    if not line:
        return None
    begun = source.place
    if not line.startswith(_VERSION):
        raise DamageError("no-record", begun, line[:20].decode("latin-1").strip())
    headers = _headers(source, begun)
    said = headers.get("content-length", "")
    if not (said.isascii() and said.isdigit() and len(said) <= _MOST_DIGITS):
        raise DamageError("no-length", begun, said)
    return _Record(begun, headers, _body(source, int(said), begun))


def _headers(source: Unpacked, begun: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        line = source.line(_LINE)
        if not line.endswith(b"\n"):
            raise DamageError("long-header" if line else "cut-off", begun)
        if not line.strip():
            return headers
        key, _, value = line.decode("utf-8", "replace").partition(":")
        headers.setdefault(key.strip().lower(), value.strip())
    raise DamageError("many-headers", begun)


def _body(source: Unpacked, length: int, begun: int) -> bytes:
    kept = bytearray()
    left = length
    while left:
        piece = source.take(min(left, _STEP))
        if not piece:
            raise DamageError("cut-off", begun, f"{length - left} of {length} bytes are there")
        left -= len(piece)
        if len(kept) < _KEPT:
            kept += piece
    return bytes(kept[:_KEPT])


def _response(record: _Record, where: str, notes: Notes) -> Response | None:
    kind, url = record.headers.get("warc-type", ""), record.headers.get("warc-target-uri", "")
    if kind not in {"response", "resource"}:
        notes.counts[f"records of type {kind}"[:60]] += 1
        return None
    if not url:
        notes.fault("no-address", where)
        return None
    media, charset = media_and_charset(record.headers.get("content-type", ""))
    status, body = 200, record.body
    if kind == "response" and media == _HTTP:
        status, headers, body = _http(body)
        media, charset = media_and_charset(headers.get("content-type", ""))
        body = _whole(body, headers, where, notes)
    return Response(
        url=url.strip("<>"),
        where=where,
        body=body[:MOST_BODY],
        media=media,
        charset=charset,
        status=status,
        address=record.headers.get("warc-ip-address", ""),
    )


def _http(message: bytes) -> tuple[int, dict[str, str], bytes]:
    """Split an HTTP message (RFC 9112 section 2.1) into status, headers and body."""
    head, blank, body = message.partition(b"\r\n\r\n")
    if not blank:
        head, _, body = message.partition(b"\n\n")
    first, *lines = head[: _MOST_HEADERS * _LINE].decode("latin-1").splitlines() or [""]
    said = first.split()[1:2]
    status = int(said[0]) if said and said[0].isascii() and said[0].isdigit() else 0
    headers: dict[str, str] = {}
    for line in lines[:_MOST_HEADERS]:
        key, _, value = line.partition(":")
        headers.setdefault(key.strip().lower(), value.strip())
    return status, headers, body


def _whole(body: bytes, headers: Mapping[str, str], where: str, notes: Notes) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _joined(body, where, notes)
    found = unpacked_body(body, headers.get("content-encoding", ""), where, notes)
    return found or b""


def _joined(body: bytes, where: str, notes: Notes) -> bytes:
    """Join chunks (RFC 9112 section 7.1); writers that joined them already left the header."""
    pieces: list[bytes] = []
    at = 0
    while at < len(body):
        end = body.find(b"\r\n", at, at + 1_000)
        said = body[at:end].partition(b";")[0].strip() if end >= 0 else b""
        if not said or len(said) > _MOST_DIGITS or said.strip(b"0123456789abcdefABCDEF"):
            if pieces:
                notes.fault("broken-chunks", where)
            return b"".join(pieces) if pieces else body
        size = int(said, 16)
        if not size:
            break
        pieces.append(body[end + 2 : end + 2 + size])
        at = end + 4 + size
    return b"".join(pieces)

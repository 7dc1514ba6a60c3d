"""Pages saved as one file with all their parts (MHTML, RFC 2557), as Chromium writes them.

Parts are read flat: a browser nests none.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator, Mapping
from email.parser import BytesHeaderParser
from typing import BinaryIO, Final

from tocsin.detect.pages.bounds import MOST_BODY
from tocsin.detect.pages.responses import Notes, Response, media_and_charset

_HEAD: Final = 16 * 1024
_MOST_FILE: Final = 64 * 1024 * 1024
_MOST_PARTS: Final = 2_000
_RELATED: Final = re.compile(
    rb"^content-type:\s{0,9}multipart/related;[^\0]{0,500}?boundary=\"?([^\s\";]{1,100})",
    re.IGNORECASE | re.MULTILINE,
)


def is_mhtml(head: bytes) -> bool:
    """Tell whether a file begins as a page with its parts does."""
    return _RELATED.search(head) is not None


def read_mhtml(stream: BinaryIO, name: str, notes: Notes) -> Iterator[Response]:
    """Yield the parts of a file; one that was cut keeps the parts before the cut."""
    raw = stream.read(_MOST_FILE + 1)
    if len(raw) > _MOST_FILE:
        notes.fault("file-too-long", name)
    found = _RELATED.search(raw[:_HEAD])
    if found is None:
        notes.fault("unknown-form", name)
        return
    mark = b"--" + found[1]
    whole, end, _ = raw.partition(mark + b"--")
    _, *parts = whole.split(mark, _MOST_PARTS + 1)
    if not end:
        notes.fault("cut-off", f"{name} byte {len(raw)}", "the last part was left")
        parts = parts[:-1]
    if len(parts) > _MOST_PARTS:
        notes.fault("too-many-parts", name)
    for number, part in enumerate(parts[:_MOST_PARTS], start=1):
        notes.counts["records"] += 1
        response = _part(part, f"{name} part {number}", notes)
        if response is not None:
            yield response


def _part(part: bytes, where: str, notes: Notes) -> Response | None:
    head, _, body = part.lstrip(b"\r\n").partition(b"\r\n\r\n")
    headers = _headers(head[:_HEAD])
    url = headers.get("content-location", "")
    media, charset = media_and_charset(headers.get("content-type", ""))
    if not url.startswith(("http://", "https://")):
        notes.counts["framed"] += media == "text/html"
        return None
    plain = _decoded(body.removesuffix(b"\r\n"), headers.get("content-transfer-encoding", ""))
    if plain is None:
        notes.fault("broken-transfer-coding", where)
        return None
    if len(plain) > MOST_BODY:
        notes.fault("page-too-long", where)
    return Response(url=url, where=where, body=plain[:MOST_BODY], media=media, charset=charset)


def _headers(head: bytes) -> Mapping[str, str]:
    return {key.lower(): str(value) for key, value in BytesHeaderParser().parsebytes(head).items()}


def _decoded(body: bytes, coding: str) -> bytes | None:
    """Undo a transfer encoding (RFC 2045 section 6)."""
    coding = coding.strip().lower()
    if coding == "quoted-printable":
        return a2b_qp(body)
    if coding != "base64":
        return body
    try:
        return a2b_base64(body)
    except Error:
        return None

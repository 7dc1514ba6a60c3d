"""HTTP archives as browsers export them (HAR 1.2, W3C draft of 2012-08-14).

An entry that is broken loses that entry; a file cut in the middle keeps the entries before the cut.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import BinaryIO, Final

from tocsin.detect.pages.bounds import MOST_BODY
from tocsin.detect.pages.responses import PAGES, Notes, Response, media_and_charset
from tocsin.foundation import JsonObject, JsonValue
from tocsin.intake.encodings import guess_encoding
from tocsin.intake.jsonpieces import Element, Trouble
from tocsin.intake.jsonstream import exact_decoder, read_json

_HEAD: Final = 4096
_OK: Final = 200
_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object"})


def is_har(head: bytes) -> bool:
    """Tell whether a file begins as a HAR does: as an object of JSON."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_har(stream: BinaryIO, name: str, notes: Notes) -> Iterator[Response]:
    """Yield the answers that hold a body.

    Args:
        name: of the file, for messages.
    """
    encoding = guess_encoding(stream.read(_HEAD))
    stream.seek(0)
    pieces = read_json(
        stream,
        encoding,
        arrays=frozenset({"entries"}),
        inside=frozenset({"log"}),
        decoder=exact_decoder(),
    )
    count = 0
    for piece in pieces:
        if isinstance(piece, Trouble):
            notes.fault(piece.kind, f"{name} byte {piece.at}")
        elif isinstance(piece, Element) and piece.key == "entries":
            count += 1
            notes.counts["records"] += 1
            where = f"{name} entry {piece.index + 1}"
            response = _response(piece.value, where, notes)
            if response is not None:
                yield response
    if not count:
        notes.fault("no-entries", name)


def _response(entry: JsonValue, where: str, notes: Notes) -> Response | None:
    said = _object(entry)
    request, answer = _object(said.get("request")), _object(said.get("response"))
    content, url = _object(answer.get("content")), request.get("url")
    if not isinstance(url, str) or not answer:
        notes.fault("no-address", where)
        return None
    if _header(request, "sec-fetch-dest") in _FRAMES:
        notes.counts["framed"] += 1
        return None
    body = _body(content, where, notes)
    media, charset = media_and_charset(_text(content, "mimeType"))
    status, address = answer.get("status"), _text(said, "serverIPAddress").strip("[]")
    if body is None:
        if media in PAGES and status == _OK:
            notes.fault("no-content", where)
        return None
    is_text = _text(content, "encoding") != "base64"
    return Response(
        url=url,
        where=where,
        body=body,
        media=media,
        charset="utf-8" if is_text else charset,
        status=status if isinstance(status, int) else 0,
        address=address,
        names=_names(_object(said.get("_securityDetails") or answer.get("_securityDetails"))),
    )


def _body(content: JsonObject, where: str, notes: Notes) -> bytes | None:
    text = _text(content, "text")
    if not text:
        return None
    if _text(content, "encoding") != "base64":
        return _cut(text.encode("utf-8", "replace"), where, notes)
    try:
        return _cut(base64.b64decode(text, validate=False), where, notes)
    except (binascii.Error, ValueError):
        notes.fault("broken-base64", where)
        return None


def _cut(body: bytes, where: str, notes: Notes) -> bytes:
    if len(body) > MOST_BODY:
        notes.fault("page-too-long", where)
    return body[:MOST_BODY]


def _header(request: JsonObject, name: str) -> str:
    headers = request.get("headers")
    for each in headers if isinstance(headers, list) else []:
        if isinstance(each, dict) and str(each.get("name")).lower() == name:
            return str(each.get("value")).lower()
    return ""


def _names(details: JsonObject) -> tuple[str, ...]:
    """Return the names of a certificate, as Chromium and what drives it note them."""
    listed = details.get("sanList")
    found = [details.get("subjectName"), *(listed if isinstance(listed, list) else [])]
    return tuple(dict.fromkeys(each for each in found[:200] if isinstance(each, str)))


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _text(said: JsonObject, key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""

"""Invented pages, and the files that browsers and archivers would keep of them."""

import base64
import gzip
import io
import json
from binascii import b2a_qp
from typing import Any

from tocsin.detect.pages import Captures, read_capture

GAZETTE = "https://towngazette.example/"
FAKE = "https://towngazette-live.test/"
ICON = b"\x00\x00\x01\x00 the gazette's own picture"
_PLACES = ("harbour", "council", "theatre", "bridge", "market", "school", "station", "museum")


def story(about: str, count: int = 8) -> str:
    """Paragraphs that no other subject has."""
    return "".join(
        f"<p>On day {at} the {place} of {about} was opened again after a long dispute about {about}"
        f" money, said speaker number {at} of the {about} committee for the {place}.</p>"
        for at, place in enumerate(_PLACES[:count])
    )


def page(
    title: str = "Harbour news | Town Gazette",
    *,
    head: str = "",
    body: str = "",
    theme: str = "div",
    about: str = "harbour",
) -> str:
    """A page; `theme` is the element that its cards are made of."""
    cards = "".join(
        f"<{theme} class='card'><h{1 + at % 5}><a href='/{at}'>{about} {at}</a></h{1 + at % 5}>"
        f"{'<ul><li><i>x</i></li></ul>' * (at % 4)}{'<p><b>y</b></p>' * (at % 3)}</{theme}>"
        for at in range(24)
    )
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><nav>{cards}</nav><main>{story(about)}</main>{body}</body></html>"
    )


def entry(url: str, body: str | bytes, media: str = "text/html", **more: Any) -> dict[str, Any]:
    """An entry of a HAR."""
    content: dict[str, Any] = {"mimeType": media}
    if isinstance(body, str):
        content["text"] = body
    else:
        content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    request = {"url": url, "headers": more.pop("headers", [])}
    return {"request": request, "response": {"status": 200, "content": content}, **more}


def har(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def response(
    url: str, body: str | bytes, media: str = "text/html; charset=utf-8", more: str = ""
) -> bytes:
    """A record of a WARC that holds an HTTP answer."""
    raw = body.encode() if isinstance(body, str) else body
    message = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n{more}\r\n".encode() + raw
    return record(message, url)


def record(payload: bytes, url: str = GAZETTE, kind: str = "response") -> bytes:
    head = (
        f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2024-09-13T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:0>\r\n"
        "WARC-IP-Address: 198.51.100.7\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(payload)}\r\n"
    )
    return head.encode() + b"\r\n" + payload + b"\r\n\r\n"


def mhtml(*parts: tuple[str, str, bytes]) -> bytes:
    """A page with its parts, of URL, media type and body each, as Chromium writes it."""
    mark = "----MultipartBoundary--aB1----"
    head = (
        f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {parts[0][0]}\r\nMIME-Version: 1.0"
        f'\r\nContent-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="{mark}"\r\n'
    )
    whole = head.encode() + b"\r\n\r\n"
    for url, media, body in parts:
        is_text = media.startswith("text/")
        coding = "quoted-printable" if is_text else "base64"
        coded = b2a_qp(body) if is_text else base64.encodebytes(body)
        whole += (
            f"--{mark}\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: {coding}\r\n"
            f"Content-Location: {url}\r\n\r\n"
        ).encode() + coded + b"\r\n"  # fmt: skip
    return whole + f"--{mark}--\r\n".encode()


def packed(*records: bytes) -> bytes:
    return b"".join(gzip.compress(each) for each in records)


def read(*files: bytes, url: str = "") -> Captures:
    found = Captures()
    for at, each in enumerate(files):
        read_capture(io.BytesIO(each), f"file{at}", found, url)
    return found

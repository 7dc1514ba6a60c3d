"""Reading a request's body: bounded in what arrives and in what it inflates to."""

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from tocsin.exchange.limits import MAX_CONTENT_BYTES
from tocsin.exchange.server.coding import inflated
from tocsin.exchange.server.media import HttpError

_PLAIN: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})


async def read_body(request: Request) -> bytes:
    """Return the body, never holding more than `MAX_CONTENT_BYTES` of it in either form.

    Raises:
        HttpError: 413 for one that is or becomes longer, 415 for a coding other than gzip, 400
            for a gzip that is none.
    """
    coding = request.headers.get("content-encoding", "").strip().lower()
    if coding not in _PLAIN | _GZIP:
        # RFC 9110 §15.5.16: say which codings would have been understood.
        raise HttpError(
            415, "send the body as it is or as gzip", headers={"Accept-Encoding": "gzip"}
        )
    body = await _arrived(request)
    if coding in _PLAIN:
        return body
    return await run_in_threadpool(inflated, body, MAX_CONTENT_BYTES)


async def _arrived(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or len(declared) > 18:
        raise HttpError(400, "the content length is no number")
    too_long = HttpError(413, f"the body is longer than {MAX_CONTENT_BYTES} bytes")
    if int(declared) > MAX_CONTENT_BYTES:
        raise too_long
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_CONTENT_BYTES:
            raise too_long
        parts.append(part)
    return b"".join(parts)

"""Reading a request's body: bounded in what arrives and in what it inflates to."""

import asyncio
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from tocsin.exchange.limits import MAX_CONTENT_BYTES
from tocsin.exchange.server.coding import inflated
from tocsin.exchange.server.media import HttpError

_PLAIN: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip"})

PATIENCE_S: Final = 30.0
"""How long a body may take that hardly comes."""

SLOWEST_BYTES_PER_S: Final = 2_048
"""What a line must carry beyond that: ten megabytes may take an hour and a half, not for ever."""


async def read_body(request: Request) -> bytes:
    """Return the body, never holding more than `MAX_CONTENT_BYTES` of it in either form.

    Raises:
        HttpError: 413 for one that is or becomes longer, 415 for a coding other than gzip, 400
            for a gzip that is none or a caller that hangs up, 408 for one that keeps us waiting.
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
    size, begun = 0, asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(begun + PATIENCE_S) as limit:
            async for part in request.stream():
                size += len(part)
                if size > MAX_CONTENT_BYTES:
                    raise too_long
                parts.append(part)
                limit.reschedule(begun + PATIENCE_S + size / SLOWEST_BYTES_PER_S)
    except TimeoutError:
        raise HttpError(408, "the body comes too slowly", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise HttpError(400, "the caller hung up") from None  # nobody reads it; no error of ours
    return b"".join(parts)

"""gzip on the way in and out: inflation is bounded, and what is compressed together is one object.

Compression tells by its length how much two texts have in common. A feed sets objects of several
authors side by side, and whoever runs an operation chooses the names of the domains that others
report: compressed together, the length of an answer would let them test what stands beside their
own. So the window is reset between objects (`Z_FULL_FLUSH`): the length of each depends on that
object alone. On signed indicators this saves 35% where one common window would save 86%.
"""

import zlib
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request

from tocsin.exchange.server.media import HttpError, quality_of

_GZIP: Final = 16 + zlib.MAX_WBITS
_FASTEST: Final = 1
_MAX_MEMBERS: Final = 16
WORTH_IT: Final = 1_024
"""Shorter bodies are sent as they are."""


def inflated(packed: bytes, limit: int) -> bytes:
    """Return what a gzip body holds (RFC 1952), some members one after another included.

    Raises:
        HttpError: 413 as soon as more than `limit` bytes come out, 400 when it is no whole gzip.
    """
    parts: list[bytes] = []
    size = 0
    while packed:
        if len(parts) == _MAX_MEMBERS:
            raise HttpError(400, "the gzip body has too many members")
        stream = zlib.decompressobj(_GZIP)
        try:
            part = stream.decompress(packed, limit + 1 - size)
        except zlib.error as error:
            raise HttpError(400, "the body is no gzip") from error
        size += len(part)
        if size > limit:
            raise HttpError(413, f"the body inflates to more than {limit} bytes")
        if not stream.eof:
            raise HttpError(400, "the gzip body ends too early")
        parts.append(part)
        packed = stream.unused_data
    return b"".join(parts)


def wants_gzip(request: Request) -> bool:
    """Tell whether an answer may be gzip (RFC 9110 §12.5.3): it is named, or any coding is."""
    said = {
        coding: quality
        for each in ",".join(request.headers.getlist("accept-encoding")).split(",")
        for coding, quality in [quality_of(each)]
    }
    return said.get("gzip", said.get("x-gzip", said.get("*", 0.0))) > 0


def deflated(pieces: Iterable[bytes]) -> bytes:
    """Return gzip in which no piece can be told to resemble another."""
    stream = zlib.compressobj(_FASTEST, zlib.DEFLATED, _GZIP)
    parts: list[bytes] = []
    for piece in pieces:
        parts.append(stream.compress(piece))
        parts.append(stream.flush(zlib.Z_FULL_FLUSH))
    parts.append(stream.flush())
    return b"".join(parts)

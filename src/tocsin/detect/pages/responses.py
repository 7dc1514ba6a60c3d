"""One captured answer of a server, whatever file it was kept in."""

import zlib
from collections import Counter
from typing import Final

from attrs import field, frozen

from tocsin.detect.faults import Faults
from tocsin.detect.pages.bounds import MOST_BODY

PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})
"""Media types of pages."""

_PLAIN: Final = frozenset({"", "identity"})
_WINDOWS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@frozen(kw_only=True)
class Response:
    """An answer with its body as the browser would have it.

    Attributes:
        url: that was asked for, whole.
        media: the media type in lower case without parameters, empty when nobody said it.
        charset: that the server named, empty when it named none.
        where: file and place in it, for messages.
        address: of the server, empty when it was not kept.
        names: that the server's certificate holds.
    """

    url: str
    where: str
    body: bytes
    media: str = ""
    charset: str = ""
    status: int = 200
    address: str = ""
    names: tuple[str, ...] = ()


@frozen
class Notes(Faults):
    """What came of reading captures, beside their pages.

    Attributes:
        counts: `records` of all kinds; `framed`: pages that another page showed inside itself.
    """

    counts: Counter[str] = field(factory=Counter)


def media_and_charset(content_type: str) -> tuple[str, str]:
    """Split the value of a Content-Type header (RFC 9110 section 8.3)."""
    media, _, rest = content_type[:1_000].partition(";")
    for each in rest.split(";"):
        name, _, value = each.partition("=")
        if name.strip().lower() == "charset":
            return media.strip().lower(), value.strip(" '\"").lower()
    return media.strip().lower(), ""


def unpacked_body(body: bytes, encoding: str, where: str, notes: Notes) -> bytes | None:
    """Undo a content coding (RFC 9110 section 8.4), within bounds.

    Returns:
        At most `MOST_BODY` bytes; None when the coding cannot be undone, which is named.
    """
    coding = encoding.strip().lower()
    if coding in _PLAIN:
        return body
    if coding not in _WINDOWS:
        notes.fault("unknown-content-coding", where, coding)
        return None
    for window in (_WINDOWS[coding], -15) if coding == "deflate" else (31,):
        inflating = zlib.decompressobj(window)
        try:
            found = inflating.decompress(body, MOST_BODY)
        except zlib.error:
            continue
        if inflating.unconsumed_tail:
            notes.fault("page-too-long", where)
        return found
    notes.fault("broken-content-coding", where, coding)
    return None

"""Text out of bytes, by simple rules: marks, then NUL patterns, then UTF-8, then Windows-1252.

Lines are bounded: of a line above the limit only the two ends are held, and it is named.
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from msgspec import Struct

MAX_LINE: Final = 1024 * 1024
END_KEPT: Final = 32 * 1024
"""Characters that are kept of either end of a line that is too long."""

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED: Final = re.compile("[\udc80-\udcff]")


class Line(Struct, frozen=True, gc=False):
    """One line without its end.

    Attributes:
        fault: a defect kind, empty when the line was read as it stands. The text of a line that
            is too long is its beginning and its end, with a line feed for what was left out
            between them: a line holds no other. Where an odd number of quotes was left out, one
            stands before the line feed, so that quotes still pair.
    """

    text: str
    fault: str = ""


def guess_encoding(head: bytes) -> str:
    """Return the codec for bytes that begin with `head`."""
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return codec
    sample = head[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    # Text in UTF-16 has its NULs on one side; a block of NULs, as a crash leaves it, on both.
    if len(sample) >= 4 and even + odd > len(sample) // 4 and max(even, odd) > 4 * min(even, odd):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8" if _is_mostly_utf8(head) else "cp1252"


def read_lines(stream: BinaryIO, encoding: str, *, limit: int = MAX_LINE) -> Iterator[Line]:
    """Yield the lines of a stream; `\\n`, `\\r\\n` and `\\r` all end one."""
    wrapped = io.TextIOWrapper(stream, encoding=encoding, errors=_errors(encoding), newline=None)
    try:
        while text := wrapped.readline(limit + 1):
            if len(text) > limit and not text.endswith("\n"):
                yield _ends_of(text, wrapped, limit)
                continue
            yield mend(text.removesuffix("\n"))
    except UnicodeError as error:
        yield Line(str(error), "truncated")
    finally:
        wrapped.detach()


def mend(text: str) -> Line:
    """Return a line whose undecodable bytes are read as Windows-1252."""
    if text.isascii() or not _ESCAPED.search(text):
        return Line(text, "undecodable" if "\ufffd" in text else "")
    raw = text.encode("utf-8", "surrogateescape")
    return Line(raw.decode("cp1252", "replace"), "wrong-encoding")


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding.startswith("utf-8") else "replace"


def _ends_of(text: str, wrapped: io.TextIOWrapper, limit: int) -> Line:
    """Read a line that is too long to its end, holding two pieces of it at most."""
    kept = min(END_KEPT, limit // 2)
    head, last = text[:kept], text[kept:]
    before, quotes = "", 0
    while not last.endswith("\n") and (rest := wrapped.readline(limit)):
        quotes += before.count('"')
        before, last = last, rest
    rest = (before + last).removesuffix("\n")
    quotes += rest[:-kept].count('"')
    end = '"\n' if quotes % 2 else "\n"
    return Line(f"{mend(head).text}{end}{mend(rest[-kept:]).text}", "line-too-long")


def _is_mostly_utf8(head: bytes) -> bool:
    """Tell whether UTF-8 explains the bytes: at least as many good sequences as bad bytes."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=False)
    except UnicodeDecodeError:
        text = head.decode("utf-8", "surrogateescape")
        bad = len(_ESCAPED.findall(text))
        good = sum(1 for char in text if not char.isascii()) - bad
        return good >= bad
    return True

"""The words of a text as coordination-network-toolkit's `co_similar_tweet` sees them.

It cuts at the word boundaries of the library `regex`, which are those of Unicode (UAX #29, WB1 to
WB999) but for three habits that are kept here: an apostrophe stays with a vowel after it, marks
between a letter and the punctuation after it hide the letter that follows, and an odd number of
regional indicators holds on to whatever comes next.
"""

import json
import re
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

# Unicode's White_Space, at which the toolkit ends a mention; Python's own \s has four more.
_SPACE: Final = r"\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_MENTION: Final = re.compile(f"@[^{_SPACE}]*")

_OTHER: Final = "."
_CODES: Final = {
    "CR": "\r",
    "LF": "\n",
    "Newline": "N",
    "Extend": "x",
    "Format": "f",
    "ZWJ": "z",
    "Regional_Indicator": "I",
    "Katakana": "K",
    "Hebrew_Letter": "H",
    "ALetter": "A",
    "Single_Quote": "'",
    "Double_Quote": '"',
    "MidNumLet": "B",
    "MidLetter": "M",
    "MidNum": "m",
    "Numeric": "D",
    "ExtendNumLet": "U",
    "WSegSpace": " ",
}
"""A letter for each class of Word_Break, so that a text's classes are a text too."""

_BREAKS: Final = frozenset("\r\nN")
_IGNORED: Final = frozenset("xfz")
_PAIRS: Final = frozenset(
    one + two
    for left, right in (
        ("AH", "AHD"),
        ("D", "AHD"),
        ("H", "'"),
        ("K", "K"),
        ("AHDKU", "U"),
        ("U", "AHDK"),
    )
    for one, two in product(left, right)
)
"""WB5, WB7a, WB8 to WB10, WB13 to WB13b."""
_BRIDGES: Final = frozenset(
    one + middle + two
    for ends, middles in (("AH", "MB'"), ("H", '"'), ("D", "mB'"))
    for one, middle, two in product(ends, middles, ends)
)
"""WB6, WB7, WB7b, WB7c, WB11, WB12."""
_APOSTROPHES: Final = frozenset("'\u2019")
_VOWELS: Final = frozenset("aàáâeèéêiìíîoòóôuùúû")


class _Classes(dict[int, str]):
    def __missing__(self, point: int) -> str:
        return _OTHER


def without_mentions(text: str) -> str:
    """Return the text in lower case, without what starts with an @ up to the next space."""
    return _MENTION.sub("", text.lower())


def words(text: str) -> frozenset[str]:
    """Return the different words of a text: what is between boundaries, punctuation too."""
    text = without_mentions(text)
    kinds = text.translate(_classes())
    pieces, start, at = [], 0, 0
    while at < len(text):
        if not _is_boundary(text, kinds, at):
            at += 1
            continue
        pieces.append(text[start:at])
        start = _after_gap(text, kinds, at)
        at = max(start, at + 1)
    pieces.append(text[start:])
    return frozenset(word for piece in pieces for word in piece.split())


def _after_gap(text: str, kinds: str, at: int) -> int:
    """Return where the next word begins: behind spaces and one apostrophe."""
    while at < len(text) and kinds[at] == " ":
        at += 1
    return at + text.startswith("'", at)


def _is_boundary(text: str, kinds: str, at: int) -> bool:
    """Tell whether a word ends before `at`, which is inside the text."""
    if at == 0:
        return True
    left, right = kinds[at - 1], kinds[at]
    if left == "\r" and right == "\n":
        return False
    if left in _BREAKS or right in _BREAKS:
        return True
    if left == right == " " or right in _IGNORED:
        return False
    if left == "z" and ord(text[at]) in _pictures():
        return False
    last = at - 1
    while last >= 0 and kinds[last] in _IGNORED:
        last -= 1
    return last >= 0 and not _holds_on(text, kinds, last, at)


def _holds_on(text: str, kinds: str, last: int, at: int) -> bool:
    """Tell whether two characters with nothing but ignored ones between are of one word."""
    left, right = kinds[last], kinds[at]
    if left + right in _PAIRS:
        return True
    if text[last] in _APOSTROPHES and text[at] in _VOWELS:
        return True
    around = (left + kinds[at : at + 2], kinds[max(last - 1, 0) : last + 1] + right)
    if not _BRIDGES.isdisjoint(around):
        return True
    flags = last + 1 - len(kinds[: last + 1].rstrip("I"))
    return flags % 2 == 1


@cache
def _classes() -> _Classes:
    return _Classes(
        (point, code) for name, code in _CODES.items() for point in _points(_table()[name])
    )


@cache
def _pictures() -> frozenset[int]:
    return frozenset(_points(_table()["Extended_Pictographic"]))


@cache
def _table() -> dict[str, list[str]]:
    raw = files("tocsin.detect.coordination.compat").joinpath("word_break.json").read_text("utf-8")
    found: dict[str, list[str]] = json.loads(raw)
    return found


def _points(lines: list[str]) -> list[int]:
    """Return the code points of stretches such as `30-39 660`."""
    found: list[int] = []
    for each in " ".join(lines).split():
        first, _, last = each.partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found

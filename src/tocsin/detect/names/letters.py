"""Names as a reader sees them: skeletons, transliteration, edits, lure words.

Skeletons follow the idea of UTS #39, section 4: what looks alike becomes equal. The letters are
those of the texts' table; digits that stand for letters are ours.
"""

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

_DIGITS: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "q": "g", "5": "s", "3": "e"})
_SPELLED: Final = dict(
    zip("абвгґдеєзиіїйклмнопрстуфыьъэ", "abvggdeeziiyiklmnoprstufy  e", strict=True)
) | {"ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}  # noqa: RUF001
_GREEK: Final = dict(
    zip("αβγδεζηθικλμνξοπρσςτυφχψω", "avgdezitiklmnxoprssty" + "fhpo", strict=True)
)
_SPELLING: Final = str.maketrans(
    {key: value.strip() for key, value in (_SPELLED | _GREEK | {"ё": "e"}).items()}
)
_DOUBLED: Final = re.compile(r"(.)\1+")
_MAX_LURED: Final = 40
_WORD: Final = re.compile(r"[^\W_]+")


def skeleton(label: str) -> str:
    """Return what all labels that look like this one have in common; hyphens stay."""
    if not label.isascii():
        label = _plain(label.translate(_confusables()))
    label = label.translate(_DIGITS)
    if "rn" in label:
        label = label.replace("rn", "m")
    return label.replace("vv", "w") if "vv" in label else label


def transliterated(text: str) -> str:
    """Return Cyrillic and Greek letters as they are commonly written in Latin ones."""
    return _plain(text.lower().translate(_SPELLING))


def spelled(name: str) -> tuple[str, ...]:
    """Return the labels that a person would register for a name: glued together."""
    words = _WORD.findall(_plain(transliterated(name)))
    joined = "".join(words)
    return (joined,) if joined else ()


@cache
def words_of(table: str, name: str) -> frozenset[str]:
    """Return a list of words from our table, such as `lures`, `mail`."""
    return frozenset(_table()[table][name].split())


@cache
def lures() -> dict[str, str]:
    """Return the kind of each lure word by its skeleton."""
    return {skeleton(word): kind for kind in _table()["lures"] for word in words_of("lures", kind)}


@lru_cache(maxsize=65536)
def lured(rest: str) -> tuple[str, ...] | None:
    """Return the lure words and numbers that `rest` (a skeleton) is put together of, if it is."""
    if not rest or len(rest) > _MAX_LURED:
        return None
    known = lures()
    ways: list[tuple[str, ...] | None] = [(), *(None for _ in rest)]
    for start, way in enumerate(ways):
        if way is None:
            continue
        for end in range(start + 1, min(len(rest), start + 16) + 1):
            piece = rest[start:end]
            if ways[end] is None and piece in known:
                ways[end] = (*way, piece)
            elif ways[end] is None and len(piece) == 1 and (piece == "-" or piece in _YEARS):
                ways[end] = way
    return ways[len(rest)]


_YEARS: Final = frozenset("246789")
"""Digits that no skeleton changes; the others have become letters."""


def edits(one: str, other: str, most: int) -> int | None:
    """Return the optimal string alignment distance, None when it is above `most`."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [at]
        for to, seen in enumerate(other, start=1):
            cost = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != seen))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == seen:
                cost = min(cost, earlier[to - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def squeezed(text: str) -> str:
    """Return the text without repeated letters."""
    return _DOUBLED.sub(r"\1", text)


def _plain(text: str) -> str:
    return "".join(
        each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)
    ).lower()


@cache
def _table() -> dict[str, dict[str, str]]:
    raw = files("tocsin.detect.names").joinpath("words.toml").read_text("utf-8")
    return tomllib.loads(raw)


@cache
def _confusables() -> dict[int, str]:
    raw = files("tocsin.detect").joinpath("texts", "homoglyphs.toml").read_text("utf-8")
    pairs = tomllib.loads(raw)["classes"].values()
    return {ord(a): b for alike, plain in pairs for a, b in zip(alike, plain, strict=True)}

"""Counts that lists give in place of names: `423 X accounts` is a quantity, not an account."""

import json
import re
import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from attrs import frozen

from tocsin.records.observables.platforms import is_platform, platform_name

_NUMBER: Final = re.compile(
    r"(?P<about>[~≈<>]|[^\W\d_][\w .]{0,19}?[ .])?\s?"
    r"(?P<number>[0-9][0-9,. \u00a0\u202f\u2019']{0,18})(?P<more>\+ ?)?"
    r"(?P<rest>[^\W\d_].{0,79})",
    re.DOTALL,
)
_WORDS: Final = re.compile(r"[^\W_]+")
_ASCII_SIGNS: Final = bytes(code for code in range(128) if not chr(code).isalnum())
_ON_PLATFORMS: Final = re.compile(r"(?P<unit>.*?)\s+(?:on|sur|auf)\s+(?P<where>[\w /&]{1,60})")


@frozen
class Quantity:
    """How many of something a list speaks of without naming them.

    Attributes:
        count: the number as written; `1.9 million` is 1,900,000.
        unit: singular, such as `account`, `page`, `group`, `follower`.
        platform: by its name in the platform table, None when none or several are named.
        is_approximate: the text says about, nearly, over, less than.
    """

    count: int
    unit: str
    platform: str | None = None
    is_approximate: bool = False


def read_quantity(text: str) -> Quantity | None:
    """Return the quantity that the whole text states, None when it states something else.

    `About 1,000 accounts followed one of these Pages` is a sentence, not a quantity.
    """
    bare = " ".join(text[:200].split()).strip(" .")
    if len(text) > 200 or not any(map(str.isdecimal, bare)):
        return None
    matched = _NUMBER.fullmatch(bare)
    if matched is None:
        return None
    words = _vocabulary()
    about = (matched["about"] or "").strip(" .").casefold()
    if about and about not in words["approximations"] and about not in "~≈<>":
        return None
    rest, where = _split_platforms(matched["rest"])
    scale, rest = _scale(rest)
    count = _count(matched["number"], scale)
    noun = _noun(rest)
    if count is None or noun is None:
        return None
    unit, named = noun
    platform = named or (platform_name(where) if where and is_platform(where) else None)
    return Quantity(count, unit, platform, bool(about or matched["more"]) or scale > 1)


def is_placeholder(text: str) -> bool:
    """Tell whether a cell was left to be filled in: `à remplir`, `tbd`, `n/a`, `xxx`, `?`."""
    if len(text) > 40 or not text.strip():
        return False
    if text.isascii():
        letters = text.lower().encode().translate(None, _ASCII_SIGNS).decode()
    else:
        plain = unicodedata.normalize("NFKD", text.casefold())
        letters = "".join(_WORDS.findall(plain.replace("\u0300", "").replace("\u0301", "")))
    if not letters:
        return all(sign in "-\u2013\u2014?.\u2026_*/#()[]<>{} \t\n" for sign in text)
    return letters in _vocabulary()["placeholders"]


def _split_platforms(rest: str) -> tuple[str, str | None]:
    matched = _ON_PLATFORMS.fullmatch(rest)
    if matched is None:
        return rest, None
    named = [part.strip() for part in re.split(r"\band\b|\bet\b|&|,", matched["where"])]
    if not all(is_platform(part) for part in named):
        return rest, None
    return matched["unit"], named[0] if len(named) == 1 else None


def _scale(rest: str) -> tuple[int, str]:
    first, _, others = rest.partition(" ")
    factor = _vocabulary()["scales"].get(first.casefold(), 1)
    return (factor, others) if factor > 1 and others else (1, rest)


def _count(number: str, scale: int) -> int | None:
    bare = re.sub(r"[\s\u2019']", "", number).rstrip(".,")
    if re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]{1,15}", bare) and scale == 1:
        return int(re.sub(r"[.,]", "", bare))
    matched = re.fullmatch(r"([0-9]{1,9})(?:[.,]([0-9]{1,3}))?", bare)
    if matched is None or scale == 1:
        return None
    fraction = matched[2] or ""
    return int(matched[1] + fraction) * scale // int("1" + "0" * len(fraction))


def _noun(rest: str) -> tuple[str, str | None] | None:
    """Read `Facebook accounts`, `comptes X` or `fake accounts` as unit and platform."""
    vocabulary = _vocabulary()
    words = [word for word in rest.split() if word.casefold() not in vocabulary["qualifiers"]]
    if not 1 <= len(words) <= 4:
        return None
    for unit_at in (len(words) - 1, 0):
        unit = vocabulary["units"].get(words[unit_at].casefold().strip(".,;:"))
        if unit is None:
            continue
        others = " ".join(words[:unit_at] + words[unit_at + 1 :])
        if not others:
            return unit, None
        if is_platform(others):
            return unit, platform_name(others)
    return None


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, Any]:
    raw = files("tocsin.records.observables").joinpath("vocabulary.json").read_text("utf-8")
    words = json.loads(raw)
    return {
        "units": {form: unit for unit, forms in words["units"].items() for form in forms},
        "approximations": frozenset(words["approximations"]),
        "scales": words["scales"],
        "qualifiers": frozenset(words["qualifiers"]),
        "placeholders": frozenset(words["placeholders"]),
    }

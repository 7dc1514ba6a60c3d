"""How one label imitates a name: the same, misspelled, between hyphens, with other words."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.names.index import GRAM, TWO_EDITS, Index, Key, Kind, dropped
from tocsin.detect.names.letters import (
    edits,
    lured,
    lures,
    skeleton,
    squeezed,
    transliterated,
    words_of,
)
from tocsin.detect.names.matches import Match, Rule, match_of

_CONTAINED: Final = 8
_GLUED_LURE: Final = 4
_PARTS: Final = 4
_FARTHEST: Final = 2 * GRAM + 3
"""No run of a name that may be two edits away begins at or behind this letter."""
NAMING: Final = frozenset({"access", "mail", "office"})
"""Kinds of lure words that name what a person is to log in to."""


def label_matches(label: str, suffix: str, index: Index) -> list[Match]:
    """Return the names that a label imitates, in the letters that it looks like."""
    seen = skeleton(label)
    whole = seen.replace("-", "") if "-" in seen else seen
    if whole in index.exact:
        return [each for key in index.exact[whole] for each in _whole(label, suffix, key)]
    found = [match_of(Rule.WRITTEN, each, "glued", label) for each in index.glued.get(whole, ())]
    found += [
        match_of(Rule.EDIT, key, how, label) for key, how in _misspelled(whole, index, at_least=4)
    ]
    if len(seen) != len(whole):
        found += _tokens(seen, index)
    if not found:
        found += _glued(whole, index)
    return found


def _whole(label: str, suffix: str, key: Key) -> Iterator[Match]:
    """An ordinary word wants a second signal: a suffix that is sold, a hyphen, other letters."""
    if label == key.raw:
        how = suffix_kind(suffix)
        if key.kind is Kind.DISTINCT or how not in {"generic suffix", "country"}:
            yield match_of(Rule.SUFFIX, key, how, label)
    elif label.replace("-", "") == key.raw.replace("-", ""):
        yield match_of(Rule.SUFFIX, key, "hyphen", label)
    else:
        yield match_of(Rule.LOOKS, key, "letters", label)


def suffix_kind(suffix: str) -> str:
    """Say who can register under a suffix: anybody, or mostly those of a country."""
    if suffix in words_of("suffixes", "generic"):
        return "generic suffix"
    if suffix in words_of("suffixes", "sold"):
        return "country code that is sold"
    is_country = len(suffix.rpartition(".")[2]) == 2
    return "country" if is_country else "new or private suffix"


def transliterations(label: str, index: Index) -> Iterator[Match]:
    """Yield names that the label spells in another script."""
    seen = skeleton(transliterated(label)).replace("-", "").replace(" ", "")
    for each in index.exact.get(seen, ()):
        yield match_of(Rule.SPELLED, each, "script", label)


def _misspelled(seen: str, index: Index, at_least: int) -> Iterator[tuple[Key, str]]:
    """Yield names that are an edit away, two for long names, or differ in doubled letters."""
    length = len(seen)
    if length < 4:
        return
    candidates: dict[Key, None] = {}
    for at in range(min(length - GRAM + 1, _FARTHEST)):
        for key, place in index.grams.get(seen[at : at + GRAM], ()):
            most = 2 if len(key.text) >= TWO_EDITS else 1
            if abs(len(key.text) - length) <= most and abs(place - at) <= most:
                candidates[key] = None
    if 4 <= length <= 8:
        for form in dropped(seen):
            candidates.update(dict.fromkeys(index.dropped.get(form, ())))
    candidates.update(dict.fromkeys(index.doubled.get(squeezed(seen), ())))
    for key in candidates:
        if len(key.text) < at_least:
            continue
        how = edit_kind(key.text, seen)
        if how:
            yield key, how


def edit_kind(key: str, seen: str) -> str | None:
    """Name the edit between two skeletons, None when they are equal or too far apart.

    Kinds differ much in how often chance makes them.
    """
    length = len(key)
    if squeezed(key) == squeezed(seen):
        return "doubled" if length > 4 or len(seen) > length else None
    far = edits(key, seen, 2 if length >= TWO_EDITS else 1)
    if not far or length < 5:
        return None
    kinds = {
        "two edits": far == 2,
        "first letter": key[0] != seen[0],
        "letter behind": len(seen) > length and seen.startswith(key),
        "last letter lost": len(seen) < length and key.startswith(seen),
        "swapped": len(seen) == length and sorted(key) == sorted(seen),
        "replaced": len(seen) == length,
        "added": len(seen) > length,
        "lost": True,
    }
    return next(kind for kind, holds in kinds.items() if holds)


def _tokens(seen: str, index: Index) -> Iterator[Match]:
    parts = [each for each in seen.split("-") if each]
    for at, part in enumerate(parts):
        rest = [*parts[:at], *parts[at + 1 :]]
        lure = bool(rest) and all(lured(each) is not None or len(each) == 2 for each in rest)
        how = "lure" if lure else "other words"
        for key in index.glued.get(part, ()):
            yield match_of(Rule.WRITTEN, key, "glued, between hyphens", part)
        for key in index.exact.get(part, ()):
            if key.kind is Kind.DISTINCT or lure:
                yield match_of(Rule.TOKEN, key, how, "-".join(parts))
        if part not in index.exact and part not in lures():
            for key, edit in _misspelled(part, index, at_least=6):
                if lure or len(key.text) >= _CONTAINED:
                    yield match_of(Rule.AFFIX_EDIT, key, f"{edit}, {how}", "-".join(parts))
    for size in range(2, min(len(parts), _PARTS)):
        for at in range(len(parts) - size + 1):
            keys = index.exact.get("".join(parts[at : at + size]), ())
            distinct = (key for key in keys if key.kind is Kind.DISTINCT)
            yield from (match_of(Rule.TOKEN, key, "several", "-".join(parts)) for key in distinct)


def _glued(seen: str, index: Index) -> Iterator[Match]:
    length = len(seen)
    told = set()
    for at in range(length - 2):
        keys = [key for key, place in index.grams.get(seen[at : at + GRAM], ()) if not place]
        if at == 0:
            keys += [*index.exact.get(seen[:3], ()), *index.exact.get(seen[:2], ())]
        if at == length - 3:
            keys += index.exact.get(seen[-3:], ())
        for key in keys:
            if key.text in told or not seen.startswith(key.text, at):
                continue
            how = _inside(key, seen[:at], seen[at + len(key.text) :])
            if how:
                told.add(key.text)
                rule = Rule.INSIDE if how == "among other letters" else Rule.AFFIX
                yield from (match_of(rule, each, how, seen) for each in index.exact[key.text])
    if not told and length >= 9:
        yield from _lured_misspelling(seen, index)


def _inside(key: Key, before: str, behind: str) -> str | None:
    """Tell how a name stands in a label, None when chance may well have put it there."""
    sides = [lured(each) for each in (before, behind) if each]
    words = [word for side in sides if side for word in side]
    if all(side is not None for side in sides) and (words or key.kind is Kind.DISTINCT):
        only = words[0] if len(words) == 1 else ""
        fits = key.kind is Kind.SHORT or lures().get(only) in NAMING
        if key.kind is Kind.DISTINCT or (len(only) >= _GLUED_LURE and fits):
            return "lure"
    if key.kind is Kind.DISTINCT and len(key.text) >= _CONTAINED:
        return "among other letters"
    return None


def _lured_misspelling(seen: str, index: Index) -> Iterator[Match]:
    for size in range(3, min(len(seen) - 5, 12)):
        for rest, word in ((seen[:-size], seen[-size:]), (seen[size:], seen[:size])):
            if word in lures():
                for key, edit in _misspelled(rest, index, at_least=6):
                    if key.kind is Kind.DISTINCT:
                        yield match_of(Rule.AFFIX_EDIT, key, f"{edit}, lure", seen)

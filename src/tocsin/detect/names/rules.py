"""By which rules a host imitates a name. Pure: nothing is resolved, looked up or remembered."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from attrs import frozen

from tocsin.detect.names.entities import Entity
from tocsin.detect.names.hosts import Split, split_host
from tocsin.detect.names.index import GOVERNMENT, GRAM, TWO_EDITS, Index, Key, Kind, dropped
from tocsin.detect.names.letters import (
    edits,
    lured,
    lures,
    skeleton,
    squeezed,
    transliterated,
    words_of,
)

_MAX_LABEL: Final = 40
_CONTAINED: Final = 8
_GLUED_LURE: Final = 4
_PARTS: Final = 4
_FARTHEST: Final = 2 * GRAM + 3
"""No run of a name that may be two edits away begins at or behind this letter."""
_NAMING: Final = frozenset({"access", "mail", "office"})
_RESTRICTED: Final = words_of("suffixes", "restricted")


class Rule(StrEnum):
    """What was done to the name."""

    SUFFIX = "other-suffix"
    LOOKS = "look-alike-letters"
    SPELLED = "transliterated"
    EDIT = "misspelled"
    TOKEN = "name-between-hyphens"  # noqa: S105 - no password
    AFFIX = "name-with-lure-word"
    AFFIX_EDIT = "misspelled-with-lure-word"
    INSIDE = "name-inside"
    WRITTEN = "domain-written-out"
    BELOW = "name-as-subdomain"
    STATE = "forged-government"
    LURE = "lure-words-only"
    KNOWN = "adversary's-own-name"


@frozen
class Match:
    """One rule that holds.

    Attributes:
        entity: who is imitated; None where lure words name nobody.
        key: the protected name, as its holder writes it.
        how: the kind of change, of which the background rate is kept.
        form: what stands in the host.
        kind: how distinctive the name is.
        length: of the name in letters.
    """

    rule: Rule
    entity: Entity | None
    key: str
    how: str
    form: str
    kind: Kind
    length: int

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Of what the background rate is counted."""
        name = self.entity.name if self.entity else ""
        return name, self.key, str(self.rule), self.how


def find_matches(host: str, index: Index) -> list[Match]:
    """Return the rules that hold for an ACE host, none twice for one name.

    A host that is an entity's own, stands below one, or is a shared domain itself gives nothing.
    """
    if host in index.known:
        known = index.known[host]
        return [Match(Rule.KNOWN, known, host, "same", host, Kind.DISTINCT, len(host))]
    if _is_owned(host, index.owned):
        return []
    split = split_host(host)
    if split is None or _is_restricted(split.suffix):
        return []
    below = tuple(each for each in split.below if each != "www")
    found: list[Match] = []
    label = split.label
    if len(label) <= _MAX_LABEL:
        found += _of_label(label, split.suffix, index)
        if not label.isascii() and not found:
            found += _transliterated(label, split.suffix, index)
    if below or "-" in label:
        found += _written(below, split, index)
    for each in below:
        found += _subdomain(each, index)
    found += _governments(below, split, index)
    if not found and "-" in label:
        found += _brandless(label)
    return list({(each.cell): each for each in found}.values())


def _is_owned(host: str, owned: frozenset[str]) -> bool:
    if host in owned:
        return True
    at = host.find(".")
    while at >= 0:
        if host[at + 1 :] in owned:
            return True
        at = host.find(".", at + 1)
    return False


def _match(rule: Rule, key: Key, how: str, form: str) -> Match:
    return Match(rule, key.entity, key.raw, how, form, key.kind, len(key.text))


def _of_label(label: str, suffix: str, index: Index) -> list[Match]:
    seen = skeleton(label)
    whole = seen.replace("-", "") if "-" in seen else seen
    if whole in index.exact:
        return [each for key in index.exact[whole] for each in _whole(label, suffix, key)]
    found = [_match(Rule.WRITTEN, each, "glued", label) for each in index.glued.get(whole, ())]
    found += [
        _match(Rule.EDIT, key, how, label) for key, how in _misspelled(whole, index, at_least=4)
    ]
    if len(seen) != len(whole):
        found += _tokens(seen, index)
    if not found:
        found += _glued(whole, index)
    return found


def _is_restricted(suffix: str) -> bool:
    return suffix in _RESTRICTED or (suffix.partition(".")[0] in _RESTRICTED and "." in suffix)


def _whole(label: str, suffix: str, key: Key) -> Iterator[Match]:
    """An ordinary word wants a second signal: a suffix that is sold, a hyphen, other letters."""
    if label == key.raw:
        how = _suffix_kind(suffix)
        if key.kind is Kind.DISTINCT or how not in {"generic suffix", "country"}:
            yield _match(Rule.SUFFIX, key, how, label)
    elif label.replace("-", "") == key.raw.replace("-", ""):
        yield _match(Rule.SUFFIX, key, "hyphen", label)
    else:
        yield _match(Rule.LOOKS, key, "letters", label)


def _suffix_kind(suffix: str) -> str:
    if suffix in words_of("suffixes", "generic"):
        return "generic suffix"
    if suffix in words_of("suffixes", "sold"):
        return "country code that is sold"
    is_country = len(suffix.rpartition(".")[2]) == 2
    return "country" if is_country else "new or private suffix"


def _transliterated(label: str, suffix: str, index: Index) -> Iterator[Match]:
    del suffix
    seen = skeleton(transliterated(label)).replace("-", "").replace(" ", "")
    for each in index.exact.get(seen, ()):
        yield _match(Rule.SPELLED, each, "script", label)


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
        how = _how(key.text, seen)
        if how:
            yield key, how


def _how(key: str, seen: str) -> str | None:
    """Name the kind of edit; kinds differ much in how often chance makes them."""
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
            yield _match(Rule.WRITTEN, key, "glued, between hyphens", part)
        for key in index.exact.get(part, ()):
            if key.kind is Kind.DISTINCT or lure:
                yield _match(Rule.TOKEN, key, how, "-".join(parts))
        if part not in index.exact and part not in lures():
            for key, edit in _misspelled(part, index, at_least=6):
                if lure or len(key.text) >= _CONTAINED:
                    yield _match(Rule.AFFIX_EDIT, key, f"{edit}, {how}", "-".join(parts))
    for size in range(2, min(len(parts), _PARTS)):
        for at in range(len(parts) - size + 1):
            keys = index.exact.get("".join(parts[at : at + size]), ())
            distinct = (key for key in keys if key.kind is Kind.DISTINCT)
            yield from (_match(Rule.TOKEN, key, "several", "-".join(parts)) for key in distinct)


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
                yield from (_match(rule, each, how, seen) for each in index.exact[key.text])
    if not told and length >= 9:
        yield from _lured_misspelling(seen, index)


def _inside(key: Key, before: str, behind: str) -> str | None:
    """Tell how a name stands in a label, None when chance may well have put it there."""
    sides = [lured(each) for each in (before, behind) if each]
    words = [word for side in sides if side for word in side]
    if all(side is not None for side in sides) and (words or key.kind is Kind.DISTINCT):
        only = words[0] if len(words) == 1 else ""
        fits = key.kind is Kind.SHORT or lures().get(only) in _NAMING
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
                        yield _match(Rule.AFFIX_EDIT, key, f"{edit}, lure", seen)


def _written(below: tuple[str, ...], split: Split, index: Index) -> Iterator[Match]:
    parts = skeleton("-".join((*below, split.label))).split("-")
    behind = skeleton(split.suffix.replace(".", "-")).split("-")
    every = [*parts, *behind]
    for at in range(len(parts)):
        for size in range(2, _PARTS + 1):
            if at + size > len(every):
                break
            form = "-".join(every[at : at + size])
            for key in index.written.get(form, ()):
                how = "whole" if form == key.text else "in part"
                if at + size > len(parts):
                    how += ", with the suffix"
                yield _match(Rule.WRITTEN, key, how, form)


def _subdomain(label: str, index: Index) -> Iterator[Match]:
    seen = skeleton(label)
    for key in index.exact.get(seen.replace("-", ""), ()):
        if key.kind is Kind.DISTINCT:
            yield _match(Rule.BELOW, key, "whole", label)
    if "-" in seen:
        for part in seen.split("-"):
            for key in index.exact.get(part, ()):
                if key.kind is Kind.DISTINCT:
                    yield _match(Rule.BELOW, key, "part", label)


_FORGED: Final = {skeleton(each): each for each in GOVERNMENT}


def _governments(below: tuple[str, ...], split: Split, index: Index) -> Iterator[Match]:
    """A word for a government in the part that anybody can register, and the country's code."""
    words = [each for label in (*below, split.label) for each in label.split("-")]
    real = GOVERNMENT.intersection(split.suffix.split("."))
    forged = [each for each in words if skeleton(each) in _FORGED]
    if not forged or real:
        return
    codes = {each for each in (*words, *split.suffix.split(".")) if len(each) == 2}
    for code in sorted(codes):
        for key in index.governments.get(code, ()):
            for each in forged:
                if skeleton(each) == key.text:
                    how = "word" if each in GOVERNMENT else "letters"
                    yield _match(Rule.STATE, key, how, each)


def _brandless(label: str) -> Iterator[Match]:
    words = lured(skeleton(label))
    if not words or len(words) < 3:
        return
    kinds = [lures()[each] for each in words]
    told = sum(each in _NAMING for each in kinds)
    if told >= 3 and kinds.count("access") >= 2 and len(set(words)) == len(words):
        yield Match(Rule.LURE, None, "-".join(words), "access", label, Kind.WORD, len(label))

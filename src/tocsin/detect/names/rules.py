"""By which rules a host imitates a name. Pure: nothing is resolved, looked up or remembered."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.names.hosts import Split, split_host
from tocsin.detect.names.index import GOVERNMENT, Index, Kind
from tocsin.detect.names.label_rules import NAMING, label_matches, transliterations
from tocsin.detect.names.letters import lured, lures, skeleton, words_of
from tocsin.detect.names.matches import Match, Rule, match_of

_MAX_LABEL: Final = 40
_PARTS: Final = 4
_RESTRICTED: Final = words_of("suffixes", "restricted")
_FORGED: Final = {skeleton(each): each for each in GOVERNMENT}


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
    if split is None or is_restricted(split.suffix):
        return []
    below = tuple(each for each in split.below if each != "www")
    found: list[Match] = []
    label = split.label
    if len(label) <= _MAX_LABEL:
        found += label_matches(label, split.suffix, index)
        if not label.isascii() and not found:
            found += transliterations(label, index)
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


def is_restricted(suffix: str) -> bool:
    """Tell whether its registry asks who you are: no stranger registers there."""
    return suffix in _RESTRICTED or (suffix.partition(".")[0] in _RESTRICTED and "." in suffix)


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
                yield match_of(Rule.WRITTEN, key, how, form)


def _subdomain(label: str, index: Index) -> Iterator[Match]:
    seen = skeleton(label)
    for key in index.exact.get(seen.replace("-", ""), ()):
        if key.kind is Kind.DISTINCT:
            yield match_of(Rule.BELOW, key, "whole", label)
    if "-" in seen:
        for part in seen.split("-"):
            for key in index.exact.get(part, ()):
                if key.kind is Kind.DISTINCT:
                    yield match_of(Rule.BELOW, key, "part", label)


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
                    yield match_of(Rule.STATE, key, how, each)


def _brandless(label: str) -> Iterator[Match]:
    words = lured(skeleton(label))
    if not words or len(words) < 3:
        return
    kinds = [lures()[each] for each in words]
    told = sum(each in NAMING for each in kinds)
    if told >= 3 and kinds.count("access") >= 2 and len(set(words)) == len(words):
        yield Match(Rule.LURE, None, "-".join(words), "access", label, Kind.WORD, len(label))

"""What an operation's known names teach: its labels, the pieces it composes, where it registers.

Learned once, looked up by what stands in a candidate; nothing is permuted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from attrs import field, frozen

from tocsin.detect.names.hosts import split_host
from tocsin.detect.names.index import dropped
from tocsin.detect.names.letters import lures, skeleton, squeezed, words_of
from tocsin.detect.recycled.indicators import Indicator

LEAST_LETTERS: Final = 4
"""A label with fewer letters comes back by chance in any other form than its own."""
_ALONE: Final = 6
"""From this length on a label that was seen under one name only is looked for."""
_STEM: Final = 3
_MAIN: Final = 0.02
"""An ordinary word tells the operation only as a piece of so large a part of its labels."""
_MORE_OFTEN: Final = 10
"""A suffix is the operation's own when it takes to it so much more than well-known sites."""
_DIGITS: Final = "0123456789"
_ORDINARY: Final = words_of("ordinary", "words")

K = TypeVar("K")


@frozen(eq=False)
class Label:
    """One label of the operation.

    Attributes:
        text: as people see it.
        bare: its skeleton without hyphens.
        is_brand: the operation used it under several names, or the list says so: only such are
            sought in other forms than their own.
    """

    text: str
    bare: str
    hosts: tuple[str, ...]
    is_brand: bool

    @property
    def is_telling(self) -> bool:
        """Whether somebody else who bears something like it would surprise."""
        least = LEAST_LETTERS if self.is_brand else _ALONE
        return len(self.text) >= least and self.text not in _ORDINARY

    @property
    def is_repeated(self) -> bool:
        """Whether the operation came back under it before: then even a common word is its own."""
        return len(self.hosts) > 1


@frozen
class Habits:
    """All tables; `hosts` are ever in the order of their letters.

    Attributes:
        known: the names themselves.
        labels: by their text.
        bare: by skeleton without hyphens.
        numbered: by text without digits.
        near: brands with one letter dropped, and whole; `doubled`: without doubled letters.
        stems: hosts by piece and where it stands between hyphens.
        suffixes: hosts by suffix, of those suffixes that the operation takes to more than others.
        famous: suffixes of labels that well-known sites bear.
    """

    known: Mapping[str, Indicator]
    labels: Mapping[str, Label]
    bare: Mapping[str, tuple[Label, ...]]
    numbered: Mapping[str, tuple[Label, ...]]
    near: Mapping[str, tuple[Label, ...]]
    doubled: Mapping[str, tuple[Label, ...]]
    stems: Mapping[tuple[str, str], tuple[str, ...]]
    suffixes: Mapping[str, tuple[str, ...]]
    famous: Mapping[str, frozenset[str]] = field(factory=dict)


def learn(indicators: Iterable[Indicator], well_known: Iterable[str] = ()) -> Habits:
    """Learn from names that were known.

    Args:
        well_known: hosts of well-known sites, whose labels an operation may borrow.
    """
    known = {each.host: each for each in sorted(indicators, key=lambda each: each.host)}
    famous = _famous(well_known)
    labels = _labels(known.values())
    brands = [each for each in labels.values() if each.is_brand and len(each.text) >= LEAST_LETTERS]
    return Habits(
        known=known,
        labels=labels,
        bare=_grouped((each.bare, each) for each in labels.values()),
        numbered=_grouped(
            (without_digits(each.text), each)
            for each in labels.values()
            if without_digits(each.text)
        ),
        near=_grouped((form, each) for each in brands for form in dropped(each.bare)),
        doubled=_grouped((squeezed(each.bare), each) for each in brands),
        stems=_stems(known.values()),
        suffixes=_suffixes(known.values(), famous),
        famous=famous,
    )


def pieces(label: str) -> Iterator[tuple[str, str]]:
    """Yield what stands between the hyphens of a label and where: first, last, within."""
    parts = [each for each in label.split("-") if each]
    if len(parts) < 2:
        return
    for at, part in enumerate(parts):
        stem = without_digits(part) or part
        if len(stem) >= _STEM:
            yield stem, "first" if at == 0 else "last" if at == len(parts) - 1 else "within"


def without_digits(text: str) -> str:
    """Return a label without digits at its ends; empty when too little is left to tell it by."""
    left = text.strip(_DIGITS).strip("-")
    return left if len(left) > LEAST_LETTERS else ""


def bare(label: str) -> str:
    """Return a label as it looks, without hyphens."""
    return skeleton(label).replace("-", "")


def _labels(known: Iterable[Indicator]) -> dict[str, Label]:
    by_text: dict[str, list[Indicator]] = defaultdict(list)
    for each in known:
        by_text[each.split.label].append(each)
    return {
        text: Label(
            text=text,
            bare=bare(text),
            hosts=tuple(each.host for each in its),
            is_brand=len(its) > 1 or any(each.is_brand for each in its),
        )
        for text, its in by_text.items()
    }


def _stems(known: Iterable[Indicator]) -> dict[tuple[str, str], tuple[str, ...]]:
    """A label counts once for its pieces, under however many suffixes it stands."""
    labels = {each.split.label: each.host for each in known}
    found = _hosts((piece, host) for label, host in labels.items() for piece in pieces(label))
    many = _MAIN * len(labels)
    return {
        (stem, place): hosts
        for (stem, place), hosts in found.items()
        if len(hosts) >= (many if stem in _ORDINARY or skeleton(stem) in lures() else 2)
    }


def _suffixes(
    known: Collection[Indicator], famous: Mapping[str, frozenset[str]]
) -> dict[str, tuple[str, ...]]:
    others = Counter(suffix for suffixes in famous.values() for suffix in suffixes)
    # One more of each, so that a suffix which no well-known site has is not beyond comparison.
    share = len(known) / (others.total() + 1)
    found = _hosts((each.split.suffix, each.host) for each in known)
    return {
        suffix: hosts
        for suffix, hosts in found.items()
        if len(hosts) >= _MORE_OFTEN * share * (others[suffix] + 1)
    }


def _famous(hosts: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for host in hosts:
        split = split_host(host)
        if split and len(split.label) >= LEAST_LETTERS:
            found[split.label].add(split.suffix)
    return {label: frozenset(suffixes) for label, suffixes in found.items()}


def _grouped(rows: Iterable[tuple[str, Label]]) -> dict[str, tuple[Label, ...]]:
    found: dict[str, dict[Label, None]] = defaultdict(dict)
    for form, label in rows:
        found[form][label] = None
    return {form: tuple(labels) for form, labels in found.items()}


def _hosts(rows: Iterable[tuple[K, str]]) -> dict[K, tuple[str, ...]]:
    found: dict[K, dict[str, None]] = defaultdict(dict)
    for key, host in rows:
        found[key][host] = None
    return {key: tuple(hosts) for key, hosts in found.items()}

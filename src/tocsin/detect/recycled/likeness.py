"""How a host is like what an operation had before. Pure: nothing is resolved or looked up."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from attrs import frozen

from tocsin.detect.names.hosts import Split, split_host
from tocsin.detect.names.index import dropped
from tocsin.detect.names.label_rules import edit_kind, suffix_kind
from tocsin.detect.names.letters import lured, skeleton, squeezed
from tocsin.detect.names.rules import is_restricted
from tocsin.detect.recycled.habits import LEAST_LETTERS, Habits, Label, bare, pieces, without_digits
from tocsin.records.observables import shared_roots

_MAX_LABEL: Final = 40
_GLUED: Final = 5
_SHORT: Final = 6
_OFTEN: Final = 2
"""So many other names make a habit of a suffix, or of a piece."""


class Rule(StrEnum):
    """How a host is like an earlier name."""

    RETURNED = "gone-name-returns"
    BELOW = "below-a-known-name"
    SUFFIX = "same-label"
    LETTERS = "same-letters"
    NUMBERS = "other-digits"
    EDIT = "label-with-an-edit"
    AFFIX = "label-with-other-words"
    STEM = "own-template"
    BORROWED = "borrowed-label-under-own-suffix"


@frozen
class Likeness:
    """One rule that holds.

    Attributes:
        how: in which way; the habit that must be the operation's own, and be rare elsewhere.
        key: the label, piece or suffix that is alike.
        hosts: the earlier names that bear it.
    """

    rule: Rule
    how: str
    key: str
    hosts: tuple[str, ...]

    @property
    def habit(self) -> tuple[str, str]:
        """Of what is counted how often the operation does it, and others."""
        return str(self.rule), self.how


def find_likenesses(host: str, habits: Habits, *, is_own: bool = False) -> list[Likeness]:
    """Return how an ACE host is like names other than itself, the plainest first.

    Args:
        is_own: the host is one of the operation's, of which its habits are told: it is compared
            with all labels but its own as well, as if the operation had not had that before.
    """
    host = host.removeprefix("www.")
    split = split_host(host)
    if split is None or is_restricted(split.suffix):
        return []
    found = [*_below(host, habits)]
    if len(split.label) <= _MAX_LABEL:
        found += _of_label(host, split, habits, is_own=is_own)
    return list(dict.fromkeys(found))


def _of_label(host: str, split: Split, habits: Habits, *, is_own: bool) -> Iterator[Likeness]:
    label = split.label
    alike = list(_same(host, split, habits))
    if is_own or label not in habits.labels:
        alike += _rewritten(split, habits)
        alike += _edited(label, habits) if is_own or not alike else []
        alike += _lengthened(label, habits) if is_own or not alike else []
    yield from alike
    for stem, place in pieces(label):
        hosts = _others(habits.stems.get((stem, place), ()), habits, label)
        if len(hosts) >= _OFTEN:
            yield Likeness(Rule.STEM, f"{stem}, {place}", stem, hosts)
    yield from _borrowed(split, habits)


def _below(host: str, habits: Habits) -> Iterator[Likeness]:
    above = host.partition(".")[2]
    while "." in above:
        if above in habits.known:
            yield Likeness(Rule.BELOW, "below", above, (above,))
        above = above.partition(".")[2]


def _same(host: str, split: Split, habits: Habits) -> Iterator[Likeness]:
    own = len(_others(habits.suffixes.get(split.suffix, ()), habits, split.label)) >= _OFTEN
    same = habits.labels.get(split.label)
    if same is None or not (same.is_telling or same.is_repeated or own):
        return
    hosts = tuple(each for each in same.hosts if each != host and not host.endswith(f".{each}"))
    if hosts:
        how = "own suffix" if own else suffix_kind(split.suffix)
        yield Likeness(Rule.SUFFIX, how, same.text, hosts)


def _rewritten(split: Split, habits: Habits) -> Iterator[Likeness]:
    label = split.label
    for each in habits.bare.get(bare(label), ()):
        if each.text != label and each.is_telling:
            yield Likeness(Rule.LETTERS, suffix_kind(split.suffix), each.text, each.hosts)
    # Where strangers share a domain, its host numbers their names.
    stripped = "" if split.suffix in shared_roots() else without_digits(label)
    for each in habits.numbered.get(stripped, ()) if stripped else ():
        if each.text != label and each.is_telling:
            yield Likeness(Rule.NUMBERS, "digits", each.text, each.hosts)


def _edited(label: str, habits: Habits) -> Iterator[Likeness]:
    seen = bare(label)
    if len(seen) < LEAST_LETTERS:
        return
    candidates: dict[Label, None] = {}
    for form in dropped(seen):
        candidates.update(dict.fromkeys(habits.near.get(form, ())))
    candidates.update(dict.fromkeys(habits.doubled.get(squeezed(seen), ())))
    for each in candidates:
        kind = edit_kind(each.bare, seen)
        if kind and each.text != label:
            yield Likeness(Rule.EDIT, f"{kind}{_length(each)}", each.text, each.hosts)


def _lengthened(label: str, habits: Habits) -> Iterator[Likeness]:
    """Yield brands that stand between hyphens, or are glued to other words."""
    parts = [each for each in label.split("-") if each]
    for size in range(len(parts) - 1, 0, -1):
        for at in range(len(parts) - size + 1):
            each = habits.labels.get("-".join(parts[at : at + size]))
            if each and each.is_brand and each.is_telling:
                how = f"between hyphens{_length(each)}"
                yield Likeness(Rule.AFFIX, how, each.text, each.hosts)
    for at in range(2, len(label) - 1):
        for name, rest in ((label[:at], label[at:]), (label[at:], label[:at])):
            each = habits.labels.get(name)
            if each and each.is_brand and each.is_telling and len(name) >= _GLUED:
                how = "glued to words that lure" if lured(skeleton(rest)) else "glued to letters"
                yield Likeness(Rule.AFFIX, f"{how}{_length(each)}", each.text, each.hosts)


def _borrowed(split: Split, habits: Habits) -> Iterator[Likeness]:
    """Yield a well-known site's label under a suffix that is the operation's own."""
    if not habits.famous.get(split.label, frozenset()) - {split.suffix}:
        return
    hosts = _others(habits.suffixes.get(split.suffix, ()), habits, split.label)
    if len(hosts) >= _OFTEN:
        yield Likeness(Rule.BORROWED, "own suffix", f".{split.suffix}", hosts)


def _others(hosts: tuple[str, ...], habits: Habits, label: str) -> tuple[str, ...]:
    """Return the hosts that bear another label."""
    return tuple(each for each in hosts if habits.known[each].split.label != label)


def _length(label: Label) -> str:
    """Chance makes short words of each other far oftener than long ones."""
    return ", short" if len(label.bare) <= _SHORT else ", long"

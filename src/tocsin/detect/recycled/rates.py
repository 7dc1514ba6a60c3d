"""How often the operation makes a name in some way, and how often honest names look the same.

An operation is expected to do again what it did: a likeness counts when the operation's own names
show that habit at least twice, and at least `LIFT` times as often as benign names do. Both are
counted before any candidate is seen. Benign names never include one of the operation's.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from attrs import field, frozen

from tocsin.detect.names.hosts import split_host
from tocsin.detect.recycled.habits import Habits
from tocsin.detect.recycled.likeness import Likeness, Rule, find_likenesses

LIFT: Final = 10.0
_OFTEN: Final = 2
_CERTAIN: Final = frozenset({Rule.RETURNED, Rule.BELOW})
"""What stands below a known name, or is one, needs no habit."""
_COMMON: Final = frozenset({Rule.STEM})
"""Habits whose key is a piece that many may use: one benign name does not silence them."""


@frozen
class Rates:
    """What was counted, over names once each.

    Attributes:
        own: the operation's names by habit; `own_names`: all of them.
        benign: benign names by habit; `benign_names`: all of them.
        taken: labels that a benign name was like, with the habit: others hold them.
        met: benign names that were like any: they are known, and never alert.
    """

    own: Counter[tuple[str, str]] = field(factory=Counter)
    own_names: int = 0
    benign: Counter[tuple[str, str]] = field(factory=Counter)
    benign_names: int = 0
    taken: frozenset[tuple[str, str, str]] = frozenset()
    met: frozenset[str] = frozenset()

    def background(self, like: Likeness) -> float:
        """Return how many of 100,000 benign names are expected to be like it, never nought."""
        return (self.benign[like.habit] + 1) * 100_000 / (self.benign_names + 1)

    def share(self, like: Likeness) -> float:
        """Return the part of the operation's names that were made of others in this way."""
        return self.own[like.habit] / max(self.own_names, 1)

    def lift(self, like: Likeness) -> float:
        """Return how many times as often the operation does it."""
        return self.share(like) * 100_000 / self.background(like)

    def counts(self, like: Likeness) -> bool:
        """Tell whether a likeness is a ground for an alert."""
        if like.rule in _CERTAIN:
            return True
        if like.rule not in _COMMON and (*like.habit, like.key) in self.taken:
            return False
        if like.rule is Rule.SUFFIX and len(like.hosts) >= _OFTEN:
            return True  # with this very label it has done so before
        return self.own[like.habit] >= _OFTEN and self.lift(like) >= LIFT


def count_rates(habits: Habits, benign: Iterable[str]) -> Rates:
    """Count habits over the operation's names and over benign hosts, each in ACE form and once."""
    own = Counter(
        each.habit for host in habits.known for each in find_likenesses(host, habits, is_own=True)
    )
    counted: Counter[tuple[str, str]] = Counter()
    taken: set[tuple[str, str, str]] = set()
    met: set[str] = set()
    names = 0
    for host in benign:
        if host in habits.known:
            continue
        names += 1
        found = find_likenesses(host, habits)
        if found:
            met.add(host)
        found = [each for each in found if not _is_original(host, each, habits)]
        if found:
            counted.update({each.habit for each in found})
            taken.update((*each.habit, each.key) for each in found)
    return Rates(own, len(habits.known), counted, names, frozenset(taken), frozenset(met))


def _is_original(host: str, like: Likeness, habits: Habits) -> bool:
    """Tell whether a benign host is whom the operation's label imitates: its only honest holder.

    The original stands in the benign list, never alerts, and says nothing of how often yet another
    honest name has the label.
    """
    split = split_host(host)
    if like.rule is not Rule.SUFFIX or split is None:
        return False
    return habits.famous.get(split.label) == frozenset({split.suffix})

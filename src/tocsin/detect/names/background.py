"""How often benign names meet a rule by chance, kept for each name, rule and kind of change.

The rate of a cell is a mean of what a benign list shows and of what we expect before we saw any:
prior rates by rule and length, as the weight of `PRIOR_WEIGHT` names. It is counted on benign
names only, so that a name that is attacked much is not silenced by its attackers.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from attrs import field, frozen

from tocsin.detect.names.index import Index, Kind
from tocsin.detect.names.matches import Match, Rule
from tocsin.detect.names.rules import find_matches

PRIOR_WEIGHT: Final = 100_000
_SHORT_FORM: Final = 7

_PRIOR: Final = {
    Rule.SUFFIX: 0.3,
    Rule.LOOKS: 0.05,
    Rule.SPELLED: 0.1,
    Rule.TOKEN: 0.2,
    Rule.AFFIX: 0.2,
    Rule.AFFIX_EDIT: 0.2,
    Rule.INSIDE: 0.3,
    Rule.WRITTEN: 0.05,
    Rule.BELOW: 0.3,
    Rule.STATE: 0.05,
    Rule.LURE: 0.5,
    Rule.KNOWN: 0.0,
    Rule.EDIT: 0.3,
}
_EDIT_FACTOR: Final = {"first letter": 5.0, "letter behind": 1.5}


@frozen
class Background:
    """What benign names met.

    Attributes:
        names: how many were read.
        counts: of names in each cell.
        met: those that met any rule: they are known, and never alert.
    """

    names: int = 0
    counts: Counter[tuple[str, str, str, str]] = field(factory=Counter)
    met: frozenset[str] = frozenset()

    def rate(self, match: Match) -> float:
        """Return the expected number among 100,000 benign names."""
        expected = prior(match) * PRIOR_WEIGHT / 100_000
        return (self.counts[match.cell] + expected) * 100_000 / (self.names + PRIOR_WEIGHT)


def calibrate(hosts: Iterable[str], index: Index) -> Background:
    """Count cells over benign hosts, each in ACE form and once."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    met, names = set(), 0
    for host in hosts:
        names += 1
        matches = find_matches(host, index)
        if matches:
            met.add(host)
            counts.update(each.cell for each in matches)
    return Background(names, counts, frozenset(met))


def prior(match: Match) -> float:
    """Return the rate that is expected of a cell before benign names were counted."""
    rate = _PRIOR[match.rule]
    if match.how.startswith("doubled"):
        return rate if match.length > 4 else 2 * rate
    if match.rule in {Rule.EDIT, Rule.AFFIX_EDIT}:
        rate *= next((by for how, by in _EDIT_FACTOR.items() if match.how.startswith(how)), 1.0)
        if match.length <= _SHORT_FORM:
            rate *= 2.0 ** (_SHORT_FORM + 1 - match.length)
        if match.kind is not Kind.DISTINCT:
            rate *= 4
    if match.kind is Kind.SHORT and match.rule is Rule.LOOKS:
        rate *= 10
    return rate

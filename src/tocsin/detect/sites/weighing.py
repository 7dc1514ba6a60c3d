"""How much a shared identifier says: more sites carry it than chance lets expect.

Of N unrelated sites, N times `by_chance` are expected to carry one same value, Poisson
distributed. One operator's own may be on any number n of sites; without more knowledge each n has
the weight 1 / (n (n - 1)), which sums to one from n = 2. The weight of the evidence is the
logarithm to ten of the ratio of the two (Good, Probability and the Weighing of Evidence, 1950).
Of a hundred values that two sites share at all, one is taken to be an operator's own before
anything is counted: that is the odds which evidence has to overcome.
"""

from collections.abc import Iterable, Mapping
from math import log10
from typing import Final

from attrs import field, frozen
from scipy.special import pdtrc

from tocsin.detect.sites.kinds import KINDS

_PRIOR: Final = -2.0
_MOST: Final = 12.0
"""No single identifier says more: lists err."""

_LEAST_TAIL: Final = 1e-300
_MISSED: Final = 3


@frozen
class Shared:
    """An identifier that several sites carry.

    Attributes:
        sites: sorted.
        expected: how many carriers chance lets expect.
        weight: of the evidence that one operator runs its carriers, log10; never below 0.
    """

    kind: str
    value: str
    sites: tuple[str, ...]
    expected: float
    weight: float

    @property
    def family(self) -> str:
        """What goes together with it, of which only the strongest counts."""
        return KINDS[self.kind].family

    @property
    def probability(self) -> float:
        """That it is one operator's own, by itself."""
        return probability(self.weight)


def weigh(
    kind: str, value: str, sites: Iterable[str], expected: float, *, given: int = 0
) -> Shared:
    """Weigh an identifier by the number of its carriers.

    Args:
        expected: carriers by chance, more than 0.
        given: carriers by which the value was chosen; chance has to bring the others only.
    """
    carriers = tuple(sorted(set(sites)))
    n = len(carriers)
    tail = max(float(pdtrc(n - 1 - given, expected)), _LEAST_TAIL)
    weight = -log10(n * (n - 1)) - log10(tail) if n > 1 else 0.0
    return Shared(kind, value, carriers, expected, min(max(weight, 0.0), _MOST))


def probability(weight: float) -> float:
    """Return how probable it is that two sites are run together, given the weight for it."""
    return 1 / (1 + 10 ** -(weight + _PRIOR))


@frozen
class Background:
    """What ordinary sites carry.

    Attributes:
        sites: how many were counted.
        carriers: by kind and value.
        kinds: of which anything was counted.
    """

    sites: int = 0
    carriers: Mapping[tuple[str, str], int] = field(factory=dict)
    kinds: frozenset[str] = frozenset()

    def share(self, kind: str, value: str) -> float:
        """Return what part of unrelated sites may carry a value.

        Counted, with the three more that a count may have missed at 95 % (rule of three); the
        bound of its kind where nothing of the kind was counted.
        """
        if kind not in self.kinds:
            return KINDS[kind].by_chance
        return (self.carriers.get((kind, value), 0) + _MISSED) / (self.sites + _MISSED)

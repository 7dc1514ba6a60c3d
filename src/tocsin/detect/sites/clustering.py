"""Clusters of sites, the identifiers that carry them, and what would break them.

An identifier that is likely enough by itself joins all its carriers. What is not is weighed
together, pair by pair: families add up, of each the strongest identifier. An identifier carries a
cluster when it joined two parts of it; those that join nothing are told as further evidence.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, permutations
from typing import Final

from attrs import evolve, field, frozen

from tocsin.detect.sites.weighing import Shared, probability

LEAST: Final = 0.95
_MOST_CARRIERS: Final = 200
"""Pairs are not listed of a weak identifier with more carriers: it says next to nothing."""
_MOST_TRIED: Final = 500
_LARGE: Final = 5
"""From so many sites on a part is a network of its own, which one site does not join to another."""


@frozen
class Tie:
    """What ties two sites: the strongest identifier of each family."""

    sites: tuple[str, str]
    by: tuple[Shared, ...]

    @property
    def weight(self) -> float:
        """Of all evidence together, log10."""
        return sum(each.weight for each in self.by)

    @property
    def probability(self) -> float:
        """That the two are run together."""
        return probability(self.weight)


@frozen
class Join:
    """What joined two parts of a cluster: one identifier, or a pair's evidence together.

    Attributes:
        splits: sizes of the parts that would be left without it; empty when the cluster holds.
    """

    by: tuple[Shared, ...]
    sites: tuple[str, ...]
    probability: float
    splits: tuple[int, ...] = ()


@frozen
class Cluster:
    """Sites that are run together.

    Attributes:
        carrying: joins that made it, the strongest first.
        further: identifiers shared inside it that joined nothing more.
        bridges: joins to other clusters that hang on a single site.
    """

    sites: tuple[str, ...]
    carrying: tuple[Join, ...]
    further: tuple[Shared, ...]
    bridges: tuple[Join, ...]

    @property
    def probability(self) -> float:
        """Of the weakest join: without it there are two clusters."""
        return min(each.probability for each in self.carrying)

    @property
    def families(self) -> tuple[str, ...]:
        """The families of evidence that carry it."""
        return tuple(sorted({by.family for each in self.carrying for by in each.by}))


def find_clusters(shared: Sequence[Shared], least: float = LEAST) -> list[Cluster]:
    """Return the clusters, the largest first.

    Args:
        least: probability that a join must have.
    """
    joins = _joins(shared, least)
    parts = _Parts()
    carrying, bridges = _joined(joins, parts)
    inside = _by_part(joins, parts)
    thin = _by_part(bridges, parts)
    members = parts.members()
    clusters = []
    for root, made in _by_part(carrying, parts).items():
        known = {by for each in made for by in each.by}
        further = dict.fromkeys(by for each in inside[root] for by in each.by if by not in known)
        tried = [evolve(each, splits=_splits(each, inside[root], members[root])) for each in made]
        clusters.append(
            Cluster(tuple(members[root]), tuple(tried), tuple(further), tuple(thin.get(root, ())))
        )
    return sorted(clusters, key=lambda each: (-len(each.sites), each.sites))


def _joins(shared: Sequence[Shared], least: float) -> list[Join]:
    """Return what joins sites with enough probability, the strongest first."""
    strong = [each for each in shared if probability(each.weight) >= least]
    weak = [each for each in shared if probability(each.weight) < least]
    joins = [Join((each,), each.sites, probability(each.weight)) for each in strong]
    joins += [
        Join(tie.by, tie.sites, tie.probability)
        for tie in find_ties(weak)
        if tie.probability >= least
    ]
    return sorted(joins, key=lambda each: (-each.probability, -each.by[0].weight, each.sites))


def _joined(joins: Sequence[Join], parts: "_Parts") -> tuple[list[Join], list[Join]]:
    """Join parts; returns what joined any, and the bridges that were not crossed.

    Two parts of some size are not joined by what a single site of either has in common with the
    other: one wrong row must not make two networks one. Several such sites together do join them.
    """
    carrying, left = list[Join](), list(joins)
    while True:
        left = [each for each in left if not _cross(each, parts, carrying)]
        met: dict[tuple[str, str], dict[str, Join]] = defaultdict(dict)
        for each in left:
            touched = parts.touched(each.sites)
            for one, other in permutations(sorted(touched), 2):
                met[one, other].update(dict.fromkeys(touched[one], each))
        solid = next((a for a in sorted(met) if min(len(met[a]), len(met[a[::-1]])) > 1), None)
        if solid is None:
            return carrying, left
        carrying += [each for each in dict.fromkeys(met[solid].values()) if each not in carrying]
        parts.join(solid)


def _cross(join: Join, parts: "_Parts", carrying: list[Join]) -> bool:
    """Join what may be joined; tells whether nothing is left to be."""
    touched = parts.touched(join.sites)
    thin = {
        root for root, sites in touched.items() if len(sites) == 1 and parts.size(root) >= _LARGE
    }
    rest = [each for each in join.sites if parts.root(each) not in thin]
    has_joined = parts.join(rest)
    if len(thin) == 1 and parts.size(rest[0]) < _LARGE:  # a few sites more of one network
        has_joined |= parts.join(join.sites)
        thin.clear()
    if has_joined:
        carrying.append(join)
    return not thin


def _by_part(joins: Iterable[Join], parts: "_Parts") -> dict[str, list[Join]]:
    found: dict[str, list[Join]] = defaultdict(list)
    for each in joins:
        for root in sorted({parts.root(site) for site in each.sites}):
            found[root].append(each)
    return found


def find_ties(shared: Iterable[Shared]) -> list[Tie]:
    """Return the pairs of sites with any evidence between them, the strongest first."""
    by_pair: dict[tuple[str, str], dict[str, Shared]] = defaultdict(dict)
    for each in shared:
        if each.weight <= 0 or len(each.sites) > _MOST_CARRIERS:
            continue
        for pair in combinations(each.sites, 2):
            best = by_pair[pair].get(each.family)
            if best is None or best.weight < each.weight:
                by_pair[pair][each.family] = each
    ties = (
        Tie(pair, tuple(sorted(found.values(), key=lambda each: (-each.weight, each.kind))))
        for pair, found in by_pair.items()
    )
    return sorted(ties, key=lambda each: (-each.weight, each.sites))


@frozen
class Step:
    """What one step from the seeds added, and by which evidence."""

    sites: tuple[str, ...]
    by: tuple[Shared, ...]


def expand(
    seeds: Iterable[str], shared: Sequence[Shared], steps: int, least: float = LEAST
) -> list[Step]:
    """Return what is tied to the seeds, step by step: a mistake is seen where it enters."""
    within, found = set(seeds), list[Step]()
    strong = [each for each in shared if probability(each.weight) >= least]
    strong += [
        Shared(by.kind, by.value, tie.sites, by.expected, tie.weight)
        for tie in find_ties(each for each in shared if probability(each.weight) < least)
        if tie.probability >= least
        for by in tie.by[:1]
    ]
    for _ in range(steps):
        met = [each for each in strong if not within.isdisjoint(each.sites)]
        added = {site for each in met for site in each.sites} - within
        if not added:
            break
        by = tuple(each for each in met if not added.isdisjoint(each.sites))
        found.append(Step(tuple(sorted(added)), by))
        within |= added
    return found


def _splits(without: Join, joins: Sequence[Join], sites: Sequence[str]) -> tuple[int, ...]:
    """Return the sizes of the parts that are left without one join, largest first."""
    if len(joins) > _MOST_TRIED:
        return ()
    parts = _Parts()
    for site in sites:
        parts.root(site)
    for each in joins:
        if each is not without and not (len(each.by) == 1 and each.by[0] in without.by):
            parts.join(each.sites)
    sizes = sorted((len(each) for each in parts.members().values()), reverse=True)
    return tuple(sizes) if len(sizes) > 1 else ()


@frozen
class _Parts:
    """Sites that were joined so far."""

    _parent: dict[str, str] = field(factory=dict)
    _size: dict[str, int] = field(factory=dict)

    def root(self, site: str) -> str:
        parent = self._parent.setdefault(site, site)
        while parent != self._parent[parent]:
            self._parent[parent] = self._parent[self._parent[parent]]
            parent = self._parent[parent]
        self._parent[site] = parent
        return parent

    def touched(self, sites: Iterable[str]) -> dict[str, list[str]]:
        """Return the sites by their part."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in sites:
            found[self.root(each)].append(each)
        return found

    def size(self, site: str) -> int:
        """Return how many sites are in the part of one."""
        return self._size.get(self.root(site), 1)

    def join(self, sites: Sequence[str]) -> bool:
        """Join sites; tells whether they were not all in one part."""
        roots = sorted({self.root(each) for each in sites})
        for each in roots[1:]:
            self._parent[each] = roots[0]
            self._size[roots[0]] = self.size(roots[0]) + self._size.pop(each, 1)
        return len(roots) > 1

    def members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for site in sorted(self._parent):
            found[self.root(site)].append(site)
        return found

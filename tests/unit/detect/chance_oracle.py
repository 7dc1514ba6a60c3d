"""The test of edges against chance, slow and obvious: one pass over every pair in Python.

Follows `docs/explanation/chance.md`, by kinds only (without own hours), all accounts trusted.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from math import floor, log2

from attrs import frozen

from tests.unit.detect.worlds import Pair, Row

Cell = tuple[int, int]
"""Object, stretch of time."""

_EARLY = (-0.32, -0.22, -0.13, -0.06, 0.06)


@frozen
class Expected:
    """What is expected of one pair."""

    met: int
    shared: int
    expected: float
    p_value: float


def cells_of(rows: Iterable[Row], cell_s: int) -> dict[Cell, list[tuple[int, int]]]:
    """Return (time, account) of each cell of two shares or more, by time."""
    found: dict[Cell, list[tuple[int, int]]] = defaultdict(list)
    for account, obj, at in rows:
        found[obj, at // cell_s].append((at, account))
    return {cell: sorted(inside) for cell, inside in found.items() if len(inside) > 1}


def kinds_of(rows: Iterable[Row]) -> dict[int, int]:
    """Sort accounts by their mean rank on objects of three shares or more."""
    on: dict[int, list[tuple[int, int]]] = defaultdict(list)
    ranks: dict[int, list[float]] = {}
    for account, obj, at in rows:
        on[obj].append((at, account))
        ranks[account] = []
    for inside in on.values():
        for rank, (_, account) in enumerate(sorted(inside)):
            if len(inside) > 2:
                ranks[account].append((rank + 0.5) / len(inside) - 0.5)
    score = {account: sum(each) / (len(each) + 8) for account, each in ranks.items()}
    return {account: sum(each > early for early in _EARLY) for account, each in score.items()}


def partners_of(rows: list[Row], cell_s: int, least: int) -> dict[int, set[int]]:
    """Return with whom each account shared at least so many cells."""
    inside: dict[int, set[Cell]] = defaultdict(set)
    for account, obj, at in rows:
        inside[account].add((obj, at // cell_s))
    found: dict[int, set[int]] = defaultdict(set)
    for a, b in combinations(sorted(inside), 2):
        if len(inside[a] & inside[b]) >= least:
            found[a].add(b)
            found[b].add(a)
    return found


def chances(rows: list[Row], window_s: int, cell_s: int, pairs: list[Pair]) -> dict[Pair, Expected]:
    """Return what the null says of some pairs; each account stands once on an object."""
    cells, kind = cells_of(rows, cell_s), kinds_of(rows)
    near: dict[tuple[int, int, int], float] = defaultdict(float)
    both: dict[tuple[int, int, int], float] = defaultdict(float)
    for inside in cells.values():
        size = floor(2 * log2(len(inside)))
        for (at, a), (then, b) in combinations(inside, 2):
            for k, m in ((kind[a], kind[b]), (kind[b], kind[a])):
                both[size, k, m] += 1
                near[size, k, m] += then - at <= window_s
    sizes = {size for size, _, _ in both}
    plain = {
        size: sum(n for (s, _, _), n in near.items() if s == size)
        / sum(n for (s, _, _), n in both.items() if s == size)
        for size in sizes
    }

    def rate(size: int, k: int, m: int) -> float:
        met = sum(near[size, k, m] for size in sizes)
        usual = sum(both[size, k, m] * plain[size] for size in sizes)
        prior = min(1.0, plain[size] * (met + 5) / (usual + 5))
        return (near[size, k, m] + 200 * prior) / (both[size, k, m] + 200)

    rates = {(s, k, m): rate(s, k, m) for s in sizes for k in range(6) for m in range(6)}
    factor: dict[Cell, float] = {}
    for cell, inside in cells.items():
        size = floor(2 * log2(len(inside)))
        met = sum(then - at <= window_s for (at, _), (then, _) in combinations(inside, 2))
        usual = sum(rates[size, kind[a], kind[b]] for (_, a), (_, b) in combinations(inside, 2))
        added = 5_000 * plain[size] + 1e-9
        factor[cell] = (met + added) / (usual + added)
        if met / (len(inside) * (len(inside) - 1) / 2 + 5_000) > 0.5:
            del factor[cell]
    found = {}
    for a, b in pairs:
        chance = {
            cell: min(1.0, rates[floor(2 * log2(len(cells[cell]))), kind[a], kind[b]] * own)
            for cell, own in factor.items()
        }
        found[a, b] = _of_pair(a, b, window_s, cells, chance)
    return found


def _of_pair(
    a: int,
    b: int,
    window_s: int,
    cells: dict[Cell, list[tuple[int, int]]],
    chances: dict[Cell, float],
) -> Expected:
    missed: dict[int, float] = {}
    met: set[int] = set()
    for cell, chance in chances.items():
        inside = cells[cell]
        at = {account: moment for moment, account in inside}
        if a not in at or b not in at:
            continue
        story = inside[len(inside) // 2][0] // max(3_600, window_s)
        missed[story] = missed.get(story, 1.0) * (1 - chance)
        if abs(at[a] - at[b]) <= window_s:
            met.add(story)
    chance_of = [1 - each for each in missed.values()]
    return Expected(len(met), len(chance_of), sum(chance_of), tail_of(len(met), chance_of))


def tail_of(n: int, p: list[float]) -> float:
    """Chance of n or more events, by the distribution of all counts."""
    counts = [1.0]
    for each in p:
        longer = [0.0, *counts]
        counts = [
            (counts[k] if k < len(counts) else 0.0) * (1 - each) + longer[k] * each
            for k in range(len(longer))
        ]
    return sum(counts[n:])

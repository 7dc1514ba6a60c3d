"""How many pairs could have become edges, whatever the times: so many tests there are."""

from typing import Final, Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.threads import in_pieces
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.ordering import group_by
from tocsin.detect.coordination.shares import Shares

Accounts = NDArray[np.uint32]
"""Unsigned, because numba asks of each signed index whether it counts from the end."""

_BUDGET: Final = 2e9  # pairs of shares that are looked at one by one
_MOST_COUNTED: Final = 255  # cells of a pair; who asks for more gets a bound
_STEPS = 4  # looking up one account in a cell costs so many of a walk through the cell


def possible_partners(shares: Shares, layout: Layout, least: int) -> NDArray[np.float64]:
    """Count, for each account, those with whom it shared at least so many cells, or bound it.

    Who shared which cell is what the null keeps, so this number owes nothing to the times.
    Cells of the largest sizes, where looking at every pair costs too much, count whole; so does
    a cell once for each time that an account comes back to it.
    """
    # By size: an account's largest cells are then its last.
    _, by_size = group_by(layout.sizes, int(layout.sizes.max(initial=0)) + 1)
    layout = layout.where(by_size)
    pairs = layout.pairs
    partners = np.zeros(shares.n_accounts, np.int64)
    if pairs.sum() > _BUDGET:
        is_small = np.cumsum(pairs) <= _BUDGET
        large = layout.where(~is_small)
        add_others(large.starts, large.sizes, shares.acc, partners)
        layout = layout.where(is_small)
    least = min(least, _MOST_COUNTED)
    lines = _Lines.of(shares, layout, least)

    def piece(start: int, end: int) -> Int64s:
        own = np.zeros(end, np.int64)
        count_partners(
            start, end, lines.offsets, lines.cell, lines.before, lines.first, lines.who, least, own
        )
        return own

    counted = np.zeros(len(lines.hottest), np.int64)
    for own in in_pieces(piece, lines.cost):
        counted[: len(own)] += own
    partners[lines.hottest] += counted
    bounded: NDArray[np.float64] = np.minimum(partners, shares.n_accounts - 1.0)
    return bounded


@frozen(eq=False)
class _Lines:
    """Cells as lines of accounts, and accounts as lists of cells; who has too few is left out.

    Accounts have new numbers, hottest first: most increments then fall on few counters, which
    stay in the processor's cache.

    Attributes:
        hottest: the number in `Shares` of each.
        offsets, cell: cells of each account, smallest first.
        before: of each such cell, how many accounts stand in its line before this one.
        first, who: where each cell's line starts in `who`.
        cost: steps that each account takes, about.
    """

    hottest: Int32s
    offsets: Int64s
    cell: Int32s
    before: Int32s
    first: Int64s
    who: Accounts
    cost: Int64s

    @classmethod
    def of(cls, shares: Shares, layout: Layout, least: int) -> Self:
        degree = np.zeros(shares.n_accounts, np.int32)
        add_cells(layout.starts, layout.sizes, shares.acc, degree)
        live = np.flatnonzero(degree >= least)
        hottest = live[np.argsort(-degree[live], kind="stable")].astype(np.int32)
        new = np.full(shares.n_accounts, -1, np.int32)
        new[hottest] = np.arange(len(hottest), dtype=np.int32)
        offsets = np.zeros(len(hottest) + 1, np.int64)
        np.cumsum(degree[hottest], out=offsets[1:])
        cell, inside = np.empty(offsets[-1], np.int32), np.empty(layout.n_cells, np.int32)
        place = offsets[:-1].copy()
        list_cells(layout.starts, layout.sizes, shares.acc, new, place, cell, inside)
        first = np.cumsum(inside, dtype=np.int64) - inside
        before, who = np.empty(len(cell), np.int32), np.empty(len(cell), np.uint32)
        cost = np.empty(len(hottest), np.int64)
        line_up(offsets, cell, first, before, who, cost)
        return cls(hottest, offsets, cell, before, first, who, cost)


@compiled
def add_cells(starts: Int32s, sizes: Int32s, acc: Int32s, degree: Int32s) -> None:
    """Count each account's shares in cells."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            degree[acc[i]] += 1


@compiled
def add_others(starts: Int32s, sizes: Int32s, acc: Int32s, others: Int64s) -> None:
    """Count, for each account, the shares of others in its cells."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            others[acc[i]] += sizes[c] - 1


@compiled
def list_cells(
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    new: Int32s,
    place: Int64s,
    cell: Int32s,
    inside: Int32s,
) -> None:
    """Write the cells of each account, by its new number, to its place, which is used up.

    Args:
        inside: set to how many shares of each cell were written.
    """
    for c in range(len(starts)):
        count = 0
        for i in range(starts[c], starts[c] + sizes[c]):
            own = new[acc[i]]
            if own >= 0:
                cell[place[own]] = c
                place[own] += 1
                count += 1
        inside[c] = count


@compiled
def line_up(
    offsets: Int64s, cell: Int32s, first: Int64s, before: Int32s, who: Accounts, cost: Int64s
) -> None:
    """Write the accounts of each cell, by number, to `who`, and how many stand before each."""
    made = np.zeros(len(first), np.int32)
    for a in range(len(offsets) - 1):
        steps = 1
        for p in range(offsets[a], offsets[a + 1]):
            c = cell[p]
            before[p] = made[c]
            who[first[c] + made[c]] = a
            steps += made[c]
            made[c] += 1
        cost[a] = steps


@compiled
def count_partners(
    start: int,
    end: int,
    offsets: Int64s,
    cell: Int32s,
    before: Int32s,
    first: Int64s,
    who: Accounts,
    least: int,
    partners: Int64s,
) -> None:
    """Count the pairs of accounts `start` to `end` with those of lower numbers, at both ends.

    An account's cells come smallest first. Who shared none of the others cannot reach `least` in
    the last and largest ones, so these are not walked through for new partners; for few partners
    they are not walked through at all (prefix filtering: Chaudhuri, Ganti and Kaushik 2006).
    """
    counts = np.zeros(end, np.uint8)
    touched = np.empty(end + 1, np.uint32)
    for a in range(start, end):
        last = offsets[a + 1] - least + 1
        n = len(touched)
        if is_cheaper_listed(before, offsets[a], last, offsets[a + 1]):
            n = touch(offsets[a], last, cell, before, first, who, counts, touched)
        else:
            for p in range(offsets[a], last):
                count(who[first[cell[p]] : first[cell[p]] + before[p]], counts)
        counts[a] = 0  # where it came back to a cell
        for p in range(last, offsets[a + 1]):
            line = who[first[cell[p]] : first[cell[p]] + before[p]]
            if n * _STEPS < len(line):
                look_up(touched[:n], line, offsets[a + 1] - p, least, counts)
            else:
                count_known(line, counts)
        for p in range(offsets[a], last):
            for b in who[first[cell[p]] : first[cell[p]] + before[p]]:
                if counts[b] >= least:
                    partners[b] += 1
                    partners[a] += 1
                counts[b] = 0


@compiled
def is_cheaper_listed(before: Int32s, start: int, last: int, end: int) -> bool:
    """Tell whether looking up who shared the first cells is cheaper than walking a last one."""
    steps, longest = 0, 0
    for p in range(start, last):
        steps += before[p]
    for p in range(last, end):
        longest = max(longest, before[p])
    return steps * _STEPS < longest


@compiled
def count(line: Accounts, counts: NDArray[np.uint8]) -> None:
    """Count a cell for all in its line."""
    for b in line:
        c = counts[b]
        counts[b] = c + np.uint8(c < 255)


@compiled
def count_known(line: Accounts, counts: NDArray[np.uint8]) -> None:
    """Count a cell for those in its line that were counted before."""
    for b in line:
        c = counts[b]
        counts[b] = c + np.uint8((c > 0) & (c < 255))


@compiled
def touch(
    start: int,
    last: int,
    cell: Int32s,
    before: Int32s,
    first: Int64s,
    who: Accounts,
    counts: NDArray[np.uint8],
    touched: Accounts,
) -> int:
    """Count the cells from `start` to `last` too, and list who shared any; return how many."""
    n = 0
    for p in range(start, last):
        line = first[cell[p]]
        for b in who[line : line + before[p]]:
            c = counts[b]
            if c == 0:
                touched[n] = b
                n += 1
            counts[b] = c + np.uint8(c < 255)
    return n


@compiled
def look_up(
    touched: Accounts, line: Accounts, left: int, least: int, counts: NDArray[np.uint8]
) -> None:
    """Count a cell for those who can still reach `least`."""
    for b in touched:
        c = counts[b]
        if 0 < c < least <= c + left:
            low, high = 0, len(line)
            while low < high:  # np.searchsorted would take a second to compile
                middle = (low + high) // 2
                if line[middle] < b:
                    low = middle + 1
                else:
                    high = middle
            if low < len(line) and line[low] == b:
                counts[b] = c + 1

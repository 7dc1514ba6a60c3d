"""How many pairs could have become edges, whatever the times: so many tests there are."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
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
    many = np.zeros(shares.n_accounts, np.int64)
    if pairs.sum() > _BUDGET:
        is_small = np.cumsum(pairs) <= _BUDGET
        large = layout.where(~is_small)
        add_others(large.starts, large.sizes, shares.acc, np.ones(shares.n_accounts, bool), many)
        layout = layout.where(is_small)
    least = min(least, _MOST_COUNTED)
    partners = np.zeros(shares.n_accounts, np.int64)
    degree = np.zeros(shares.n_accounts, np.int64)
    add_cells(layout.starts, layout.sizes, shares.acc, degree)
    live = degree >= least
    others = np.zeros(shares.n_accounts, np.int64)
    add_others(layout.starts, layout.sizes, shares.acc, live, others)
    # The hottest first: most increments then fall on few counters, which stay in the cache.
    hottest = np.argsort(-others, kind="stable").astype(np.int32)
    hottest = hottest[: int((others > 0).sum())]
    new = np.full(shares.n_accounts, -1, np.int32)
    new[hottest] = np.arange(len(hottest), dtype=np.int32)
    new[~live] = -1
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(degree[hottest])])
    cell = np.empty(offsets[-1], np.int32)
    list_cells(layout.starts, layout.sizes, shares.acc, new, offsets[:-1].copy(), cell)
    first = np.cumsum(layout.sizes, dtype=np.int64) - layout.sizes
    before = np.empty(len(cell), np.int32)
    who = np.empty(int(layout.sizes.sum(dtype=np.int64)), np.uint32)
    line_up(offsets, cell, first, before, who)

    def piece(start: int, end: int) -> Int64s:
        own = np.zeros(len(hottest), np.int64)
        count_partners(start, end, offsets, cell, before, first, who, least, own)
        return own

    for own in in_pieces(piece, others[hottest]):
        partners[hottest] += own
    bounded: NDArray[np.float64] = np.minimum(partners + many, shares.n_accounts - 1.0)
    return bounded


@compiled
def add_cells(starts: Int32s, sizes: Int32s, acc: Int32s, degree: Int64s) -> None:
    """Count each account's shares in cells."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            degree[acc[i]] += 1


@compiled
def add_others(starts: Int32s, sizes: Int32s, acc: Int32s, live: Flags, others: Int64s) -> None:
    """Count, for each live account, the shares of other live ones in its cells."""
    for c in range(len(starts)):
        count = 0
        for i in range(starts[c], starts[c] + sizes[c]):
            count += live[acc[i]]
        for i in range(starts[c], starts[c] + sizes[c]):
            if live[acc[i]]:
                others[acc[i]] += count - 1


@compiled
def list_cells(
    starts: Int32s, sizes: Int32s, acc: Int32s, new: Int32s, place: Int64s, cell: Int32s
) -> None:
    """Write the cells of each account, by its new number, to its place, which is used up."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            own = new[acc[i]]
            if own >= 0:
                cell[place[own]] = c
                place[own] += 1


@compiled
def line_up(offsets: Int64s, cell: Int32s, first: Int64s, before: Int32s, who: Accounts) -> None:
    """Write the accounts of each cell, by number, to `who`, and how many stand before each."""
    made = np.zeros(len(first), np.int32)
    for a in range(len(offsets) - 1):
        for p in range(offsets[a], offsets[a + 1]):
            c = cell[p]
            before[p] = made[c]
            who[first[c] + made[c]] = a
            made[c] += 1


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
    last = np.uint8(least - 1)
    for a in range(start, end):
        n, own = np.uint32(0), 0
        for p in range(offsets[a], offsets[a + 1]):
            left = offsets[a + 1] - p  # cells, with this one
            line = first[cell[p]]
            stop = line + before[p]
            if left < least and n * _STEPS < before[p]:
                own += look_up(touched[:n], who[line:stop], left, least, a, counts, partners)
            elif left < least:
                for j in range(line, stop):
                    b = who[j]
                    c = counts[b]
                    counts[b] = c + np.uint8((c > 0) & (c < 255))
                    if c == last and b != a:
                        partners[b] += 1
                        own += 1
            else:
                for j in range(line, stop):
                    b = who[j]
                    c = counts[b]
                    touched[n] = b
                    n += np.uint32(c == 0)
                    counts[b] = c + np.uint8(c < 255)
                    if c == last and b != a:
                        partners[b] += 1
                        own += 1
        partners[a] += own
        for t in range(n):
            counts[touched[t]] = 0


@compiled
def look_up(
    touched: Accounts,
    line: Accounts,
    left: int,
    least: int,
    a: int,
    counts: NDArray[np.uint8],
    partners: Int64s,
) -> int:
    """Count a cell for those who can still reach `least`; return how many reached it."""
    reached = 0
    for b in touched:
        c = counts[b]
        if c < least <= c + left:
            low, high = 0, len(line)
            while low < high:  # np.searchsorted would take a second to compile
                middle = (low + high) // 2
                if line[middle] < b:
                    low = middle + 1
                else:
                    high = middle
            if low < len(line) and line[low] == b:
                counts[b] = c + 1
                if c + 1 == least and b != a:
                    partners[b] += 1
                    reached += 1
    return reached

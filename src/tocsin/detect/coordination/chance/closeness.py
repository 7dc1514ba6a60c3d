"""How much oftener than any two some accounts meet because they are alike, as in the test of pairs.

Forty who are always among the first, or who all wake at seven, come together as a group without
being one. Their kinds, hours and days say how much oftener, cell by cell.
"""

from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.habits import Kinds
from tocsin.detect.coordination.chance.hours import Lifts
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.lists import Lists
from tocsin.detect.coordination.chance.rates import fit
from tocsin.detect.coordination.chance.tallies import size_class
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.kernel import Edges

Floats = NDArray[np.float64]

_COMPARED: Final = 100  # accounts of a group, or up to twice as many


@frozen(eq=False)
class Likeness:
    """What kinds say: `of_kinds[class of size, kind, kind]`, over the rate of all kinds."""

    kind: Kinds
    of_kinds: Floats

    @classmethod
    def of(cls, ground: Ground) -> "Likeness":
        """Learn from all accounts: a kind that is one group would otherwise have no rate."""
        nothing = np.empty(0, np.int32)
        kinds = fit(ground.shares, ground.layout, ground.kind, ground.tally, nothing).kinds
        plain = ground.tally.plain[:, None, None]
        return cls(ground.kind, np.where(plain > 0, kinds / np.maximum(plain, 1e-12), 1.0))


def closeness(
    ground: Ground, likeness: Likeness, one: Int32s, other: Int32s
) -> tuple[Floats, Int64s, Int32s]:
    """Return how many times oftener than any two these pairs meet, cell by cell, 1 at least.

    Returns:
        How many times, the place of the pair, and the cell: one of each for every cell that a
        pair shares.
    """
    shares, layout = ground.shares, ground.layout
    pairs = Edges(one, other, np.ones(len(one), np.int32))
    lists = Lists.of(shares, layout, pairs, np.ones(layout.n_cells, np.bool_))
    common = np.zeros(len(one), np.int32)
    none = np.empty(0, np.int32)
    list_common(one, other, lists.offsets, lists.cell, common, np.empty(0, np.int64), none)
    starts = np.cumsum(common, dtype=np.int64) - common
    cell = np.empty(int(common.sum(dtype=np.int64)), np.int32)
    list_common(one, other, lists.offsets, lists.cell, common, starts, cell)
    if len(cell) == 0:
        return np.empty(0), np.empty(0, np.int64), none
    lifts = Lifts.none(len(one)).more(ground, pairs, lists, np.arange(len(one)), common)
    number = np.repeat(np.arange(len(one)), common)
    place = lists.cells[cell]
    kinds = likeness.kind[one[number]], likeness.kind[other[number]]
    alike = likeness.of_kinds[size_class(layout)[place], kinds[0], kinds[1]]
    return np.maximum(alike * lifts.values, 1.0), number, place


def _paired(accounts: Int32s, group: Int32s) -> tuple[Int64s, Int32s, Int32s]:
    """Return each account with each of the group but itself: its place, and the two."""
    some = group[:: max(1, len(group) // _COMPARED)]
    place = np.repeat(np.arange(len(accounts)), len(some))
    one, other = accounts[place], np.tile(some, len(accounts))
    apart = one != other
    return place[apart], one[apart], other[apart]


@frozen(eq=False)
class Close:
    """Mean closeness of accounts to a group, by cell."""

    cells: Int64s
    mean: Floats
    usual: Floats
    n_cells: int

    @classmethod
    def to_groups(
        cls, ground: Ground, likeness: Likeness, wanted: Sequence[tuple[Int32s, Int32s]]
    ) -> list[Self]:
        """Compare accounts with the group's, or with a part of these if they are many.

        Args:
            wanted: accounts and the group, of each comparison; all are made in one pass.
        """
        every = [_paired(accounts, group) for accounts, group in wanted]
        _, one, other = (np.concatenate([each[k] for each in every]) for k in range(3))
        times, pair, cell = closeness(ground, likeness, one, other)
        made, first = [], 0
        for (accounts, _), (place, _, _) in zip(wanted, every, strict=True):
            last = first + len(place)
            start, end = np.searchsorted(pair, [first, last])
            own = place[pair[start:end] - first]
            made.append(
                cls._of(own, cell[start:end], times[start:end], len(accounts), ground.layout)
            )
            first = last
        return made

    @classmethod
    def _of(cls, own: Int64s, cell: Int32s, times: Floats, n_accounts: int, layout: Layout) -> Self:
        cells, where = np.unique(own * layout.n_cells + cell, return_inverse=True)
        mean = np.bincount(where, times) / np.maximum(np.bincount(where), 1)
        counted = np.bincount(own, minlength=n_accounts)
        total = np.bincount(own, times, n_accounts)
        usual = np.where(counted > 0, total / np.maximum(counted, 1), 1.0)
        return cls(cells, mean, usual, layout.n_cells)

    def at(self, account: Int64s, cell: Int32s) -> Floats:
        """Return the closeness of accounts, by place, in cells; their usual one where unknown."""
        wanted = account * self.n_cells + cell
        found = np.minimum(np.searchsorted(self.cells, wanted), max(len(self.cells) - 1, 0))
        if len(self.cells) == 0:
            return np.ones(len(cell))
        is_known = self.cells[found] == wanted
        return np.where(is_known, self.mean[found], self.usual[account])

    def of_all(self, n_cells: int) -> Floats:
        """Return the mean over all accounts, of each cell."""
        cell = self.cells % n_cells
        counted = np.bincount(cell, minlength=n_cells)
        mean = np.bincount(cell, self.mean, n_cells) / np.maximum(counted, 1)
        usual = self.usual.mean() if len(self.usual) else 1.0
        return np.where(counted > 0, mean, usual)


@compiled
def list_common(
    one: Int32s,
    other: Int32s,
    offsets: Int64s,
    cell: Int32s,
    common: Int32s,
    starts: Int64s,
    found: Int32s,
) -> None:
    """Count the cells that each pair shares; where there are `starts`, list them too."""
    for e in range(len(one)):
        x, x_last = offsets[one[e]], offsets[one[e] + 1]
        y, y_last = offsets[other[e]], offsets[other[e] + 1]
        count = 0
        while x < x_last and y < y_last:
            if cell[x] < cell[y]:
                x += 1
            elif cell[y] < cell[x]:
                y += 1
            else:
                here = cell[x]
                if len(starts) > 0:
                    found[starts[e] + count] = here
                count += 1
                while x < x_last and cell[x] == here:
                    x += 1
                while y < y_last and cell[y] == here:
                    y += 1
        common[e] = count

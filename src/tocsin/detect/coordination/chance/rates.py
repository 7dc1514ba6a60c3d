"""How often two shares of one cell fall within the window, by the kinds of their accounts."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.habits import Kinds
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.tallies import Tally, size_class
from tocsin.detect.coordination.chance.threads import in_pieces
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_CELL_PAIRS: Final = 5_000.0  # pairs like all cells of the size that are added to each cell
_KIND_PAIRS: Final = 200.0  # pairs like all kinds that are added to two kinds
_KIND_MEETINGS: Final = 5.0  # the same, for their ratio over all sizes
_TINY: Final = 1e-9  # where nobody met in any cell of a size


@frozen(eq=False)
class Rates:
    """The null: two accounts that share the cell at place c meet there with chance
    `kinds[size_class[c], kind, kind] * cell[c]`, 1 at most.
    """

    size_class: Int32s
    kinds: Floats
    cell: Floats

    def least_ratios(self, before: "Rates", one: Kinds, other: Kinds, sizes: Int64s) -> Floats:
        """Return r, at most 1: a pair's chances are at least r times what they were before.

        Args:
            one, other: kinds of each pair's accounts.
            sizes: classes of size of the cells that each pair shares, as bits.
        """
        kinds = np.minimum(_ratio(self.kinds, before.kinds), 1.0)
        least = np.ones(len(sizes))
        for each in np.unique(self.size_class):
            has = (sizes >> each & 1).astype(np.bool_)
            least[has] = np.minimum(least[has], kinds[each, one[has], other[has]])
        of_cells = float(_ratio(self.cell, before.cell).min(initial=1.0))
        return least * of_cells


def _ratio(now: Floats, before: Floats) -> Floats:
    """What was 0 cannot have fallen."""
    ratio: Floats = np.where(before > 0, now, 1.0) / np.where(before > 0, before, 1.0)
    return ratio


def cell_rates(layout: Layout, tally: Tally) -> Floats:
    """Return the rate of each cell, whatever the kinds, drawn towards 0 where pairs are few."""
    rates: Floats = tally.near_cell / (layout.pairs + _CELL_PAIRS)
    return rates


def fit(shares: Shares, layout: Layout, kind: Kinds, tally: Tally, cells: Int32s) -> Rates:
    """Fit the null to a tally, for some of the cells.

    The rate of two kinds in cells of a size is drawn towards that of all kinds, and the rate of a
    cell towards that of all cells of its size: a group that has an object almost to itself must
    not hide behind its own haste.
    """
    classes, plain = size_class(layout)[cells], tally.plain
    ordinary = (tally.pairs * plain[:, None, None]).sum(axis=0)
    ratio = (tally.near.sum(axis=0) + _KIND_MEETINGS) / (ordinary + _KIND_MEETINGS)
    prior = np.minimum(plain[:, None, None] * ratio, 1.0)
    kinds = (tally.near + _KIND_PAIRS * prior) / (tally.pairs + _KIND_PAIRS)
    expected = np.zeros(len(cells))
    own = np.where(tally.trusted, kind, np.int8(-1))

    def piece(first: int, last: int) -> None:
        expect(
            layout.starts[cells[first:last]], layout.sizes[cells[first:last]], shares.acc, own,
            classes[first:last], kinds, expected[first:last],
        )  # fmt: skip

    for _ in in_pieces(piece, layout.sizes[cells]):
        pass
    added = _CELL_PAIRS * plain[classes] + _TINY
    return Rates(classes, kinds, (tally.near_cell[cells] + added) / (expected + added))


@compiled
def expect(
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    kind: Kinds,
    classes: Int32s,
    kinds: Floats,
    expected: Floats,
) -> None:
    """Add up, for each cell, the meetings that its kinds of accounts make likely."""
    n_kinds = kinds.shape[1]
    inside = np.zeros(n_kinds)
    for c in range(len(starts)):
        rates = kinds[classes[c]]
        inside[:] = 0
        for i in range(starts[c], starts[c] + sizes[c]):
            if kind[acc[i]] >= 0:
                inside[kind[acc[i]]] += 1
        for k in range(n_kinds):
            if inside[k] > 0:
                others = -rates[k, k]
                for other in range(n_kinds):
                    others += inside[other] * rates[k, other]
                expected[c] += inside[k] * others / 2

"""How many pairs of shares there are in cells, and how many within the window, by kinds."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.habits import SPEEDS, Kinds
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.threads import in_pieces
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

CLASSES: Final = 64
_FEW = 8  # shares of a cell that are compared one by one


@frozen(eq=False)
class Tally:
    """Pairs of shares of `trusted` accounts, counted.

    Attributes:
        near, pairs: (class of size, kind, kind): pairs within the window, and all pairs; both
            orders of two kinds are counted.
        near_cell: pairs within the window, of each cell.
    """

    trusted: Flags
    near: Floats
    pairs: Floats
    near_cell: Int64s

    @property
    def plain(self) -> Floats:
        """Rates of all kinds together, of each class of size."""
        every: Floats = self.near.sum(axis=(1, 2)) / np.maximum(self.pairs.sum(axis=(1, 2)), 1)
        return every

    @property
    def usual(self) -> float:
        """Rate of all kinds and sizes together."""
        return float(self.near.sum() / max(float(self.pairs.sum()), 1.0))


def size_class(layout: Layout) -> Int32s:
    """Cells of one class differ in size by less than the square root of 2."""
    largest = int(layout.sizes.max(initial=1))
    if largest > layout.n_cells:
        return (2 * np.log2(np.maximum(layout.sizes, 1))).astype(np.int32)
    of_size = np.concatenate([[0], 2 * np.log2(np.arange(1, largest + 1))]).astype(np.int32)
    return of_size[layout.sizes]


def tallied(
    shares: Shares, layout: Layout, kind: Kinds, window_s: int, trusted: Flags, old: Tally | None
) -> Tally:
    """Count the pairs of the accounts that are trusted.

    Args:
        old: a count of the same with more accounts trusted: only what changed is counted again.
    """
    own = np.where(trusted, kind, np.int8(-1))
    if old is None:
        shape = (CLASSES, SPEEDS, SPEEDS)
        every = np.arange(layout.n_cells, dtype=np.int32)
        near_cell = np.zeros(layout.n_cells, np.int64)
        near, pairs = _counted(shares, layout, own, window_s, every, near_cell)
        return Tally(trusted, near.reshape(shape), pairs.reshape(shape), near_cell)
    changed = np.zeros(layout.n_cells, np.bool_)
    find_any(layout.starts, layout.sizes, shares.acc, old.trusted & ~trusted, changed)
    cells = np.flatnonzero(changed).astype(np.int32)
    before = np.where(old.trusted, kind, np.int8(-1))
    near_cell = old.near_cell.copy()
    near_before, pairs_before = _counted(shares, layout, before, window_s, cells, near_cell)
    near, pairs = _counted(shares, layout, own, window_s, cells, near_cell)
    # Whole numbers below 2^53: sums and differences are exact.
    near, pairs = old.near - near_before + near, old.pairs - pairs_before + pairs
    return Tally(trusted, near, pairs, near_cell)


def _counted(
    shares: Shares, layout: Layout, kind: Kinds, window_s: int, cells: Int32s, near_cell: Int64s
) -> tuple[Floats, Floats]:
    classes = size_class(layout)
    near, pairs = (np.zeros((CLASSES, SPEEDS, SPEEDS), np.int64) for _ in range(2))

    def piece(first: int, last: int) -> tuple[Int64s, Int64s]:
        own = np.zeros_like(near), np.zeros_like(pairs)
        tally(
            cells[first:last], layout.starts, layout.sizes, shares.acc, shares.ts, kind, classes,
            window_s, own[0], own[1], near_cell,
        )  # fmt: skip
        return own

    for near_here, pairs_here in in_pieces(piece, layout.sizes[cells]):
        near += near_here
        pairs += pairs_here
    near, pairs = near + near.transpose(0, 2, 1), pairs + pairs.transpose(0, 2, 1)
    return near.astype(np.float64), pairs.astype(np.float64)


@compiled
def tally(
    cells: Int32s,
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    ts: Int64s,
    kind: Kinds,
    classes: Int32s,
    window_s: int,
    near: Int64s,
    pairs: Int64s,
    near_cell: Int64s,
) -> None:
    """Add up the pairs of some cells; accounts of kind -1 are left out."""
    for c in cells:
        end, here = starts[c] + sizes[c], classes[c]
        if sizes[c] <= _FEW:
            met = tally_few(starts[c], end, acc, ts, kind, window_s, near[here], pairs[here])
        else:
            met = tally_many(starts[c], end, acc, ts, kind, window_s, near[here], pairs[here])
        near_cell[c] = met


@compiled
def tally_few(
    start: int,
    end: int,
    acc: Int32s,
    ts: Int64s,
    kind: Kinds,
    window_s: int,
    near: Int64s,
    pairs: Int64s,
) -> int:
    """Compare the shares of one cell one by one; return how many pairs are near."""
    met = 0
    for i in range(start + 1, end):
        own = kind[acc[i]]
        for j in range(start, i):
            other = kind[acc[j]]
            if own >= 0 and other >= 0:
                is_near = ts[i] - ts[j] <= window_s
                pairs[own, other] += 1
                near[own, other] += is_near
                met += is_near
    return met


@compiled
def tally_many(
    start: int,
    end: int,
    acc: Int32s,
    ts: Int64s,
    kind: Kinds,
    window_s: int,
    near: Int64s,
    pairs: Int64s,
) -> int:
    """Count the same kind by kind, in one pass over the cell."""
    n_kinds = len(near)
    around, inside = np.zeros(n_kinds, np.int64), np.zeros(n_kinds, np.int64)
    met = 0
    for i in range(start, end):
        while ts[i] - ts[start] > window_s:
            if kind[acc[start]] >= 0:
                around[kind[acc[start]]] -= 1
            start += 1
        own = kind[acc[i]]
        if own >= 0:
            for k in range(n_kinds):
                near[own, k] += around[k]
                pairs[own, k] += inside[k]
                met += around[k]
            around[own] += 1
            inside[own] += 1
    return met


@compiled
def find_any(starts: Int32s, sizes: Int32s, acc: Int32s, wanted: Flags, found: Flags) -> None:
    """Flag the cells that a wanted account shared."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            if wanted[acc[i]]:
                found[c] = True
                break

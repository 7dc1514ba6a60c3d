"""How often two shares of one cell fall within the window, by the kinds of their accounts."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

CLASSES: Final = 64
_CELL_PAIRS: Final = 5_000.0  # pairs like all cells of the size that are added to each cell
_KIND_PAIRS: Final = 200.0  # pairs like all kinds that are added to two kinds
_KIND_MEETINGS: Final = 5.0  # the same, for their ratio over all sizes
_TINY: Final = 1e-9  # where nobody met in any cell of a size


@frozen(eq=False)
class Rates:
    """The null: two accounts that share cell c meet there with chance
    `kinds[size_class[c], kind, kind] * cell[c]`, 1 at most.
    """

    size_class: Int32s
    kinds: Floats
    cell: Floats


def size_class(layout: Layout) -> Int32s:
    """Cells of one class differ in size by less than the square root of 2."""
    return (2 * np.log2(layout.sizes)).astype(np.int32)


def fit(
    shares: Shares, layout: Layout, kind: Int32s, n_kinds: int, window_s: int, trusted: Flags
) -> Rates:
    """Fit the null to the shares of the accounts that are `trusted`.

    Time grows with shares times kinds. The rate of two kinds in cells of a size is drawn towards
    that of all kinds, and the rate of a cell towards that of all cells of its size: a group that
    has an object almost to itself must not hide behind its own haste.
    """
    classes = size_class(layout)
    rows = np.flatnonzero(trusted[shares.acc])
    cell, row_kind, ts = layout.cell[rows], kind[shares.acc[rows]], shares.ts[rows]
    near, pairs = (np.zeros((CLASSES, n_kinds, n_kinds)) for _ in range(2))
    near_cell, expected = np.zeros(layout.n_cells), np.zeros(layout.n_cells)
    tally(cell, classes, row_kind, ts, window_s, near, pairs, near_cell)
    near, pairs = near + near.transpose(0, 2, 1), pairs + pairs.transpose(0, 2, 1)
    plain = near.sum(axis=(1, 2)) / np.maximum(pairs.sum(axis=(1, 2)), 1)
    ordinary = (pairs * plain[:, None, None]).sum(axis=0)
    ratio = (near.sum(axis=0) + _KIND_MEETINGS) / (ordinary + _KIND_MEETINGS)
    prior = np.minimum(plain[:, None, None] * ratio, 1.0)
    kinds = (near + _KIND_PAIRS * prior) / (pairs + _KIND_PAIRS)
    expect(cell, classes, row_kind, kinds, expected)
    added = _CELL_PAIRS * plain[classes] + _TINY
    return Rates(classes, kinds, (near_cell + added) / (expected + added))


@compiled
def tally(
    cell: Int32s,
    classes: Int32s,
    kind: Int32s,
    ts: Int64s,
    window_s: int,
    near: Floats,
    pairs: Floats,
    near_cell: Floats,
) -> None:
    """Add up the pairs of each cell; its shares stand together, by time."""
    n_kinds = near.shape[1]
    around = np.zeros(n_kinds)
    inside = np.zeros(n_kinds)
    start = 0
    for i in range(len(cell)):
        if i > 0 and cell[i] != cell[i - 1]:
            around[:] = 0
            inside[:] = 0
            start = i
        while ts[i] - ts[start] > window_s:
            around[kind[start]] -= 1
            start += 1
        size = classes[cell[i]]
        for k in range(n_kinds):
            near[size, kind[i], k] += around[k]
            pairs[size, kind[i], k] += inside[k]
        near_cell[cell[i]] += i - start
        around[kind[i]] += 1
        inside[kind[i]] += 1


@compiled
def expect(cell: Int32s, classes: Int32s, kind: Int32s, kinds: Floats, expected: Floats) -> None:
    """Add up, for each cell, the meetings that its kinds of accounts make likely."""
    n_kinds = kinds.shape[1]
    inside = np.zeros(n_kinds)
    start = 0
    while start < len(cell):
        here = cell[start]
        rates = kinds[classes[here]]
        inside[:] = 0
        end = start
        while end < len(cell) and cell[end] == here:
            inside[kind[end]] += 1
            end += 1
        for k in range(n_kinds):
            if inside[k] > 0:
                others = -rates[k, k]
                for other in range(n_kinds):
                    others += inside[other] * rates[k, other]
                expected[here] += inside[k] * others / 2
        start = end

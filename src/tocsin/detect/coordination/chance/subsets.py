"""How often k shares of one cell all fall within the window, when it is left to chance."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.tallies import CLASSES, size_class
from tocsin.detect.coordination.compiled import compiled

Floats = NDArray[np.float64]

LARGEST: Final = 6
_LIKE_ALL: Final = 100  # a cell of so many shares is believed as much as all of its size


@frozen(eq=False)
class SubsetRates:
    """Chance that k given sharers of a cell come within the window.

    Attributes:
        trusted: accounts that are counted.
        usual: by class of size and k, over all cells.
    """

    ground: Ground
    trusted: Flags
    usual: Floats

    def of(self, cells: Int32s) -> Floats:
        """Return the chances in some cells, for k from 0 to `LARGEST`: one row a cell."""
        once, place = np.unique(cells, return_inverse=True)
        picked = self.ground.layout.where(once)
        near, sizes = self._counted(picked)
        every = choose(sizes)
        usual = self.usual[size_class(picked)]
        added = choose(np.array([_LIKE_ALL]))[0]
        rates: Floats = np.minimum((near + added * usual) / (every + added), 1.0)
        return rates[place]

    def _counted(self, layout: Layout) -> tuple[Floats, Int64s]:
        """Count the subsets of each cell within the window, and its shares."""
        near, sizes = np.zeros((layout.n_cells, LARGEST + 1)), np.zeros(layout.n_cells, np.int64)
        shares = self.ground.shares
        for_each_cell(
            layout.starts, layout.sizes, shares.acc, shares.ts, self.trusted,
            self.ground.window_s, near, sizes,
        )  # fmt: skip
        return near, sizes


def subset_rates(ground: Ground, trusted: Flags) -> SubsetRates:
    """Count subsets of 2 to `LARGEST` shares of one cell, of accounts that are `trusted`."""
    shares, layout = ground.shares, ground.layout
    pooled, possible = (np.zeros((CLASSES, LARGEST + 1)) for _ in range(2))
    # In one piece: counts of six out of many are too large for sums that are the same in any order.
    pool_subsets(
        layout.starts, layout.sizes, size_class(layout), shares.acc, shares.ts, trusted,
        ground.window_s, pooled, possible,
    )  # fmt: skip
    return SubsetRates(ground, trusted, _usual(pooled, possible))


def choose(n: Int64s) -> Floats:
    """Return the number of subsets of k, for k from 0 to `LARGEST`: (len(n), LARGEST + 1)."""
    table = np.ones((len(n), LARGEST + 1))
    for k in range(1, LARGEST + 1):
        table[:, k] = table[:, k - 1] * np.maximum(n - k + 1, 0) / k
    return table


def _usual(near: Floats, possible: Floats) -> Floats:
    """Rates by class of size; small classes lean on all, rare subsets on the next smaller ones."""
    total = near.sum(axis=0) / np.maximum(possible.sum(axis=0), 1)
    usual = np.ones_like(near)
    for k in range(2, LARGEST + 1):
        # One more share within the window is at most as rare as one of two, and a bit of pooling
        # keeps what was never seen from counting as impossible.
        guess = np.maximum(total[k], 1e-12) if k == 2 else usual[:, k - 1] * usual[:, 2]
        usual[:, k] = (near[:, k] + 10 * guess) / (possible[:, k] + 10)
    return usual


@compiled
def tally_subsets(
    start: int, end: int, acc: Int32s, ts: Int64s, trusted: Flags, window_s: int, near: Floats
) -> int:
    """Count the subsets of one cell whose latest share is within the window of the first.

    Returns:
        The shares of trusted accounts.
    """
    size, around = 0, 0
    for i in range(start, end):
        if not trusted[acc[i]]:
            continue
        while ts[i] - ts[start] > window_s:
            around -= trusted[acc[start]]
            start += 1
        ways = 1.0
        for k in range(2, len(near)):
            ways = ways * (around - k + 2) / (k - 1)
            if ways <= 0:
                break
            near[k] += ways
        around += 1
        size += 1
    return size


@compiled
def for_each_cell(
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    ts: Int64s,
    trusted: Flags,
    window_s: int,
    near: Floats,
    counted: Int64s,
) -> None:
    """Write the subsets of each cell, and its shares of trusted accounts."""
    for c in range(len(starts)):
        end = starts[c] + sizes[c]
        counted[c] = tally_subsets(starts[c], end, acc, ts, trusted, window_s, near[c])


@compiled
def pool_subsets(
    starts: Int32s,
    sizes: Int32s,
    classes: Int32s,
    acc: Int32s,
    ts: Int64s,
    trusted: Flags,
    window_s: int,
    near: Floats,
    every: Floats,
) -> None:
    """Add up the subsets of cells by class of size: those within the window, and all."""
    for c in range(len(starts)):
        end, here = starts[c] + sizes[c], classes[c]
        size = tally_subsets(starts[c], end, acc, ts, trusted, window_s, near[here])
        ways = 1.0
        for k in range(1, near.shape[1]):
            ways = ways * (size - k + 1) / k
            if ways <= 0:
                break
            every[here, k] += ways

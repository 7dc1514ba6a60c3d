"""How often k shares of one cell all fall within the window, when it is left to chance."""

from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.tallies import CLASSES, size_class
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

LARGEST: Final = 6
_LIKE_ALL: Final = 100  # a cell of so many shares is believed as much as all of its size


@frozen(eq=False)
class SubsetRates:
    """Chance that k given sharers of a cell come within the window: `rate[cell, k]`."""

    rate: Floats


def subset_rates(shares: Shares, layout: Layout, window_s: int, trusted: Flags) -> SubsetRates:
    """Count subsets of 2 to `LARGEST` shares of one cell, of accounts that are `trusted`."""
    classes = size_class(layout)
    rows, cell = layout.rows()
    wanted = trusted[shares.acc[rows]]
    rows, cell = rows[wanted], cell[wanted]
    near, sizes = np.zeros((layout.n_cells, LARGEST + 1)), np.zeros(layout.n_cells, np.int64)
    tally_subsets(cell, shares.ts[rows], window_s, near, sizes)
    every = choose(sizes)
    pooled = np.zeros((CLASSES, LARGEST + 1))
    possible = np.zeros((CLASSES, LARGEST + 1))
    np.add.at(pooled, classes, near)
    np.add.at(possible, classes, every)
    usual = _usual(pooled, possible)[classes]
    added = choose(np.array([_LIKE_ALL]))[0]
    return SubsetRates(np.minimum((near + added * usual) / (every + added), 1.0))


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
        usual[:, k] = (near[:, k] + 10 * np.maximum(guess, total[k] * 0)) / (possible[:, k] + 10)
    return usual


@compiled
def tally_subsets(cell: Int32s, ts: Int64s, window_s: int, near: Floats, sizes: Int64s) -> None:
    """Count, for each cell, the subsets whose latest share is within the window of the first."""
    largest = near.shape[1] - 1
    start = 0
    for i in range(len(cell)):
        if i > 0 and cell[i] != cell[i - 1]:
            start = i
        while ts[i] - ts[start] > window_s:
            start += 1
        sizes[cell[i]] += 1
        ways = 1.0
        earlier = i - start
        for k in range(2, largest + 1):
            ways = ways * (earlier - k + 2) / (k - 1)
            if ways <= 0:
                break
            near[cell[i], k] += ways

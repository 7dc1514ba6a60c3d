"""Habits of accounts: how early they usually come to an object, and at which hours they are up.

Accounts of one kind are taken to be exchangeable; accounts of different kinds are not. Being
early is measured by rank among those who shared the object, not in seconds: a group that has an
object to itself has no earliest, so its members do not pass for people who are simply fast.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares

Kinds = NDArray[np.int8]

# Mean rank (0 first, 1 last) less one half; narrower where the fast are.
_EARLY: Final = (-0.32, -0.22, -0.13, -0.06, 0.06)
SPEEDS: Final = len(_EARLY) + 1
_FEW: Final = 8  # shares of an average account that are added to each, so that few prove nothing


def speeds(shares: Shares) -> Kinds:
    """Return the speed of each account, 0 the fastest."""
    total, count = np.zeros(shares.n_accounts), np.zeros(shares.n_accounts, np.int64)
    add_ranks(shares.obj, shares.acc, total, count)
    # The mean of each account, drawn towards 0.
    return np.searchsorted(_EARLY, total / (count + _FEW)).astype(np.int8)


@compiled
def add_ranks(obj: Int32s, acc: Int32s, total: NDArray[np.float64], count: Int64s) -> None:
    """Add up each account's ranks, less one half, on objects of three shares or more."""
    n = len(obj)
    end = 0
    while end < n:
        start = end
        while end < n and obj[end] == obj[start]:
            end += 1
        size = end - start
        if size > 2:
            for i in range(start, end):
                total[acc[i]] += (i - start + 0.5) / size - 0.5
                count[acc[i]] += 1

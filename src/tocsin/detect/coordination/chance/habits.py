"""Habits of accounts: how early they usually come to an object, and at which hours they are up.

Accounts of one kind are taken to be exchangeable; accounts of different kinds are not. Being
early is measured by rank among those who shared the object, not in seconds: a group that has an
object to itself has no earliest, so its members do not pass for people who are simply fast.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.shares import Shares

# Mean rank (0 first, 1 last) less one half; narrower where the fast are.
_EARLY: Final = (-0.32, -0.22, -0.13, -0.06, 0.06)
SPEEDS: Final = len(_EARLY) + 1
_FEW: Final = 8  # shares of an average account that are added to each, so that few prove nothing


def speeds(shares: Shares) -> Int32s:
    """Return the speed of each account, 0 the fastest."""
    size = np.bincount(shares.obj, minlength=shares.n_objects)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(size)])[:-1]
    rank = np.arange(len(shares)) - starts[shares.obj]
    telling = size[shares.obj] > 2
    n = size[shares.obj[telling]]
    early = (rank[telling] + 0.5) / n - 0.5
    score = _mean(shares.acc[telling], early, shares.n_accounts)
    return np.searchsorted(_EARLY, score).astype(np.int32)


def _mean(acc: Int32s, value: NDArray[np.float64], n_accounts: int) -> NDArray[np.float64]:
    """Mean of each account's values, drawn towards 0."""
    total = np.bincount(acc, weights=value, minlength=n_accounts)
    count: Int64s = np.bincount(acc, minlength=n_accounts)
    mean: NDArray[np.float64] = total / (count + _FEW)
    return mean

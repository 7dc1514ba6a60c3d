"""Habits of accounts: how early they usually come to an object, and at which hours they are up.

Accounts of one kind are taken to be exchangeable; accounts of different kinds are not. Being
early is measured by rank among those who shared the object, not in seconds: a group that has an
object to itself has no earliest, so its members do not pass for people who are simply fast.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.workers import at_once, cut_between_objects

Kinds = NDArray[np.int8]

# Mean rank (0 first, 1 last) less one half; narrower where the fast are.
_EARLY: Final = (-0.32, -0.22, -0.13, -0.06, 0.06)
SPEEDS: Final = len(_EARLY) + 1
_PIECES: Final = 2
_FEW: Final = 8  # shares of an average account that are added to each, so that few prove nothing


def speeds(shares: Shares) -> Kinds:
    """Return the speed of each account, 0 the fastest."""
    obj, acc = shares.obj, shares.acc
    # As many pieces on any machine: sums of fractions depend on their order.
    parts = at_once(
        ranks,
        [(obj[s:e], acc[s:e], shares.n_accounts) for s, e in cut_between_objects(obj, _PIECES)],
    )
    total, count = (np.sum([part[k] for part in parts], axis=0) for k in range(2))
    # The mean of each account, drawn towards 0.
    kinds: Kinds = np.searchsorted(_EARLY, total / (count + _FEW)).astype(np.int8)
    return kinds


@compiled
def ranks(
    obj: Int32s, acc: Int32s, n_accounts: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Add up each account's ranks, less one half, on objects of three shares or more."""
    total, count = np.zeros(n_accounts), np.zeros(n_accounts, np.int32)
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
    return total, count

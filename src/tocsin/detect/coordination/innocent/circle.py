"""An inner circle: a few of a crowd who meet each other far more than the rest of it do.

An operation that hides in a real protest is a part of its group, and the group as a whole behaves
as a protest. So each pair of members is compared with all of them.
"""

from typing import Final

import numpy as np
from scipy import stats

from tocsin.detect.coordination.arrays import Flags, Int64s
from tocsin.detect.coordination.innocent.acts import Acts, Floats, followed
from tocsin.detect.coordination.innocent.crowd import SHORTER_S

_LARGEST: Final = 1_000  # members; more are not compared pair by pair
_MOST_MEETINGS: Final = 5_000_000
_RARE: Final = 0.001  # over all pairs of a group
_PARTNERS: Final = 2


def inner_circle(acts: Acts, window_s: int) -> tuple[str, ...]:
    """Return the members with two partners or more whom they met too often for this group.

    Looked for within shorter times as well: within an hour a whole crowd meets.
    """
    if acts.size > _LARGEST:
        return ()
    there = np.zeros((acts.size, len(acts.objects)))
    there[acts.acc, acts.obj] = 1.0
    found = np.zeros(acts.size, np.bool_)
    for within_s in sorted({window_s, *(each for each in SHORTER_S if each < window_s)}):
        found |= _circle(acts, there, within_s)
    return tuple(acts.accounts[int(place)] for place in np.flatnonzero(found))


def _circle(acts: Acts, there: Floats, within_s: int) -> Flags:
    """Mark the circle of one window."""
    near = followed(acts.obj, acts.ts, within_s)
    if near.sum() > _MOST_MEETINGS:
        return np.zeros(acts.size, np.bool_)
    met = _met(acts, near)
    a, b = np.nonzero(np.triu(met, k=1))
    shared = (there @ there.T)[a, b]
    expected = ((there * _rates(acts, near)) @ there.T)[a, b]
    chance = stats.binom.sf(met[a, b] - 1, shared, np.minimum(expected / shared, 1.0))
    rare = chance * (acts.size * (acts.size - 1) / 2) < _RARE
    marked: Flags = (
        np.bincount(np.concatenate([a[rare], b[rare]]), minlength=acts.size) >= _PARTNERS
    )
    return marked


def _met(acts: Acts, near: Int64s) -> Int64s:
    """Count on how many objects each pair met, as a square."""
    one = np.repeat(np.arange(len(near)), near)
    first = np.cumsum(near) - near
    other = one + 1 + np.arange(len(one)) - first[one]
    met = np.zeros((acts.size, acts.size), np.int64)
    np.add.at(met, (acts.acc[one], acts.acc[other]), 1)
    both: Int64s = met + met.T
    return both


def _rates(acts: Acts, near: Int64s) -> Floats:
    """Return, of each object, the share of its pairs that met."""
    sizes = np.bincount(acts.obj, minlength=len(acts.objects)).astype(np.float64)
    met = np.bincount(acts.obj, weights=near, minlength=len(acts.objects))
    rates: Floats = met / np.maximum(sizes * (sizes - 1) / 2, 1.0)
    return rates

"""Leave out the shares that cannot matter, without changing one edge.

Why it is exact: a pair is an edge when at least `least` objects each have a share of both
accounts within the window. (1) A share that no other account met within the window is part of
no such object. (2) Both accounts of an edge have at least `least` objects with a share that is
left after (1); so an account with fewer is in no edge. Neither step drops a share that an edge
rests on, so both hold again for what is left, until nothing changes.
"""

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares


@frozen(eq=False)
class Live:
    """The shares that are left, in the order of `Shares`; accounts are numbered as there.

    Attributes:
        row: place of each in the arrays of `Shares`.
    """

    obj: Int32s
    acc: Int32s
    ts: Int64s
    row: Int32s


def prune(shares: Shares, window_s: int, least: int) -> Live:
    """Drop shares to the fixpoint for edges of at least `least` objects within `window_s`."""
    keep = np.empty(len(shares), np.bool_)
    meet(shares.obj, shares.acc, shares.ts, window_s, keep)
    objects = live_objects(shares.obj, shares.acc, keep, shares.n_accounts)
    keep &= (objects >= least)[shares.acc]
    row = np.flatnonzero(keep).astype(np.int32)
    left = Live(shares.obj[row], shares.acc[row], shares.ts[row], row)
    while True:
        keep = np.empty(len(left.obj), np.bool_)
        meet(left.obj, left.acc, left.ts, window_s, keep)
        objects = live_objects(left.obj, left.acc, keep, shares.n_accounts)
        kept = compact(left.obj, left.acc, left.ts, left.row, keep, objects, least)
        if kept == len(left.obj):
            return left
        left = Live(left.obj[:kept], left.acc[:kept], left.ts[:kept], left.row[:kept])


@compiled
def meet(obj: Int32s, acc: Int32s, ts: Int64s, window_s: int, keep: Flags) -> None:
    """Flag the rows whose object another account shared within the window; (obj, ts) order."""
    n = len(obj)
    other = -1  # the nearest earlier row of the object by another account than this run's
    for i in range(n):
        if i == 0 or obj[i] != obj[i - 1]:
            other = -1
        elif acc[i] != acc[i - 1]:
            other = i - 1
        keep[i] = other >= 0 and ts[i] - ts[other] <= window_s
    other = -1
    for i in range(n - 1, -1, -1):
        if i == n - 1 or obj[i] != obj[i + 1]:
            other = -1
        elif acc[i] != acc[i + 1]:
            other = i + 1
        if other >= 0 and ts[other] - ts[i] <= window_s:
            keep[i] = True


@compiled
def live_objects(obj: Int32s, acc: Int32s, keep: Flags, n_accounts: int) -> Int32s:
    """Count the objects on which each account has a flagged row."""
    last = np.full(n_accounts, -1, np.int32)
    objects = np.zeros(n_accounts, np.int32)
    for i in range(len(obj)):
        a = acc[i]
        if keep[i] and last[a] != obj[i]:
            last[a] = obj[i]
            objects[a] += 1
    return objects


@compiled
def compact(
    obj: Int32s, acc: Int32s, ts: Int64s, row: Int32s, keep: Flags, objects: Int32s, least: int
) -> int:
    """Move the rows to keep to the front, in place, and return how many there are."""
    m = 0
    for i in range(len(obj)):
        if keep[i] and objects[acc[i]] >= least:
            obj[m] = obj[i]
            acc[m] = acc[i]
            ts[m] = ts[i]
            row[m] = row[i]
            m += 1
    return m

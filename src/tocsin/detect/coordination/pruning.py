"""Leave out the shares that cannot matter, without changing one edge.

Why it is exact: a pair is an edge when at least `least` objects each have a share of both
accounts within the window. (1) A share that no other account met within the window is part of
no such object. (2) Both accounts of an edge have at least `least` objects with a share that is
left after (1); so an account with fewer is in no edge. Neither step drops a share that an edge
rests on, so both hold again for what is left, until a round leaves out so little that the next
would cost more than it saves.
"""

from typing import Final

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.workers import at_once, cut, cut_between_objects, pieces_of

_LITTLE_LEFT_OUT: Final = 0.95  # of the shares are kept by a round that was the last


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
    """Drop shares that no edge of at least `least` objects within `window_s` rests on."""
    met, objects = _met(shares.obj, shares.acc, shares.ts, window_s, shares.n_accounts)
    enough = objects >= least
    left = _of(shares, flagged(shares.acc, met, enough))
    while True:
        met, objects = _met(left.obj, left.acc, left.ts, window_s, shares.n_accounts)
        kept = compact(left.obj, left.acc, left.ts, left.row, met, objects, least)
        found = Live(left.obj[:kept], left.acc[:kept], left.ts[:kept], left.row[:kept])
        if kept >= _LITTLE_LEFT_OUT * len(left.obj):
            return found
        left = found


def _met(
    obj: Int32s, acc: Int32s, ts: Int64s, window_s: int, n_accounts: int
) -> tuple[Flags, Int32s]:
    """Flag the rows that met another account, and count such objects an account."""
    met = np.empty(len(obj), np.bool_)
    pieces = cut_between_objects(obj, pieces_of(len(obj)))
    at_once(meet, [(obj[s:e], acc[s:e], ts[s:e], window_s, met[s:e]) for s, e in pieces])
    counted = at_once(live_objects, [(obj[s:e], acc[s:e], met[s:e], n_accounts) for s, e in pieces])
    objects = counted[0]
    for each in counted[1:]:
        objects += each
    return met, objects


def _of(shares: Shares, row: Int32s) -> Live:
    obj, acc, ts = (np.empty(len(row), each.dtype) for each in (shares.obj, shares.acc, shares.ts))
    rows = cut(len(row), pieces_of(len(row)))
    at_once(
        pick,
        [
            (shares.obj, shares.acc, shares.ts, row[s:e], obj[s:e], acc[s:e], ts[s:e])
            for s, e in rows
        ],
    )
    return Live(obj, acc, ts, row)


@compiled
def flagged(acc: Int32s, met: Flags, enough: Flags) -> Int32s:
    """Return the rows that met somebody, of accounts that did so often enough."""
    n = 0
    for i in range(len(acc)):
        n += met[i] and enough[acc[i]]
    rows = np.empty(n, np.int32)
    n = 0
    for i in range(len(acc)):
        if met[i] and enough[acc[i]]:
            rows[n] = i
            n += 1
    return rows


@compiled
def pick(
    obj: Int32s, acc: Int32s, ts: Int64s, row: Int32s, to_obj: Int32s, to_acc: Int32s, to_ts: Int64s
) -> None:
    """Write the rows that are asked for."""
    for i in range(len(row)):
        to_obj[i] = obj[row[i]]
        to_acc[i] = acc[row[i]]
        to_ts[i] = ts[row[i]]


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

"""Places in `Shares` of some accounts or objects: first shares, by (object, time)."""

import numpy as np

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.shares import Shares


def of_accounts(shares: Shares, wanted: Flags) -> Int64s:
    """Return the rows of the accounts that a mask picks: one pass over all shares."""
    return _first(shares, np.flatnonzero(wanted[shares.acc]))


def of_objects(shares: Shares, numbers: Int32s | Int64s) -> Int64s:
    """Return the rows of some objects, ascending by number: no pass over the others."""
    starts = np.searchsorted(shares.obj, numbers)
    sizes = np.searchsorted(shares.obj, numbers, side="right") - starts
    before = np.cumsum(sizes) - sizes
    rows: Int64s = np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))
    return _first(shares, rows)


def _first(shares: Shares, rows: Int64s) -> Int64s:
    """Keep the first share of each account and object."""
    if shares.first_only:
        return rows
    pair = shares.obj[rows].astype(np.int64) * shares.n_accounts + shares.acc[rows]
    kept: Int64s = rows[np.sort(np.unique(pair, return_index=True)[1])]
    return kept

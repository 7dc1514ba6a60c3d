"""Shares sorted by (object, time, account), on all processors and in little memory.

A share is packed into 64 bits, its time above its account, and dealt to its object's run by one
counting sort; within a run the packed values sort as the shares do. So no list of row numbers
exists and no column is gathered at random: beside the columns that come in there are 8 bytes a
share, and those columns are let go of before the sorted ones are made.
"""

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.workers import at_once, cut, cut_by_rows, pieces_of

_LONGEST_INSERTION: Final = 64  # beyond this an insertion sort is slower than numpy's
_SPAN: Final = 2**31  # seconds from the first share to the last that leave room for the account

Columns: TypeAlias = list[NDArray[Any]]
"""Object, account (int32) and time (int64), handed over: who takes them empties the list."""

Sorted: TypeAlias = tuple[Int32s, Int32s, Int64s]
"""Object, account, time."""


def fits(ts: Int64s) -> bool:
    """Tell whether the times lie close enough together to be packed: within 68 years."""
    return len(ts) == 0 or int(ts.max()) - int(ts.min()) < _SPAN


def sort_shares(columns: Columns, n_objects: int, n_accounts: int, *, first_only: bool) -> Sorted:
    """Return the shares in order, only each account's first of an object if asked.

    Args:
        columns: emptied, so that their memory is free while the sorted ones are made; their
            times `fits`.
    """
    obj, acc, ts = columns
    columns.clear()
    base = int(ts.min()) if len(ts) else 0
    pieces = pieces_of(len(obj))
    rows = cut(len(obj), pieces)
    counts = np.zeros((len(rows), n_objects), np.int32)
    at_once(count_rows, [(obj[s:e], counts[k]) for k, (s, e) in enumerate(rows)])
    offsets = np.zeros(n_objects + 1, np.int64)
    np.cumsum(counts.sum(axis=0), out=offsets[1:])
    place_slices(offsets, counts)
    packed = np.empty(len(obj), np.int64)
    dealt = [
        (obj[s:e], acc[s:e], ts[s:e], base, counts[k], packed) for k, (s, e) in enumerate(rows)
    ]
    at_once(deal, dealt)
    del obj, acc, ts, counts, dealt
    ranges = cut_by_rows(offsets, pieces)
    at_once(_sort_runs, [(packed, offsets, first, last) for first, last in ranges])
    return _unpacked(packed, offsets, ranges, base, n_accounts if first_only else 0)


def _sort_runs(packed: Int64s, offsets: Int64s, first: int, last: int) -> None:
    long = np.zeros(last - first, np.bool_)
    sort_short_runs(packed, offsets, first, last, long)
    for k in np.flatnonzero(long).tolist():
        packed[offsets[first + k] : offsets[first + k + 1]].sort()


def _unpacked(
    packed: Int64s, offsets: Int64s, ranges: list[tuple[int, int]], base: int, n_accounts: int
) -> Sorted:
    kept = np.diff(offsets)
    if n_accounts:
        at_once(keep_first, [(packed, offsets, *each, n_accounts, kept) for each in ranges])
    starts = np.zeros(len(kept) + 1, np.int64)
    np.cumsum(kept, out=starts[1:])
    total = int(starts[-1])
    obj, acc, ts = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int64)
    at_once(unpack, [(packed, offsets, starts, *each, base, obj, acc, ts) for each in ranges])
    return obj, acc, ts


@compiled
def count_rows(keys: Int32s, counts: Int32s) -> None:
    """Add up the rows of each key."""
    for i in range(len(keys)):
        counts[keys[i]] += 1


@compiled
def place_slices(offsets: Int64s, counts: Int32s) -> None:
    """Turn the counts of each slice of rows into the place of its first row of each key."""
    for k in range(counts.shape[1]):
        place = offsets[k]
        for s in range(counts.shape[0]):
            n = counts[s, k]
            counts[s, k] = place
            place += n


@compiled
def deal(obj: Int32s, acc: Int32s, ts: Int64s, base: int, place: Int32s, packed: Int64s) -> None:
    """Write each row's time and account to the next place of its object."""
    for i in range(len(obj)):
        k = obj[i]
        packed[place[k]] = ((ts[i] - base) << 32) | np.int64(acc[i])
        place[k] += 1


@compiled
def sort_short_runs(packed: Int64s, offsets: Int64s, first: int, last: int, long: Flags) -> None:
    """Sort the runs of objects `first` to `last`; flag the ones that are long and in disorder."""
    for k in range(first, last):
        start, end = offsets[k], offsets[k + 1]
        for p in range(start + 1, end):
            value = packed[p]
            q = p - 1
            while q >= start and packed[q] > value:
                packed[q + 1] = packed[q]
                q -= 1
            packed[q + 1] = value
            if p - q > _LONGEST_INSERTION:
                long[k - first] = True
                break


@compiled
def keep_first(
    packed: Int64s, offsets: Int64s, first: int, last: int, n_accounts: int, kept: Int64s
) -> None:
    """Move each account's first share of an object to the front of the run, and count them."""
    seen = np.full(n_accounts, -1, np.int32)
    for k in range(first, last):
        end = offsets[k]
        for p in range(offsets[k], offsets[k + 1]):
            a = packed[p] & 0xFFFFFFFF
            if seen[a] != k:
                seen[a] = k
                packed[end] = packed[p]
                end += 1
        kept[k] = end - offsets[k]


@compiled
def unpack(
    packed: Int64s,
    offsets: Int64s,
    starts: Int64s,
    first: int,
    last: int,
    base: int,
    obj: Int32s,
    acc: Int32s,
    ts: Int64s,
) -> None:
    """Write the kept shares of objects `first` to `last` from `starts` on."""
    for k in range(first, last):
        p = offsets[k]
        for row in range(starts[k], starts[k + 1]):
            obj[row] = k
            acc[row] = packed[p] & 0xFFFFFFFF
            ts[row] = (packed[p] >> 32) + base
            p += 1

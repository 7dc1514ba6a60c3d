"""Pairs of rows within a window, written out: the peers' answers are lists of them."""

from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.compat.posts import Decimals
from tocsin.detect.coordination.compiled import compiled
from tocsin.foundation import RefusedError

MOST_PAIRS: Final = 200_000_000


def pairs_within(
    obj: Int32s, ts: Decimals, window_s: float, most: int = MOST_PAIRS
) -> tuple[Int32s, Int32s]:
    """Return places (i, j), i before j, of rows of one object at most `window_s` apart.

    Args:
        obj, ts: rows by (object, time).

    Raises:
        RefusedError: when there are more than `most`, which the peers hold in memory as well.
    """
    end = np.empty(len(obj), np.int64)
    stretch_end(obj, ts, window_s, end)
    return _spread(np.arange(len(obj)) + 1, end, most, window_s)


def ordered_pairs_within(
    obj: Int32s, ts: Decimals, window_s: float, most: int = MOST_PAIRS
) -> tuple[Int32s, Int32s]:
    """Return places (i, j), in both orders and with i == j, whose j is in i's window.

    The window's ends are `ts[i] - window_s` and `ts[i] + window_s`, rounded as SQLite does.

    Raises: as `pairs_within`.
    """
    start, end = np.empty(len(obj), np.int64), np.empty(len(obj), np.int64)
    stretch(obj, ts, window_s, start, end)
    return _spread(start, end, most, window_s)


def _spread(start: Int64s, end: Int64s, most: int, window_s: float) -> tuple[Int32s, Int32s]:
    n = end - start
    total = int(n.sum())
    if total > most:
        raise RefusedError(
            f"{total} pairs of posts lie within {window_s} s: the peer's way lists them all",
            hint="leave --compat out, which counts without listing, or shorten --window",
        )
    i = np.repeat(np.arange(len(n), dtype=np.int32), n)
    shift = np.repeat(start - (np.cumsum(n) - n), n)
    return i, (np.arange(total) + shift).astype(np.int32)


@compiled
def stretch_end(obj: Int32s, ts: Decimals, window_s: float, end: Int64s) -> None:
    """For each row the first later place of another object or beyond the window."""
    j = 0
    for i in range(len(obj)):
        j = max(j, i)
        while j < len(obj) and obj[j] == obj[i] and ts[j] - ts[i] <= window_s:
            j += 1
        end[i] = j


@compiled
def stretch(obj: Int32s, ts: Decimals, window_s: float, start: Int64s, end: Int64s) -> None:
    """For each row the stretch of places in its window."""
    first = 0
    last = 0
    for i in range(len(obj)):
        if i > 0 and obj[i] != obj[i - 1]:
            first = i
        while ts[first] < ts[i] - window_s:
            first += 1
        last = max(last, i)
        while last < len(obj) and obj[last] == obj[i] and ts[last] <= ts[i] + window_s:
            last += 1
        start[i] = first
        end[i] = last

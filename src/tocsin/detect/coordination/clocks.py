"""Exports whose clocks are apart: one of two files read in another zone, or without its offset.

Who acts together across two exports comes at one lag, over and over: none where the clocks agree,
whole quarters of an hour where one of them is off. People come at any lag. So the lags between two
exports' first shares of one object are counted, and a peak that stands out of its neighbourhood at
such a quarter, where there is none to speak of at zero, is a shift. Where nobody acts together
across both, nothing is seen, and nothing is lost by it either: a group within one export keeps its
own time.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.special import pdtrc

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled

QUARTER_S: Final = 900
MOST_S: Final = 14 * 3_600
"""Zones are at most so far from UTC; further, from each other, is another kind of mistake."""

_BIN_S: Final = 10
_NEAR: Final = (1, 3, 6)
"""Half-widths of a peak that are tried, in bins: 15, 35 and 65 s."""

_APART: Final = 7
_AROUND: Final = 40
"""What stands between so many bins from a lag on either side is its neighbourhood."""

_MOST_SHARERS: Final = 60
"""Of an object with more sharers the first ones are compared."""

_FEWEST: Final = 25
_MOST_CHANCE: Final = 1e-6
_ZERO: Final = 0.2
"""A peak at zero of so much of the shifted one speaks against a shift: some do come together."""


@frozen
class Shift:
    """A clock that is off.

    Attributes:
        source: place of the export.
        behind_s: what has to be added to its times.
        met, expected: lags in the peak, and how many its neighbourhood lets expect.
        objects: over which it was seen.
    """

    source: int
    behind_s: int
    met: int
    expected: float
    objects: int


def find_shifts(
    obj: Int32s, acc: Int32s, ts: Int64s, source: Int32s, sources: int
) -> tuple[Shift, ...]:
    """Return the exports whose clock is off, beside the one with the most shares.

    Args:
        obj, acc, ts: of each share, in any order; times in seconds.
        source: the export that it is of, from 0 to `sources` - 1.
    """
    if sources < 2:
        return ()
    order = np.lexsort((acc, ts, obj))
    obj, acc, ts, source = obj[order], acc[order], ts[order], source[order]
    largest = int(np.bincount(source, minlength=sources).argmax())
    found = (_shift(obj, acc, ts, source, largest, each) for each in range(sources))
    return tuple(each for each in found if each is not None)


def _shift(
    obj: Int32s, acc: Int32s, ts: Int64s, source: Int32s, kept: int, other: int
) -> Shift | None:
    if kept == other:
        return None
    bins = MOST_S // _BIN_S + _AROUND + 1
    lags = np.zeros(2 * bins + 1, np.int64)
    seen = np.zeros(2 * bins + 1, np.int64)
    count_lags(obj, acc, ts, source, kept, other, _BIN_S, _MOST_SHARERS, lags, seen)
    quarters = np.arange(-MOST_S, MOST_S + 1, QUARTER_S)
    best: tuple[float, Shift] | None = None
    for near in _NEAR:
        met, expected = _peaks(lags, near, bins)
        chance = np.asarray(pdtrc(np.maximum(met - 1, 0), np.maximum(expected, 1e-9)))
        excess = met - expected
        at = bins + quarters // _BIN_S
        zero = excess[bins]
        for place, lag in zip(at.tolist(), quarters.tolist(), strict=True):
            stands = (
                lag != 0
                and met[place] >= _FEWEST
                and chance[place] * len(quarters) * len(_NEAR) <= _MOST_CHANCE
                and zero <= _ZERO * excess[place]
            )
            if stands and (best is None or excess[place] > best[0]):
                objects = int(seen[place - near : place + near + 1].max())
                shift = Shift(other, -lag, int(met[place]), float(expected[place]), objects)
                best = float(excess[place]), shift
    return None if best is None else best[1]


def _peaks(lags: Int64s, near: int, bins: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return, for each lag, how many are near it, and how many its neighbourhood lets expect."""
    total = np.concatenate([[0], np.cumsum(lags)])
    place = np.arange(2 * bins + 1)

    def between(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
        low, high = np.clip(first, 0, len(lags)), np.clip(last + 1, 0, len(lags))
        found: NDArray[np.int64] = total[high] - total[low]
        return found

    met = between(place - near, place + near)
    around = between(place - _AROUND, place - _APART) + between(place + _APART, place + _AROUND)
    width = 2 * (_AROUND - _APART + 1)
    return met, (around + 1) * (2 * near + 1) / width


def aligned(ts: Int64s, source: Int32s, shifts: Sequence[Shift]) -> Int64s:
    """Return the times with every shift taken back."""
    found = ts.copy()
    for each in shifts:
        found[source == each.source] += each.behind_s
    return found


@compiled
def count_lags(
    obj: Int32s,
    acc: Int32s,
    ts: Int64s,
    source: Int32s,
    kept: int,
    other: int,
    bin_s: int,
    most: int,
    lags: Int64s,
    seen: Int64s,
) -> None:
    """Count, by lag, the pairs of shares of one object in two exports.

    Args:
        obj: sorted; the shares of an object by time.
        lags: counts by bin, zero in the middle.
        seen: set to how many objects have any in the bin.
    """
    middle = len(lags) // 2
    last_seen = np.full(len(lags), -1, np.int64)
    start = 0
    n = len(obj)
    while start < n:
        end = start
        while end < n and obj[end] == obj[start]:
            end += 1
        until = min(end, start + most)
        for i in range(start, until):
            if source[i] != kept:
                continue
            for j in range(start, until):
                if source[j] != other or acc[i] == acc[j]:
                    continue
                lag = ts[j] - ts[i]
                place = middle + (lag + bin_s // 2) // bin_s
                if 0 <= place < len(lags):
                    lags[place] += 1
                    if last_seen[place] != start:
                        last_seen[place] = start
                        seen[place] += 1
        start = end

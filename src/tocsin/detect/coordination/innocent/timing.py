"""When a group acted: after publication, over the day, over the whole time."""

from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Int64s
from tocsin.detect.coordination.innocent.acts import Acts, Floats
from tocsin.detect.coordination.innocent.signs import Sign, lasting, percent
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.shares import Shares

_HOUR_S: Final = 3_600
_DAY_S: Final = 86_400
_BEFORE_S: Final = 60  # clocks differ: so long before its publication is still after it
_MOSTLY: Final = 0.8
_KNOWN: Final = 0.8
_NIGHT_H: Final = 6
_IDLE: Final = 0.01  # of all, in an hour of the day in which nobody works
_ENOUGH_FOR_SHIFTS: Final = 10  # objects
_ENOUGH_FOR_NIGHTS: Final = 24
_BURST: Final = 0.9
_SAMPLE: Final = 100_000


def soon_after(acts: Acts, around: Surroundings, within_s: int) -> Sign:
    """Expect most shares within so long of the object's publication."""
    published = np.array([around.published.get(each, -1) for each in acts.objects], np.int64)
    known = published[acts.obj] >= 0
    if known.mean() < _KNOWN:
        return Sign(None, "it is not known when the objects were published")
    lag = (acts.ts - published[acts.obj])[known]
    share = float(((lag >= -_BEFORE_S) & (lag <= within_s)).mean())
    median = lasting(float(np.median(lag)))
    if share >= _MOSTLY:
        return Sign(
            True, f"{percent(share)} within {lasting(within_s)} of publication (median {median})"
        )
    return Sign(
        False,
        f"only {percent(share)} within {lasting(within_s)} of publication (median {median}): "
        "something else than publication gave the signal",
    )


def in_shifts(acts: Acts) -> Sign:
    """Expect hours of the day in which nobody works."""
    if len(acts.objects) < _ENOUGH_FOR_SHIFTS:
        return Sign(None, f"{len(acts.objects)} objects are too few to see working hours")
    quiet = _quiet_hours(acts)
    if quiet >= _NIGHT_H:
        return Sign(True, f"nobody works {quiet} hours in a row each day")
    return Sign(False, f"at work around the clock: at most {quiet} hours of the day are quiet")


def day_and_night(acts: Acts) -> Sign:
    """Expect no hours of the day in which all is quiet."""
    if len(acts.objects) < _ENOUGH_FOR_NIGHTS:
        return Sign(None, f"{len(acts.objects)} objects are too few to see a night")
    quiet = _quiet_hours(acts)
    if quiet < _NIGHT_H:
        return Sign(True, f"day and night: at most {quiet} hours of the day are quiet")
    return Sign(False, f"quiet {quiet} hours in a row each day, as machines are not")


def in_a_burst(at: Int64s, shares: Shares, days: int) -> Sign:
    """Expect nearly all of some moments within days, out of a time at least three times as long."""
    start, end = burst(at)
    step = max(1, len(shares) // _SAMPLE)
    low, high = np.quantile(shares.ts[::step], [0.005, 0.995])
    length, span = float(end - start), float(high - low)
    said = f"{percent(_BURST)} of it within {lasting(length)}"
    if length > days * _DAY_S:
        return Sign(False, f"{said}: no burst of days around an event")
    if span < 3 * max(length, _DAY_S):
        return Sign(None, f"the data reach over {lasting(span)} only: before and after are missing")
    return Sign(True, f"{said}, of {lasting(span)} in all")


def burst(moments: Int64s) -> tuple[int, int]:
    """Return the shortest stretch that holds nine tenths of them: its first and last second."""
    at = np.sort(moments)
    if len(at) == 0:
        return 0, 0
    kept = int(np.ceil(_BURST * len(at)))
    length = at[kept - 1 :] - at[: len(at) - kept + 1]
    first = int(np.argmin(length))
    return int(at[first]), int(at[first + kept - 1])


def pace(acts: Acts) -> Floats:
    """Return, of each object, the seconds from the first member's share to the middle one."""
    starts = np.flatnonzero(np.diff(acts.obj, prepend=-1))
    sizes = np.diff(np.append(starts, len(acts.obj)))
    middle: Floats = (acts.ts[starts + sizes // 2] - acts.ts[starts]).astype(np.float64)
    return middle


def _quiet_hours(acts: Acts) -> int:
    """Return the longest run of hours of the day, around midnight too, with next to no act."""
    hour: Int64s = acts.ts[acts.met] % _DAY_S // _HOUR_S
    count = np.bincount(hour, minlength=24)
    idle = count <= _IDLE * count.sum()
    longest = run = 0
    for each in np.concatenate([idle, idle]):
        run = run + 1 if each else 0
        longest = max(longest, run)
    return min(longest, 24)

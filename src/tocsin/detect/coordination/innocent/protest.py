"""Protest and mutual aid: for some days many who have nothing else in common share one event.

Grassroots respond to each other, not to one instruction: they are less simultaneous (Schoch,
Keller, Stier and Yang, Scientific Reports 12:4572, 2022).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.crowd import Crowd
from tocsin.detect.coordination.innocent.people import (
    come_and_go,
    many,
    no_batch,
    no_circle,
    no_closer,
)
from tocsin.detect.coordination.innocent.signs import Sign, lasting, listed, percent
from tocsin.detect.coordination.innocent.sources import FEW, again_and_again
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import burst, in_a_burst, pace
from tocsin.detect.coordination.shares import Shares

NAME: Final = "protest or mutual aid"

_DAYS: Final = 7
_LEAST: Final = 50
_SLOW_S: Final = 180
_DAY_S: Final = 86_400
_MOSTLY: Final = 0.8


def signs(
    everything: Acts, acts: Acts, crowd: Crowd, shares: Shares, around: Surroundings
) -> Iterator[Sign]:
    """Expect days around an event, new objects, a wide public, the pace of people, no other ties.

    Args:
        everything: with the objects on which only a few came together.
        acts: the core of it.
    """
    at = crowd.ts if crowd.has_tip else acts.ts[acts.met]
    numbers = crowd.numbers[crowd.obj] if crowd.has_tip else acts.numbers[acts.obj]
    yield in_a_burst(at, shares, _DAYS)
    yield _fresh(at, numbers, shares)
    yield many(crowd, _LEAST)
    yield come_and_go(acts, crowd, 0.7)
    yield _pace_of_people(acts, crowd)
    yield from no_closer(crowd)
    yield from no_circle(acts, crowd.window_s)
    yield from _no_other_ties(everything, *burst(at))
    yield from no_batch(acts, around)


def _fresh(at: Int64s, numbers: Int32s, shares: Shares) -> Sign:
    """Expect shares of objects that nobody shared before the event.

    Args:
        numbers: the object of each share.
    """
    start, end = burst(at)
    first = shares.ts[np.searchsorted(shares.obj, numbers)]
    new = (first >= start - _DAY_S) & (first <= end)
    share = float(new.mean()) if len(new) else 0.0
    said = f"{percent(share)} of it is on objects that came up with the event"
    return Sign(share >= _MOSTLY, said if share >= _MOSTLY else f"only {said}")


def _no_other_ties(acts: Acts, start: int, end: int) -> Iterator[Sign]:
    """Contradict where some met again and again before the event or after it."""
    first = acts.ts[np.searchsorted(acts.obj, np.arange(len(acts.objects)))]
    outside = ((first < start - _DAY_S) | (first > end + _DAY_S)) & (acts.own > 0)
    few = again_and_again(acts, outside)
    if len(few) >= FEW:
        yield Sign(
            False,
            f"{len(few)} of {acts.size} accounts also came together again and again before or "
            f"after: {listed(few)}",
        )


def _pace_of_people(acts: Acts, crowd: Crowd) -> Sign:
    """Expect the middle sharer of an object minutes after the first."""
    each = crowd.pace() if crowd.has_tip else pace(acts)
    middle = float(np.median(each)) if len(each) else 0.0
    said = f"half of those who share an object do so within {lasting(middle)} of the first"
    if middle >= _SLOW_S:
        return Sign(True, f"{said}: the pace of people who see each other's posts")
    return Sign(False, f"{said}: faster than people who hear of it from each other")

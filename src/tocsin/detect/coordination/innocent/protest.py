"""Protest and mutual aid: for some days many who have nothing else in common share one event.

Grassroots respond to each other, not to one instruction: they are less simultaneous (Schoch,
Keller, Stier and Yang, Scientific Reports 12:4572, 2022).
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.crowd import come_and_go, crowd, no_batch
from tocsin.detect.coordination.innocent.signs import Sign, lasting, percent
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import burst, in_a_burst, pace
from tocsin.detect.coordination.shares import Shares

NAME: Final = "protest or mutual aid"

_DAYS: Final = 5
_LEAST: Final = 50
_SLOW_S: Final = 180
_DAY_S: Final = 86_400
_MOSTLY: Final = 0.8


def signs(acts: Acts, shares: Shares, around: Surroundings) -> Iterator[Sign]:
    """Expect days around an event, new objects, a wide public, and the pace of people."""
    yield in_a_burst(acts, shares, _DAYS)
    yield _fresh(acts, shares)
    yield crowd(acts, shares, _LEAST)
    yield come_and_go(acts, 0.7)
    yield _pace_of_people(acts)
    yield from no_batch(acts, around)


def _fresh(acts: Acts, shares: Shares) -> Sign:
    """Expect objects that nobody shared before the event."""
    start, end = burst(acts)
    first = shares.ts[np.searchsorted(shares.obj, acts.numbers)]
    new = (first >= start - _DAY_S) & (first <= end)
    share = float(np.average(new, weights=np.maximum(acts.gathered, 1))) if len(new) else 0.0
    if share >= _MOSTLY:
        return Sign(True, f"{percent(share)} of it is on objects that came up with the event")
    return Sign(False, f"only {percent(share)} of it is on objects that came up with the event")


def _pace_of_people(acts: Acts) -> Sign:
    """Expect the middle member of each object minutes after the first."""
    middle = float(np.median(pace(acts))) if len(acts.objects) else 0.0
    said = f"half of those who share an object do so within {lasting(middle)} of the first"
    if middle >= _SLOW_S:
        return Sign(True, f"{said}: the pace of people who see each other's posts")
    return Sign(False, f"{said}: faster than people who hear of it from each other")

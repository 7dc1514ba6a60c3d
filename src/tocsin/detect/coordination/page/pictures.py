"""The two pictures of a group, in an SVG's own units: its network and its timeline."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.page.context import GroupRow, Tie
from tocsin.detect.coordination.page.layout import place

MOST_DRAWN: Final = 250
"""Accounts in a picture: beyond it the busiest are drawn, and the page says so."""
MOST_LINES: Final = 2_000
MOST_BARS: Final = 120

_SIZE: Final = 100.0
_INSIDE: Final = 92.0
_STEPS_S: Final = (60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400)


@frozen
class Dot:
    """An account in the picture."""

    x: float
    y: float
    r: float
    label: str


@frozen
class Line:
    """A tie in the picture; `width` grows with the co-actions."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float


@frozen
class Network:
    """The accounts of a group and who acts with whom.

    Attributes:
        left_out: accounts of the group that the picture does not draw.
    """

    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    left_out: int
    size: float = 2 * _SIZE


@frozen
class Period:
    """One bar of the timeline."""

    start_s: int
    count: int
    height: float


@frozen
class Timeline:
    """Co-actions over time, in bars of `step_s` seconds; periods without any stand too."""

    periods: tuple[Period, ...]
    step_s: int


def draw_network(group: GroupRow) -> Network:
    """Draw a group; of a large one the accounts with the most ties."""
    degree = Counter(place for tie in group.ties for place in (tie.one, tie.other))
    busiest = sorted(range(len(group.accounts)), key=lambda each: (-degree[each], each))
    drawn = sorted(busiest[:MOST_DRAWN])
    where = {each: at for at, each in enumerate(drawn)}
    ties = _heaviest(tie for tie in group.ties if tie.one in where and tie.other in where)
    ends = [(where[tie.one], where[tie.other]) for tie in ties]
    weights = np.array([tie.together for tie in ties], np.float64)
    spots = place(len(drawn), np.array(ends, np.int64).reshape(-1, 2), weights)
    xy = [(_SIZE + x * _INSIDE, _SIZE + y * _INSIDE) for x, y in spots.tolist()]
    most_ties = max(degree.values(), default=1)
    most_together = max((tie.together for tie in ties), default=1)
    return Network(
        dots=tuple(
            Dot(
                *xy[at], 1.6 + 2.4 * math.sqrt(degree[each] / most_ties), group.accounts[each].label
            )
            for at, each in enumerate(drawn)
        ),
        lines=tuple(
            Line(*xy[one], *xy[other], 0.2 + 1.2 * tie.together / most_together)
            for tie, (one, other) in zip(ties, ends, strict=True)
        ),
        left_out=len(group.accounts) - len(drawn),
    )


def _radius(share: float) -> float:
    return 1.6 + 2.4 * math.sqrt(share)


def _heaviest(ties: Iterable[Tie]) -> list[Tie]:
    return sorted(ties, key=lambda tie: (-tie.together, tie.one, tie.other))[:MOST_LINES]


def draw_timeline(moments_s: Sequence[int]) -> Timeline:
    """Count moments in the finest steps that give at most MOST_BARS bars."""
    if not moments_s:
        return Timeline((), _STEPS_S[0])
    first, last = min(moments_s), max(moments_s)
    centuries = _STEPS_S[-1] * ((last - first) // _STEPS_S[-1] // (MOST_BARS - 1) + 1)
    fine = (each for each in _STEPS_S if last // each - first // each < MOST_BARS)
    step = next(fine, centuries)
    counts = Counter(moment // step for moment in moments_s)
    most = max(counts.values())
    return Timeline(
        tuple(
            Period(each * step, counts[each], counts[each] / most)
            for each in range(first // step, last // step + 1)
        ),
        step,
    )


def shown_time(seconds: int) -> str:
    """Write Unix seconds as a person reads them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def shown_span(seconds: int) -> str:
    """Write a length of time in the largest unit that fits it."""
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= unit and seconds % unit == 0:
            count = seconds // unit
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{seconds} second{'s' if seconds != 1 else ''}"

"""Two circles whose areas, and whose common area, are the counts: the page's first picture."""

import math
from typing import Final

from attrs import frozen

_LARGEST: Final = 100.0
_MARGIN: Final = 2.0
_STEPS: Final = 60


@frozen
class Circle:
    """A circle in the picture's own units."""

    x: float
    y: float
    r: float


@frozen
class Circles:
    """The picture of two sets.

    Attributes:
        common: an SVG path around what both circles cover; empty when they have nothing in common.
    """

    left: Circle
    right: Circle
    common: str
    width: float
    height: float


def draw_circles(left: int, right: int, both: int) -> Circles:
    """Draw two sets of `left` and `right` things, `both` of which are in either.

    The larger circle has a radius of 100 units; areas are in the proportion of the counts.
    """
    scale = _LARGEST / math.sqrt(max(left, right, 1) / math.pi)
    first, second = (scale * math.sqrt(count / math.pi) for count in (left, right))
    apart = _distance(first, second, both * scale**2)
    middle = max(first, second) + _MARGIN
    begins = min(-first, apart - second)
    a = Circle(_MARGIN - begins, middle, first)
    b = Circle(_MARGIN - begins + apart, middle, second)
    width = max(first, apart + second) - begins + 2 * _MARGIN
    return Circles(a, b, _outline(a, b) if both else "", width, 2 * middle)


def _distance(first: float, second: float, common: float) -> float:
    """Return how far apart two centres are when the circles have the area `common` in common."""
    nearest, farthest = abs(first - second), first + second
    for _ in range(_STEPS):
        between = (nearest + farthest) / 2
        if common_area(first, second, between) > common:
            nearest = between
        else:
            farthest = between
    return farthest


def common_area(first: float, second: float, apart: float) -> float:
    """Return what two circles of these radii both cover, their centres `apart`."""
    if apart >= first + second:
        return 0.0
    if apart <= abs(first - second):
        return math.pi * min(first, second) ** 2
    return _segment(first, second, apart) + _segment(second, first, apart)


def _segment(radius: float, other: float, apart: float) -> float:
    """Return what of a circle lies beyond the chord in which the other one cuts it."""
    cosine = (apart**2 + radius**2 - other**2) / (2 * apart * radius)
    angle = math.acos(max(-1.0, min(1.0, cosine)))  # rounding may carry it past 1
    return radius**2 * (angle - math.sin(angle) * math.cos(angle))


def _outline(a: Circle, b: Circle) -> str:
    """Return the path around the common area: an arc of one circle and back by one of the other."""
    apart = b.x - a.x
    if apart <= abs(a.r - b.r) * (1 + 1e-9):
        inner = min(a, b, key=lambda each: each.r)
        top, bottom = inner.y - inner.r, inner.y + inner.r
        half = f"A {inner.r:.2f} {inner.r:.2f} 0 0 1 {inner.x:.2f}"
        return f"M {inner.x:.2f} {top:.2f} {half} {bottom:.2f} {half} {top:.2f} Z"
    along = (apart**2 + a.r**2 - b.r**2) / (2 * apart)
    up = math.sqrt(max(a.r**2 - along**2, 0.0))
    x = a.x + along
    # An arc is the longer part of its circle when the centre lies on the arc's side of the chord.
    of_a, of_b = int(along < 0), int(along > apart)
    return (
        f"M {x:.2f} {a.y - up:.2f} "
        f"A {a.r:.2f} {a.r:.2f} 0 {of_a} 1 {x:.2f} {a.y + up:.2f} "
        f"A {b.r:.2f} {b.r:.2f} 0 {of_b} 1 {x:.2f} {a.y - up:.2f} Z"
    )

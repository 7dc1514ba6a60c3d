"""The picture of two lists: its areas are the numbers."""

import math
import random
import re

from hypothesis import assume, given
from hypothesis import strategies as st

from tocsin.demo.circles import Circle, Circles, common_area, draw_circles

_COUNTS = st.integers(1, 20_000)


@given(_COUNTS, _COUNTS, st.floats(0, 1))
def test_areas_are_in_the_proportion_of_the_counts(left: int, right: int, share: float) -> None:
    both = int(min(left, right) * share)
    drawn = draw_circles(left, right, both)
    one = math.pi * drawn.left.r**2 / left
    assert math.isclose(math.pi * drawn.right.r**2 / right, one, rel_tol=1e-9)
    apart = drawn.right.x - drawn.left.x
    common = common_area(drawn.left.r, drawn.right.r, apart)
    assert math.isclose(common / one, both, rel_tol=1e-3, abs_tol=0.5)


@given(_COUNTS, _COUNTS, st.floats(0, 1))
def test_both_circles_lie_inside_the_picture(left: int, right: int, share: float) -> None:
    drawn = draw_circles(left, right, int(min(left, right) * share))
    for circle in (drawn.left, drawn.right):
        assert circle.x - circle.r >= 0
        assert circle.x + circle.r <= drawn.width
        assert circle.y + circle.r <= drawn.height


@given(_COUNTS, _COUNTS, st.floats(0.05, 0.95))
def test_the_outline_ends_where_the_circles_cross(left: int, right: int, share: float) -> None:
    both = int(min(left, right) * share)
    assume(0 < both < min(left, right))
    drawn = draw_circles(left, right, both)
    for x, y in _corners(drawn):
        for circle in (drawn.left, drawn.right):
            away = math.hypot(x - circle.x, y - circle.y)
            assert math.isclose(away, circle.r, abs_tol=0.6)


def test_the_common_area_is_what_darts_say() -> None:
    throw = random.Random(7)  # noqa: S311 - repeatable on purpose
    a, b = Circle(0, 0, 3.0), Circle(2.5, 0, 2.0)
    throws = 200_000
    hits = 0
    for _ in range(throws):
        x, y = throw.uniform(-3, 3), throw.uniform(-3, 3)
        hits += math.hypot(x, y) <= a.r and math.hypot(x - b.x, y) <= b.r
    assert math.isclose(common_area(a.r, b.r, b.x), 36 * hits / throws, rel_tol=0.02)


def test_nothing_in_common_has_no_outline_and_a_part_of_the_other_is_a_whole_circle() -> None:
    assert draw_circles(100, 50, 0).common == ""
    inside = draw_circles(100, 50, 50)
    assert inside.common.count("A") == 2
    assert math.isclose(inside.right.x + inside.right.r, inside.left.x + inside.left.r)


def test_two_empty_lists_can_be_drawn() -> None:
    assert draw_circles(0, 0, 0).common == ""


def _corners(drawn: Circles) -> list[tuple[float, float]]:
    """Where each piece of the path ends: its last two numbers."""
    pieces = re.findall(r"[MA]([^MAZ]+)", drawn.common)
    return [(float(x), float(y)) for x, y in (piece.split()[-2:] for piece in pieces)]

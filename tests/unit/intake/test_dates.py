"""Dates as sources write them."""

from datetime import date

import pytest

from tocsin.intake.dates import is_ambiguous, order_of, read_day, read_moment
from tocsin.intake.mapping import DateOrder


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("9/5/2024", DateOrder.MONTH_FIRST, date(2024, 9, 5)),
        ("9/5/2024", DateOrder.DAY_FIRST, date(2024, 5, 9)),
        ("02-16-2023", DateOrder.MONTH_FIRST, date(2023, 2, 16)),
        ("25.09.2022", DateOrder.DAY_FIRST, date(2022, 9, 25)),
        ("2024-09-05", None, date(2024, 9, 5)),
        ("9 July 2024", None, date(2024, 7, 9)),
        ("July 9th, 2024", None, date(2024, 7, 9)),
        ("9 février 2024", None, date(2024, 2, 9)),
        ("5/5/2024", None, date(2024, 5, 5)),
        ("9/5/2024", None, None),
        ("25/09/2022", DateOrder.MONTH_FIRST, None),
        ("31/02/2022", DateOrder.DAY_FIRST, None),
        ("9/5/24", DateOrder.DAY_FIRST, None),
        ("soon", None, None),
    ],
)
def test_a_day_is_read_as_the_source_writes_it_or_not_at_all(
    text: str, order: DateOrder | None, day: date | None
) -> None:
    assert read_day(text, order) == day


def test_a_time_keeps_its_precision() -> None:
    assert read_moment("2024-03-01T08:00:00+01:00", None) == (
        "2024-03-01T07:00:00.000000Z",
        "second",
    )
    assert read_moment("2024-03-01 08:00:00", None) == ("2024-03-01T00:00:00.000000Z", "day")
    assert read_moment("1/3/2024", DateOrder.DAY_FIRST) == ("2024-03-01T00:00:00.000000Z", "day")
    assert read_moment("1/3/2024", None) is None


def test_only_a_figure_past_twelve_proves_the_order() -> None:
    assert order_of(["03/04/2024", "25/05/2024"]) is DateOrder.DAY_FIRST
    assert order_of(["03/04/2024", "05/25/2024"]) is DateOrder.MONTH_FIRST
    assert order_of(["25/05/2024", "05/25/2024"]) is None
    assert order_of(["03/04/2024"]) is None
    assert is_ambiguous("03/04/2024")
    assert not is_ambiguous("25/04/2024")

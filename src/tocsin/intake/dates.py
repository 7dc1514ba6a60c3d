"""Dates as sources write them. A date that could mean two days is not read."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from tocsin.foundation import BadInputError, parse_time, rfc3339
from tocsin.intake.mapping import DateOrder

_FIGURES: Final = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_MONTH: Final = re.compile(r"(\d{1,2})\.?(?:st|nd|rd|th)?\s+([^\W\d]{3,12})\.?,?\s+(\d{4})")
_MONTH_DAY: Final = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTHS: Final = {
    name: at
    for at, names in enumerate(
        (
            "january jan janvier januar",
            "february feb février fevrier februar",
            "march mar mars märz",
            "april apr avril",
            "may mai",
            "june jun juin juni",
            "july jul juillet juli",
            "august aug août aout",
            "september sep sept septembre",
            "october oct octobre oktober",
            "november nov novembre",
            "december dec décembre decembre dezember",
        ),
        start=1,
    )
    for name in names.split()
}


def read_day(text: str, order: DateOrder | None) -> date | None:
    """Return the day that `text` names, None when it names none or cannot be told."""
    bare = text.strip()
    if figures := _FIGURES.fullmatch(bare):
        first, second, year = (int(part) for part in figures.groups())
        if order is None and first != second:
            return None
        month, day = (second, first) if order is DateOrder.DAY_FIRST else (first, second)
        return _day(year, month, day)
    if iso := _ISO.match(bare):
        return _day(*(int(part) for part in iso.groups()))
    if worded := _DAY_MONTH.fullmatch(bare):
        return _day(int(worded[3]), _MONTHS.get(worded[2].casefold(), 0), int(worded[1]))
    if worded := _MONTH_DAY.fullmatch(bare):
        return _day(int(worded[3]), _MONTHS.get(worded[1].casefold(), 0), int(worded[2]))
    return None


def read_moment(text: str, order: DateOrder | None) -> tuple[str, str] | None:
    """Return an RFC 3339 time and its precision, `second` or `day`; None when unreadable.

    A day becomes its first moment in UTC; the precision says that no hour was recorded.
    """
    bare = text.strip()
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", bare):
        try:
            return rfc3339(parse_time(bare.replace(" ", "T", 1))), "second"
        except BadInputError:
            pass  # a time without a zone is good for its day alone
    day = read_day(bare, order)
    if day is None:
        return None
    return rfc3339(datetime(day.year, day.month, day.day, tzinfo=UTC)), "day"


def is_ambiguous(text: str) -> bool:
    """Tell whether only the source's habit could say which figure is the month."""
    figures = _FIGURES.fullmatch(text.strip())
    return figures is not None and int(figures[1]) <= 12 and int(figures[2]) <= 12


def looks_like_date(text: str) -> bool:
    """Tell whether `text` is written as a date, whatever the order of its figures."""
    return any(form.match(text.strip()) for form in (_FIGURES, _ISO, _DAY_MONTH, _MONTH_DAY))


def order_of(samples: Iterable[str]) -> DateOrder | None:
    """Return the order that some dates of a source prove, None without proof or against it."""
    found: set[DateOrder] = set()
    for text in samples:
        figures = _FIGURES.fullmatch(text.strip())
        if figures is None:
            continue
        if int(figures[1]) > 12:
            found.add(DateOrder.DAY_FIRST)
        elif int(figures[2]) > 12:
            found.add(DateOrder.MONTH_FIRST)
    return found.pop() if len(found) == 1 else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

"""Times as a person writes them after an option, and as one reads them."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin.foundation import BadInputError, Clock, parse_time

_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def span(text: str) -> timedelta:
    """Read `30s`, `10m`, `12h` or `90d`.

    Raises:
        BadInputError: when it is none of these.
    """
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit()) or unit not in _SECONDS or len(number) > 6:
        raise BadInputError(f"{text!r} is no span of time", hint="write 30s, 10m, 12h or 90d")
    return timedelta(seconds=int(number) * _SECONDS[unit])


def later(text: str, clock: Clock, *, option: str) -> datetime:
    """Read a span from now, or an RFC 3339 time."""
    try:
        return clock.now() + span(text)
    except BadInputError:
        return parse_time(text, field=option)


def moment(text: str, *, option: str) -> datetime:
    """Read a day such as `2018-08-23`, taken as its beginning in UTC, or an RFC 3339 time."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return parse_time(text, field=option)


def clock_time(text: str) -> str:
    """Return an RFC 3339 time as hours and minutes of the clock."""
    return f"{parse_time(text):%H:%M} UTC"

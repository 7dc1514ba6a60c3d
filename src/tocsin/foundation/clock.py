"""Time is passed in, aware and in UTC."""

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tocsin.foundation.errors import BadInputError

# RFC 3339 section 5.6, which is far stricter than `datetime.fromisoformat`: no week dates, no
# basic form, no missing seconds, and no digits cut off in silence. ASCII digits only.
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_SHOWN = 80  # letters of what is no time: it may be of any length


class Clock(Protocol):
    """Anything that can tell the time."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told; for tests, simulations and the demo's story."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise BadInputError("a clock starts at an aware time", hint="give a time zone")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> None:
        """Move on by `timedelta(**by)`."""
        self._now += timedelta(**by)


def rfc3339(moment: datetime) -> str:
    """Return `moment` as RFC 3339 in UTC with microseconds and `Z`.

    Microseconds always: truncated times in clients make TAXII feeds bleed (OpenCTI #10090).
    """
    if moment.tzinfo is None:
        raise BadInputError("a time without a zone cannot be written", hint="make it aware first")
    # Not strftime, whose %Y drops the leading zeros of early years on some systems.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_time(text: str, *, field: str = "time") -> datetime:
    """Return the aware UTC time that an RFC 3339 text names, exact to the microsecond.

    Raises:
        BadInputError: when the text is no RFC 3339 time, has no zone, is finer than 1 µs, or is
            a leap second or a moment outside the years 1 to 9999, which `datetime` cannot hold.
    """
    parts = _RFC3339.fullmatch(text)
    if parts is None:
        raise _no_time(text, field)
    date, clock, fraction, zone = parts.groups()
    if zone is None:
        raise BadInputError(
            f"{field}: {text[:_SHOWN]!r} has no time zone",
            hint="end it with Z or an offset such as +01:00",
        )
    digits = (fraction or "").rstrip("0")
    if len(digits) > 6:
        raise BadInputError(
            f"{field}: {text[:_SHOWN]!r} is finer than a microsecond", hint="round it to six digits"
        )
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}.{digits:0<6}{zone.upper()}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_time(text, field) from error


def _no_time(text: str, field: str) -> BadInputError:
    return BadInputError(
        f"{field}: {text[:_SHOWN]!r} is not an RFC 3339 time",
        hint="write it as 2026-11-03T19:00:00Z",
    )

"""Time is passed in, aware and in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

from tocsin.foundation.errors import BadInputError


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
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str, *, field: str = "time") -> datetime:
    """Return the aware UTC time that an RFC 3339 text names, exact to the microsecond.

    Raises:
        BadInputError: when the text is no RFC 3339 time, has no zone or is finer than 1 µs.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise BadInputError(
            f"{field}: {text!r} is not an RFC 3339 time", hint="write it as 2026-11-03T19:00:00Z"
        ) from error
    if moment.tzinfo is None or "T" not in text.upper():
        raise BadInputError(
            f"{field}: {text!r} has no time zone", hint="end it with Z or an offset such as +01:00"
        )
    return moment.astimezone(UTC)

"""Epochs: all three parties number the weeks since 1970 alike, each by its own clock."""

from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin.exchange.limits import MAX_SKEW
from tocsin.policy import OverlapLimits

LENGTH: Final = timedelta(days=OverlapLimits().epoch_days)
"""The same everywhere: it can't be set, since all parties must agree on it."""

LIFETIME: Final = LENGTH
"""How long an asking may stay open after it was posted; then the exchange deletes what it has."""

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def epoch_of(moment: datetime) -> int:
    """Return the number of the epoch that `moment` is in."""
    return (moment - _FIRST) // LENGTH


def is_running(epoch: int, now: datetime) -> bool:
    """Tell whether an asking of `epoch` may be posted now, by a clock that may be a little off."""
    return epoch_of(now - MAX_SKEW) <= epoch <= epoch_of(now + MAX_SKEW)

"""A fandom: many people, openly fans, share one artist's news in the minutes after it is out."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.crowd import come_and_go, crowd, lives, no_batch
from tocsin.detect.coordination.innocent.declared import FANS, say_they_are
from tocsin.detect.coordination.innocent.signs import Sign
from tocsin.detect.coordination.innocent.sources import one_source
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import soon_after
from tocsin.detect.coordination.shares import Shares

NAME: Final = "fandom"

_SOON_S: Final = 30 * 60
_LEAST: Final = 20


def signs(acts: Acts, shares: Shares, around: Surroundings) -> Iterator[Sign]:
    """Expect declared fans, one topic, many who come and go, and lives beside it."""
    yield say_they_are(acts, around, FANS, "fans")
    yield one_source(acts, around)
    yield soon_after(acts, around, _SOON_S)
    yield crowd(acts, shares, _LEAST)
    yield come_and_go(acts, 0.95)
    yield lives(acts)
    yield from no_batch(acts, around)

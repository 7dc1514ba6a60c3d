"""A fandom: many people, openly fans, share one artist's news in the minutes after it is out."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.crowd import Crowd
from tocsin.detect.coordination.innocent.declared import FANS, say_they_are
from tocsin.detect.coordination.innocent.people import (
    come_and_go,
    lives,
    many,
    no_batch,
    no_circle,
    no_closer,
)
from tocsin.detect.coordination.innocent.signs import Sign
from tocsin.detect.coordination.innocent.sources import one_source
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import soon_after

NAME: Final = "fandom"

_SOON_S: Final = 30 * 60
_LEAST: Final = 20
_HALF: Final = 0.5  # not everybody writes it down


def signs(acts: Acts, core: Acts, crowd: Crowd, around: Surroundings) -> Iterator[Sign]:
    """Expect declared fans, one topic, many who come and go, and lives beside it."""
    yield say_they_are(acts, around, FANS, "fans", _HALF)
    yield one_source(acts, around)
    yield soon_after(core, around, _SOON_S)
    yield many(crowd, _LEAST)
    yield come_and_go(core, crowd, 0.95)
    yield from no_closer(crowd)
    yield from no_circle(core, crowd.window_s)
    yield lives(core)
    yield from no_batch(acts, around)

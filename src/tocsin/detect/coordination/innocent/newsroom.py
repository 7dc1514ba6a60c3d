"""A newsroom: staff of one outlet post its articles when these come out, in working shifts."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.declared import REPORTERS, one_owner, say_they_are
from tocsin.detect.coordination.innocent.owners import own_sites
from tocsin.detect.coordination.innocent.signs import Sign
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import in_shifts, soon_after

NAME: Final = "newsroom"

_SOON_S: Final = 60 * 60
_HALF: Final = 0.5  # not everybody writes it down; the owner they must all declare


def signs(acts: Acts, core: Acts, around: Surroundings) -> Iterator[Sign]:
    """Expect one outlet, people who say they work there, its own articles, and nights off."""
    yield one_owner(acts, around)
    yield say_they_are(acts, around, REPORTERS, "journalists or an outlet", _HALF)
    yield own_sites(acts, around)
    yield soon_after(core, around, _SOON_S)
    yield in_shifts(core)

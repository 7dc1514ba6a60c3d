"""Alert and weather bots: machines that say so repeat one service's warnings at once."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.declared import BOTS, say_they_are
from tocsin.detect.coordination.innocent.signs import Sign, percent, shown
from tocsin.detect.coordination.innocent.sources import one_source, source_of
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import day_and_night, soon_after

NAME: Final = "alert bots"

_AT_ONCE_S: Final = 5 * 60
_MOSTLY: Final = 0.8


def signs(acts: Acts, around: Surroundings) -> Iterator[Sign]:
    """Expect declared machines, one service, the delay of a machine, and no nights."""
    yield say_they_are(acts, around, BOTS, "automated")
    yield _warnings(acts, around)
    yield soon_after(acts, around, _AT_ONCE_S)
    yield day_and_night(acts)


def _warnings(acts: Acts, around: Surroundings) -> Sign:
    """Expect the objects of an official service; of any single one, where none is known."""
    if not around.alert_domains:
        return one_source(acts, around)
    total = int(acts.gathered.sum())
    official = sum(
        gathered
        for label, gathered in zip(acts.objects, acts.gathered.tolist(), strict=True)
        if around.domain.get(label) in around.alert_domains
    )
    share = official / max(total, 1)
    if share >= _MOSTLY:
        return Sign(True, f"{percent(share)} of what they did together is official warnings")
    source = source_of(acts, around)
    if source.known < _MOSTLY:
        return one_source(acts, around)
    return Sign(
        False,
        f"only {percent(share)} of what they did together is official warnings; most is from "
        f"{shown(source.domain)}",
    )

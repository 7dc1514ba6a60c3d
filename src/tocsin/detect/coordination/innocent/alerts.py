"""Alert and weather bots: machines that say so repeat one service's warnings at once."""

from collections.abc import Iterator
from typing import Final

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.declared import BOTS, say_they_are
from tocsin.detect.coordination.innocent.signs import Sign, percent
from tocsin.detect.coordination.innocent.sources import MOSTLY, aside, marked, one_source
from tocsin.detect.coordination.innocent.surroundings import Surroundings
from tocsin.detect.coordination.innocent.timing import day_and_night, soon_after

NAME: Final = "alert bots"

_AT_ONCE_S: Final = 5 * 60


def signs(acts: Acts, core: Acts, around: Surroundings) -> Iterator[Sign]:
    """Expect declared machines, one service, the delay of a machine, and no nights."""
    yield say_they_are(acts, around, BOTS, "automated")
    yield _warnings(acts, around)
    yield soon_after(core, around, _AT_ONCE_S)
    yield day_and_night(core)


def _warnings(acts: Acts, around: Surroundings) -> Sign:
    """Expect the objects of official services; of any single one, where none is known."""
    if not around.alert_domains:
        return one_source(acts, around)
    known = marked(acts, lambda label: label in around.domain)
    official = marked(acts, lambda label: around.domain.get(label, "") in around.alert_domains)
    share, unknown = (acts.own[each].sum() / acts.own.sum() for each in (official, ~known))
    if share >= MOSTLY:
        said = f"{percent(share)} of what they did together is official warnings"
        return aside(acts, official, "an official service") or Sign(True, said)
    if share + unknown >= MOSTLY:
        return Sign(None, f"it is not known where {percent(unknown)} of it comes from")
    return Sign(False, f"only {percent(share)} of what they did together is official warnings")

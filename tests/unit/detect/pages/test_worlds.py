"""How many are right in invented worlds, where every host has a name that alerted."""

import pytest

from tests.conftest import LONG
from tests.unit.detect.pages.invented import COPIES, HONEST, World, world

SEEDS = range(20) if LONG else range(1)


@pytest.fixture(scope="module", params=SEEDS)
def made(request: pytest.FixtureRequest) -> World:
    return world(request.param)


@pytest.mark.parametrize("with_alerts", [False, True])
def test_all_copies_are_found_but_those_that_copied_nothing(made: World, with_alerts: bool) -> None:
    hosts = {each.subjects[0] for each in made.judged(with_alerts=with_alerts).findings}
    missed = {habit for host, habit in made.copies.items() if host not in hosts}
    assert missed == {"reworded"}


@pytest.mark.parametrize("with_alerts", [False, True])
def test_only_namesakes_with_an_agencys_text_are_accused_wrongly_and_none_once_that_is_known(
    made: World, with_alerts: bool
) -> None:
    for with_ordinary, wrong in ((False, {"namesake-with-agency-text"}), (True, set())):
        found = made.judged(with_alerts=with_alerts, with_ordinary=with_ordinary)
        told = {made.honest.get(each.subjects[0]) for each in found.findings} - {None}
        assert told == wrong


def test_five_in_six_that_the_second_stage_confirms_are_right(made: World) -> None:
    found = made.judged(with_alerts=True)
    right = sum(each.subjects[0] in made.copies for each in found.findings)
    assert len(COPIES) / (len(COPIES) + len(HONEST)) < 0.4  # as the first stage leaves them
    assert right / len(found.findings) >= 5 / 6
    assert sum(found.alerts.values()) == len(made.alerts)

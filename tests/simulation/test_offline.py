"""The exchange is away for a day of work, with files carried in between: then all are equal."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.conftest import LONG
from tests.simulation.community import HUB, KINDS, founded, settled, without_threads
from tests.simulation.oracle import Membership, meant_for
from tests.simulation.play import AUDIENCES, LEVELS, Play, received
from tests.simulation.test_nodes import SHM, check_logs

DAYS: Final = 20 if LONG else 1
HOURS: Final = 24


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as name, without_threads():
        yield Path(name)


@pytest.fixture(scope="module")
def template(ground: Path) -> tuple[Path, Membership]:
    return ground / "template", founded(ground / "template")


@pytest.mark.parametrize("seed", range(DAYS))
def test_after_a_day_without_exchange_all_hold_what_each_policy_says(
    ground: Path, template: tuple[Path, Membership], seed: int
) -> None:
    place, membership = template
    with settled(place, ground / f"day-{seed}", 10_000 + seed) as town:
        play = Play(town, [membership])
        before = play.active()
        for name in before:
            play.sync(name)
        play.stop(HUB)
        _work_a_day(play)
        play.heal()
        for name in (*before, *before):
            assert play.sync(name) is not None
        play.check_end()
        check_logs(town, before, was_put_back=False)
        _check_each_policy(play)


def _work_a_day(play: Play) -> None:
    """Each hour on each node: something on every level to some audience, and what work brings."""
    die = play.town.random
    for hour in range(HOURS):
        for name in KINDS:
            play._release(name, LEVELS[hour % len(LEVELS)], _audience(play, name, hour))
            for act in (play.correct, play.withdraw, play.derive, play.carry, play.hold):
                if die.random() < 0.15:
                    act(name)
            if die.random() < 0.3:
                assert play.sync(name) is None  # it is away
        play.town.true.advance(hours=1)


def _audience(play: Play, name: str, hour: int) -> frozenset[str]:
    words = {each for each in AUDIENCES[hour % len(AUDIENCES)] if each != f"member:{name}"}
    if LEVELS[hour % len(LEVELS)] == "red":
        words = {
            f"member:{each}" for each in KINDS if each != name and play.town.random.random() < 0.5
        }
    return frozenset(words)


def _check_each_policy(play: Play) -> None:
    """For each level and audience: those who hold it are those who were meant to."""
    held = {name: {each.id for each in received(play.town.homes[name])} for name in KINDS}
    live = [each for each in play.facts.values() if each.last in each.accepted]
    policies = {(each.tlp, each.audience) for each in live}
    assert len(policies) > 15
    for tlp, audience in policies:
        of_it = [each for each in live if (each.tlp, each.audience) == (tlp, audience)]
        for name in KINDS:
            meant = {
                each.id
                for each in of_it
                if each.withdrawn is None
                and each.expires is None
                and meant_for(each, name, play.membership, play.now())
            }
            got = held[name] & {
                each.id for each in of_it if each.withdrawn is None and each.expires is None
            }
            assert got == meant, (tlp, audience, name)

"""Four nodes and an exchange under every fault: they converge, and nobody ineligible receives."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.conftest import LONG
from tests.simulation.community import HUB, KINDS, Town, founded, settled, without_threads
from tests.simulation.network import CALM, Weather
from tests.simulation.oracle import Membership
from tests.simulation.play import Play
from tocsin.trust import read_note
from tocsin.vault.verify import verify_vault

MIX: Final = 15
"""Minutes of the exchange's interval: unnamed authors' withdrawals land within one more of it."""

RUNS: Final = 2_000 if LONG else 40
STEPS: Final = 50
AT_ONCE: Final = 10
"""Runs in one test: enough to share its cost, few enough to name the seed that fails."""

WEATHERS: Final = (
    CALM,
    Weather(drop=0.1, deaf=0.05, double=0.05, late=0.05, crash=0.01, between=0.03),
    Weather(drop=0.25, deaf=0.15, double=0.1, late=0.1, crash=0.03, between=0.05),
    Weather(deaf=0.1, double=0.2, between=0.15),
)
SHM: Final = Path("/dev/shm")  # noqa: S108 - memory, where there is one: a kill needs no disk


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as name, without_threads():
        yield Path(name)


@pytest.fixture(scope="module")
def template(ground: Path) -> tuple[Path, Membership]:
    return ground / "template", founded(ground / "template", mix=MIX)


def simulated(ground: Path, template: tuple[Path, Membership], seed: int) -> None:
    """Play one run and check its end."""
    place, membership = template
    with settled(place, ground / f"run-{seed}", seed) as town:
        play = Play(town, [membership])
        play.run(STEPS, WEATHERS[seed % len(WEATHERS)])
        play.heal()
        order = play.active()
        town.random.shuffle(order)
        for name in order:
            assert play.sync(name) is not None
        play.check_withdrawals(order, is_named=True)
        town.true.advance(minutes=MIX)
        for name in order:
            play.sync(name)
        play.check_withdrawals(order, is_named=False)
        play.check_end()
        check_logs(town, order, was_put_back=play.restores > 0)


def check_logs(town: Town, names: list[str], *, was_put_back: bool) -> None:
    """Every log verifies, and the exchange's is the one that each node has witnessed."""
    for name in (HUB, *KINDS):
        found = verify_vault(town.homes[name].vault.path)
        assert found.ok, (name, found)
    hub = town.homes[HUB].vault
    with hub.read() as log:
        for name in names:
            with town.homes[name].vault.read() as view:
                notes = [read_note(note) for note in view.log.witnessed(hub.origin)]
                seen = read_note(str(view.settings.get("exchange.checkpoint")))
            assert log.log.root(seen.size) == seen.root
            if not was_put_back:  # else it also has witnessed what the exchange forgot
                assert notes
                assert [each for each in notes if log.log.root(each.size) != each.root] == []


@pytest.mark.parametrize("first", range(0, RUNS, AT_ONCE))
def test_nodes_converge_whatever_happens_on_the_way(
    ground: Path, template: tuple[Path, Membership], first: int
) -> None:
    for seed in range(first, first + AT_ONCE):
        try:
            simulated(ground, template, seed)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise

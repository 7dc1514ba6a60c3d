"""A thief with a member's whole node, under faults: what it did falls everywhere, the rest stands.

Four nodes and an exchange. The oracle is a list of what each side did and when the exchange took
it, by the true clock; it knows nothing of voids, directories or doubts.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from attrs import define, field

from tests.conftest import LONG
from tests.simulation.community import HUB, URL, Town, founded, settled, without_threads
from tests.simulation.network import CALM, Killed, Weather
from tocsin.exchange import join, replace_stolen_keys, report_stolen, rotate_keys, sync, withdraw
from tocsin.foundation import ConnectionFailedError, RefusedError
from tocsin.records import Audience, Marking, MemberKind, Sharing, Tlp, new_object
from tocsin.trust import sign_object
from tocsin.vault import Home, Lens, Standing, Transaction
from tocsin.vault.verify import verify_vault

RUNS: Final = 200 if LONG else 4
FAIR: Final = Weather(drop=0.15, deaf=0.1, double=0.1, late=0.05, crash=0.03)
OTHERS: Final = ("beta", "gamma", "delta")
_RECEIVED: Final = Lens(standing=frozenset({Standing.RECEIVED}))


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    with TemporaryDirectory() as name, without_threads():
        founded(Path(name) / "template")
        yield Path(name)


@define
class Plot:
    """One run: what was done, by whom.

    Attributes:
        genuine: ids that alpha released and the exchange took before the theft.
        gone: those of them that alpha withdrew itself before.
        planted: ids that the thief released.
    """

    town: Town
    thief: Home | None = None
    genuine: list[str] = field(factory=list)
    gone: set[str] = field(factory=set)
    planted: list[str] = field(factory=list)

    def sync(self, name: str, home: Home | None = None) -> bool:
        """Try to sync; False where the line or a process failed."""
        town = self.town
        town.true.advance(seconds=7)
        try:
            sync(
                home or town.homes[name],
                town.clocks[name],
                connect=town.network.connect(name),
                sleep=lambda _: None,
            )
        except (ConnectionFailedError, RefusedError):
            return False
        except Killed:
            town.kill(name)
            return False
        return True

    def until_synced(self, name: str, home: Home | None = None) -> None:
        assert any(self.sync(name, home) for _ in range(60))

    def release(self, home: Home, number: int) -> str:
        """Sign an indicator for all and queue it."""
        town = self.town
        item = new_object(
            "indicator",
            now=town.true.now(),
            entropy=town.entropy,
            author=home.id,
            marking=Marking(Tlp.GREEN),
            fields={
                "name": f"host-{number}.example",
                "pattern": f"[domain-name:value = 'host-{number}.example']",
                "pattern_type": "stix",
                "valid_from": "2026-11-03T19:00:00Z",
            },
        ).with_sharing(
            Sharing(audience=Audience(community=True), origins=frozenset({MemberKind.PLATFORM}))
        )
        signed = sign_object(item, home.keyring.signing)
        members = [town.homes[each].id for each in OTHERS]

        def work(tx: Transaction) -> None:
            kept = tx.shared.accept(signed, standing=Standing.OWN, by="analyst")
            tx.visibility.set(kept.seq, members)
            tx.outbox.add(kept.seq, not_before=town.true.now())

        home.vault.write(work)
        return signed.id

    def steal(self) -> Home:
        """Copy alpha's whole node."""
        town = self.town
        place = town.folder / "thief"
        alpha = town.homes["alpha"]
        folder = alpha.folder
        alpha.close()
        shutil.copytree(folder, place)
        town.open("alpha", folder)
        self.thief = Home.open(place, clock=town.clocks["alpha"], entropy=town.entropy)
        return self.thief


def _before(plot: Plot) -> None:
    alpha = plot.town.homes["alpha"]
    plot.genuine = [plot.release(alpha, at) for at in range(4)]
    plot.until_synced("alpha")
    withdraw(alpha, plot.genuine[0], "an error", plot.town.true, by="analyst")
    plot.gone.add(plot.genuine[0])
    plot.until_synced("alpha")
    for name in plot.town.random.sample(OTHERS, 2):
        plot.until_synced(name)


def _theft(plot: Plot, *, rotates: bool) -> None:
    town = plot.town
    thief = plot.steal()
    plot.planted.append(plot.release(thief, 100))
    withdraw(thief, plot.genuine[1], "false", town.true, by="thief")
    plot.until_synced("alpha", thief)
    if rotates:
        for _ in range(60):
            connect = town.network.connect("alpha")
            with suppress(RefusedError):
                rotate_keys(thief, town.true, connect=connect, sleep=lambda _: None)
            if thief.keyring.coming is None:
                break
        plot.planted.append(plot.release(thief, 101))
        withdraw(thief, plot.genuine[2], "false", town.true, by="thief")
        plot.until_synced("alpha", thief)
    for name in town.random.sample(OTHERS, 2):
        plot.until_synced(name)


@pytest.mark.parametrize("seed", range(RUNS))
def test_after_a_theft_all_nodes_hold_what_was_genuine_and_nothing_that_was_planted(
    ground: Path, seed: int
) -> None:
    with settled(ground / "template", ground / f"run-{seed}", seed) as town:
        town.network.weather = FAIR if seed % 4 else CALM
        plot = Plot(town)
        stolen = town.homes["alpha"].keyring.signing.key_id
        _before(plot)
        town.true.advance(hours=1)
        since = town.true.now()
        town.true.advance(hours=1)
        _theft(plot, rotates=bool(seed % 2))

        if seed % 3 == 0:
            town.kill(HUB)
        for _ in range(2):  # the convenor gives it twice, and nothing changes by it
            report_stolen(town.homes[HUB], town.true, "alpha", stolen, since, why="x", by="c")
            town.kill(HUB)
        assert plot.thief is not None
        with pytest.raises(RefusedError):
            _insist(plot)

        for name in OTHERS:  # killed at every write once, and healed by the next sync
            town.fuses[name].left = town.random.randrange(1, 9)
            plot.until_synced(name)
        town.network.weather = CALM
        mine = _come_back(plot)
        for _ in range(2):
            for name in OTHERS:
                town.fuses[name].left = 0
                plot.until_synced(name)

        _check(plot, mine)
        plot.thief.close()


def _insist(plot: Plot) -> None:
    """Let the thief try to sync until the exchange says no."""
    town, thief = plot.town, plot.thief
    assert thief is not None
    for _ in range(60):
        with suppress(ConnectionFailedError):
            connect = town.network.connect("alpha")
            sync(thief, town.true, connect=connect, sleep=lambda _: None)


def _come_back(plot: Plot) -> str:
    """Give alpha new keys and an invitation by name; returns what it releases then."""
    town = plot.town
    alpha = town.homes["alpha"]
    replace_stolen_keys(alpha, town.true)
    token = town.convenor.invite(MemberKind.PLATFORM, "alpha")
    join(alpha, URL, token, connect=town.network.connect("alpha"))
    mine = plot.release(alpha, 200)
    plot.until_synced("alpha")
    return mine


def _check(plot: Plot, mine: str) -> None:
    town = plot.town
    for name in OTHERS:
        with town.homes[name].vault.read() as view:
            held = {each.id: each for each in view.shared.iterate(_RECEIVED) if each.type != "note"}
            flagged = {each.object_id for each in view.shared.flags()}
        assert not set(held) & set(plot.planted), name
        lasting = set(plot.genuine) - plot.gone
        assert lasting | {mine} <= set(held), name
        assert not any(held[each].revoked for each in lasting), name
        assert not lasting & flagged, name
        for each in plot.gone & set(held):
            assert held[each].revoked
    for home in town.homes.values():
        assert verify_vault(home.folder / "vault.db").ok

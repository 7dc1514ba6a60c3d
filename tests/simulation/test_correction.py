"""Corrections, withdrawals and erasures reach everyone, two hops on, whatever happens on the way.

By wire and by file, in any order, with lost answers and killed processes: in the end every holder
has its author's last version, and what is flagged is what the oracle's closure says. The oracle
knows only who made what from what, and what was changed.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from attrs import define, field

from tests.conftest import LONG
from tests.simulation.community import HUB, KINDS, Town, founded, settled, without_threads
from tests.simulation.network import CALM, Killed, Weather
from tocsin.exchange import (
    Changes,
    community_of,
    correct,
    read_bundle,
    sync,
    withdraw,
    write_bundle,
)
from tocsin.exchange.effects import CORRECTED, WITHDRAWN
from tocsin.foundation import ConnectionFailedError
from tocsin.policy import recipients
from tocsin.records import Audience, Marking, MemberKind, Sharing, Tlp, is_erasure, new_object
from tocsin.release.outgoing import Outgoing
from tocsin.vault import Lens, Transaction
from tocsin.vault.verify import verify_vault

RUNS: Final = 300 if LONG else 3
AT_ONCE: Final = 10 if LONG else 3
STEPS: Final = 30
SHM: Final = Path("/dev/shm")  # noqa: S108 - memory, where there is one: a kill needs no disk
WEATHERS: Final = (
    CALM,
    Weather(drop=0.1, deaf=0.1, double=0.1),
    Weather(drop=0.2, deaf=0.2, double=0.1, crash=0.03),
)
WORDS: Final = "jane-doe"


@define
class Thing:
    """One object as the oracle knows it.

    Attributes:
        to: names of those who receive it.
        source: what it was made from.
        last: the version that its author gave last.
    """

    id: str
    author: str
    to: frozenset[str]
    source: "Thing | None"
    last: str
    was_corrected: bool = False
    was_withdrawn: bool = False
    was_erased: bool = False

    @property
    def holders(self) -> frozenset[str]:
        return self.to | {self.author}

    def is_known_to_rest_on(self, other: "Thing", name: str) -> bool:
        """Whether a holder of this may learn of what became of `other`.

        Who has `other` is told by that itself, and follows what it holds. To tell it of more would
        tell it what somebody else's object, which it must not see, was made from.
        """
        source = self.source
        if source is None or (name in other.holders and name not in source.holders):
            return False
        return source is other or source.is_known_to_rest_on(other, name)


@define
class Act:
    """Plays over a town and keeps the oracle's books."""

    town: Town
    die: Random
    things: list[Thing] = field(factory=list)

    def release(self, author: str, to: frozenset[str], source: Thing | None = None) -> Thing:
        home, clock = self.town.homes[author], self.town.clocks[author]
        community = community_of(home)
        ids = {name: self.town.homes[name].id for name in KINDS}
        kinds = {MemberKind(KINDS[author])}
        at: Thing | None = source
        while at is not None:
            kinds.add(MemberKind(KINDS[at.author]))
            at = at.source
        item = new_object(
            "indicator",
            now=clock.now(),
            entropy=self.town.entropy,
            author=home.id,
            marking=Marking(Tlp.GREEN),
            fields={
                "name": f"{WORDS} {len(self.things)}",
                "pattern": f"[domain-name:value = '{WORDS}{len(self.things)}.example']",
                "pattern_type": "stix",
                "valid_from": "2026-11-03T19:00:00Z",
            },
        ).with_sharing(
            Sharing(
                audience=Audience(members=frozenset(ids[name] for name in to)),
                origins=frozenset(kinds),
                derived_from=(source.id,) if source else (),
            )
        )
        out = Outgoing(
            community=community, keyring=home.keyring, entropy=self.town.entropy, by="ada"
        )
        reach = recipients(item, community, now=clock.now(), sender=home.id)

        def work(tx: Transaction) -> None:
            out.queue(tx, item, reach, opens_at=clock.now())

        home.vault.write(work)
        made = Thing(item.id, author, to, source, item.version)
        self.things.append(made)
        return made

    def found(self) -> None:
        """Let there be chains of three: what the first makes, the third never sees."""
        names = sorted(KINDS)
        for _ in range(3):
            first, second, third, fourth = self.die.sample(names, 4)
            a = self.release(first, frozenset({second}))
            self.settle()
            b = self.release(second, frozenset({third}), a)
            self.settle()
            self.release(third, frozenset({fourth, first}), b)
            self.settle()

    def settle(self) -> None:
        for _ in range(2):
            for name in KINDS:
                assert self.sync(name)
        self.town.true.advance(minutes=1)

    def sync(self, name: str) -> bool:
        home, clock = self.town.homes[name], self.town.clocks[name]
        fuse = self.town.fuses[name]
        if self.town.network.weather is not CALM and self.die.random() < 0.15:
            fuse.left = self.die.randint(1, 12)
        try:
            sync(home, clock, connect=self.town.network.connect(name), sleep=lambda _: None)
        except ConnectionFailedError:
            return False
        except Killed:
            self.town.kill(name)
            return False
        finally:
            fuse.left = 0
        return True

    def change(self) -> None:
        """Correct, withdraw or erase something; whoever asks may be killed, and asks again."""
        thing = self.die.choice(self.things)
        if thing.was_withdrawn:
            return
        home, clock = self.town.homes[thing.author], self.town.clocks[thing.author]
        way = self.die.choice(("correct", "correct", "correct", "withdraw", "erase"))
        for _ in range(2 if self.die.random() < 0.2 else 1):
            if way == "correct":
                changes = Changes(confidence=self.die.randint(0, 100))
                thing.last = correct(
                    home, thing.id, changes, "looked anew", clock, by="ada"
                ).version
                thing.was_corrected = True
                continue
            withdraw(home, thing.id, "an error", clock, by="ada", erases=way == "erase")
            with home.vault.read() as view:
                held = view.shared.get(thing.id)
            assert held is not None
            thing.last, thing.was_withdrawn = held.version, True
            thing.was_erased = way == "erase"

    def carry(self) -> None:
        """Bring a file from one to another, perhaps twice, perhaps an old one."""
        one, other = self.die.sample(sorted(KINDS), 2)
        file = self.town.folder / f"stick-{one}.json"
        if not file.exists() or self.die.random() < 0.7:
            write_bundle(self.town.homes[one], file, self.town.clocks[one], self.town.entropy)
        read_bundle(self.town.homes[other], file, self.town.clocks[other])

    def step(self) -> None:
        kind = self.die.random()
        if kind < 0.45:
            self.sync(self.die.choice(sorted(KINDS)))
        elif kind < 0.75:
            self.change()
        elif kind < 0.95:
            self.carry()
        else:
            self.town.kill(self.die.choice((HUB, *sorted(KINDS))))
        self.town.true.advance(seconds=self.die.uniform(1, 300))

    # -- what must hold ------------------------------------------------------------------

    def check(self) -> None:
        for name in KINDS:
            self._check_versions(name)
            self._check_flags(name)
            self._check_erased(name)
            assert verify_vault(self.town.homes[name].vault.path).ok
        assert verify_vault(self.town.homes[HUB].vault.path).ok
        self._check_erased(HUB)

    def _check_versions(self, name: str) -> None:
        with self.town.homes[name].vault.read() as view:
            held = {each.id: each.version for each in view.shared.iterate() if each.type != "note"}
        assert held == {each.id: each.last for each in self.things if name in each.holders}

    def _check_flags(self, name: str) -> None:
        with self.town.homes[name].vault.read() as view:
            flags = [each for each in view.shared.flags() if not each.object_id.startswith("note")]
        withdrawn = {each.object_id for each in flags if each.kind == WITHDRAWN}
        corrected = {each.object_id for each in flags if each.kind == CORRECTED}
        assert withdrawn == self._closure(
            name, [each for each in self.things if each.was_withdrawn], itself=True
        )
        still = [each for each in self.things if each.was_corrected and not each.was_withdrawn]
        ever = [each for each in self.things if each.was_corrected]
        must, may = self._closure(name, still), self._closure(name, ever)
        assert must <= corrected <= may, (name, must - corrected, corrected - may)

    def _closure(self, name: str, changed: list[Thing], *, itself: bool = False) -> set[str]:
        """Ids of what a node holds that was changed by another, or rests on what was changed."""
        return {
            thing.id
            for thing in self.things
            if name in thing.holders
            for source in changed
            if thing.is_known_to_rest_on(source, name)
            or (thing is source and (itself or name != thing.author))
        }

    def _check_erased(self, name: str) -> None:
        with self.town.homes[name].vault.read() as view:
            rows = view.shared.page(Lens(versions=("all",)), limit=10_000)
        for thing in self.things:
            if thing.was_erased:
                left = [row.object for row in rows if row.id == thing.id]
                assert all(is_erasure(each) for each in left), (name, thing)


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as name, without_threads():
        founded(Path(name) / "template")
        yield Path(name)


@pytest.mark.parametrize("first", range(0, RUNS, AT_ONCE))
def test_every_holder_ends_with_the_last_version_and_the_flags_of_the_closure(
    ground: Path, first: int
) -> None:
    for seed in range(first, first + AT_ONCE):
        with settled(ground / "template", ground / f"run-{seed}", seed) as town:
            act = Act(town, Random(seed))  # noqa: S311 - repeatable on purpose
            act.found()
            town.network.weather = WEATHERS[seed % len(WEATHERS)]
            try:
                for _ in range(STEPS):
                    act.step()
                town.network.weather, town.network.is_down = CALM, False
                with suppress(IndexError):
                    while town.network.late:
                        town.network.deliver_late()
                act.settle()
                act.check()
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise

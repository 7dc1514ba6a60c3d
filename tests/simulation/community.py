"""Four nodes and an exchange in one process, each with its files, its clock and its line."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, TypeVar

import pytest
from attrs import define, field

from tests.simulation.network import Killed, Network
from tests.simulation.oracle import Membership
from tocsin.exchange import Convenor, build_app, create_exchange, join, sync
from tocsin.exchange.mixing import set_mixing
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.records import MemberKind
from tocsin.vault import Home, Transaction, restore

START: Final = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
URL: Final = "http://127.0.0.1:9"
KINDS: Final = {
    "alpha": "platform",
    "beta": "platform",
    "gamma": "research",
    "delta": "government",
}
GROUPS: Final = {
    "north": frozenset({"alpha", "beta"}),
    "south": frozenset({"beta", "gamma", "delta"}),
}
HUB: Final = "exchange"

T = TypeVar("T")


@define
class SkewedClock:
    """A clock that is wrong by some time."""

    true: ManualClock
    skew: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.true.now() + self.skew


@define
class Fuse:
    """Ends a node's process after so many of its writes and requests; 0 for not at all."""

    left: int = 0

    def burn(self) -> None:
        if self.left:
            self.left -= 1
            if not self.left:
                raise Killed


@define
class Town:
    """The files, clocks and open homes of one simulation.

    Attributes:
        true: the time that the oracle goes by.
        homes: the nodes by name, and the exchange as `HUB`.
    """

    folder: Path
    random: Random
    network: Network
    true: ManualClock
    entropy: SeededEntropy
    clocks: dict[str, SkewedClock]
    homes: dict[str, Home] = field(factory=dict)
    fuses: dict[str, Fuse] = field(factory=dict)
    _places: Iterator[int] = field(factory=lambda: count(1))

    @property
    def convenor(self) -> Convenor:
        return Convenor(self.homes[HUB], self.clocks[HUB], self.entropy)

    @property
    def names(self) -> dict[str, str]:
        """Names of the nodes by member id."""
        return {self.homes[name].id: name for name in KINDS}

    def open(self, name: str, place: Path) -> Home:
        """Open the files at `place` as a new process would."""
        home = Home.open(place, clock=self.clocks[name], entropy=self.entropy)
        self.homes[name] = home
        if name == HUB:
            self.network.app = build_app(home, self.clocks[HUB], self.entropy)
        else:
            fuse = self.fuses[name] = Fuse()
            home.vault.write = _burning(home.vault.write, fuse)  # type: ignore[method-assign]
        return home

    def kill(self, name: str) -> None:
        """Drop a process where it stands: what follows opens only what it had written."""
        home = self.homes[name]
        place = self.folder / f"{name}.{next(self._places)}"
        place.mkdir(mode=0o700)
        for file in sorted(home.folder.iterdir()):
            if not file.name.endswith("-shm"):
                shutil.copy(file, place)
        home.close()
        shutil.rmtree(home.folder)
        self.open(name, place)

    def put_back(self, file: Path) -> None:
        """Let the exchange go on from a backup."""
        home = self.homes[HUB]
        place = self.folder / f"{HUB}.{next(self._places)}"
        home.close()
        shutil.rmtree(home.folder)
        restore(file, place)
        self.open(HUB, place)

    def close(self) -> None:
        for home in self.homes.values():
            home.close()


def _burning(write: Callable[..., Any], fuse: Fuse) -> Callable[..., Any]:
    def burning(work: Callable[[Transaction], T]) -> T:
        fuse.burn()
        done: T = write(work)
        fuse.burn()
        return done

    return burning


def founded(folder: Path, *, mix: int = 0) -> Membership:
    """Make the files of a fresh community, for simulations to copy.

    Args:
        mix: minutes of the interval at which the exchange shows what unnamed authors sent.
    """
    clock, entropy = ManualClock(START), SeededEntropy(7)
    loop = asyncio.new_event_loop()
    hub = create_exchange(folder / HUB, "Hub", clock=clock, entropy=entropy)
    app = build_app(hub, clock, entropy)
    network = Network(Random(1), app, loop, _nothing, _nothing, _nothing, _nothing, _nothing)  # noqa: S311
    convenor = Convenor(hub, clock, entropy)
    nodes = {}
    for name, kind in KINDS.items():
        home = Home.create(
            folder / name, name=name, kind=MemberKind(kind), clock=clock, entropy=entropy
        )
        token = convenor.invite(MemberKind(kind))
        join(home, URL, token, connect=network.connect(name))
        nodes[name] = home
    set_mixing(hub, mix)
    for group, members in GROUPS.items():
        convenor.create_group(group, sorted(members))
    for name, home in nodes.items():
        sync(home, clock, connect=network.connect(name))
    for home in (hub, *nodes.values()):
        home.close()
    loop.close()
    return Membership(KINDS, GROUPS)


@contextmanager
def settled(template: Path, folder: Path, seed: int) -> Iterator[Town]:
    """Open a copy of a founded community; nothing of it stays."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    true = ManualClock(START + timedelta(hours=1))
    loop = asyncio.new_event_loop()
    network = Network(random, None, loop, _nothing, _nothing, _nothing, _nothing, _nothing)  # type: ignore[arg-type]
    town = Town(
        folder=folder,
        random=random,
        network=network,
        true=true,
        entropy=SeededEntropy(seed),
        clocks={name: SkewedClock(true) for name in (HUB, *KINDS)},
    )
    network.on_crash = lambda: town.kill(HUB)
    shutil.copytree(template, folder, dirs_exist_ok=True)
    try:
        for name in (HUB, *KINDS):
            town.open(name, folder / name)
        yield town
    finally:
        town.close()
        loop.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def without_threads() -> Iterator[None]:
    """Let the exchange answer in the caller's thread: the simulation does one thing at a time."""

    async def at_once(call: Callable[..., T], *args: Any) -> T:
        return call(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tocsin.exchange.server.gate.run_in_threadpool", at_once)
        yield


def _nothing(*_: object) -> None:
    """Watch nothing, do nothing."""

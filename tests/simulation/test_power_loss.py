"""The power is cut at any moment: nothing acknowledged is lost, and nothing is kept by halves."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from attrs import frozen
from sqlalchemy import event

from tests.conftest import LONG
from tests.simulation.disk import Op, Pragma, library, moments, pragmas, recorded
from tests.unit.vault.conftest import SIGNER, domain, report
from tocsin.foundation import SystemClock, SystemEntropy, TocsinError
from tocsin.records import StixObject
from tocsin.vault import Holding, Provenance, Source, Standing, Transaction, Vault
from tocsin.vault.verify import verify_vault

RECORDINGS: Final = 20 if LONG else 2
POINTS: Final = 250 if LONG else 80
CHECKPOINTS: Final = (12, 200, 60, 400)
"""Pages in the journal after which they are copied into the database; 8,000 in earnest."""

PIECES: Final = 30
MEMBERS: Final = ("m1", "m2")
SHM: Final = Path("/dev/shm")  # noqa: S108 - memory, where there is one: the disk is simulated

pytestmark = pytest.mark.skipif(
    library() is None, reason="this Python has SQLite built in, where no VFS can be put under it"
)


@frozen
class Recording:
    """A vault as it was, and what was then asked of its disk."""

    base: dict[str, bytes]
    ops: Sequence[Op]
    pieces: dict[str, frozenset[str]]


@pytest.fixture(scope="module")
def ground() -> Iterator[Path]:
    with TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as name:
        yield Path(name)


def recording(folder: Path, seed: int, configure: Pragma) -> Recording:
    """Let a vault take pieces of work, several at once at times, and record its disk."""
    folder.mkdir()
    path = folder / "vault.db"
    clock, entropy = SystemClock(), SystemEntropy()
    Vault.create(
        path, origin="example.org/power", clock=clock, entropy=entropy, signer=SIGNER
    ).close()
    base = {path.name: path.read_bytes()}
    pieces: dict[str, frozenset[str]] = {}
    die = Random(seed)  # noqa: S311 - repeatable
    with recorded() as recorder:
        vault = Vault.open(path, clock=clock, entropy=entropy, signer=SIGNER)
        event.listen(vault._engine, "connect", configure)
        vault._engine.dispose()
        with vault:
            source = vault.write(lambda tx: tx.private.add_source(_SOURCE))
            done = 0
            while done < PIECES:
                group = [f"{seed}-{done + each}" for each in range(die.choice((1, 1, 1, 4)))]
                done += len(group)
                for name in group:
                    pieces[name] = frozenset(_members(name))
                waiting = [(name, vault.submit(_work(name, source))) for name in group]
                for name, future in waiting:
                    future.result(60)
                    recorder.ack(name)
    shutil.rmtree(folder)
    return Recording(base, recorder.ops, pieces)


def _members(name: str) -> Iterator[str]:
    """Names of all that one piece of work writes, which must be there together or not at all."""
    for each in range(1 + _sum(name) % 6):
        yield domain(f"p{name}-{each}.example").id
        yield _report(name, each).id
    yield f"case {name}"


def _work(name: str, source: int) -> Callable[[Transaction], None]:
    count = 1 + _sum(name) % 6

    def work(tx: Transaction) -> None:
        held = [domain(f"p{name}-{each}.example") for each in range(count)]
        traced = [Holding(each, (), Provenance(source, each.id)) for each in held]
        tx.private.hold(traced, by="me")
        for each in range(count):
            kept = tx.shared.accept(_report(name, each), standing=Standing.OWN, by="me")
            tx.visibility.set(kept.seq, MEMBERS)
            tx.outbox.add(kept.seq, not_before=SystemClock().now())
        tx.documents.put("case", name, {"name": name}, by="me")

    return work


def _sum(name: str) -> int:
    return sum(name.encode())


def _report(name: str, each: int) -> StixObject:
    run, _, step = name.partition("-")
    number = int(run) * 1_000_000 + int(step) * 100 + each
    return report(number, modified="2026-01-01T00:00:00.000Z")


HELD: Final = (
    "select object_id from private_objects join private_versions using (number)",
    "select object_id from shared_objects join visibility using (seq) join outbox using (seq)",
    "select 'case ' || id from documents where kind = 'case'",
)
_SOURCE: Final = Source(name="list.csv", digest="1", format="csv", by="me")


def outcome(folder: Path, files: dict[str, bytes], acked: set[str], taken: Recording) -> str:
    """Say what a vault is worth whose power was cut."""
    folder.mkdir()
    try:
        for name, body in files.items():
            (folder / name).write_bytes(body)
        path = folder / "vault.db"
        path.chmod(0o600)
        try:
            there = _contents(path)
            found = verify_vault(path, [SIGNER.public])
        except (TocsinError, sqlite3.Error):
            return "damaged"
        if not found.ok:
            return "damaged"
        kept = {name for name, members in taken.pieces.items() if members <= there}
        if any(members & there and not members <= there for members in taken.pieces.values()):
            return "halved"
        return "whole" if acked <= kept else "lost"
    finally:
        shutil.rmtree(folder)


def _contents(path: Path) -> set[str]:
    """Names of all that an opened vault holds, read past the product's own code."""
    Vault.open(path, clock=SystemClock(), entropy=SystemEntropy()).close()
    with closing(sqlite3.connect(path)) as vault:
        return {str(name) for statement in HELD for (name,) in vault.execute(statement)}


def outcomes(ground: Path, seed: int, configure: Pragma, points: int) -> Counter[str]:
    """Cut the power at so many moments of one recording."""
    taken = recording(ground / f"run-{seed}", seed, configure)
    die = Random(seed)  # noqa: S311 - repeatable
    chosen = set(die.sample(range(len(taken.ops)), min(points, len(taken.ops))))
    found: Counter[str] = Counter()
    for at, disk in moments(taken.base, taken.ops, chosen):
        place = ground / f"cut-{seed}-{at}"
        found[outcome(place, disk.without_power(die), set(disk.acked), taken)] += 1
    return found


@pytest.mark.parametrize("seed", range(RECORDINGS))
def test_no_power_loss_takes_what_was_acknowledged(ground: Path, seed: int) -> None:
    found = outcomes(
        ground, seed, pragmas(wal_autocheckpoint=CHECKPOINTS[seed % len(CHECKPOINTS)]), POINTS
    )
    assert set(found) == {"whole"}
    assert found["whole"] >= POINTS * 0.9


@pytest.mark.parametrize(
    "settings",
    [
        {"synchronous": "NORMAL", "wal_autocheckpoint": 200},
        {"synchronous": "OFF", "wal_autocheckpoint": 60},
        {"journal_mode": "DELETE", "synchronous": "OFF"},
    ],
    ids=["wal-normal", "wal-off", "delete-off"],
)
def test_the_simulation_is_not_blind(ground: Path, settings: dict[str, str | int]) -> None:
    found = outcomes(ground, 1_000, pragmas(**settings), 30)
    assert found["lost"] + found["damaged"] + found["halved"] > 5, found

"""kill -9 of a process that writes, at random moments: nothing acknowledged is lost or doubled.

Run as a script, this file is the victim: it writes until it is killed, and prints what was
acknowledged, after it was.
"""

import os
import random
import select
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.unit.vault.conftest import SIGNER, domain, report
from tocsin.foundation import SystemClock, SystemEntropy
from tocsin.vault import Holding, Lens, Provenance, Source, Standing, Transaction, Vault
from tocsin.vault.verify import verify_vault

ORIGIN = "example.org/crash"


def _write_until_killed(path: Path, run: int) -> None:
    rng = random.Random(run)  # noqa: S311 - repeatable
    vault = Vault.open(path, clock=SystemClock(), entropy=SystemEntropy(), signer=SIGNER)
    source = vault.write(
        lambda tx: tx.private.add_source(
            Source(name="list.csv", digest=str(run), format="csv", by="me")
        )
    )
    for step in range(1_000_000):
        kind = rng.choice(("hold", "share", "document"))
        names = [f"r{run}-s{step}-{at}.example" for at in range(rng.randint(1, 40))]

        def work(
            tx: Transaction, kind: str = kind, names: list[str] = names, step: int = step
        ) -> None:
            if kind == "hold":
                traced = [Holding(domain(name), (), Provenance(source, name)) for name in names]
                tx.private.hold(traced, by="me")
            elif kind == "share":
                shared = report(run * 1_000_000 + step, modified="2026-01-01T00:00:00.000Z")
                seq = tx.shared.accept(shared, standing=Standing.OWN, by="me").seq
                tx.visibility.set(seq, ["m1", "m2"])
            else:
                tx.documents.put("case", f"{run}-{step}", {"step": step}, by="me")

        vault.write(work)
        done = " ".join(names) if kind == "hold" else f"{run}-{step}"
        os.write(1, f"{kind} {done}\n".encode())


def _kill_at_random(path: Path, run: int) -> list[list[str]]:
    """Run the victim, kill it, and return what it had said was acknowledged."""
    command = [sys.executable, str(Path(__file__)), str(path), str(run)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **_ENV})
    assert child.stdout is not None
    select.select([child.stdout], [], [], 60)  # it has begun to write, or died
    moment = random.Random(run).uniform(0.0, 0.3)  # noqa: S311 - repeatable
    try:
        child.wait(moment)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    said, _ = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    return [line.split() for line in said.decode().split("\n")[:-1]]


_ENV = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])}


def _check(path: Path, acknowledged: list[list[str]]) -> None:
    found = verify_vault(path, [SIGNER.public])
    assert found.ok, found
    wanted: dict[str, list[str]] = {"hold": [], "share": [], "document": []}
    for kind, *names in acknowledged:
        wanted[kind] += names
    vault = Vault.open(path, clock=SystemClock(), entropy=SystemEntropy())
    with vault, vault.read() as view:
        held = Counter(str(each.object.body["value"]) for each in view.private.iterate())
        shared = Counter(each.id for each in view.shared.iterate())
        cases = Counter(each.id for each in view.documents.list("case"))
        visible = {each.id for each in view.shared.iterate(Lens(reader="m1"))}
        added = [each.added for each in view.shared.page(limit=1_000_000)]
    assert set(wanted["hold"]) <= set(held)
    assert set(wanted["document"]) <= set(cases)
    assert {_report_id(name) for name in wanted["share"]} <= set(shared)
    assert visible == set(shared)
    assert max([*held.values(), *shared.values(), *cases.values(), 1]) == 1
    assert added == sorted(set(added))


def _report_id(name: str) -> str:
    run, step = map(int, name.split("-"))
    return report(run * 1_000_000 + step, modified="2026-01-01T00:00:00.000Z").id


def _survives(path: Path, runs: range) -> None:
    Vault.create(
        path, origin=ORIGIN, clock=SystemClock(), entropy=SystemEntropy(), signer=SIGNER
    ).close()
    acknowledged: list[list[str]] = []
    for run in runs:
        acknowledged += _kill_at_random(path, run)
        _check(path, acknowledged)
    assert len(acknowledged) > len(runs)


def test_what_was_acknowledged_survives_kill_minus_nine(tmp_path: Path) -> None:
    _survives(tmp_path / "vault.db", range(15))


@pytest.mark.long
@pytest.mark.parametrize("first", range(100, 300, 20))
def test_what_was_acknowledged_survives_two_hundred_kills(tmp_path: Path, first: int) -> None:
    _survives(tmp_path / "vault.db", range(first, first + 20))


if __name__ == "__main__":
    _write_until_killed(Path(sys.argv[1]), int(sys.argv[2]))

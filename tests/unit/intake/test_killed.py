"""`kill -9` in the middle of an import: repeated, it ends as if nothing had happened."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit.intake.conftest import CLOCK
from tocsin.foundation import SeededEntropy
from tocsin.intake import import_files
from tocsin.vault import Vault

ROWS = 6_000
KILLS = 200 if os.environ.get("TOCSIN_LONG") == "1" else 3

CONTENTS = (
    "select object_id, type, revision from private_objects",
    "select object_id, body from private_versions join private_objects using (number)",
    "select object_id, key from private_keys join private_objects using (number)",
    "select object_id, locator, said from provenance join private_objects using (number)",
    "select name, digest, format from sources",
)

CHILD = """
import sys
from pathlib import Path
from tocsin.foundation import SystemClock
from tocsin.foundation.entropy import SystemEntropy
from tocsin.intake import import_files
from tocsin.vault import Vault

vault = Vault.open(Path(sys.argv[1]), clock=SystemClock(), entropy=SystemEntropy())
print("begun", flush=True)
import_files([Path(sys.argv[2])], vault, by="ana", clock=SystemClock())
vault.close()
print("done", flush=True)
"""


def big_list(folder: Path) -> Path:
    path = folder / "list.csv"
    rows = [f"0. A,0.6 B,0.6.2 C,h{at}[.]example,note {at}" for at in range(ROWS)]
    header = "Tactic,Technique,Procedure,Indicator,Notes"
    path.write_text("\n".join([header, *rows, "0. A,0.9 B,0.9.1 C,12 Pages,"]), encoding="utf-8")
    return path


def made(folder: Path) -> Path:
    path = folder / "vault.db"
    Vault.create(path, origin="a.example", clock=CLOCK, entropy=SeededEntropy(1)).close()
    return path


def contents(path: Path) -> tuple[list[tuple[object, ...]], ...]:
    """All that the vault holds, read past Tocsin's own code; numbers and times left out."""
    with sqlite3.connect(path) as connection:
        return tuple(sorted(connection.execute(statement).fetchall()) for statement in CONTENTS)


def held(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute("select count(*) from private_objects").fetchone()
    return int(count)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[object, ...]], ...]:
    """What an import that nobody disturbs leaves behind."""
    folder = tmp_path_factory.mktemp("clean")
    path = made(folder)
    with Vault.open(path, clock=CLOCK, entropy=SeededEntropy(2)) as vault:
        report = import_files([big_list(folder)], vault, by="ana", clock=CLOCK)
    assert report.new == ROWS + 1
    return contents(path)


@pytest.mark.parametrize("seed", range(KILLS))
def test_an_import_that_is_killed_and_repeated_loses_and_doubles_nothing(
    tmp_path: Path, clean: tuple[list[tuple[object, ...]], ...], seed: int
) -> None:
    path, source = made(tmp_path), big_list(tmp_path)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), str(source)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"begun\n"
    time.sleep(random.Random(seed).uniform(0.01, 1.2))  # noqa: S311 - repeatable on purpose
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    before = held(path)
    with Vault.open(path, clock=CLOCK, entropy=SeededEntropy(2)) as vault:
        report = import_files([source], vault, by="ana", clock=CLOCK)
        assert report.new == ROWS + 1 - before
        assert import_files([source], vault, by="ana", clock=CLOCK).new == 0
    assert contents(path) == clean

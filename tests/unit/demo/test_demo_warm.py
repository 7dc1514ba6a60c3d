"""Commands that are forked from a process which has the program loaded."""

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tocsin.demo.processes import marked_processes
from tocsin.demo.warm import CommandTimeoutError, WarmProgram

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")

MARK = "TOCSIN_WARM_TEST"
PATIENCE_S = 120


@pytest.fixture
def warm(tmp_path: Path) -> Iterator[WarmProgram]:
    environment = {**os.environ, MARK: str(tmp_path)}
    with (
        (tmp_path / "log").open("wb") as log,
        WarmProgram((sys.executable, "-P"), tmp_path, environment, log) as program,
    ):
        yield program
    assert (tmp_path / "log").read_bytes() == b""


def test_a_command_runs_in_the_folder_and_its_streams_and_code_come_back(
    warm: WarmProgram, tmp_path: Path
) -> None:
    made = warm.run(("--json", "init", "lab", "--name", "Läb", "--kind", "research"), PATIENCE_S)
    assert (made.code, json.loads(made.out)["name"], made.err) == (0, "Läb", "")
    assert (tmp_path / "lab").is_dir()


def test_codes_and_messages_are_those_of_the_command(warm: WarmProgram) -> None:
    refused = warm.run(("--home", "nowhere", "case", "list"), PATIENCE_S)
    assert refused.code == 1
    assert "nowhere" in refused.err
    assert warm.run(("case", "--no-such-option"), PATIENCE_S).code == 2


def test_each_command_is_a_process_of_its_own(warm: WarmProgram, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = pool.map(
            lambda name: warm.run(
                ("--json", "init", name, "--name", name, "--kind", "other"), PATIENCE_S
            ),
            "abcdefgh",
        )
    assert [json.loads(each.out)["name"] for each in made] == list("abcdefgh")
    left = marked_processes(f"{MARK}={tmp_path}")
    assert len(left) == 1, "only the process that forks"


def test_a_command_that_takes_too_long_is_ended(warm: WarmProgram, tmp_path: Path) -> None:
    warm.run(("exchange", "init", "bell", "--name", "Bell"), PATIENCE_S)
    with pytest.raises(CommandTimeoutError):
        warm.run(("exchange", "serve", "bell", "--port", "0"), timeout_s=2)
    _until_alone(f"{MARK}={tmp_path}", but=1)


def test_it_ends_with_its_owners_end_of_the_line(tmp_path: Path) -> None:
    environment = {**os.environ, MARK: f"{tmp_path}/ended"}
    with (
        (tmp_path / "log").open("wb") as log,
        WarmProgram((sys.executable, "-P"), tmp_path, environment, log) as program,
    ):
        assert program.run(("--version",), PATIENCE_S).code == 0
    _until_alone(f"{MARK}={tmp_path}/ended", but=0)


def _until_alone(mark: str, *, but: int) -> None:
    for _ in range(600):
        if len(marked_processes(mark)) <= but:
            return
        time.sleep(0.05)
    raise AssertionError("a process is left")

"""The story's processes: read, measured, and ended in every case."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.demo.commands import BrokenStoryError, Command, Commands
from tocsin.demo.processes import PeakMemory, marked_processes, resident_kb

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def test_a_command_is_shown_as_a_person_types_it() -> None:
    command = Command(("case", "new", "Monday mail"), home="lab", by="Tomas")
    assert command.typed == "tocsin --home lab case new 'Monday mail'"
    assert "--json" in command.words


def test_the_document_of_a_command_is_read(tmp_path: Path) -> None:
    with Commands(tmp_path, os.environ) as commands:
        ran = commands.run(Command(("init", "lab", "--name", "Lab", "--kind", "research")))
    assert ran.document["name"] == "Lab"
    assert (tmp_path / "lab").is_dir()


def test_a_command_that_fails_ends_the_story_with_its_message(tmp_path: Path) -> None:
    with Commands(tmp_path, os.environ) as commands, pytest.raises(BrokenStoryError) as caught:
        commands.run(Command(("case", "list"), home="nowhere"))
    assert "tocsin --home nowhere case list" in caught.value.message


def test_an_expected_refusal_is_read_as_a_document(tmp_path: Path) -> None:
    with Commands(tmp_path, os.environ) as commands:
        ran = commands.run(Command(("case", "list"), home="nowhere", expected=(1,)))
    assert ran.code == 1
    assert "error" in ran.document


def test_a_node_of_the_persons_own_is_never_touched(tmp_path: Path) -> None:
    own = tmp_path / "own"
    environment = {**os.environ, "TOCSIN_HOME": str(own)}
    with Commands(tmp_path, environment) as commands:
        ran = commands.run(Command(("case", "list"), expected=(2,)))
    assert ran.code == 2
    assert not own.exists()


def test_a_process_that_detached_itself_is_ended_too(tmp_path: Path) -> None:
    with Commands(tmp_path, os.environ) as commands:
        name, _, value = commands.mark.partition("=")
        detached = subprocess.Popen(
            SLEEPER,
            env={**os.environ, name: value},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert detached.stdout is not None
        assert detached.stdout.readline() == b"up\n"
        assert detached.pid in marked_processes(commands.mark)
        stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL)
    assert detached.wait(timeout=10) == -signal.SIGKILL
    detached.stdout.close()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_command_on_the_leash_ends_with_its_owner(tmp_path: Path) -> None:
    """The owner is killed outright; what it started is gone soon after."""
    pids = tmp_path / "pids"
    child = f"import os,time; open({str(pids)!r},'w').write(str(os.getpid())); time.sleep(600)"
    owner_code = (
        "import subprocess,sys,time\n"
        "subprocess.Popen([sys.executable,'-m','tocsin.demo.leash',sys.executable,'-c',"
        f"{child!r}], stdin=subprocess.PIPE)\n"
        "time.sleep(600)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", owner_code])
    _until(lambda: pids.exists() and pids.read_text() != "")
    started = int(pids.read_text())
    owner.kill()
    owner.wait()
    _until(lambda: not _is_running(started))


def test_memory_is_summed_over_the_tree_and_what_left_it() -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        alone = _resident_kb(child.pid)
        both = resident_kb(os.getpid(), "TOCSIN_DEMO_STORY=nobody")
        child.kill()
    assert both >= alone > 0


def test_the_peak_of_a_made_up_system_is_the_sum_of_the_tree(tmp_path: Path) -> None:
    for pid, parent, size, variable in ((10, 1, 100, ""), (11, 10, 30, ""), (12, 1, 7, "M=1")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "status").write_text(f"PPid:\t{parent}\nVmRSS:\t{size} kB\n")
        (tmp_path / str(pid) / "environ").write_bytes(b"A=1\0" + variable.encode() + b"\0")
    assert resident_kb(10, "M=1", tmp_path) == 137
    assert resident_kb(10, "M=2", tmp_path) == 130
    assert marked_processes("M=1", tmp_path) == {12}


def test_the_peak_is_known_as_soon_as_it_is_measured() -> None:
    with PeakMemory(os.getpid(), "TOCSIN_DEMO_STORY=nobody") as memory:
        pass
    assert memory.peak_mb is not None
    assert memory.peak_mb > 1


def _resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it has not come about")

"""A measurement in a process of its own that is stopped at a limit of time or of memory.

The limit of time is one of processor time, so that other work on the machine stops nobody. What
the work starts (a Java, its Python workers) counts with it: processor time and memory are those of
the whole tree of processes, as /proc shows them.
"""

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from attrs import frozen

_TICK_S: Final = 0.2
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@frozen
class Run:
    """One measurement.

    Attributes:
        units: rows.
        stopped: why it did not end by itself; empty when it did.
    """

    units: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_mb: float = 0.0
    note: str = ""
    stopped: str = ""


def limited(module: str, work: str, arguments: list[object], *, cpu_s: float, gb: float) -> Run:
    """Run a function in a fresh process, and stop it at a limit.

    `module.work(clock_starts, clock_stops, *arguments)` prepares, calls `clock_starts()`, may call
    `clock_stops()` before it tidies up, and returns how many rows it read and a note.
    """
    asked = json.dumps([module, work, arguments])
    command = [sys.executable, __file__, asked]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        stopped = _watched(process, cpu_s, gb)
        said = process.stdout.read() if process.stdout else b""
    if stopped:
        return Run(stopped=f"stopped after {stopped}")
    lines = said.decode().strip().splitlines()
    if process.returncode or not lines:
        return Run(stopped=f"failed with exit code {process.returncode}")
    return Run(**json.loads(lines[-1]))


def _watched(process: subprocess.Popen[bytes], cpu_s: float, gb: float) -> str:
    """Wait for the end, or return what limit was reached."""
    while True:
        try:
            process.wait(_TICK_S)
        except subprocess.TimeoutExpired:
            tree = list(_tree(process.pid))
            memory, cpu = sum(map(_memory, tree)) / 2**30, sum(map(_processor, tree))
            if memory > gb or cpu > cpu_s:
                os.killpg(process.pid, signal.SIGKILL)
                return f"{cpu:.0f} CPU s, at {memory:.1f} GB"
        else:
            return ""


def _tree(root: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    yield root
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            children = task.read_text(encoding="ascii").split()
        except OSError:
            continue  # it ended meanwhile
        for child in children:
            yield from _tree(int(child))


def _memory(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except OSError:
        return 0


def _processor(pid: int) -> float:
    """Return seconds of a process and of those that it started and that ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(each) for each in fields[11:15]) / _TICKS


def _measured(work: Callable[..., tuple[int, str]], arguments: list[object]) -> dict[str, object]:
    started = [0.0, 0.0]
    peak = [0.0]
    done = threading.Event()

    def clock_starts() -> None:
        started[:] = [time.perf_counter(), sum(map(_processor, _tree(os.getpid())))]

    def watch() -> None:
        while not done.wait(_TICK_S):
            peak[0] = max(peak[0], sum(map(_memory, _tree(os.getpid()))) / 2**20)

    clock_starts()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    ended = [0.0, 0.0]

    def clock_stops() -> None:
        ended[:] = [time.perf_counter(), sum(map(_processor, _tree(os.getpid())))]

    units, note = work(clock_starts, clock_stops, *arguments)
    if not ended[0]:
        clock_stops()
    done.set()
    watcher.join()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "units": units,
        "wall_s": ended[0] - started[0],
        "cpu_s": ended[1] - started[1],
        "peak_mb": max(own, peak[0]),
        "note": note,
    }


if __name__ == "__main__":
    name, function, given = json.loads(sys.argv[1])
    print(json.dumps(_measured(getattr(importlib.import_module(name), function), given)))

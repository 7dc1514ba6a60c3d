"""Which processes belong to the story, their memory and their end, by /proc."""

import contextlib
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self

from tocsin.foundation import Closing

STORY: Final = "TOCSIN_DEMO_STORY"
"""Variable in the environment of every process of one story."""

_EVERY_S: Final = 0.25
_PROC: Final = Path("/proc")


def marked_processes(mark: str, proc: Path = _PROC) -> frozenset[int]:
    """Return the processes in whose environment `NAME=VALUE` stands, also detached ones.

    A process that an asking leaves behind to wait for its answer is nobody's child any more;
    the environment is inherited all the same. Empty where the system has no /proc.
    """
    wanted = mark.encode()
    found: set[int] = set()
    for entry in proc.glob("[0-9]*/environ"):
        try:
            if wanted in entry.read_bytes().split(b"\0"):
                found.add(int(entry.parent.name))
        except OSError:
            continue  # it has ended, or is somebody else's
    return frozenset(found)


def end_marked(mark: str) -> None:
    """End every other process in whose environment `mark` stands, wherever it has gone."""
    # Once is not enough: one that is about to be ended may just be starting another.
    while marked := marked_processes(mark) - {os.getpid()}:
        for pid in marked:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def resident_kb(root: int, mark: str, proc: Path = _PROC) -> int:
    """Return the sum of `VmRSS` in kB (1,024 bytes) over `root`, its descendants and the marked."""
    resident: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for pid, said in _statuses(proc):
        children[int(said.get("PPid", "0"))].append(pid)
        resident[pid] = int(said.get("VmRSS", "0 kB").split()[0])
    total, waiting, seen = 0, [root, *marked_processes(mark, proc)], set[int]()
    while waiting:
        pid = waiting.pop()
        if pid not in seen:
            seen.add(pid)
            total += resident.get(pid, 0)
            waiting += children[pid]
    return total


def _statuses(proc: Path) -> Iterator[tuple[int, dict[str, str]]]:
    for entry in proc.glob("[0-9]*/status"):
        try:
            text = entry.read_text("utf-8", "replace")
        except OSError:
            continue
        yield (
            int(entry.parent.name),
            dict(line.split(":", 1) for line in text.splitlines() if ":" in line),
        )


class PeakMemory(Closing):
    """Samples `resident_kb` four times a second; a context manager.

    Pages that processes share count once for each of them, so the figure errs on the high side;
    a peak shorter than the pause may be missed.
    """

    def __init__(self, root: int, mark: str) -> None:
        """Measure process `root`, its descendants and the processes that carry `mark`."""
        self._root = root
        self._mark = mark
        self._peak_kb = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._peak_kb = resident_kb(self._root, self._mark)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop sampling."""
        self._done.set()
        self._thread.join()

    @property
    def peak_mb(self) -> int | None:
        """The peak so far in MB (10^6 bytes), None where the system has no /proc."""
        return round(self._peak_kb * 1024 / 1e6) if self._peak_kb else None

    def _sample(self) -> None:
        while not self._done.wait(_EVERY_S):
            self._peak_kb = max(self._peak_kb, resident_kb(self._root, self._mark))

"""How everything here is measured: a fresh process per run, medians, processor time beside wall."""

import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from attrs import frozen

_RUNS = 3


@frozen
class Measured:
    """One run, or the medians over several.

    Attributes:
        units: what one run did: rows, objects, items.
        wall_s, cpu_s: of the whole run; cpu_s counts the process and its children.
        peak_mb: largest resident set of the process.
        note: what the last run said beside its count.
    """

    units: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    note: str

    @property
    def rate(self) -> float:
        """Units per second of processor time: the figure that other load disturbs least."""
        return self.units / self.cpu_s


def measure(
    work: Callable[..., tuple[int, str]], *arguments: object, runs: int = _RUNS
) -> Measured:
    """Run `work(*arguments)` in fresh processes.

    `work` prepares and then calls `clock_starts()`; it returns how many units it did and a note.
    """
    results = [_once(work, arguments) for _ in range(runs)]
    return Measured(
        units=results[-1].units,
        wall_s=statistics.median(each.wall_s for each in results),
        cpu_s=statistics.median(each.cpu_s for each in results),
        peak_mb=statistics.median(each.peak_mb for each in results),
        note=results[-1].note,
    )


def clock_starts() -> None:
    """Everything before this call (imports, reading files) is not timed."""
    global _started  # noqa: PLW0603 - one measurement a process
    _started = (time.perf_counter(), _cpu())


def machine() -> str:
    """One line that says what was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} x {model}, {pages} GiB, {platform.system()}, {python}"


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table under its title and the machine."""
    print_rows(
        f"{title}\n\n{machine()}; medians of {_RUNS} runs, a fresh process each", header, rows
    )


def print_rows(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table under a title that says what and how was measured."""
    print(f"## {title}\n")
    widths = [max(len(row[at]) for row in (header, *rows)) for at in range(len(header))]
    for row in (header, ["-" * width for width in widths], *rows):
        print(
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            + " |"
        )
    print()
    sys.stdout.flush()


_started = (0.0, 0.0)


def _cpu() -> float:
    mine = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def _once(work: Callable[..., tuple[int, str]], arguments: Sequence[object]) -> Measured:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_timed, work, tuple(arguments)).result()


def _timed(work: Callable[..., tuple[int, str]], arguments: tuple[object, ...]) -> Measured:
    clock_starts()
    units, note = work(*arguments)
    wall, cpu = time.perf_counter() - _started[0], _cpu() - _started[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(units, wall, cpu, peak, note)

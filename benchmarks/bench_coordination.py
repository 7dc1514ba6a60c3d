"""Coordinated accounts in an invented month: ours beside others, and beside reading and sorting.

    python benchmarks/bench_coordination.py [ROWS ...] [--window S] [--skip NAME] [--only NAME]
        [--limit CPU-S] [--memory GB] [--runs N] [--months FOLDER] [--resume FILE] [--show]
                        default: 1000000 10000000 100000000, windows of 60 and 3,600 s, everybody

Every pair of accounts that shared at least 3 objects within the window. Loading the Parquet is
timed, making it is not; compiled kernels are warm, as after a first run, and Spark's session
stands. What is not installed is named as absent, and what takes longer or more memory than the
limits is stopped, and the table says so. With --resume, each measurement is appended to a file
as it is made, and what stands there is not made again.

Aims on two cores at 60 s: 10M in at most 4 s; 100M in at most 45 s and 4 GB; at most 4 times the
floor; Spark within 3 times the kernel at 10M.
"""

import argparse
import json
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from attrs import asdict, frozen
from coordination_contenders import LEAST
from coordination_month import DAYS, write_month
from harness import machine, print_rows
from limited import Run, limited

SIZES: Final = (1_000_000, 10_000_000, 100_000_000)
WINDOWS: Final = (60, 3_600)
FLOOR: Final = "floor"
PAIRS: Final = "count_pairs"
_MANY: Final = 10**12


@frozen
class Contender:
    """Who is measured.

    Attributes:
        name: of the function in `coordination_contenders`.
        needs: the module without which it is absent.
        most: the most rows that it is asked about.
        ours: measured several times.
    """

    name: str
    shown: str
    needs: str = "tocsin"
    most: int = _MANY
    ours: bool = False


CONTENDERS: Final = (
    Contender(FLOOR, "floor: read and sort", ours=True),
    Contender("tocsin_edges", "Tocsin, edges", ours=True),
    Contender("tocsin_whole", "Tocsin, whole pipeline"),
    Contender("spark", "Tocsin on Spark, local[2]", "pyspark", most=10_000_000),
    Contender("polars", "Polars", "polars"),
    Contender("duckdb", "DuckDB", "duckdb"),
    Contender(
        "toolkit",
        "coordination-network-toolkit",
        "coordination_network_toolkit",
        most=10_000_000,
    ),
)


class Records:
    """Measurements by rows, window and who; kept in a file where there is one."""

    def __init__(self, place: Path | None) -> None:
        self._place = place
        self._made: dict[tuple[int, int, str], Run] = {}
        if place is not None and place.exists():
            for line in place.read_text(encoding="utf-8").splitlines():
                said = json.loads(line)
                key = said.pop("rows"), said.pop("window_s"), said.pop("who")
                self._made[key] = Run(**said)

    def get(self, rows: int, window_s: int, who: str) -> Run | None:
        """Return a measurement that was made."""
        return self._made.get((rows, window_s, who))

    def stopped_before(self, rows: int, window_s: int, who: str) -> Run | None:
        """Return why somebody is not asked about so many rows: fewer were too many."""
        for (fewer, window, name), run in self._made.items():
            if fewer < rows and (window, name) == (window_s, who) and run.stopped:
                return Run(stopped=f"not asked: at {fewer:,} {run.stopped}")
        return None

    def add(self, rows: int, window_s: int, who: str, run: Run) -> None:
        """Keep a measurement."""
        self._made[rows, window_s, who] = run
        if self._place is not None:
            said = {"rows": rows, "window_s": window_s, "who": who, **asdict(run)}
            with self._place.open("a", encoding="utf-8") as out:
                out.write(json.dumps(said) + "\n")


def main() -> None:
    """Make each month, measure everybody on it, and print one table."""
    asked = _asked()
    records = Records(asked.resume)
    wanted = [
        each
        for each in CONTENDERS
        if (not asked.only or each.name in asked.only) and each.name not in asked.skip
    ]
    if not asked.show:
        _measure_all(asked, wanted, records)
    _show(asked, wanted, records)


def _measure_all(asked: argparse.Namespace, wanted: list[Contender], records: Records) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for rows in asked.rows or SIZES:
            place = Path(asked.months or folder) / f"month-{rows}.parquet"
            for window_s in asked.window or WINDOWS:
                for who in (PAIRS, *(each.name for each in wanted if rows <= each.most)):
                    if records.get(rows, window_s, who) is None:
                        run = records.stopped_before(rows, window_s, who)
                        run = run or _measured(who, place, rows, window_s, asked)
                        records.add(rows, window_s, who, run)
            if not asked.months:
                place.unlink(missing_ok=True)


def _measured(who: str, place: Path, rows: int, window_s: int, asked: argparse.Namespace) -> Run:
    contender = next((each for each in CONTENDERS if each.name == who), None)
    if contender is not None and find_spec(contender.needs) is None:
        return Run(stopped=f"absent: {contender.needs} is not installed")
    if not place.exists():
        write_month(rows, place)
    print(f"{who}, {place.stem}, {window_s} s", file=sys.stderr, flush=True)
    runs = [
        limited(
            "coordination_contenders",
            who,
            [str(place), window_s],
            cpu_s=asked.limit,
            gb=asked.memory,
        )
        for _ in range(asked.runs if contender is not None and contender.ours else 1)
    ]
    # The middle one by processor time, which other work on the machine disturbs least.
    return sorted(runs, key=lambda each: each.cpu_s)[len(runs) // 2]


def _show(asked: argparse.Namespace, wanted: list[Contender], records: Records) -> None:
    shown = []
    for rows in asked.rows or SIZES:
        for window_s in asked.window or WINDOWS:
            pairs, floor = (records.get(rows, window_s, who) for who in (PAIRS, FLOOR))
            for who in wanted:
                run = records.get(rows, window_s, who.name)
                if run is not None:
                    first = [f"{rows:,}", f"{window_s:,} s", who.shown]
                    visited = pairs.units if pairs is not None and who.name != FLOOR else 0
                    shown.append([*first, *_figures(run, visited, floor or Run())])
            if pairs is not None and not pairs.stopped:
                shown.append(
                    [f"{rows:,}", f"{window_s:,} s", f"{pairs.units:,} pairs met", *[""] * 6]
                )
    figures = ("wall s", "CPU s", "peak MB", "pairs/CPU s", "CPU to floor", "found")
    header = ("shares", "window", "who", *figures)
    print_rows(
        f"Pairs of accounts with {LEAST} objects within a window, in {DAYS} days\n\n{machine()}; "
        f"a fresh process each; ours and the floor the middle one of {asked.runs}, by CPU\n\n"
        f"Stopped at {asked.limit:.0f} CPU s or {asked.memory:g} GB. {asked.remark}".rstrip(),
        header,
        shown,
    )


def _figures(run: Run, pairs: int, floor: Run) -> list[str]:
    if run.stopped:
        return [*["-"] * 5, run.stopped]
    cpu = max(run.cpu_s, 0.01)
    return [
        f"{run.wall_s:.2f}",
        f"{run.cpu_s:.2f}",
        f"{run.peak_mb:.0f}",
        f"{pairs / cpu:,.0f}" if pairs else "-",
        f"{cpu / floor.cpu_s:.1f}" if floor.cpu_s else "-",
        run.note,
    ]


def _asked() -> argparse.Namespace:
    names = [each.name for each in CONTENDERS]
    parser = argparse.ArgumentParser(description="measure detection of coordinated accounts")
    parser.add_argument("rows", nargs="*", type=lambda text: int(float(text)))
    parser.add_argument("--window", action="append", type=int, help="seconds; may be repeated")
    parser.add_argument("--skip", action="append", default=[], choices=names)
    parser.add_argument("--only", action="append", default=[], choices=names)
    parser.add_argument("--limit", type=float, default=600, help="CPU seconds a measurement")
    parser.add_argument("--memory", type=float, default=10, help="GB a measurement")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--months", type=Path, help="where months are kept, as month-ROWS.parquet")
    parser.add_argument("--resume", type=Path, help="file of measurements to go on with")
    parser.add_argument("--show", action="store_true", help="measure nothing: the table alone")
    parser.add_argument("--remark", default="", help="a sentence for the head of the table")
    return parser.parse_args()


if __name__ == "__main__":
    main()

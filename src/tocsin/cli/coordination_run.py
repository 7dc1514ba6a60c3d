"""One run of `tocsin detect coordination`: what was asked for, counted by the engine asked for."""

from pathlib import Path
from typing import Final

import numpy as np
from attrs import evolve, frozen

from tocsin.cli.coordination_sources import Sources
from tocsin.detect.coordination.best_window import at_best_windows
from tocsin.detect.coordination.calibration import Calibration, calibrate
from tocsin.detect.coordination.detection import (
    Detection,
    EdgeTester,
    Settings,
    by_kernel,
    by_timing,
    detect,
    is_testable,
)
from tocsin.detect.coordination.earlier import read_earlier
from tocsin.detect.coordination.incremental import extend
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.known import sort_known
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import Progress, UsageError

_SPARK_NOTE: Final = " (chance needs every share, and so many stay in the lake)"


@frozen(kw_only=True)
class Asked:
    """The options, as they were given.

    Attributes:
        copies: without coordination, to try the test on; drawn from `seed`.
    """

    files: tuple[str, ...]
    sources: Sources
    settings: Settings
    engine: str
    spark_master: str
    first_only: bool
    onto: Path | None
    tested: bool
    known: bool
    copies: int
    seed: int


def found_by(asked: Asked, progress: Progress) -> Detection:
    """Count with the engine that was asked for, and cut groups."""
    if asked.settings.windows:
        _refuse_several(asked)
    if asked.onto is not None:
        shares, edges = _extended(asked, asked.onto)
    elif asked.engine == "spark":
        if not asked.files or asked.sources.traces:
            raise UsageError(
                "Spark reads files and tables that have the columns of a trace",
                hint="name them, and leave --trace out",
            )
        return _on_spark(asked, progress)
    else:
        with progress.task("reading files"):
            trace = asked.sources.read(first_only=asked.first_only)
            shares = trace.shares(first_only=asked.first_only)
            del trace
        if asked.known:
            return sort_known(shares, asked.settings.least, progress)
        if asked.settings.windows:
            return _at_several(asked, shares, progress)
        edges = _counted(asked, shares, progress)
    return detect(shares, edges, asked.settings, progress, _test_of(asked, shares))


def calibrated(found: Detection, asked: Asked, progress: Progress) -> Calibration | None:
    """Try the test on copies without coordination; not where nothing was tested."""
    if found.tests is None or asked.known or not asked.copies or not len(found.shares):
        return None
    return calibrate(
        found.shares,
        found.settings.every_window,
        found.settings.least,
        found.settings.most_q,
        runs=asked.copies,
        seed=asked.seed,
        progress=progress,
        found_before=np.concatenate(
            [np.empty(0, np.int32), *(group.accounts for group in found.groups)]
        ),
    )


def _refuse_several(asked: Asked) -> None:
    beside = {
        "--onto": asked.onto is not None,
        f"--engine {asked.engine}": asked.engine != "local",
        "--all-shares": not asked.first_only,
        "--untested": not asked.tested,
        "--window 0": min(asked.settings.windows) < 1,
    }
    if given := [name for name, is_given in beside.items() if is_given]:
        raise UsageError(
            f"several windows go without {', '.join(given)}",
            hint="which window a pair stands at is told by the test; give one --window",
        )


def _at_several(asked: Asked, shares: Shares, progress: Progress) -> Detection:
    settings = asked.settings
    edges, tests = at_best_windows(
        shares, settings.windows, settings.least, settings.most_q, progress
    )
    return detect(shares, edges, settings, progress, lambda *_: tests)


def _counted(asked: Asked, shares: Shares, progress: Progress) -> Edges:
    if asked.engine == "duckdb":
        from tocsin.detect.coordination.engines.duck import by_duckdb  # noqa: PLC0415 - one engine

        return by_duckdb(shares, asked.settings.window_s, asked.settings.least, progress)
    return by_kernel(shares, asked.settings.window_s, asked.settings.least, progress)


def _extended(asked: Asked, folder: Path) -> tuple[Shares, Edges]:
    before = read_earlier(folder)
    settings = asked.settings
    if (before.window_s, before.least) != (settings.window_s, settings.least):
        raise UsageError(
            f"{folder} was counted with --window {before.window_s} --min-coactions {before.least}",
            hint="give the same, or count everything anew without --onto",
        )
    added = extend(
        before.shares,
        before.edges,
        asked.sources.read(first_only=asked.first_only).table,
        settings.window_s,
        settings.least,
    )
    return added.shares, added.edges


def _on_spark(asked: Asked, progress: Progress) -> Detection:
    from tocsin.detect.coordination.engines.spark import detect_on_spark  # noqa: PLC0415 - an extra

    on_spark = detect_on_spark(
        asked.files,
        asked.sources.columns,
        asked.settings,
        master=asked.spark_master,
        first_only=asked.first_only,
        progress=progress,
    )
    shares, edges = on_spark.shares, on_spark.edges
    if on_spark.is_whole:
        return detect(shares, edges, asked.settings, progress, _test_of(asked, shares))
    found = detect(shares, edges, asked.settings, progress)
    return evolve(found, accounts=on_spark.accounts, note=f"{found.note}{_SPARK_NOTE}")


def _test_of(asked: Asked, shares: Shares) -> EdgeTester | None:
    return by_timing if asked.tested and is_testable(shares, asked.settings) else None

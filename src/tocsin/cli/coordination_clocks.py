"""Clocks of exports, as `tocsin detect coordination` reads and tells them."""

from collections.abc import Sequence
from enum import StrEnum

from attrs import evolve
from rich.console import Console

from tocsin.cli.coordination_sources import Sources
from tocsin.detect.coordination.clocks import Shift
from tocsin.foundation import JsonObject, JsonValue, Progress


class Clocks(StrEnum):
    """What to do with an export whose clock is off."""

    ALIGN = "align"
    AS_READ = "as-read"


def with_clocks(
    sources: Sources, how: Clocks, progress: Progress
) -> tuple[Sources, tuple[Shift, ...]]:
    """Return the sources with the clocks of their files aligned, and which of them were off."""
    if how is Clocks.AS_READ or sources.traces or len(sources.files) < 2:
        return sources, ()
    # Not at the top: most runs read one file, and compiled code takes time to load.
    from tocsin.detect.coordination.exports import shifts_of  # noqa: PLC0415

    with progress.task("comparing clocks"):
        shifts = shifts_of(sources.files, sources.columns)
    moved_by = {sources.files[each.source]: each.behind_s for each in shifts}
    return evolve(sources, moved_by=moved_by), shifts


def clocks_json(sources: Sources, shifts: Sequence[Shift]) -> list[JsonValue]:
    """Return the form of `--json`."""
    return [
        {
            "file": str(sources.files[each.source]),
            "behind_s": each.behind_s,
            "met": each.met,
            "expected": round(each.expected, 1),
            "objects": each.objects,
        }
        for each in shifts
    ]


def render_clocks(out: Console, said: JsonObject) -> None:
    """Print which files were read as if their clock agreed, and why."""
    rows = said["clocks"]
    for each in rows if isinstance(rows, list) else []:
        if isinstance(each, dict):
            out.print(
                f"{each['file']}: its clock is off by {_hours(int(str(each['behind_s'])))}:"
                f" {each['met']} of its shares came at just that lag of another file's,"
                f" {each['expected']} were to be expected. Read as if the clocks agreed;"
                " --clocks as-read leaves it"
            )


def _hours(behind_s: int) -> str:
    hours, minutes = divmod(abs(behind_s) // 60, 60)
    return f"{'-' if behind_s > 0 else '+'}{hours}:{minutes:02} h"

"""`tocsin detect coordination`: accounts that shared the same objects at nearly the same times."""

import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.coordination.detection import Detection, Settings, by_kernel, detect
from tocsin.detect.coordination.groups import Group, Grouping
from tocsin.detect.coordination.reading import COLUMNS, read_traces
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import JsonObject, JsonValue, UsageError

_MOST_OBJECTS: Final = 1_000  # of a group in JSON; the files beside it have them all
_MOST_ROWS: Final = 20
_NO_FAULT: Final = "later-share"


@click.command("coordination")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@click.option("--window", "window_s", type=click.IntRange(min=0), default=60, show_default=True,
              help="Seconds within which two shares of an object meet.")  # fmt: skip
@click.option("--min-coactions", "least", type=click.IntRange(min=1), default=2, show_default=True,
              help="Objects on which two accounts must have met.")  # fmt: skip
@click.option("--all-shares", is_flag=True,
              help="Count every share, not only an account's first of an object.")  # fmt: skip
@click.option("--grouping", type=click.Choice([each.value for each in Grouping]),
              default=Grouping.COMPONENTS.value, help="How groups are cut.")  # fmt: skip
@click.option("--column", "columns", multiple=True, metavar="NAME=HEADER",
              help="Which header is the account, object, time or content.")  # fmt: skip
@common
def coordination(
    shell: Shell,
    files: tuple[Path, ...],
    window_s: int,
    least: int,
    all_shares: bool,
    grouping: str,
    columns: tuple[str, ...],
) -> None:
    """Find accounts that act together, in files with the columns account, object and time."""
    started = time.monotonic()
    if not files:
        raise UsageError("nothing to read", hint="name a CSV or Parquet file")
    table = read_traces(files, chosen_columns(columns))
    shares = Shares.from_table(table, first_only=not all_shares)
    del table
    settings = Settings(window_s=window_s, least=least, grouping=Grouping(grouping))
    found = detect(shares, settings, shell.progress, by_kernel)
    document = _document(found)
    document["seconds"] = round(time.monotonic() - started, 3)
    document["peak_mb"] = peak_mb()
    shell.show(document, lambda out: _render(out, found, document))
    if any(each.kind != _NO_FAULT for each in shares.defects):
        raise SystemExit(EXIT_IN_PART)


def chosen_columns(given: Sequence[str]) -> dict[str, str]:
    """Return the header of each column that the person named.

    Raises:
        UsageError: when one is not NAME=HEADER with a name that a trace has.
    """
    chosen = {}
    for each in given:
        name, _, header = each.partition("=")
        if name not in COLUMNS or not header:
            raise UsageError(
                f"--column {each}: not NAME=HEADER", hint=f"NAME is one of {', '.join(COLUMNS)}"
            )
        chosen[name] = header
    return chosen


def peak_mb() -> float:
    """Return the most memory that this process has had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _document(found: Detection) -> JsonObject:
    shares = found.shares
    defects: list[JsonValue] = [
        {"kind": each.kind, "count": each.count, "examples": list(each.examples)}
        for each in shares.defects
    ]
    return {
        "posts": shares.rows,
        "shares": len(shares),
        "defects": defects,
        "accounts": shares.n_accounts,
        "objects": shares.n_objects,
        "window_s": found.settings.window_s,
        "min_coactions": found.settings.least,
        "edges": len(found.counted),
        "tested": found.q_values is not None,
        "note": found.note or None,
        "groups": [
            _group_document(found, group, place) for place, group in enumerate(found.groups, 1)
        ],
    }


def _group_document(found: Detection, group: Group, place: int) -> JsonObject:
    shares = found.shares
    accounts = [str(label) for label in shares.accounts.take(group.accounts).to_pylist()]
    objects = [str(each) for each in shares.objects.take(group.objects[:_MOST_OBJECTS]).to_pylist()]
    return {
        "id": f"group-{place}",
        "accounts": [*accounts],
        "objects": [*objects],
        "objects_in_all": len(group.objects),
        "edges": len(group.edges),
        "q_value": None if found.q_values is None else float(found.q_values[group.edges].max()),
        "explanations": [],
    }


def _render(out: Console, found: Detection, document: JsonObject) -> None:
    shares = found.shares
    out.print(
        f"{shares.rows} posts by {shares.n_accounts} accounts, {len(found.counted)} pairs that met "
        f"on {found.settings.least} or more objects within {found.settings.window_s} s"
    )
    for each in shares.defects:
        if each.kind != _NO_FAULT:
            out.print(f"{each.count} rows: {each.kind}", markup=False)
    table = Table("Group", "Accounts", "Objects", "Pairs", "Such as")
    for place, group in enumerate(found.groups[:_MOST_ROWS], 1):
        some = shares.accounts.take(group.accounts[:3]).to_pylist()
        table.add_row(
            str(place),
            str(len(group.accounts)),
            str(len(group.objects)),
            str(len(group.edges)),
            ", ".join(map(str, some)),
        )
    if found.groups:
        out.print(table)
    if len(found.groups) > _MOST_ROWS:
        out.print(f"and {len(found.groups) - _MOST_ROWS} more groups")
    if found.note:
        out.print(found.note, markup=False)
    out.print(f"{document['seconds']} s, {document['peak_mb']} MB")


COMMANDS = {"coordination": coordination}

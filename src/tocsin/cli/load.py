"""`tocsin load`: activity from exports into the dataset."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.activity import Dataset
from tocsin.cli.options import common_but_as
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.foundation import BadInputError, JsonObject, UsageError
from tocsin.intake import MAPPING_KIND, ColumnMapping, ImportReport, Role, mapping_from_json
from tocsin.intake.activity import load_files
from tocsin.intake.activity.plain import FIELDS
from tocsin.intake.activity.tables import header_of
from tocsin.intake.mapping import fingerprint
from tocsin.intake.reader import Head
from tocsin.vault import Home

_KINDS: Final = {"account": "account", "url": "urls", "domain-name": "urls", "domain": "urls"}


@click.command("load")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    # Not checked here: a file that cannot be read is named in the report and hinders no other.
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE…",
)
@click.option("--as", "format_name", default="auto", metavar="FORMAT",
              help="A format's name; auto looks. [default: auto]")  # fmt: skip
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADER",
              help="Which header is which field of a post.")  # fmt: skip
@click.option("--memory", "memory_mb", type=click.IntRange(min=32), metavar="MB",
              help="What comparing may hold before it spills. [default: half]")  # fmt: skip
@common_but_as
def load(
    shell: Shell,
    files: tuple[Path, ...],
    format_name: str,
    columns: tuple[str, ...],
    memory_mb: int | None,
) -> None:
    """Load activity (posts, ads) from exports into this node's dataset.

    The format is found by content. A folder stands for all files in it. Loading the same bytes
    again adds nothing, and after an interruption the same command goes on. One load at a time
    adds to a node. A table whose columns `tocsin import` was told is read as it was told.
    """
    chosen = _chosen(columns)
    with shell.home() as home:
        report = load_files(
            _paths(files),
            Dataset(home.folder, memory_mb=memory_mb),
            by=shell.person,
            clock=shell.clock,
            progress=shell.progress,
            format=format_name,
            columns=lambda path: {**_saved(home, path), **chosen},
        )
    document: JsonObject = {**report.to_json()}
    shell.show(document, lambda out: _render(out, report))
    if report.lost:
        raise SystemExit(EXIT_IN_PART)


def _paths(files: Sequence[Path]) -> list[Path]:
    paths: list[Path] = []
    for file in files:
        if not file.is_dir():
            paths.append(file)
            continue
        inside = sorted(each for each in file.rglob("*") if each.is_file())
        if not inside:
            raise BadInputError(f"{file}: the folder is empty", hint="name a file")
        paths += inside
    return paths


def _chosen(said: Sequence[str]) -> dict[str, str]:
    """Return the header of each field that the person named."""
    chosen = {}
    for each in said:
        name, _, header = each.partition("=")
        if name not in FIELDS or not header:
            raise UsageError(
                f"--column {each}: not FIELD=HEADER", hint=f"FIELD is one of {', '.join(FIELDS)}"
            )
        chosen[name] = header
    return chosen


def _saved(home: Home, path: Path) -> dict[str, str]:
    """Return the columns of a table as the person once told `tocsin import`."""
    with path.open("rb") as stream:
        header = header_of(Head.of(stream))
    if not header:
        return {}
    with home.vault.read() as snapshot:
        document = snapshot.documents.get(MAPPING_KIND, fingerprint(header))
    if document is None:
        return {}
    mapping = mapping_from_json(document.body)
    return {} if mapping.guessed else _fields(mapping)


def _fields(mapping: ColumnMapping) -> dict[str, str]:
    """Return the fields of a post that a mapping for indicators tells."""
    found: dict[str, str] = {}
    for column in mapping.columns:
        field: str | None = None
        if column.role is Role.VALUE:
            field = _KINDS.get(column.kind or "")
        elif column.role is Role.PLATFORM:
            field = "platform"
        elif column.role in (Role.FIRST_OBSERVED, Role.REPORTED_ON):
            field = "time"
        if field is not None:
            found.setdefault(field, column.name)
    return found


def _render(out: Console, report: ImportReport) -> None:
    table = Table("file", "format", "records", "kept", "lost")
    for file in report.files:
        name = Path(file.path).name
        table.add_row(name, file.format, str(file.records), str(file.kept), str(file.lost))
    out.print(table)
    for file in report.files:
        for defect in file.defects:
            lost = f", {defect.lost} lost" if defect.lost else ""
            name = Path(file.path).name
            out.print(f"{name}: {defect.count} {defect.kind}{lost}", markup=False)
            out.print(f"    {defect.rule}", markup=False, style="dim")
            for example in defect.examples[:2]:
                out.print(f"    e.g. {example}", markup=False, style="dim")
    out.print(f"{report.new} new, {report.known} known", markup=False)


COMMANDS: Final[Mapping[str, click.Command]] = {"load": load}

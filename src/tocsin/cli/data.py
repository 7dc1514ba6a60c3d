"""`tocsin import` and `tocsin export`."""

import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from attrs import evolve
from rich.console import Console
from rich.table import Table

from tocsin.cases import Case, Casebook
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.cli.times import later
from tocsin.exchange.writers import Export, ExportReport, People, writer, writers
from tocsin.exchange.writers.gathering import gather
from tocsin.foundation import BadInputError, RefusedError, UsageError
from tocsin.intake import ColumnMapping, FileReport, ImportReport, import_files, preview_mapping
from tocsin.records import Audience, Marking, Sharing, Tlp
from tocsin.vault import Home

_STDIN: Final = Path("-")
_ID: Final = re.compile(r"[a-z0-9-]+--[0-9a-f-]{36}")
_SHOWN_REASONS: Final = 12


@click.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    # Not checked here: a file that cannot be read is named in the report and hinders no other.
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE…",
)
@click.option("--case", help="Put what the files name into this case.")
@click.option("--format", "format_name", default="auto", help="A reader's name; auto looks.")
@click.option("--tlp", help="Marking of what names none.")
@click.option(
    "--column", "columns", multiple=True, metavar="HEADER=ROLE", help="Read a column otherwise."
)
@click.option(
    "--date-order",
    type=click.Choice(["day-first", "month-first"]),
    help="How dates in figures are written.",
)
@common
def import_command(
    shell: Shell,
    files: tuple[Path, ...],
    case: str | None,
    format_name: str,
    tlp: str | None,
    columns: tuple[str, ...],
    date_order: str | None,
) -> None:
    """Read files (or `-`, pasted text) into this node; every record is kept or named.

    A folder stands for all files in it. A table's columns are guessed and shown; `--column` says
    otherwise, and what you say is used again for tables with the same header.
    """
    with tempfile.TemporaryDirectory() as scratch, shell.home() as home:
        paths = _paths(files, Path(scratch))
        report = import_files(
            paths,
            home.vault,
            by=shell.person,
            clock=shell.clock,
            progress=shell.progress,
            format=format_name,
            mapping=_mapping(paths, columns, date_order),
            default_tlp=Tlp.read(tlp) if tlp else None,
        )
        report = _as_typed(report, Path(scratch))
        document = report.to_json()
        if case is not None:
            book = Casebook(home.vault, shell.clock, shell.entropy)
            opened = book.open(case, by=shell.person, items=report.object_ids)
            document["case"] = {"id": opened.id, "title": opened.title, "items": len(opened.items)}
    shell.show(document, lambda out: _render_import(out, report, case))
    if report.lost:
        raise SystemExit(EXIT_IN_PART)


def _paths(files: Sequence[Path], scratch: Path) -> list[Path]:
    paths: list[Path] = []
    for file in files:
        if file == _STDIN:
            pasted = scratch / "pasted"
            pasted.write_bytes(sys.stdin.buffer.read())
            paths.append(pasted)
        elif file.is_dir():
            inside = sorted(each for each in file.rglob("*") if each.is_file())
            paths += inside
            if not inside:
                raise BadInputError(f"{file}: the folder is empty", hint="name a file")
        else:
            paths.append(file)
    return paths


def _as_typed(report: ImportReport, scratch: Path) -> ImportReport:
    """Name what was pasted as it was typed, not by the file that held it for a moment."""
    files = [
        evolve(file, path=str(_STDIN)) if Path(file.path).parent == scratch else file
        for file in report.files
    ]
    return evolve(report, files=tuple(files))


def _mapping(
    paths: Sequence[Path], columns: Sequence[str], date_order: str | None
) -> ColumnMapping | None:
    if not columns and date_order is None:
        return None
    if len(paths) != 1:
        raise UsageError("columns are told for one table at a time", hint="import it alone")
    guessed = preview_mapping(paths[0])
    if guessed is None:
        raise UsageError(f"{paths[0]}: has no columns to tell", hint="leave --column out")
    roles: dict[str, str] = {}
    for said in columns:
        header, equals, role = said.rpartition("=")
        if not equals:
            raise UsageError(f"--column {said!r} is not HEADER=ROLE", hint="such as Site=value")
        roles[header] = role
    return guessed.corrected(roles, date_order=date_order)


def _render_import(out: Console, report: ImportReport, case: str | None) -> None:
    table = Table("file", "format", "records", "kept", "lost")
    for file in report.files:
        name = _shown(file)
        table.add_row(name, file.format, str(file.records), str(file.kept), str(file.lost))
    out.print(table)
    for file in report.files:
        for defect in file.defects:
            lost = f", {defect.lost} lost" if defect.lost else ""
            out.print(f"{_shown(file)}: {defect.count} {defect.kind}{lost}", markup=False)
            out.print(f"    {defect.rule}", markup=False, style="dim")
            for example in defect.examples[:2]:
                out.print(f"    e.g. {example}", markup=False, style="dim")
        if file.mapping is not None and file.mapping.guessed:
            read = ", ".join(f"{each.name}={each.role}" for each in file.mapping.columns)
            out.print(f"{_shown(file)}: columns read as {read}", markup=False)
            out.print("    say otherwise with --column HEADER=ROLE", style="dim")
    where = f" in the case {case!r}" if case else ""
    out.print(f"{report.new} new, {report.known} known{where}", markup=False)


def _shown(file: FileReport) -> str:
    return "pasted" if file.path == str(_STDIN) else Path(file.path).name


@click.command("export")
@click.argument("case")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(sorted(writers())),
    required=True,
    help="For whom it is written.",
)
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The file to write."
)
@click.option("--tlp", default="amber", help="Marking of what names none.  [default: amber]")
@click.option(
    "--people",
    type=click.Choice([str(each) for each in People]),
    default="leave-out",
    show_default=True,
    help="Accounts, e-mails and phones that no source published.",
)
@click.option("--purpose", help="With --people include: what recipients may use it for.")
@click.option("--expires", help="With --people include: a time, or a span such as 90d.")
@click.option("--contact", help="With --people include: where to ask for correction.")
@click.option("--own-use", is_flag=True, help="Hold nothing back; every row says not for sharing.")
@common
def export_command(
    shell: Shell,
    case: str,
    format_name: str,
    output: Path,
    tlp: str,
    people: str,
    purpose: str | None,
    expires: str | None,
    contact: str | None,
    own_use: bool,
) -> None:
    """Write a case (or `all`) for OpenCTI, MISP, a spreadsheet or any STIX 2.1 reader."""
    with shell.home() as home:
        found = None
        if case != "all":
            found = Casebook(home.vault, shell.clock, shell.entropy).find(case)
        export = evolve(
            _export(shell, home, found, Marking(Tlp.read(tlp))),
            people=People(people),
            for_own_use=own_use,
            terms=Sharing(
                audience=Audience(),
                purpose=purpose,
                expires=later(expires, shell.clock, option="--expires") if expires else None,
                review=found.review_for(shell.person, contact) if found else None,
            ),
        )
        report = writer(format_name).write(export, output)
    shell.show(report.to_json(), lambda out: _render_export(out, report))


def _export(shell: Shell, home: Home, found: Case | None, default: Marking) -> Export:
    with home.vault.read() as snapshot:
        gathered = gather(snapshot, found.items if found else None)
    if not gathered.objects:
        name = f"the case {found.title!r}" if found else "this node"
        raise RefusedError(f"{name} holds nothing to export", hint="import something first")
    return Export(
        objects=gathered.objects,
        sayings=gathered.sayings,
        recorded_by=gathered.recorded_by,
        reviewed=found.is_reviewed if found else False,
        grounds=found.grounds if found else None,
        title=found.title if found else f"all of {home.card.name}",
        default_marking=default,
        made_at=shell.clock.now(),
        author=dict(home.identity.body),
        key=found.id if found else None,
    )


def _render_export(out: Console, report: ExportReport) -> None:
    out.print(f"{report.objects} written to {report.path}", markup=False)
    reasons = Counter(_ID.sub("another object", each.why) for each in report.left_out)
    for why, count in reasons.most_common(_SHOWN_REASONS):
        out.print(f"{count} left out: {why}", markup=False)
    if len(reasons) > _SHOWN_REASONS:
        out.print(f"and {len(reasons) - _SHOWN_REASONS} more reasons: --json names every object")


COMMANDS = {"import": import_command, "export": export_command}

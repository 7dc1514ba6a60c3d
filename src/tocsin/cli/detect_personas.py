"""`tocsin detect personas`: accounts that pass for another one."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.kept_in_case import kept_in_case
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.personas import Profiles, find_personas, read_profiles
from tocsin.foundation import JsonObject, JsonValue, UsageError, written_out
from tocsin.intake.mapping import fold
from tocsin.records import Finding

_MOST_ROWS: Final = 30
_HELD: Final = (
    "account", "handle", "name", "picture", "biography", "links", "created", "platform",
)  # fmt: skip
_CAUTION: Final = (
    "Looking like another is not yet deceiving: ask the owner, and read the explanations (--json)."
    " Nothing was fetched."
)


@click.command("personas")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--own", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="The same of your own accounts, which are never suspects.")  # fmt: skip
@click.option("--column", "columns", multiple=True, metavar="WHAT=HEADER",
              help=f"Which header is which of {', '.join(_HELD)}.")  # fmt: skip
@click.option("--case", metavar="CASE", help="Keep each as a finding of this case.")
@common
def personas(shell: Shell, /, files: tuple[Path, ...], **options: Any) -> None:
    """Find accounts that are called like another and have copied its picture, text or link.

    Reads tables of profiles; a picture is its perceptual hash (PDQ or 64 bit) in hexadecimal.
    A like name alone accuses nobody. Nothing is fetched.
    """
    profiles = _read(shell, options["own"], files, _chosen(options["columns"]))
    findings = find_personas(profiles)
    document: JsonObject = {
        "rows": sum(profiles.rows),
        "accounts": len(profiles),
        "own": sum(each.is_own for each in profiles),
        "defects": [*profiles.defects()],
        "findings": [each.to_json() for each in findings],
    }
    if options["case"] is not None:
        document["case"] = kept_in_case(shell, options["case"], findings)
    shell.show(document, lambda out: _render(out, document, findings))
    if profiles.faults:
        raise SystemExit(EXIT_IN_PART)


def _chosen(given: Iterable[str]) -> dict[str, str]:
    chosen = {}
    for each in given:
        what, _, header = each.partition("=")
        if what not in _HELD or not header:
            raise UsageError(
                f"--column {each}: not WHAT=HEADER", hint=f"WHAT is one of {', '.join(_HELD)}"
            )
        chosen[what] = fold(header)
    return chosen


def _read(
    shell: Shell, own: Sequence[Path], files: Sequence[Path], columns: dict[str, str]
) -> Profiles:
    profiles, now = Profiles(), int(shell.clock.now().timestamp())
    with shell.progress.task("reading profiles", total=len(own) + len(files)) as advance:
        for place, each in enumerate((*own, *files)):
            with each.open("rb") as stream:
                read_profiles(
                    stream, each.name, profiles, columns, now=now, is_own=place < len(own)
                )
            advance(1)
    return profiles


def _render(out: Console, said: JsonObject, findings: Sequence[Finding]) -> None:
    out.print(
        f"{said['rows']} rows, {said['accounts']} accounts, {said['own']} your own,"
        f" {len(findings)} look like another"
    )
    for each in _rows(said["defects"]):
        out.print(f"{each['count']} rows: {each['kind']}")
    table = Table("Account", "Looks like", "By", "But perhaps")
    for finding in findings[:_MOST_ROWS]:
        fits = [each.name for each in finding.explanations if each.fits]
        first, *others = finding.subjects
        like = ", ".join((*others, *finding.objects))
        table.add_row(_shown(first), _shown(like), finding.rule, "; ".join(fits))
    if findings:
        out.print(table)
        out.print(_CAUTION)
    if len(findings) > _MOST_ROWS:
        out.print(f"and {len(findings) - _MOST_ROWS} more: see --json")


def _shown(text: str) -> str:
    """Return text from outside without markup, hidden characters or live links."""
    return written_out(text).replace("[", "(").replace(".", "[.]")


def _rows(value: JsonValue) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


COMMANDS = {"personas": personas}

"""`tocsin detect names`: hosts that imitate an entity of the watchlist."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.host_files import hosts_of_files, stepped
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.names import (
    Background,
    Entity,
    Found,
    Index,
    Reading,
    Watchlist,
    build_index,
    calibrate,
    find_names,
    read_list,
)
from tocsin.foundation import JsonObject, UsageError
from tocsin.records import Finding

_MOST_ROWS: Final = 40
_CAUTION: Final = (
    "A name accuses nobody: look at who registered it, when, and what stands there, from a safe"
    " place. Nothing was resolved."
)


@click.command("names")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@click.option("--watchlist", "lists", multiple=True, type=click.Path(path_type=Path),
              metavar="FILE", help="Entities of a file instead of the node's own.")  # fmt: skip
@click.option("--benign", "benign", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Names known to be honest: what they meet often alerts no more.")  # fmt: skip
@common
def names(
    shell: Shell, files: tuple[Path, ...], lists: tuple[Path, ...], benign: tuple[Path, ...]
) -> None:
    """Find hosts that imitate an entity: misspelled, look-alike, written out, under other suffixes.

    Reads plain lists (the first column), certstream's JSON lines, answers to get-entries and tiles
    of certificate logs, and zone differences; `-`, or no FILE, is standard input. Nothing is
    resolved or fetched.
    """
    entities, faults = _entities(shell, lists)
    index = build_index(entities)
    honest, reading = Reading(), Reading()
    background = _calibrated(shell, benign, index, honest)
    with shell.progress.task("screening names") as advance:
        hosts = stepped(hosts_of_files(files or (Path("-"),), reading), advance)
        found = find_names(hosts, index, background)
    document: JsonObject = {
        "entities": len(entities),
        "rows": reading.counts["rows"],
        "names": reading.counts["names"],
        "screened": found.hosts["screened"],
        "repeated": reading.counts["repeated"] + found.hosts["repeated"],
        "removed": reading.counts["removed"],
        "benign": {
            "names": background.names,
            "met": len(background.met),
            "screened": found.hosts["benign"],
            "defects": [*honest.defects()],
        },
        "silenced": {"hosts": found.hosts["silenced"], "by_entity": dict(found.silenced)},
        "defects": [*reading.defects()],
        "left_out": [*faults],
        "findings": [each.to_json() for each in found.findings],
    }
    shell.show(document, lambda out: _render(out, reading, found, faults))
    if faults or reading.faults or honest.faults:
        raise SystemExit(EXIT_IN_PART)


def _entities(shell: Shell, lists: Iterable[Path]) -> tuple[tuple[Entity, ...], tuple[str, ...]]:
    read = [read_list(each) for each in lists]
    entities = tuple(entity for each in read for entity in each.entities)
    if not read:
        with shell.home() as home:
            entities = Watchlist(home.vault, shell.entropy).all()
    if not entities:
        raise UsageError(
            "the watchlist is empty",
            hint="`tocsin watchlist add NAME --domain DOMAIN`, or name a file by --watchlist",
        )
    return entities, tuple(fault for each in read for fault in each.faults)


def _calibrated(shell: Shell, files: Iterable[Path], index: Index, reading: Reading) -> Background:
    with shell.progress.task("reading benign names") as advance:
        return calibrate(stepped(hosts_of_files(files, reading), advance), index)


def _render(out: Console, reading: Reading, found: Found, faults: Iterable[str]) -> None:
    out.print(
        f"{reading.counts['rows']} rows, {found.hosts['screened']} names screened,"
        f" {len(found.findings)} imitate, {found.hosts['silenced']} too common to tell"
    )
    for defect in reading.defects():
        out.print(f"{defect['count']} names: {defect['kind']}", markup=False)
    for fault in faults:
        out.print(fault, markup=False)
    table = Table("Name", "Imitates", "Rule", "Change", "Of", "In 100,000 benign")
    for each in found.findings[:_MOST_ROWS]:
        table.add_row(*_row(each))
    if found.findings:
        out.print(table)
        out.print(_CAUTION)
    if len(found.findings) > _MOST_ROWS:
        out.print(f"and {len(found.findings) - _MOST_ROWS} more: see --json")


def _row(finding: Finding) -> tuple[str, ...]:
    first = finding.evidence[0]
    assert isinstance(first, dict)  # noqa: S101 - the detector's own form
    return (
        finding.subjects[0].replace(".", "[.]"),
        str(first["entity"] or "nobody"),
        finding.rule or "",
        str(first["change"]),
        str(first["key"]),
        str(first["background_per_100k"]),
    )


COMMANDS = {"names": names}

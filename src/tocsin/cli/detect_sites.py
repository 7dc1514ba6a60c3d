"""`tocsin detect sites`: web sites that are run together."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.kept_in_case import kept_in_case
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.sites import (
    KINDS,
    LEAST,
    Carried,
    Shared,
    background_of,
    chosen_kind,
    expand,
    find_sites,
    find_ties,
    ranked,
    read_evidence,
    shared_identifiers,
    site_of,
    stepped,
)
from tocsin.foundation import JsonObject, JsonValue, UsageError
from tocsin.records import Finding

_MOST_ROWS: Final = 30
_CAUTION: Final = (
    "Run together is not run by whom: ask who else is on what they share, and what would be left"
    " without it (--json). Nothing was resolved or fetched."
)


@click.command("sites")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option("--site", "site_column", metavar="HEADER", help="Which column names the site.")
@click.option("--column", "columns", multiple=True, metavar="HEADER=KIND",
              help="Which kind a column holds, where its header does not say it.")  # fmt: skip
@click.option("--background", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="The same of ordinary sites: there it is counted what is common.")  # fmt: skip
@click.option("--least", type=click.FloatRange(0.5, 1, max_open=True), default=LEAST,
              show_default=True, help="Probability that sites are joined at.")  # fmt: skip
@click.option("--min-sites", "fewest", type=click.IntRange(min=2), default=2, show_default=True,
              help="Smallest cluster to show.")  # fmt: skip
@click.option("--pairs", type=click.IntRange(min=0), default=0, metavar="N",
              help="The N pairs of sites with the heaviest evidence, too.")  # fmt: skip
@click.option("--seed", "seeds", multiple=True, metavar="SITE",
              help="What is tied to this site, step by step, too.")  # fmt: skip
@click.option("--steps", type=click.IntRange(min=1), default=2, show_default=True,
              help="Steps from the seeds.")  # fmt: skip
@click.option("--case", metavar="CASE", help="Keep each cluster as a finding of this case.")
@common
def sites(shell: Shell, /, files: tuple[Path, ...], **options: Any) -> None:
    """Find sites that are run together, by the rare identifiers that they share.

    Reads tables with a row an identifier (site, kind, value) or a row a site with a column a kind.
    What many strangers share is left out by rule. Nothing is resolved or fetched.
    """
    columns = _chosen(options["columns"])
    carried = _read(shell, files, columns, options["site_column"])
    ordinary = _read(shell, options["background"], columns, options["site_column"])
    shared = shared_identifiers(carried, background_of(ordinary))
    count, least = len(carried.sites), options["least"]
    findings = find_sites(shared, count=count, least=least, fewest=options["fewest"])
    document: JsonObject = {
        "rows": carried.counts["rows"],
        "sites": count,
        "background": len(ordinary.sites),
        "shared": len(shared),
        "hubs": dict(sorted(carried.hubs.items())),
        "defects": [*carried.defects(), *ordinary.defects()],
        "findings": [each.to_json() for each in findings],
    }
    if options["pairs"]:
        document["pairs"] = ranked(find_ties(shared), options["pairs"])
    if options["seeds"]:
        document["steps"] = _steps(options["seeds"], carried, shared, options["steps"], least)
    if options["case"] is not None:
        document["case"] = kept_in_case(shell, options["case"], findings)
    shell.show(document, lambda out: _render(out, document, findings))
    if carried.faults or ordinary.faults:
        raise SystemExit(EXIT_IN_PART)


def _chosen(given: Iterable[str]) -> dict[str, str]:
    chosen = {}
    for each in given:
        header, _, kind = each.rpartition("=")
        if not header:
            raise UsageError(
                f"--column {each}: not HEADER=KIND", hint=f"KIND is one of {', '.join(KINDS)}"
            )
        chosen[header] = chosen_kind(kind)
    return chosen


def _read(
    shell: Shell, files: Sequence[Path], columns: Mapping[str, str], site_column: str | None
) -> Carried:
    carried = Carried()
    with shell.progress.task("reading sites", total=len(files)) as advance:
        for each in files:
            with each.open("rb") as stream:
                read_evidence(stream, each.name, carried, columns, site_column)
            advance(1)
    return carried


def _steps(
    seeds: Iterable[str], carried: Carried, shared: Sequence[Shared], steps: int, least: float
) -> list[JsonValue]:
    known = [site for each in seeds if (site := site_of(each)) in carried.sites]
    if not known:
        raise UsageError("no seed is among the sites", hint="name a site as the file does")
    return stepped(expand(filter(None, known), shared, steps, least))


def _render(out: Console, said: JsonObject, findings: Sequence[Finding]) -> None:
    hubs = said["hubs"]
    left_out = sum(map(int, map(str, hubs.values()))) if isinstance(hubs, dict) else 0
    out.print(
        f"{said['rows']} rows, {said['sites']} sites, {said['shared']} identifiers shared,"
        f" {left_out} of hubs left out, {len(findings)} clusters"
    )
    for each in _rows(said["defects"]):
        out.print(f"{each['count']} rows: {each['kind']}")
    table = Table("Sites", "Such as", "Tied by", "Probability")
    for finding in findings[:_MOST_ROWS]:
        such = _defanged([*finding.subjects[:3]])
        ties = finding.behaviour.partition(": ")[2]
        table.add_row(str(len(finding.subjects)), such, ties, f"{finding.score:.3f}")
    if findings:
        out.print(table)
        out.print(_CAUTION)
    if len(findings) > _MOST_ROWS:
        out.print(f"and {len(findings) - _MOST_ROWS} more: see --json")
    _render_lists(out, said)


def _render_lists(out: Console, said: JsonObject) -> None:
    for name, member in (("pairs", "sites"), ("steps", "added")):
        for each in _rows(said.get(name)):
            ties = "; ".join(f"{one['kind']} {one['value']}" for one in _rows(each["by"]))
            out.print(f"{_defanged(each[member])}: {ties}")


def _rows(value: JsonValue) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _defanged(names: JsonValue) -> str:
    listed = names if isinstance(names, list) else []
    return ", ".join(str(each).replace(".", "[.]") for each in listed)


COMMANDS = {"sites": sites}

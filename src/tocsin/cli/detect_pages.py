"""`tocsin detect pages`: captured pages that pass for a genuine one."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.kept_in_case import kept_in_case
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.detect.pages import (
    Alert,
    Captures,
    Compared,
    Genuine,
    Page,
    evidence_rows,
    find_imitations,
    genuine_sites,
    ordinary_of,
    read_alerts,
    read_capture,
    written_table,
)
from tocsin.detect.sites import site_of
from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    UsageError,
    parse_json,
    written_out,
)

_MOST_ROWS: Final = 30
_CAUTION: Final = (
    "Passing for another may be parody, a partner or an archive: compare each line, and read the"
    " explanations (--json). Nothing was fetched."
)
_FILES: Final = click.Path(path_type=Path)


@click.command("pages")
@click.argument("files", nargs=-1, required=True, type=_FILES, metavar="CAPTURE…")
@click.option("--own", "--real", "genuine", multiple=True, type=_FILES, metavar="CAPTURE",
              help="Genuine pages, which the others may imitate.")  # fmt: skip
@click.option("--own-site", "own_sites", multiple=True, metavar="SITE",
              help="A further site of the owner of the genuine pages.")  # fmt: skip
@click.option("--ordinary", multiple=True, type=_FILES, metavar="CAPTURE",
              help="Pages of others: what is on these too says nothing.")  # fmt: skip
@click.option("--alerts", "alerts", multiple=True, type=_FILES, metavar="FILE",
              help="What `detect names --json` wrote: say which the pages confirm.")  # fmt: skip
@click.option("--at", "places", multiple=True, metavar="FILE=URL",
              help="Where a saved page was taken, if it does not say so.")  # fmt: skip
@click.option("-o", "--output", type=_FILES, metavar="TABLE",
              help="Write what each site carries, for `detect sites`.")  # fmt: skip
@click.option("--case", metavar="CASE", help="Keep each as a finding of this case.")
@common
def pages(shell: Shell, /, files: tuple[Path, ...], **options: Any) -> None:
    """Find captured pages that pass for a genuine one, and say by what.

    Reads HAR, WARC (packed or not), MHTML and saved HTML. Nothing is fetched, no script is run.
    """
    places = _places(options["places"])
    captured = _read(shell, files, places)
    real, others = (_read(shell, options[each], places) for each in ("genuine", "ordinary"))
    genuine = _genuine(real, options["own_sites"])
    if options["genuine"] and not genuine:
        raise BadInputError("no genuine page could be read", hint=_why(real))
    compared = find_imitations(
        captured, genuine, ordinary_of(_shown_with(others)), _alerts(options["alerts"])
    )
    rows, copied = evidence_rows(captured, genuine)
    document: JsonObject = {
        "captures": len(files),
        "records": captured.counts["records"],
        "pages": captured.counts["pages"],
        "sites": len({each.site for each in captured.pages}),
        "genuine": real.counts["pages"],
        "ordinary": others.counts["pages"],
        "passed_over": _passed_over(captured),
        "rows": len(rows),
        "copied": copied,
        "defects": [*captured.defects(), *real.defects(), *others.defects()],
        "findings": [each.to_json() for each in compared.findings],
    }
    if options["alerts"]:
        document["alerts"] = {**dict(sorted(compared.alerts.items()))}
        document["unconfirmed"] = [*compared.unconfirmed]
    if options["output"]:
        options["output"].write_text(written_table(rows), encoding="utf-8")
        document["table"] = str(options["output"])
    if options["case"] is not None:
        document["case"] = kept_in_case(shell, options["case"], compared.findings)
    shell.show(document, lambda out: _render(out, document, compared))
    if captured.faults or real.faults or others.faults:
        raise SystemExit(EXIT_IN_PART)


def _places(given: Iterable[str]) -> dict[str, str]:
    places = {}
    for each in given:
        name, _, url = each.partition("=")
        if not name or site_of(url) is None or "://" not in url:
            raise UsageError(f"--at {each}: not FILE=URL", hint="such as page.html=https://a.org/")
        places[name] = url
    return places


def _read(shell: Shell, files: Sequence[Path], places: Mapping[str, str]) -> Captures:
    captured = Captures()
    with shell.progress.task("reading captures", total=len(files)) as advance:
        for each in files:
            url = places.get(str(each)) or places.get(each.name, "")
            with each.open("rb") as stream:
                read_capture(stream, each.name, captured, url)
            advance(1)
    return captured


def _genuine(real: Captures, own_sites: Iterable[str]) -> list[Genuine]:
    own = []
    for each in own_sites:
        if (site := site_of(each)) is None:
            raise UsageError(f"--own-site {each}: no site", hint="such as town-news.example")
        own.append(site)
    return genuine_sites(real, own)


def _why(captured: Captures) -> str:
    """Return in a line what was wrong with captures of which nothing was kept."""
    found = [f"{kind} ({each[0]})" for kind, each in sorted(captured.examples.items())]
    return "; ".join(found) or "they hold no page: a HAR is to be saved with content"


def _shown_with(captured: Captures) -> list[tuple[Page, tuple[str, ...]]]:
    return [(page, captured.favicons(page)) for page in captured.pages]


def _alerts(files: Iterable[Path]) -> list[Alert]:
    return [
        alert
        for each in files
        for alert in read_alerts(parse_json(each.read_bytes(), source=each.name), each.name)
    ]


def _passed_over(captured: Captures) -> JsonObject:
    told = {"records", "pages", "bytes"}
    return {what: count for what, count in sorted(captured.counts.items()) if what not in told}


def _render(out: Console, said: JsonObject, compared: Compared) -> None:
    findings = compared.findings
    out.print(
        f"{said['records']} records, {said['pages']} pages of {said['sites']} sites,"
        f" {said['genuine']} genuine, {len(findings)} hosts pass for another"
    )
    for each in _rows(said["defects"]):
        out.print(f"{each['count']} times: {each['kind']}")
    if compared.alerts:
        states = ", ".join(f"{count} {state}" for state, count in sorted(compared.alerts.items()))
        out.print(f"alerts: {states}")
    table = Table("Host", "By what", "But perhaps")
    for finding in findings[:_MOST_ROWS]:
        lines = "\n".join(_shown(str(each["why"])) for each in _rows([*finding.evidence]))
        fits = "; ".join(each.name for each in finding.explanations if each.fits)
        table.add_row(_shown(finding.subjects[0]), lines, fits)
    if findings:
        out.print(table)
        out.print(_CAUTION)
    if len(findings) > _MOST_ROWS:
        out.print(f"and {len(findings) - _MOST_ROWS} more: see --json")
    if "table" in said:
        out.print(f"{said['rows']} rows in {said['table']}", markup=False)


def _shown(text: str) -> str:
    """Return text from outside without markup, hidden characters or live links."""
    return written_out(text).replace("[", "(").replace(".", "[.]")


def _rows(value: JsonValue) -> list[JsonObject]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


COMMANDS = {"pages": pages}

"""`tocsin detect recycled`: an operation's names coming back under other ones."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cli.host_files import hosts_of_files, stepped
from tocsin.cli.kept_in_case import kept_in_case
from tocsin.cli.options import common
from tocsin.cli.shell import EXIT_IN_PART, Shell
from tocsin.cli.times import moment
from tocsin.detect.names import Reading
from tocsin.detect.recycled import (
    Found,
    Indicators,
    count_rates,
    find_recycled,
    hold_out,
    learn,
    read_indicators,
)
from tocsin.foundation import JsonObject, UsageError, rfc3339, written_out
from tocsin.records import Finding

_MOST_ROWS: Final = 40
_CAUTION: Final = (
    "A like name says nothing of who registered it: read the explanations (--json), then look at"
    " who holds it and what stands there, from a safe place. Nothing was resolved."
)
_UNMEASURED: Final = (
    "No --benign list: only known labels that came back before, and names that were gone, alert."
)


@click.command("recycled")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE…]")
@click.option("--indicators", "known", multiple=True, required=True, metavar="FILE",
              type=click.Path(path_type=Path),
              help="Its names: domain, known (a day), if told state and role.")  # fmt: skip
@click.option("--known-before", "before", required=True, metavar="DATE",
              help="What became known on this day or later is not looked at.")  # fmt: skip
@click.option("--benign", "benign", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
              help="Names known to be honest: how often they look the same by chance.")  # fmt: skip
@click.option("--case", metavar="CASE", help="Keep each as a finding of this case.")
@common
def recycled(shell: Shell, /, files: tuple[Path, ...], **options: Any) -> None:
    """Find new names that look like an operation coming back, from names known before a date.

    Learns the operation's labels, pieces, edits and suffixes; an alert names the earlier names,
    the habit, and how often honest names look the same. A seized or withdrawn name that is seen
    again alerts. Reads new names as `detect names` does. Nothing is resolved or fetched.
    """
    indicators = _indicators(options["known"], moment(options["before"], option="--known-before"))
    honest, reading = Reading(), Reading()
    benign = list(dict.fromkeys(hosts_of_files(options["benign"], honest)))
    listed = indicators.listed()
    with shell.progress.task("learning habits"):
        habits = learn(listed, benign)
        rates = count_rates(habits, benign)
        held = hold_out(listed, benign)
    with shell.progress.task("screening names") as advance:
        hosts = stepped(hosts_of_files(files or (Path("-"),), reading), advance)
        found = find_recycled(hosts, habits, rates)
    document: JsonObject = {
        "known_before": rfc3339(indicators.before),
        "indicators": {
            "rows": indicators.counts["rows"],
            "names": len(listed),
            "gone": sum(each.state.is_gone for each in listed),
            "digest": indicators.digest(),
            "defects": [*indicators.defects()],
        },
        "benign": {
            "names": held.names,
            "held_out_alerts": held.alerts,
            "alerts_per_100k": round(held.per_100k, 1),
            "same_label": held.originals,
            "defects": [*honest.defects()],
        },
        "rows": reading.counts["rows"],
        "names": reading.counts["names"],
        "screened": found.hosts["screened"],
        "known": found.hosts["known"],
        "silenced": found.hosts["silenced"],
        "defects": [*reading.defects()],
        "findings": [each.to_json() for each in found.findings],
    }
    if options["case"] is not None:
        document["case"] = kept_in_case(shell, options["case"], found.findings)
    shell.show(document, lambda out: _render(out, document, found, has_benign=bool(benign)))
    if indicators.faults or honest.faults or reading.faults:
        raise SystemExit(EXIT_IN_PART)


def _indicators(files: Iterable[Path], before: datetime) -> Indicators:
    indicators = Indicators(before=before)
    for file in files:
        with file.open("rb") as stream:
            read_indicators(stream, file.name, indicators)
    if not indicators.by_host:
        raise UsageError(
            f"no indicator was known before {rfc3339(before)}",
            hint="give rows whose `known` is earlier, or a later --known-before",
        )
    return indicators


def _render(out: Console, said: JsonObject, found: Found, *, has_benign: bool) -> None:
    indicators, benign = said["indicators"], said["benign"]
    assert isinstance(indicators, dict)  # noqa: S101 - the command's own form
    assert isinstance(benign, dict)  # noqa: S101 - the command's own form
    out.print(
        f"{indicators['names']} names known before {said['known_before']},"
        f" {said['screened']} names screened, {len(found.findings)} may be earlier ones coming back"
    )
    if has_benign:
        out.print(
            f"{benign['held_out_alerts']} of {benign['names']} benign names alerted when they were"
            f" held out: {benign['alerts_per_100k']} in 100,000"
        )
    else:
        out.print(_UNMEASURED)
    table = Table("Name", "Rule", "How", "Earlier", "In 100,000 benign")
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
    rate = first["background_per_100k"]
    return (
        finding.subjects[0].replace(".", "[.]"),
        finding.rule or "",
        written_out(str(first["how"])),
        finding.objects[0].replace(".", "[.]"),
        "" if rate is None else str(rate),
    )


COMMANDS = {"recycled": recycled}

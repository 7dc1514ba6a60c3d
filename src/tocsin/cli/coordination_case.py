"""Groups of `tocsin detect coordination` as findings of a case."""

import json
from collections.abc import Iterator

from rich.console import Console

from tocsin.cases import Casebook, read_findings
from tocsin.cli.shell import Shell
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import Finding

_COUNTED = ("edges", "objects_in_all", "stability")


def check_case(shell: Shell, case: str) -> None:
    """Look whether there is such a case, before anything that takes long.

    Raises:
        BadInputError: when no case is called that, or several are.
    """
    with shell.home() as home:
        Casebook(home.vault, shell.clock, shell.entropy).find(case)


def keep_in_case(shell: Shell, case: str, said: JsonObject) -> JsonObject:
    """Add each group to a case, with what it rests on, and return the case and the findings' ids.

    Args:
        said: a run that asked chance, as `--json` prints it.
    """
    groups = [*_groups(said)]
    found: tuple[Finding, ...] = ()
    with shell.home() as home:
        book = Casebook(home.vault, shell.clock, shell.entropy)
        kept = book.find(case)
        if groups:
            document = json.dumps({**said, "groups": groups}).encode()
            found = read_findings(document, source="this run")
            kept = book.add(kept, (), by=shell.person, findings=found)
    return {
        "id": kept.id,
        "title": kept.title,
        "findings": [
            {
                "id": each.id,
                "behaviour": each.behaviour,
                "lacks": [*each.lacks],
                "untold": [*each.untold],
            }
            for each in found
        ],
    }


def render_kept(out: Console, kept: JsonObject) -> None:
    """Print which findings a case has now, and what each lacks as a ground to tell of people."""
    rows = kept["findings"]
    if not rows:
        out.print(f"{kept['title']}: nothing was added", markup=False)
    for each in rows if isinstance(rows, list) else []:
        if isinstance(each, dict):
            lacks = each["lacks"]
            why = "; ".join(map(str, lacks)) if isinstance(lacks, list) else ""
            out.print(
                f"{kept['title']}: {each['behaviour']}"
                + (f"; no ground to tell of people: {why}" if why else ""),
                markup=False,
            )
            untold = each["untold"]
            if untold and not why and isinstance(untold, list):
                out.print(
                    f"  a reviewer must say what of {', '.join(map(str, untold))}: it could not be "
                    "told (--accounts, --sites and --objects may tell it)",
                    markup=False,
                )


def _groups(said: JsonObject) -> Iterator[JsonObject]:
    """Yield each group with its evidence: counts, and how the test did on copies of the data."""
    groups = said["groups"]
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict):
            counted: JsonObject = {name: group[name] for name in _COUNTED if name in group}
            evidence: list[JsonValue] = [counted, {"calibration": said.get("calibration")}]
            yield {**group, "evidence": evidence}

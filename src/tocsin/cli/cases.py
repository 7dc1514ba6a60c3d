"""`tocsin case …`."""

from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Casebook, Verdict, claims_recorded_by, read_findings
from tocsin.cli.case_assess import case_assess
from tocsin.cli.case_shown import show_case
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.foundation import UsageError
from tocsin.records import Finding
from tocsin.release import recall
from tocsin.vault import Home

_DECISIONS: Final = {
    "approve": Verdict.APPROVED,
    "return": Verdict.RETURNED,
    "reject": Verdict.REJECTED,
}


@click.group("case")
def case_group() -> None:
    """Put together what you know about one operation."""


@case_group.command("new")
@click.argument("title")
@common
def case_new(shell: Shell, title: str) -> None:
    """Open a case, or find the one of that title."""
    with shell.home() as home:
        case = _book(shell, home).open(title, by=shell.person)
    show_case(shell, case)


@case_group.command("list")
@common
def case_list(shell: Shell) -> None:
    """List the cases of this node."""
    with shell.home() as home:
        cases = _book(shell, home).all()

    def render(out: Console) -> None:
        table = Table("case", "items", "assessed", "reviewed", "opened by")
        for case in cases:
            said = case.assessment.confidence.words if case.assessment else "no"
            reviewed = "yes" if case.is_reviewed else "no"
            table.add_row(case.title, str(len(case.items)), said, reviewed, case.opened_by)
        out.print(table)

    shell.show({"cases": [case.to_document() for case in cases]}, render)


@case_group.command("show")
@click.argument("case")
@common
def case_show(shell: Shell, case: str) -> None:
    """Show a case with its items, findings, hypotheses and reviews."""
    with shell.home() as home:
        found = _book(shell, home).find(case)
    show_case(shell, found)


@case_group.command("add")
@click.argument("case")
@click.argument("items", nargs=-1, metavar="[OBJECT]…")
@click.option(
    "--finding",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file of findings, such as the summary that `tocsin detect` wrote.",
)
@common
def case_add(shell: Shell, case: str, items: tuple[str, ...], files: tuple[Path, ...]) -> None:
    """Add objects that this node holds, private or received, and findings from files."""
    if not items and not files:
        raise UsageError("nothing to add", hint="name objects, or give --finding FILE")
    # Read before anything is added: a file that cannot be read adds nothing.
    findings = [each for path in files for each in _read(path)]
    with shell.home() as home:
        book = _book(shell, home)
        changed = book.add(book.find(case), items, by=shell.person, findings=findings)
    show_case(shell, changed)


@case_group.command("remove")
@click.argument("case")
@click.argument("items", nargs=-1, required=True, metavar="OBJECT…")
@common
def case_remove(shell: Shell, case: str, items: tuple[str, ...]) -> None:
    """Take objects or findings out of a case; the node holds them still."""
    with shell.home() as home:
        book = _book(shell, home)
        changed = book.remove(book.find(case), items, by=shell.person)
    show_case(shell, changed)


@case_group.command("review")
@click.argument("case")
@click.option("--decision", type=click.Choice([*_DECISIONS]), help="What you decide.")
@click.option("--approve", "decision", flag_value="approve", help="As --decision approve.")
@click.option("--reject", "decision", flag_value="reject", help="As --decision reject.")
@click.option("--why", required=True, help="What was checked, and what was found.")
@click.option(
    "--untold",
    multiple=True,
    metavar="EXPLANATION",
    help="An innocent explanation that the data could not tell, and that --why speaks of; repeat.",
)
@common
def case_review(
    shell: Shell, case: str, decision: str | None, why: str, untold: tuple[str, ...]
) -> None:
    """Approve a case that somebody else opened and assessed, return it, or reject it.

    Before accounts leave, an approval speaks of every innocent explanation for which data were
    missing: look yourself, say in --why what you found, and name each by --untold.

    A return or a rejection takes back every approval before it, and what waits in the outbox on
    one.
    """
    if decision is None:
        raise UsageError("nothing is decided", hint="give --decision approve, return or reject")
    verdict = _DECISIONS[decision]
    with shell.home() as home:
        book = _book(shell, home)
        changed = book.review(
            book.find(case), by=shell.person, verdict=verdict, why=why, untold=untold
        )
        recalled = recall(changed, home.vault, by=shell.person)
        with home.vault.read() as view:
            own = claims_recorded_by(shell.person, changed, view)
    if own and verdict is Verdict.APPROVED:
        shell.note(
            f"{shell.person} recorded {len(own)} of its claims: before they are public, somebody "
            "else reviews them too"
        )
    show_case(shell, changed, recalled)


def _read(path: Path) -> tuple[Finding, ...]:
    return read_findings(path.read_bytes(), source=str(path))


def _book(shell: Shell, home: Home) -> Casebook:
    return Casebook(home.vault, shell.clock, shell.entropy)


case_group.add_command(case_assess)

COMMANDS = {"case": case_group}

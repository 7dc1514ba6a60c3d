"""`tocsin case …`."""

from typing import Final

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Assessment, Case, Casebook, Verdict, claims_recorded_by
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.foundation import JsonObject
from tocsin.records import (
    Likelihood,
    SourceGrade,
)
from tocsin.release import Recalled, recall
from tocsin.vault import Home

_SHOWN: Final = 10


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
    _show(shell, case)


@case_group.command("list")
@common
def case_list(shell: Shell) -> None:
    """List the cases of this node."""
    with shell.home() as home:
        cases = _book(shell, home).all()

    def render(out: Console) -> None:
        table = Table("case", "items", "reviewed", "opened by")
        for case in cases:
            reviewed = "yes" if case.is_reviewed else "no"
            table.add_row(case.title, str(len(case.items)), reviewed, case.opened_by)
        out.print(table)

    shell.show({"cases": [_document(case) for case in cases]}, render)


@case_group.command("show")
@click.argument("case")
@common
def case_show(shell: Shell, case: str) -> None:
    """Show a case with its items, assessments and reviews."""
    with shell.home() as home:
        found = _book(shell, home).find(case)
    _show(shell, found)


@case_group.command("add")
@click.argument("case")
@click.argument("items", nargs=-1, required=True, metavar="OBJECT…")
@common
def case_add(shell: Shell, case: str, items: tuple[str, ...]) -> None:
    """Add objects that this node holds, private or received."""
    with shell.home() as home:
        book = _book(shell, home)
        changed = book.add(book.find(case), items, by=shell.person)
    _show(shell, changed)


@case_group.command("assess")
@click.argument("case")
@click.option("--text", required=True, help="What you conclude, in a sentence.")
@click.option(
    "--likelihood",
    type=click.Choice([str(each) for each in Likelihood]),
    required=True,
    help="Words of estimative language; each stands for a range.",
)
@click.option("--grade", help="Admiralty grade of the sources, such as B2.")
@common
def case_assess(shell: Shell, case: str, text: str, likelihood: str, grade: str | None) -> None:
    """Say how likely something is, in words that have a range."""
    with shell.home() as home:
        book = _book(shell, home)
        assessment = Assessment(
            text=text,
            likelihood=Likelihood(likelihood),
            grade=SourceGrade.read(grade) if grade else None,
            by=shell.person,
            at=shell.clock.now(),
        )
        changed = book.assess(book.find(case), assessment)
    _show(shell, changed)


@case_group.command("review")
@click.argument("case")
@click.option(
    "--approve/--reject", "is_approved", required=True, default=None, help="What you decide."
)
@click.option("--why", required=True, help="What was checked, and what was found.")
@common
def case_review(shell: Shell, case: str, is_approved: bool, why: str) -> None:
    """Approve or reject a case that somebody else opened.

    A rejection takes back every approval before it, and what waits in the outbox on one.
    """
    verdict = Verdict.APPROVED if is_approved else Verdict.REJECTED
    with shell.home() as home:
        book = _book(shell, home)
        changed = book.review(book.find(case), by=shell.person, verdict=verdict, why=why)
        recalled = recall(changed, home.vault, by=shell.person)
        with home.vault.read() as view:
            own = claims_recorded_by(shell.person, changed, view)
    if own and is_approved:
        shell.note(
            f"{shell.person} recorded {len(own)} of its claims: before they are public, somebody "
            "else reviews them too"
        )
    _show(shell, changed, recalled)


def _book(shell: Shell, home: Home) -> Casebook:
    return Casebook(home.vault, shell.clock, shell.entropy)


def _document(case: Case) -> JsonObject:
    document = case.to_json()
    rows = document["assessments"]
    document["assessment"] = rows[-1] if isinstance(rows, list) and rows else None
    return document


def _show(shell: Shell, case: Case, recalled: Recalled | None = None) -> None:
    document = _document(case)
    if recalled is not None:
        document["stopped"], document["left"] = [*recalled.stopped], [*recalled.left]

    def render(out: Console) -> None:
        out.print(f"{case.title}  ({case.id})", style="bold", markup=False)
        out.print(f"{len(case.items)} items, opened by {case.opened_by}", markup=False)
        for each in case.assessments:
            grade = f", sources {each.grade}" if each.grade else ""
            out.print(f"{each.likelihood.words}{grade}: {each.text}", markup=False)
        for at, review in enumerate(case.reviews):
            gone = "" if at in case.standing else " (stands no more)"
            out.print(f"{review.verdict} by {review.by}: {review.why}{gone}", markup=False)
        if not case.is_reviewed:
            out.print("not reviewed by a second person as it stands now")
        if recalled is not None:
            _render_recalled(out, recalled)

    shell.show(document, render)


def _render_recalled(out: Console, recalled: Recalled) -> None:
    if recalled.stopped:
        out.print(f"{len(recalled.stopped)} waited in the outbox and leave no more")
    if recalled.left:
        out.print(f"{len(recalled.left)} have left already; `tocsin withdraw` takes them back:")
    for object_id in recalled.left[:_SHOWN]:
        out.print(f"  {object_id}")
    if len(recalled.left) > _SHOWN:
        out.print(f"  and {len(recalled.left) - _SHOWN} more: --json names them")


COMMANDS = {"case": case_group}

"""`tocsin case …` and `tocsin claim …`."""

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Assessment, Case, Casebook, Verdict
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.cli.times import moment
from tocsin.foundation import JsonObject
from tocsin.records import (
    CLAIM_TYPE,
    Claim,
    EvidenceClass,
    Likelihood,
    SourceGrade,
    disagreeing,
)
from tocsin.vault import Holding, Home


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
    """Approve or reject a case that somebody else opened."""
    verdict = Verdict.APPROVED if is_approved else Verdict.REJECTED
    with shell.home() as home:
        book = _book(shell, home)
        changed = book.review(book.find(case), by=shell.person, verdict=verdict, why=why)
    _show(shell, changed)


@click.group("claim")
def claim_group() -> None:
    """Record what somebody says, with its source; sources may disagree."""


@claim_group.command("add")
@click.argument("case")
@click.argument("statement")
@click.option("--claimant", required=True, help="Who says so.")
@click.option(
    "--evidence",
    type=click.Choice([str(each) for each in EvidenceClass]),
    required=True,
    help="What class of evidence it rests on.",
)
@click.option("--on", "stated_on", help="When they said so: 2018-08-23 or a full time.")
@click.option("--confidence", type=click.IntRange(0, 100), help="How surely, in your eyes.")
@click.option("--grade", help="Admiralty grade, such as B2.")
@click.option("--source", help="Where it stands, such as a report's title and page.")
@click.option("--answers", help="The question it answers.")
@click.option("--value", help="Its answer, in a word or figure.")
@click.option("--operator", help="The person or organisation that it names as operator.")
@click.option("--supersedes", multiple=True, metavar="CLAIM", help="A claim that it replaces.")
@click.option("--right-of-reply", help="How and when the operator was offered a reply.")
@common
def claim_add(shell: Shell, /, case: str, **said: object) -> None:
    """Add a claim to a case; who is behind an operation is always a claim."""
    claim = _claim(said)
    with shell.home() as home:
        item = claim.to_object(
            now=shell.clock.now(), entropy=shell.entropy, author=home.id, marking=None
        )
        home.vault.write(lambda tx: tx.private.hold([Holding(object=item)], by=shell.person))
        book = _book(shell, home)
        book.add(book.find(case), [item.id], by=shell.person)
    shell.show(
        dict(item.body), lambda out: out.print(f"{item.id}: {claim.statement}", markup=False)
    )


@claim_group.command("list")
@click.argument("case")
@common
def claim_list(shell: Shell, case: str) -> None:
    """List a case's claims, and where they disagree."""
    with shell.home() as home:
        items = _book(shell, home).find(case).items
        with home.vault.read() as snapshot:
            held = [snapshot.private.get(item) for item in items if item.startswith(CLAIM_TYPE)]
    claims = [(each.object, Claim.read(each.object)) for each in held if each is not None]
    superseded = {each for _, claim in claims for each in claim.supersedes}
    standing = [claim for item, claim in claims if item.id not in superseded]
    conflicts = disagreeing(standing)

    def render(out: Console) -> None:
        table = Table("claimant", "statement", "evidence", "confidence")
        for _, claim in claims:
            confidence = "" if claim.confidence is None else str(claim.confidence)
            table.add_row(claim.claimant, claim.statement, str(claim.evidence), confidence)
        out.print(table)
        for question, said in conflicts:
            answers = ", ".join(f"{each.value} ({each.claimant})" for each in said)
            out.print(f"they disagree on {question}: {answers}", markup=False)

    document: JsonObject = {
        "claims": [dict(item.body) for item, _ in claims],
        "disagreements": [
            {"question": question, "answers": [[each.claimant, each.value] for each in said]}
            for question, said in conflicts
        ],
    }
    shell.show(document, render)


def _claim(said: dict[str, object]) -> Claim:
    def text(key: str) -> str | None:
        value = said.get(key)
        return str(value) if value else None

    def texts(key: str) -> tuple[str, ...]:
        value = said.get(key)
        return tuple(str(each) for each in value) if isinstance(value, tuple) else ()

    confidence, grade, stated_on = said.get("confidence"), text("grade"), text("stated_on")
    return Claim(
        statement=str(said["statement"]),
        claimant=str(said["claimant"]),
        evidence=EvidenceClass(str(said["evidence"])),
        stated_on=moment(stated_on, option="--on") if stated_on else None,
        confidence=confidence if isinstance(confidence, int) else None,
        grade=SourceGrade.read(grade) if grade else None,
        source=text("source"),
        answers=text("answers"),
        value=text("value"),
        operator=text("operator"),
        supersedes=texts("supersedes"),
        right_of_reply=text("right_of_reply"),
    )


def _book(shell: Shell, home: Home) -> Casebook:
    return Casebook(home.vault, shell.clock, shell.entropy)


def _document(case: Case) -> JsonObject:
    document = case.to_json()
    rows = document["assessments"]
    document["assessment"] = rows[-1] if isinstance(rows, list) and rows else None
    return document


def _show(shell: Shell, case: Case) -> None:

    def render(out: Console) -> None:
        out.print(f"{case.title}  ({case.id})", style="bold", markup=False)
        out.print(f"{len(case.items)} items, opened by {case.opened_by}", markup=False)
        for each in case.assessments:
            grade = f", sources {each.grade}" if each.grade else ""
            out.print(f"{each.likelihood.words}{grade}: {each.text}", markup=False)
        for review in case.reviews:
            out.print(f"{review.verdict} by {review.by}: {review.why}", markup=False)
        if not case.is_reviewed:
            out.print("not reviewed by a second person as it stands now")

    shell.show(_document(case), render)


COMMANDS = {"case": case_group, "claim": claim_group}

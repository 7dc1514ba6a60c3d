"""`tocsin claim …`."""

from collections.abc import Sequence

import click
from rich.console import Console
from rich.table import Table

from tocsin.cases import Casebook, Claims, claims_of
from tocsin.cli.options import common
from tocsin.cli.shell import Shell
from tocsin.cli.times import moment
from tocsin.foundation import JsonObject
from tocsin.records import Claim, EvidenceClass, SourceGrade, disagreeing
from tocsin.vault import Home


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
        book = _book(shell, home)
        item = book.claim(book.find(case), claim, author=home.id, by=shell.person)
    shell.show(
        dict(item.body), lambda out: out.print(f"{item.id}: {claim.statement}", markup=False)
    )


@claim_group.command("list")
@click.argument("case")
@common
def claim_list(shell: Shell, case: str) -> None:
    """List a case's claims, and where they disagree."""
    with shell.home() as home:
        found = _book(shell, home).find(case)
        with home.vault.read() as view:
            claims = claims_of(found, view)
    conflicts = disagreeing([*claims.standing.values()])
    document: JsonObject = {
        "claims": [dict(item.body) for item in claims.objects],
        "garbled": [{"id": each, "why": why} for each, why in claims.garbled.items()],
        "disagreements": [
            {"question": question, "answers": [[each.claimant, each.value] for each in said]}
            for question, said in conflicts
        ],
    }
    shell.show(document, lambda out: _render(out, claims, conflicts))


def _render(out: Console, claims: Claims, conflicts: Sequence[tuple[str, Sequence[Claim]]]) -> None:
    table = Table("claimant", "statement", "operator", "evidence", "confidence", "stands")
    for said, stands in ((claims.standing, "yes"), (claims.replaced, "superseded")):
        for claim in said.values():
            confidence = "" if claim.confidence is None else str(claim.confidence)
            words = (claim.claimant, claim.statement, claim.operator or "", str(claim.evidence))
            table.add_row(*words, confidence, stands)
    out.print(table)
    for why in claims.garbled.values():
        out.print(f"cannot be read: {why}", markup=False)
    for question, said_of_it in conflicts:
        answers = ", ".join(f"{each.value} ({each.claimant})" for each in said_of_it)
        out.print(f"they disagree on {question}: {answers}", markup=False)


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


COMMANDS = {"claim": claim_group}

"""Assessments: built up by several, weighed, reviewed by none of them, and read as they were."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.unit.grounds import FINDING, STATEMENT, grounded
from tocsin.cases import Case, Casebook, Evidence, Hypothesis, Statement, Technique, Verdict
from tocsin.foundation import BadInputError, JsonObject, ManualClock, RefusedError, SeededEntropy
from tocsin.records import Confidence, StixObject
from tocsin.vault import Holding, Vault

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
ONE = StixObject.of(
    {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": "domain-name--00000001-0000-5000-8000-000000000000",
        "value": "one.example",
    }
)
LIKELY = Confidence.read("likely")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    clock, entropy = ManualClock(START), SeededEntropy(5)
    vault = Vault.create(tmp_path / "vault.db", origin="test", clock=clock, entropy=entropy)
    vault.write(lambda tx: tx.private.hold([Holding(ONE)], by="ada"))
    with vault:
        yield Casebook(vault, clock, entropy)


@pytest.fixture
def case(book: Casebook) -> Case:
    return book.open("Borrowed voices", by="ada", items=[ONE.id])


def approved(book: Casebook, case: Case, by: str = "bo") -> Case:
    return book.review(case, by=by, verdict=Verdict.APPROVED, why="checked")


def advance(book: Casebook) -> None:
    clock = book.clock
    assert isinstance(clock, ManualClock)
    clock.advance(minutes=1)


def test_what_is_said_later_stands_beside_what_was_said(book: Casebook, case: Case) -> None:
    book.assess(case, STATEMENT, by="ada")
    more = Statement(
        hypotheses=(Hypothesis.of("ONE operator", opposing=[Evidence.read("typos")]),),
        techniques=(Technique("T0049"),),
    )
    found = book.assess(case, more, by="bo").assessment
    assert found is not None
    assert [each.text for each in found.hypotheses] == ["one operator", "a fan club"]
    assert [each.text for each in found.hypotheses[0].opposing] == ["typos"]
    assert found.confidence == LIKELY
    assert found.text == "one operator"
    assert found.authors == ("ada", "bo")
    assert len(book.find(case.id).assessments) == 2


def test_anew_leaves_out_what_was_said_and_who_said_it(book: Casebook, case: Case) -> None:
    book.assess(case, STATEMENT, by="ada")
    said = Statement(text="nothing to see", confidence=LIKELY)
    found = book.assess(case, said, by="bo", anew=True).assessment
    assert found is not None
    assert (found.hypotheses, found.authors, found.text) == ((), ("bo",), "nothing to see")


def test_nobody_reviews_an_assessment_with_own_words_in_it(book: Casebook, case: Case) -> None:
    book.assess(case, STATEMENT, by="bo")
    book.assess(case, Statement(confidence=Confidence.read("even")), by="carol")
    for by in ("bo", " BO", "carol"):
        with pytest.raises(RefusedError, match="assessed the case and cannot review it"):
            approved(book, case, by)
    assert approved(book, case, "dan").reviewers == ("dan",)


@pytest.mark.parametrize(
    "change",
    [
        Statement(confidence=Confidence.read("unlikely")),
        Statement(text="two operators"),
        Statement(techniques=(Technique("T0049"),)),
        Statement(hypotheses=(Hypothesis.of("one operator", opposing=[Evidence.read("x")]),)),
        Statement(hypotheses=(Hypothesis.of("a bot"),)),
    ],
)
def test_a_review_ends_when_the_assessment_changes(
    book: Casebook, case: Case, change: Statement
) -> None:
    book.assess(case, STATEMENT, by="ada")
    assert approved(book, case).is_reviewed
    advance(book)
    assert not book.assess(case, change, by="ada").is_reviewed
    assert not book.find(case.id).is_reviewed
    assert approved(book, case).is_reviewed


def test_the_same_said_again_changes_nothing(book: Casebook, case: Case) -> None:
    book.assess(case, STATEMENT, by="ada")
    before = approved(book, case)
    advance(book)
    assert book.assess(case, STATEMENT, by="carol") == before


def test_a_review_ends_when_a_finding_comes_or_goes(book: Casebook, case: Case) -> None:
    assert approved(book, case).is_reviewed
    grown = book.add(case, [], by="ada", findings=[FINDING])
    assert grown.findings == {FINDING.id: FINDING}
    assert not grown.is_reviewed
    assert approved(book, case).is_reviewed
    shrunk = book.remove(case, [ONE.id], by="ada")
    assert (shrunk.items, shrunk.is_reviewed) == ((FINDING.id,), False)


def test_a_finding_put_in_again_changes_nothing(book: Casebook, case: Case) -> None:
    first = book.add(case, [], by="ada", findings=[FINDING])
    assert book.add(case, [], by="bo", findings=[FINDING]) == first
    assert book.add(case, [FINDING.id], by="bo") == first


def test_what_the_case_does_not_hold_cannot_be_taken_out(book: Casebook, case: Case) -> None:
    with pytest.raises(BadInputError, match="is not in 'Borrowed voices'"):
        book.remove(case, [FINDING.id], by="ada")


def test_evidence_by_id_is_an_item_of_the_case(book: Casebook, case: Case) -> None:
    said = Statement(
        confidence=LIKELY,
        hypotheses=(Hypothesis.of("one", supporting=[Evidence.read(f"{FINDING.id} see")]),),
    )
    with pytest.raises(BadInputError, match="is evidence, but not in"):
        book.assess(case, said, by="ada")
    book.add(case, [], by="ada", findings=[FINDING])
    assert book.assess(case, said, by="ada").assessment


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Statement(confidence=LIKELY), "states nothing"),
        (Statement(text="one network"), "how sure"),
        (Statement(text="  ", confidence=LIKELY), "states nothing"),
    ],
)
def test_an_assessment_states_something_and_how_surely(
    book: Casebook, case: Case, said: Statement, why: str
) -> None:
    with pytest.raises(BadInputError, match=why):
        book.assess(case, said, by="ada")


def test_a_case_that_was_returned_is_not_reviewed_until_it_is_approved(
    book: Casebook, case: Case
) -> None:
    approved(book, case)
    back = book.review(case, by="carol", verdict=Verdict.RETURNED, why="no word on the newsroom")
    assert (back.is_reviewed, back.standing) == (False, (1,))
    assert approved(book, case).reviewers == ("bo",)


def test_the_grounds_of_a_case_are_what_it_holds_and_says(book: Casebook, case: Case) -> None:
    bare = case.grounds
    assert (bare.findings, bare.hypotheses, bare.reviewers) == ((), None, ())
    full = approved(book, grounded(book, case)).grounds
    assert full.findings == ((FINDING.behaviour, ()),)
    assert (full.hypotheses, full.reviewers, full.was_approved) == (2, ("bo",), True)
    assert full.refusals == ()


def test_a_case_with_everything_survives_its_stored_form(book: Casebook, case: Case) -> None:
    made = approved(book, grounded(book, case))
    again = Case.from_json(made.to_json())
    assert evolve(again, contents=made.contents, findings=made.findings) == made


OLD: JsonObject = {
    "id": "grouping--11111111-1111-4111-8111-111111111111",
    "title": "Old",
    "opened_by": "ada",
    "opened_at": "2026-11-01T00:00:00.000000Z",
    "items": [],
    "is_reviewed": True,
    "assessments": [
        {
            "text": "one network", "likelihood": "likely", "percent": [55, 80], "grade": "B2",
            "by": "ada", "at": "2026-11-02T00:00:00.000000Z",
        }
    ],
    "reviews": [
        {
            "by": "bo", "verdict": "approved", "why": "checked",
            "at": "2026-11-03T00:00:00.000000Z",
            "covers": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        }
    ],
}  # fmt: skip
"""As version 0.1 kept a case: without hypotheses and without the assessment's digest in a review;
`covers` is SHA-256 of nothing, the case being empty."""


def test_a_case_kept_before_is_read_and_its_review_stands() -> None:
    old = Case.from_json(OLD)
    assert old.assessment is not None
    assert (old.assessment.confidence, old.assessment.authors) == (LIKELY, ("ada",))
    assert old.reviewers == ("bo",)


def test_an_assessment_after_a_review_that_was_kept_before_ends_it() -> None:
    rows = OLD["assessments"]
    assert isinstance(rows, list)
    first: Any = rows[0]
    later = {**first, "at": "2026-11-04T00:00:00.000000Z"}
    assert Case.from_json({**OLD, "assessments": [first, later]}).reviewers == ()

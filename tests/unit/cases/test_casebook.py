"""Cases: opened once, changed by revisions, reviewed by somebody else on what they hold."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tocsin.cases import Case, Casebook, Statement, Verdict
from tocsin.foundation import BadInputError, ManualClock, RefusedError, SeededEntropy
from tocsin.records import Confidence, Likelihood, SourceGrade, StixObject
from tocsin.vault import Holding, Vault

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)


def domain(name: str, number: int) -> StixObject:
    body = {
        "type": "domain-name",
        "spec_version": "2.1",
        "id": f"domain-name--0000000{number}-0000-5000-8000-000000000000",
        "value": name,
    }
    return StixObject.of(body)


ONE, TWO = domain("one.example", 1), domain("two.example", 2)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    clock, entropy = ManualClock(START), SeededEntropy(5)
    vault = Vault.create(tmp_path / "vault.db", origin="test", clock=clock, entropy=entropy)
    vault.write(lambda tx: tx.private.hold([Holding(ONE), Holding(TWO)], by="ada"))
    with vault:
        yield Casebook(vault, clock, entropy)


def test_a_title_opens_one_case_however_often_it_is_given(book: Casebook) -> None:
    first = book.open("Borrowed voices", by="ada", items=[ONE.id])
    again = book.open("borrowed VOICES", by="bo", items=[TWO.id, ONE.id])
    assert again.id == first.id
    assert again.items == (ONE.id, TWO.id)
    assert again.opened_by == "ada"
    assert book.all() == [again]


def test_a_case_is_found_by_id_title_or_beginning(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada")
    book.open("Other", by="ada")
    assert book.find(case.id) == book.find("BORROWED voices") == book.find("borrowed") == case


@pytest.mark.parametrize("name", ["", "nothing", "Borrowed"])
def test_an_unknown_or_ambiguous_name_says_which_cases_there_are(book: Casebook, name: str) -> None:
    book.open("Borrowed voices", by="ada")
    book.open("Borrowed faces", by="ada")
    with pytest.raises(BadInputError) as caught:
        book.find(name)
    assert "Borrowed faces" in caught.value.hint


def test_only_what_is_held_can_be_added(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada")
    assert book.add(case, [ONE.id], by="ada").items == (ONE.id,)
    for unknown in ("domain-name--0000000f-0000-5000-8000-000000000000", "one.example"):
        with pytest.raises(BadInputError, match="not held"):
            book.add(case, [unknown], by="ada")


def test_nobody_reviews_an_own_case(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    with pytest.raises(RefusedError, match="cannot review it"):
        book.review(case, by="ada", verdict=Verdict.APPROVED, why="fine")


def test_a_review_counts_for_what_it_was_given_on(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    reviewed = book.review(case, by="bo", verdict=Verdict.APPROVED, why="checked hosting")
    assert reviewed.is_reviewed
    assert reviewed.reviewers == ("bo",)
    grown = book.add(reviewed, [TWO.id], by="ada")
    assert not grown.is_reviewed
    assert grown.reviewers == ()
    rejected = book.review(grown, by="bo", verdict=Verdict.REJECTED, why="two.example is a fan")
    assert not rejected.is_reviewed


@pytest.mark.parametrize("spelling", ["ADA", " ada ", "a\u200bda", "\uff41da"])
def test_another_spelling_of_who_opened_it_is_nobody_else(book: Casebook, spelling: str) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    with pytest.raises(RefusedError, match="cannot review it"):
        book.review(case, by=spelling, verdict=Verdict.APPROVED, why="fine")


def test_nobody_reviews_without_a_name(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    with pytest.raises(RefusedError, match="without a name"):
        book.review(case, by=" ", verdict=Verdict.APPROVED, why="fine")


def test_a_review_counts_for_the_versions_it_was_given_on(book: Casebook) -> None:
    report = StixObject.of(
        {
            "type": "report",
            "id": "report--11111111-1111-4111-8111-111111111111",
            "modified": "2026-11-01T00:00:00Z",
            "name": "first",
        }
    )
    book.vault.write(lambda tx: tx.private.hold([Holding(report)], by="ada"))
    case = book.open("Borrowed voices", by="ada", items=[ONE.id, report.id])
    assert book.review(case, by="bo", verdict=Verdict.APPROVED, why="read").is_reviewed
    changed = report.replaced(name="second", modified="2026-11-02T00:00:00Z")
    book.vault.write(lambda tx: tx.private.hold([Holding(changed)], by="ada"))
    assert not book.find("Borrowed voices").is_reviewed
    assert not book.all()[0].is_reviewed


def test_a_source_that_tells_more_of_an_identifier_takes_no_review_back(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    book.review(case, by="bo", verdict=Verdict.APPROVED, why="checked")
    fuller = ONE.replaced(labels=["seen"])
    book.vault.write(lambda tx: tx.private.hold([Holding(fuller)], by="ada"))
    assert book.find("Borrowed voices").is_reviewed


def test_another_value_under_the_id_of_an_identifier_takes_the_review_back(
    book: Casebook,
) -> None:
    first = Holding(ONE, ("domain:one.example",))
    book.vault.write(lambda tx: tx.private.hold([first], by="ada"))
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    assert book.review(case, by="bo", verdict=Verdict.APPROVED, why="checked").is_reviewed
    other = Holding(ONE.replaced(value="other.example"), ("domain:other.example",))
    book.vault.write(lambda tx: tx.private.hold([other], by="ada"))
    assert not book.find("Borrowed voices").is_reviewed


def test_approvals_stand_beside_each_other_until_one_rejects(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    for by in ("bo", "carol", "bo"):
        case = book.review(case, by=by, verdict=Verdict.APPROVED, why="checked")
    assert case.reviewers == ("bo", "carol")
    case = book.review(case, by="carol", verdict=Verdict.REJECTED, why="shared host")
    assert case.reviewers == ()
    assert book.review(case, by="bo", verdict=Verdict.APPROVED, why="no").reviewers == ("bo",)


def test_an_empty_case_cannot_be_reviewed(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada")
    with pytest.raises(RefusedError, match="empty"):
        book.review(case, by="bo", verdict=Verdict.APPROVED, why="")


def test_assessments_are_kept_with_likelihood_and_grade(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    said = Statement(
        text="one operator runs both",
        confidence=Confidence.of(Likelihood.LIKELY),
        grade=SourceGrade.read("B2"),
    )
    (kept,) = book.assess(case, said, by="ada").assessments
    assert (kept.text, kept.by, kept.at, str(kept.grade)) == (said.text, "ada", START, "B2")
    shown = book.find("Borrowed").to_json()["assessments"]
    assert isinstance(shown, list)
    assert shown[0]["percent"] == [55, 80]  # type: ignore[index, call-overload]


def test_a_case_survives_its_stored_form(book: Casebook) -> None:
    case = book.open("Borrowed voices", by="ada", items=[ONE.id])
    case = book.review(case, by="bo", verdict=Verdict.APPROVED, why="checked")
    assert Case.from_json(case.to_json()) == case


def test_a_title_is_neither_empty_nor_endless(book: Casebook) -> None:
    for title in (" ", "x" * 301):
        with pytest.raises(BadInputError, match="title"):
            book.open(title, by="ada")

"""Claims of a case: recorded with it, replaced by their own claimant only."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tocsin.cases import Case, Casebook, Claims, claims_of, claims_recorded_by
from tocsin.foundation import BadInputError, ManualClock, RefusedError, SeededEntropy
from tocsin.records import Claim, EvidenceClass
from tocsin.vault import Holding, Vault

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
US = "identity--00000001-0000-4000-8000-000000000000"
MEETING = Claim(
    statement="eight companies met",
    claimant="Example Lab",
    evidence=EvidenceClass.OPEN_REPORTING,
    answers="companies at the meeting",
    value="8",
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Casebook]:
    clock, entropy = ManualClock(START), SeededEntropy(5)
    with Vault.create(tmp_path / "v.db", origin="test", clock=clock, entropy=entropy) as vault:
        yield Casebook(vault, clock, entropy)


def claim(book: Casebook, case: Case, **more: Any) -> str:
    return book.claim(case, evolve(MEETING, **more), author=US, by="ada").id


def shown(book: Casebook, case: Case) -> Claims:
    with book.vault.read() as view:
        return claims_of(book.find(case.id), view)


def test_a_claim_is_recorded_in_its_case_with_who_recorded_it(book: Casebook) -> None:
    case = book.open("Meeting", by="ada")
    made = book.claim(case, MEETING, author=US, by="bo")
    assert book.find("Meeting").items == (made.id,)
    assert made.author == US
    assert shown(book, case).standing == {made.id: MEETING}
    with book.vault.read() as view:
        assert view.private.recorded_by(made.id) == {"bo"}


def test_a_person_finds_the_claims_that_they_recorded_under_any_spelling(book: Casebook) -> None:
    case = book.open("Meeting", by="ada")
    made = book.claim(case, MEETING, author=US, by="Bo")
    claim(book, case, value="9")
    with book.vault.read() as view:
        assert claims_recorded_by(" BO", book.find("Meeting"), view) == (made.id,)
        assert claims_recorded_by("carol", book.find("Meeting"), view) == ()


def test_its_claimant_replaces_it_and_it_stays_in_the_history(book: Casebook) -> None:
    case, other = book.open("Meeting", by="ada"), book.open("Later", by="ada")
    first = claim(book, case)
    second = claim(book, other, claimant="example  LAB", value="9", supersedes=(first,))
    assert set(shown(book, case).replaced) == {first}
    assert shown(book, case).standing == {}
    assert set(shown(book, other).standing) == {second}


def test_another_claimant_replaces_nothing_and_neither_claim_is_lost(book: Casebook) -> None:
    case = book.open("Meeting", by="ada")
    first = claim(book, case)
    with pytest.raises(RefusedError, match="cannot replace") as caught:
        claim(book, case, claimant="A paper", supersedes=(first,))
    assert "both kept" in caught.value.hint
    claim(book, case, claimant="A paper", value="9")
    assert len(shown(book, case).standing) == 2


@pytest.mark.parametrize(
    "before",
    ["nonsense", "x-tocsin-claim--11111111-1111-4111-8111-111111111111", US],
)
def test_only_a_claim_that_is_held_can_be_replaced(book: Casebook, before: str) -> None:
    case = book.open("Meeting", by="ada")
    with pytest.raises(BadInputError, match="no claim of this node"):
        claim(book, case, supersedes=(before,))
    assert book.find("Meeting").items == ()


def test_a_claim_that_cannot_be_read_is_named_and_hides_no_other(book: Casebook) -> None:
    case = book.open("Meeting", by="ada")
    sound = claim(book, case)
    with book.vault.read() as view:
        held = view.private.get(sound)
    assert held is not None
    garbled = held.object.replaced(
        id="x-tocsin-claim--11111111-1111-4111-8111-111111111111",
        evidence_class="rumour",
        supersedes_refs=[sound],
    )
    book.vault.write(lambda tx: tx.private.hold([Holding(garbled)], by="ada"))
    book.add(case, [garbled.id], by="ada")
    found = shown(book, case)
    assert set(found.standing) == {sound}
    assert set(found.garbled) == {garbled.id}
    assert len(found.objects) == 2

"""Explanations that no data told: named for the reviewer, who says what was found of each."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

from tests.unit.grounds import FINDING
from tocsin.cases import Case, CaseReview, Verdict
from tocsin.foundation import BadInputError
from tocsin.records import Explanation

AT = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
OPEN = evolve(
    FINDING,
    explanations=(
        Explanation("newsroom", None, "give --accounts"),
        Explanation("fandom", None, "give --accounts"),
        Explanation("alert bots", False, "no machine"),
    ),
)
EXPLAINED = evolve(OPEN, explanations=(Explanation("protest", True), Explanation("digest")))


def _case(*findings: object) -> Case:
    held = {each.id: each for each in (OPEN, EXPLAINED) if each in findings}
    return Case(
        id="grouping--1", title="x", opened_by="ada", opened_at=AT, items=tuple(held),
        findings=held,
    )  # fmt: skip


def _approved(case: Case, *untold: str) -> Case:
    return case.reviewed(by="bo", verdict=Verdict.APPROVED, why="looked", at=AT, untold=untold)


def test_they_are_named_until_an_approval_that_stands_speaks_of_each() -> None:
    case = _case(OPEN)
    assert case.untold == case.grounds.untold == ("newsroom", "fandom")
    half = _approved(case, "fandom")
    assert half.grounds.untold == ("newsroom",)
    assert _approved(half, "newsroom").grounds.untold == ()
    returned = half.reviewed(by="cy", verdict=Verdict.RETURNED, why="look again", at=AT)
    assert returned.grounds.untold == ("newsroom", "fandom")


def test_what_an_explanation_fits_needs_no_word_on_the_others() -> None:
    assert _case(EXPLAINED).untold == ()


def test_a_review_speaks_of_no_explanation_that_was_told() -> None:
    with pytest.raises(BadInputError, match="'alert bots' open") as caught:
        _approved(_case(OPEN), "alert bots")
    assert "newsroom, fandom" in caught.value.hint


def test_a_review_from_before_speaks_of_none() -> None:
    (said,) = _approved(_case(OPEN), "newsroom").reviews
    kept = said.to_json()
    assert CaseReview.from_json(kept) == said
    del kept["untold"]
    assert CaseReview.from_json(kept).untold == ()

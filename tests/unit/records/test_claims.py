"""Claims keep their source; who is behind an operation is only ever a claim."""

from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, SeededEntropy
from tocsin.records import Claim, EvidenceClass, Likelihood, SourceGrade, disagreeing, superseded

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)


def said(claimant: str, value: str) -> Claim:
    return Claim(
        statement=f"{value} companies met",
        claimant=claimant,
        evidence=EvidenceClass.OPEN_REPORTING,
        answers="companies at the meeting in May 2018",
        value=value,
    )


def test_two_sources_that_disagree_are_both_kept() -> None:
    eight, nine, eight_again = said("one paper", "8"), said("another", "9"), said("third", "8")
    assert disagreeing([eight, nine, eight_again]) == [
        ("companies at the meeting in May 2018", [eight, nine, eight_again])
    ]
    assert disagreeing([eight, eight_again]) == []


def test_a_claim_survives_its_object_form() -> None:
    claim = Claim(
        statement="the operation is run by Example Agency",
        claimant="Example Lab",
        evidence=EvidenceClass.INFRASTRUCTURE,
        stated_on=NOW,
        confidence=80,
        grade=SourceGrade.read("b2"),
        operator="Example Agency",
        right_of_reply="asked on 2026-11-01, no answer",
        supersedes=("x-tocsin-claim--11111111-1111-4111-8111-111111111111",),
    )
    item = claim.to_object(now=NOW, entropy=SeededEntropy(2), author=None, marking=None)
    assert Claim.read(item) == claim


def test_an_attribution_without_date_or_confidence_is_refused() -> None:
    with pytest.raises(BadInputError, match="no date or no confidence"):
        Claim(
            statement="they did it",
            claimant="somebody",
            evidence=EvidenceClass.OPEN_REPORTING,
            operator="Example Agency",
        )


def test_a_claim_without_its_source_is_refused() -> None:
    with pytest.raises(BadInputError, match="no claimant"):
        Claim(statement="it rains", claimant=" ", evidence=EvidenceClass.OPEN_REPORTING)


# The ranges of ICD 203 (2015), part D.6.e(2)(a).
@pytest.mark.parametrize(
    ("percent", "word"),
    [
        (0, "almost-no-chance"),
        (4, "almost-no-chance"),
        (19, "very-unlikely"),
        (44, "unlikely"),
        (50, "roughly-even-chance"),
        (79, "likely"),
        (94, "very-likely"),
        (100, "almost-certain"),
    ],
)
def test_a_probability_has_the_word_of_its_range(percent: int, word: str) -> None:
    assert Likelihood.of_percent(percent) == word


@given(st.text(max_size=4))
def test_a_source_grade_is_one_letter_and_one_figure_or_refused(text: str) -> None:
    try:
        grade = SourceGrade.read(text)
    except BadInputError:
        return
    assert str(grade)[0] in "ABCDEF"
    assert str(grade)[1] in "123456"


def test_a_claim_replaces_all_that_it_follows_of_its_own_claimant() -> None:
    claims = {
        "a": said("one paper", "8"),
        "b": evolve(said("One  Paper", "9"), supersedes=("a",)),
        "c": evolve(said("one paper", "10"), supersedes=("b",)),
        "d": evolve(said("another", "7"), supersedes=("a", "c")),
        "e": evolve(said("one paper", "6"), supersedes=("e", "gone")),
    }
    assert superseded(claims) == {"b": {"a"}, "c": {"a", "b"}}
    loop = {
        "a": evolve(said("x", "1"), supersedes=("b",)),
        "b": evolve(said("x", "2"), supersedes=("a",)),
    }
    assert superseded(loop) == {"a": {"a", "b"}, "b": {"a", "b"}}

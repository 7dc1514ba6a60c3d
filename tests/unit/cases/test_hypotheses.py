"""Competing hypotheses: evidence against each, in one table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.cases import Bearing, Evidence, Hypothesis, least_contradicted, matrix
from tocsin.cases.hypotheses import merged
from tocsin.foundation import BadInputError

ITEM = "domain-name--00000001-0000-5000-8000-000000000000"


def of(text: str, *, for_: tuple[str, ...] = (), against: tuple[str, ...] = ()) -> Hypothesis:
    return Hypothesis.of(
        text,
        supporting=[Evidence.read(each) for each in for_],
        opposing=[Evidence.read(each) for each in against],
    )


OPERATOR = of("one operator", for_=("same minute", "same host"), against=("other tongues",))
FANS = of("fans", for_=("Same  MINUTE",), against=("same host", "no idol"))


def test_every_piece_of_evidence_is_held_against_every_hypothesis() -> None:
    table = matrix([OPERATOR, FANS])
    for_, against = Bearing.FOR, Bearing.AGAINST
    assert [(row.evidence.text, row.bearings) for row in table] == [
        ("same minute", (for_, for_)),
        ("same host", (for_, against)),
        ("other tongues", (against, None)),
        ("no idol", (None, against)),
    ]
    assert [row.is_diagnostic for row in table] == [False, True, True, True]


def test_the_one_with_the_least_against_it_stands() -> None:
    assert least_contradicted([OPERATOR, FANS]) == (OPERATOR,)
    assert least_contradicted([OPERATOR, of("a bot", against=("typos",))])[1].text == "a bot"
    assert least_contradicted([]) == ()


def test_an_item_of_the_case_is_evidence_with_a_remark() -> None:
    assert Evidence.read(f"{ITEM}: its  host") == Evidence("its host", ITEM)
    assert Evidence.read(ITEM) == Evidence("", ITEM)
    assert Evidence.read(f"see {ITEM}").item is None


def test_the_same_evidence_does_not_speak_for_and_against_one_hypothesis() -> None:
    with pytest.raises(BadInputError, match="for and against"):
        of("one", for_=("a word",), against=("A  Word",))


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001])
def test_a_hypothesis_and_its_evidence_have_words(text: str) -> None:
    with pytest.raises(BadInputError, match="empty or longer"):
        of(text)
    with pytest.raises(BadInputError, match="empty or longer"):
        of("one", for_=(text,))


def test_a_hypothesis_named_again_gains_evidence_and_the_later_word_counts() -> None:
    first, second = merged([OPERATOR, FANS], [of("ONE operator", against=("same host", "typos"))])
    assert [each.text for each in first.supporting] == ["same minute"]
    assert [each.text for each in first.opposing] == ["other tongues", "same host", "typos"]
    assert second == FANS


WORDS = st.lists(st.sampled_from("abcdef"), max_size=4, unique=True)


@given(WORDS, WORDS, WORDS, WORDS)
def test_merging_is_the_same_as_saying_it_at_once_unless_the_mind_changed(
    for_: list[str], against: list[str], more_for: list[str], more_against: list[str]
) -> None:
    against = [each for each in against if each not in for_]
    more_against = [each for each in more_against if each not in more_for]
    first = of("h", for_=tuple(for_), against=tuple(against))
    later = of("h", for_=tuple(more_for), against=tuple(more_against))
    (found,) = merged([first], [later])
    expected_for = {*for_, *more_for} - {*more_against}
    expected_against = {*against, *more_against} - {*more_for}
    assert {each.text for each in found.supporting} == expected_for
    assert {each.text for each in found.opposing} == expected_against
    assert Hypothesis.from_json(found.to_json()) == found
    assert merged([found], [later]) == merged(merged([found], [later]), [later])

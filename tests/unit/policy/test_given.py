"""What several sources said of one thing binds as the laxest of them said it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.policy import given_as, said_marking
from tocsin.records import Tlp

ORDER = ["clear", "green", "amber", "amber+strict", "red"]
SAID = st.sampled_from(ORDER)


@given(st.lists(SAID, min_size=1, max_size=4))
def test_who_gave_it_more_widely_has_let_it_go(said: list[str]) -> None:
    assert given_as(Tlp(each) for each in said) == min(said, key=ORDER.index)


@given(st.lists(SAID, max_size=3))
def test_a_source_that_said_nothing_binds_nobody_and_so_does_none_at_all(said: list[str]) -> None:
    assert given_as([*(Tlp(each) for each in said), None]) is Tlp.CLEAR
    assert given_as([]) is Tlp.CLEAR


@pytest.mark.parametrize(
    ("text", "marking"),
    [
        ("TLP:RED", Tlp.RED),
        ("white", Tlp.CLEAR),
        ("for our eyes only", Tlp.AMBER),
        ("", None),
        ("  ", None),
        (None, None),
        (7, None),
    ],
)
def test_words_that_are_none_of_tlps_count_as_amber_and_no_words_as_none(
    text: object, marking: Tlp | None
) -> None:
    assert said_marking(text) is marking

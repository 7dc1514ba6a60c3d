"""One person under every spelling of a name; two persons where names read differently."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.records import Review, person_key, persons

LETTERS = "abcdeéèñöçåßł" + "".join(chr(0x430 + at) for at in range(8)) + "\u05d0\u3042\u4e2d"
NAMES = st.text(alphabet=LETTERS + " -'.", min_size=1)
FORMS = ("NFC", "NFD", "NFKC", "NFKD")


@given(NAMES, st.sampled_from(FORMS), st.sampled_from([str.upper, str.lower, str.title]))
def test_case_form_and_blanks_make_no_other_person(name: str, form: str, recase: object) -> None:
    respelled = unicodedata.normalize(form, recase(name))  # type: ignore[arg-type, operator]
    spaced = "\u00a0".join(f"\u200b{each}\ufe0f " for each in respelled)
    assert person_key(respelled) == person_key(name)
    assert person_key(spaced) == person_key(name)


@pytest.mark.parametrize(
    ("one", "other"), [("ada", "ada@lab.example"), ("jose", "josé"), ("analyst-1", "analyst-2")]
)
def test_names_that_read_differently_are_two_persons(one: str, other: str) -> None:
    assert person_key(one) != person_key(other)


@pytest.mark.parametrize("blank", ["", "  ", "\u200b", "\t\n", "\u3164"])
def test_a_blank_name_is_nobodys(blank: str) -> None:
    assert person_key(blank) == ""
    assert persons([blank, "ada", "ADA"]) == {"ada"}


def test_the_second_persons_of_a_review_are_those_who_do_not_release() -> None:
    review = Review(finding="x", approved_by=("ada", "Ada", "bo", "BO ", "carol", " "))
    assert review.second_persons == ("bo", "carol")
    assert Review(finding="x", approved_by=("ada",)).second_persons == ()
    assert Review(finding="x", approved_by=()).second_persons == ()


def test_without_names_the_same_person_keeps_the_same_number() -> None:
    review = Review(finding="x", approved_by=("ada", "bo", "ADA"), contact="desk")
    bare = review.without_names()
    assert bare.approved_by == ("person 1", "person 2", "person 1")
    assert (bare.finding, bare.contact) == ("x", "desk")
    assert review.second_persons == ("bo",)
    assert bare.second_persons == ("person 2",)

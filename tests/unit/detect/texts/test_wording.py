"""Padding: what a reader reads past changes nothing in a key, and leaves readable words."""
# ruff: noqa: RUF001 - look-alike letters are what is tested

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detect.texts import Wording, text_key

SENTENCES = [
    "The minister resigned on Tuesday after the audit was published.",
    "Le ministre a démissionné mardi après la publication de l'audit.",
    "Министр подал в отставку во вторник после публикации аудита.",
    "Ο υπουργός παραιτήθηκε την Τρίτη μετά τη δημοσίευση του ελέγχου.",
    "審計報告公布後，部長於週二辭職，反對黨要求提前選舉。",
    "استقال الوزير يوم الثلاثاء بعد نشر تقرير المراجعة",
    "मंत्री ने लेखापरीक्षा प्रकाशित होने के बाद मंगलवार को इस्तीफा दे दिया",
]
HIDDEN = ["\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\ufe0f"]
EMOJI = ["🔥", "👨\u200d👩\u200d👧", "🇺🇦", "❤️", "👍🏽", "🚀", "⚡", "1️⃣"]
# By eye, from a font: Cyrillic letters that print as Latin ones do.
LOOKALIKES = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х", "y": "у", "i": "і"}

sentences = st.sampled_from(SENTENCES)
places = st.lists(st.integers(0, 200), max_size=12)


def put_in(text: str, what: list[str], at: list[int]) -> str:
    """Put pieces of `what` into `text`, between any two characters."""
    letters = list(text)
    for number, place in enumerate(at):
        letters.insert(place % (len(letters) + 1), what[number % len(what)])
    return "".join(letters)


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    key = text_key(text)
    assert text_key(key) == key


@given(st.text())
def test_a_key_holds_letters_figures_and_marks_alone(text: str) -> None:
    assert all(unicodedata.category(each)[0] in "LNM" for each in text_key(text))


@given(sentences, places, st.permutations(HIDDEN))
def test_hidden_characters_change_nothing(text: str, at: list[int], hidden: list[str]) -> None:
    padded = Wording.of(put_in(text, hidden, at))
    assert (padded.key, padded.words) == (Wording.of(text).key, Wording.of(text).words)


@given(sentences, st.lists(st.sampled_from(EMOJI), min_size=1), st.booleans())
def test_emoji_change_no_key(text: str, emoji: list[str], is_between: bool) -> None:
    pictures = "".join(emoji)
    padded = text.replace(" ", f" {pictures} ") if is_between else f"{pictures}{text}{pictures}"
    assert text_key(padded + pictures) == text_key(text)


@given(st.sampled_from(SENTENCES[:2]), st.sets(st.sampled_from(sorted(LOOKALIKES)), min_size=1))
def test_look_alike_letters_change_no_key_and_are_put_back(text: str, swapped: set[str]) -> None:
    padded = "".join(LOOKALIKES[each] if each in swapped else each for each in text)
    found = Wording.of(padded)
    assert found.key == text_key(text)
    assert found.words == text
    assert ("look-alike letters" in found.padding) == (padded != text)


def test_latin_letters_in_a_russian_word_are_put_back_too() -> None:
    text = SENTENCES[2]
    padded = text.replace("о", "o").replace("а", "a")
    assert Wording.of(padded).words == text
    assert text_key(padded) == text_key(text)


def test_a_foreign_name_in_its_own_script_is_no_padding() -> None:
    found = Wording.of("The channel Царьград reported on the vote in Kyiv today.")
    assert "Царьград" in found.words
    assert not found.padding


@pytest.mark.parametrize(
    "padded",
    [
        "RT @somebody: {}",
        "{} https://example.org/a?b=c#d",
        "{} www.example.org/x",
        "{} #vote #Audit2026",
        "{} #vote 🔥 #audit 🔥",
        "#breaking #now {}",
        "{} @one @two",
        "“{}”",
        "{}!!!",
        "   {}\n\n",
    ],
)
@given(sentences)
def test_what_networks_put_around_a_sentence_changes_no_key(padded: str, text: str) -> None:
    assert text_key(padded.format(text)) == text_key(text)


@given(st.sampled_from(SENTENCES[:3]))
def test_capitals_and_piled_accents_change_no_key(text: str) -> None:
    piled = "".join(each + "\u0336\u0301" * each.isalpha() for each in text)
    assert text_key(text.upper()) == text_key(text) == text_key(piled)


def test_a_hashtag_within_a_sentence_is_a_word_of_it() -> None:
    one = Wording.of("They are caught in a #RevolvingDoor of unemployment these days.")
    assert "RevolvingDoor of" in one.words


def test_hashtags_stay_where_nothing_would_be_left() -> None:
    assert text_key("Caught in a #RevolvingDoorOfUnemployment") == (
        "caughtinarevolvingdoorofunemployment"
    )


def test_letters_of_fancy_text_are_letters() -> None:
    fancy = "𝕿𝖍𝖊 𝓶𝓲𝓷𝓲𝓼𝓽𝓮𝓻 ＲＥＳＩＧＮＥＤ ⓞⓝ 🅃🅄🄴🅂🄳🄰🅈"
    assert text_key(fancy) == "theministerresignedontuesday"


@pytest.mark.parametrize(
    "text", ["", "🔥🔥🔥", "Good morning!", "Breaking news", "早上好", "#a @b"]
)
def test_greetings_formulas_and_pictures_say_too_little(text: str) -> None:
    assert not Wording.of(text).says_enough


@given(sentences)
def test_a_sentence_says_enough(text: str) -> None:
    assert Wording.of(text).says_enough

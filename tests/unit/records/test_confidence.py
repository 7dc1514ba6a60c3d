"""Confidence: a word on a stated scale. Ranges are those of ICD 203 (2015), D.6.e.(2)(a)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError
from tocsin.records import Confidence, Likelihood, Scale


@pytest.mark.parametrize(
    ("text", "word", "percent"),
    [
        ("likely", "likely", (55, 80)),
        ("Very  Likely", "very-likely", (80, 95)),
        ("almost-certain", "almost-certain", (95, 99)),
        ("remote", "almost-no-chance", (1, 5)),
        ("even chance", "roughly-even-chance", (45, 55)),
        ("70", "likely", (55, 80)),
        ("70%", "likely", (55, 80)),
        ("0", "almost-no-chance", (1, 5)),
        ("100", "almost-certain", (95, 99)),
    ],
)
def test_a_word_or_percentage_is_read_on_the_estimative_scale(
    text: str, word: str, percent: tuple[int, int]
) -> None:
    read = Confidence.read(text)
    assert (read.word, read.scale, read.percent) == (word, Scale.ESTIMATIVE, percent)
    assert read.likelihood is Likelihood(word)


@pytest.mark.parametrize(
    ("text", "word", "percent"),
    [("low", "low", (1, 29)), ("Moderate", "medium", (30, 69)), ("high", "high", (70, 100))],
)
def test_low_medium_and_high_keep_their_own_scale(
    text: str, word: str, percent: tuple[int, int]
) -> None:
    read = Confidence.read(text)
    assert (read.word, read.scale, read.percent) == (word, Scale.LOW_MED_HIGH, percent)
    assert read.likelihood is None
    assert read.words == f"{word} confidence ({percent[0]} to {percent[1]} of 100)"


@pytest.mark.parametrize("text", ["", "sure", "101", "-5", "7.5", "9999", "\u0667\u0660"])
def test_what_is_on_no_scale_is_refused_with_the_words_there_are(text: str) -> None:
    with pytest.raises(BadInputError) as caught:
        Confidence.read(text)
    assert "0 and 100" in caught.value.message or "very likely" in caught.value.hint


@given(st.integers(0, 100))
def test_a_percentage_lies_in_the_range_of_its_word(percent: int) -> None:
    low, high = Confidence.read(str(percent)).percent
    assert low <= max(percent, 1)
    assert min(percent, 99) <= high


@given(st.sampled_from([*map(str, Likelihood), "low", "medium", "high"]))
def test_the_stored_form_reads_back(word: str) -> None:
    read = Confidence.read(word)
    assert Confidence.from_json(read.to_json()) == read

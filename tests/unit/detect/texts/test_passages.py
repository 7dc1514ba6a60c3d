"""Long texts fall into passages; short ones stay whole."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.texts.articles import PORT
from tocsin.detect.texts.passages import LONG, passages


def test_a_short_text_is_one_passage() -> None:
    assert passages(PORT[:LONG]) == (PORT[:LONG],)


def test_an_article_falls_into_passages_of_whole_sentences_without_losing_a_word() -> None:
    found = passages(PORT)
    assert len(found) >= 4
    assert " ".join(found).split() == PORT.split()
    assert all(each.endswith(".") for each in found)
    assert max(map(len, found)) < 500


def test_a_sentence_put_in_moves_the_cuts_of_its_own_paragraph_only() -> None:
    first, rest = PORT.split("\n\n", 1)
    changed = f"{first} Nobody had expected that.\n\n{rest}"
    assert len(set(passages(PORT)) & set(passages(changed))) >= len(passages(PORT)) - 2


@given(st.text(max_size=3_000))
def test_any_text_has_a_passage(text: str) -> None:
    assert passages(text)

"""What shows nothing is written out; what people read stays as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import written_out

JOINED = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\u001b[31mred"),
        ("a\u202egpj.exe", "a\\u202egpj.exe"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("one\ntwo", "one\\u000atwo"),
    ],
)
def test_hidden_characters_are_written_out(text: str, shown: str) -> None:
    assert written_out(text) == shown


@pytest.mark.parametrize("text", ["plain", "Lefèvre", "\u05d0\u05d1", JOINED, "[/b] :100:"])
def test_what_is_read_stays(text: str) -> None:
    assert written_out(text) == text


@given(st.text())
def test_nothing_that_controls_is_left_but_what_is_kept(text: str) -> None:
    shown = written_out(text, keep="\n\t")
    assert not [each for each in shown if unicodedata.category(each) == "Cc" and each not in "\n\t"]
    assert shown.count("\n") == text.count("\n")

"""Text from outside in cells and JSON."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.exchange.writers.inert import MAX_CELL, inert_json, plain_cell, safe_cell, visible

# CWE-1236 and OWASP's page on CSV injection name these beginnings.
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n")
ANY_TEXT = st.text(max_size=60) | st.builds(
    lambda blank, sign, rest: blank + sign + rest,
    st.sampled_from(["", " ", "  ", "\u00a0", "'", "''"]),
    st.sampled_from([*TRIGGERS, "=1+1", "@SUM(A1)", "\uff1d", "\u2212"]),
    st.text(max_size=20),
)


@given(ANY_TEXT)
def test_no_cell_begins_with_a_formulas_sign_even_behind_blanks(text: str) -> None:
    folded = unicodedata.normalize("NFKC", safe_cell(text)).strip()
    assert not folded.startswith(TRIGGERS)


@given(ANY_TEXT)
def test_the_guard_comes_off_again(text: str) -> None:
    shown = visible(text)
    assert plain_cell(safe_cell(text)) == shown


@given(st.text(max_size=80))
def test_no_control_or_direction_character_stays_hidden(text: str) -> None:
    kinds = {unicodedata.category(sign) for sign in visible(text) if sign not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(visible(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\r\nlines", "two / lines"),
        ("cod\u202etxt.exe", "cod\\u202etxt.exe"),
        ("nul\x00", "nul\\u0000"),
        ("\u0645\u06cc\u200c\u0631\u0648\u0645", "\u0645\u06cc\u200c\u0631\u0648\u0645"),
    ],
)
def test_what_is_hidden_is_written_out_and_what_spelling_needs_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_cell_is_never_longer_than_excel_takes() -> None:
    for text in ("x" * 40_000, "😀" * 20_000, "=" * 40_000):
        cell = safe_cell(text)
        assert len(cell.encode("utf-16-le")) // 2 <= MAX_CELL
        assert cell.endswith("(cut)")


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=4))
def test_inert_json_changes_no_value_and_shows_no_hidden_character(said: dict[str, str]) -> None:
    raw = inert_json({**said})
    assert json.loads(raw) == said
    assert not set(raw.decode()[:-1]) & {chr(code) for code in (*range(32), 0x7F, 0x202E, 0xFEFF)}

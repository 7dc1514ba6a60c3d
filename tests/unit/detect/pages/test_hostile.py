"""Hostile pages: what they cost, and that they show nothing and run nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.pages.made import GAZETTE, entry, har, page, read
from tocsin.detect.pages import Captures

UNITS = [
    "<a ", "<!--", "<![CDATA[", "<![", "</", "<?", '<a b="', "<", "<p>", "<b><i>", "</b></i>", "<x",
    "<script>", "<title>", "<form>", "<a href=//a.b>", "<img src=", "&#1", "&amp", "data:image/",
    "a@", "a.b@c.d.", "1", "0x", "UA-1", "fbq('init','", "bc1", "\u202e", "\x00",
    "<p class='a b '>", "<meta charset=", "pub-1", "<svg><title>", "<base href='//",
    "a b ", "\u0430",
    "<link rel=icon href='data:image/x;base64,", "ym( 1", " | ", "<style>", "<template>",
]  # fmt: skip
SIZE = 200_000
MOST_CPU_S = 4.0


def read_page(html: str) -> Captures:
    return read(har(entry(GAZETTE, html)))


@pytest.mark.parametrize("unit", [*UNITS[:12], "bc1", "a@", "<p class='a b '>"])
def test_bait_costs_in_proportion_to_its_size(unit: str) -> None:
    check(unit)


@pytest.mark.long
@pytest.mark.parametrize("unit", UNITS)
def test_any_bait_costs_in_proportion_to_its_size(unit: str) -> None:
    for before in ("", "<p>", "<script>", "<a href='"):
        check(before + unit * (2 * SIZE // len(unit)), 2 * MOST_CPU_S)


def check(unit: str, most: float = MOST_CPU_S) -> None:
    html = unit if len(unit) > SIZE else unit * (SIZE // len(unit))
    begun = time.process_time()
    captured = read_page(page() + html)
    assert time.process_time() - begun < most
    assert captured.pages[0].title.startswith("Harbour news")


def test_nesting_without_end_is_named_and_what_stands_before_it_is_read() -> None:
    captured = read_page(page() + "<div>" * 50_000 + "<p>deep down stands this sentence</p>")
    assert captured.faults == {"too-deep": 1}
    assert captured.pages[0].title == "Harbour news | Town Gazette"
    assert "deep down stands this sentence" in captured.pages[0].quotes.values()


def test_elements_without_number_are_named_and_cut() -> None:
    captured = read_page(page(head="<meta property=og:site_name content=G>") + "<br>" * 100_000)
    assert captured.faults == {"too-many-elements": 1}
    assert captured.pages[0].names == ("G",)


def test_a_page_too_long_is_named_and_its_beginning_read() -> None:
    captured = read_page(page() + "x" * 5_000_000)
    assert captured.faults == {"page-too-long": 2}
    assert captured.pages[0].quotes


def test_a_page_with_half_a_character_is_named_and_costs_itself_only() -> None:
    captured = read(har(entry(GAZETTE, "<p>\ud800"), entry(GAZETTE, "<p>x")))
    assert captured.faults == {"lone-surrogate": 1}
    assert captured.counts["pages"] == 1


def test_scripts_and_styles_are_no_text() -> None:
    hidden = "<script>document.write('one')</script><style>two</style><template>three</template>"
    (found,) = read_page(f"<title>t</title>{hidden}<p>and this is all that is read</p>").pages
    assert [*found.quotes.values()] == ["and this is all that is read"]


def test_look_alike_and_hidden_letters_change_no_text() -> None:
    (plain,) = read_page(
        "<p>The harbour committee met yesterday evening in the old town hall"
    ).pages
    odd = (
        "<p>Th\u0435 h\u0430rb\u200bour c\u043emmittee m\u202eet yesterday"
        " evening in the old town hall"
    )
    (changed,) = read_page(odd).pages
    assert plain.quotes.keys() == changed.quotes.keys() != set()


@given(st.text(max_size=200), st.lists(st.sampled_from(UNITS), max_size=12))
def test_no_page_makes_reading_fail(text: str, units: list[str]) -> None:
    captured = read_page("".join(units) + text)
    assert len(captured.pages) == captured.counts["pages"] <= 1

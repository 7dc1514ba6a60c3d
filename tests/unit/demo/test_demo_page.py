"""The page, and the same figures in a terminal."""

import io
import re
from html.parser import HTMLParser
from itertools import pairwise

from rich.console import Console

from tocsin.demo.circles import draw_circles
from tocsin.demo.figures import (
    Bar,
    Chapter,
    Part,
    Row,
    Step,
    Table,
    Tone,
    data_size,
    number,
    shortened,
)
from tocsin.demo.page import Fact, Headline, Told, render_page
from tocsin.demo.telling import Terminal

HOSTILE = '<script>alert(1)</script><img src=x onerror=y>"\' onmouseover="z&amp;'


def _told(text: str) -> Told:
    step = Step(
        who=text,
        caption=text,
        command=text,
        says=(text,),
        figures=(
            Bar(text, (Part(text, 3, Tone.SHARED), Part(text, 0, Tone.HIDDEN))),
            Table(text, (text, "b"), (Row((text, "2"), Tone.BAD),)),
        ),
    )
    return Told(
        title=text,
        kind=text,
        lead=text,
        circles=draw_circles(300, 90, 30),
        headline=tuple(Headline(Fact(value, text)) for value in (text, 3181, None)),
        cast=((text, text),),
        chapters=(Chapter(title=text, lead=text, steps=(step,), meaning=text),),
        facts=(Fact(0.25, text),),
        colophon=text,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "img", "br", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    page = render_page(_told("plain"))
    reader = _read(page)
    assert reader.open == []
    assert {"script", "img", "link", "iframe", "object", "form"}.isdisjoint(
        tag for tag, _ in reader.elements
    )
    names = {name for _, attributes in reader.elements for name in attributes}
    assert {"src", "srcset", "action", "background"}.isdisjoint(names)
    links = {attributes["href"] for _, attributes in reader.elements if "href" in attributes}
    ids = {f"#{attributes['id']}" for _, attributes in reader.elements if "id" in attributes}
    assert links <= ids
    assert not re.search(r"url\(|@import|//[a-z]", page)


def test_text_from_outside_stays_text() -> None:
    # The same words of the same length: the page is laid out alike.
    plain = re.sub(r"[^a-z0-9 ]", "x", HOSTILE)
    harmless, hostile = _read(render_page(_told(plain))), _read(render_page(_told(HOSTILE)))
    tags = [tag for tag, _ in hostile.elements]
    assert tags == [tag for tag, _ in harmless.elements]
    names = [sorted(attributes) for _, attributes in hostile.elements]
    assert names == [sorted(attributes) for _, attributes in harmless.elements]
    assert HOSTILE in hostile.text


def test_every_figure_has_its_numbers_in_text() -> None:
    text = " ".join(_read(render_page(_told("plain"))).text)
    assert "3,181" in text
    assert "unknown" in text
    assert "0.25" in text


def test_the_page_is_made_for_both_colour_schemes_and_small_screens() -> None:
    page = render_page(_told("plain"))
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page


def test_headings_follow_each_other_without_a_gap() -> None:
    levels = [
        int(tag[1]) for tag, _ in _read(render_page(_told("plain"))).elements if tag in _HEADINGS
    ]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


_HEADINGS = {"h1", "h2", "h3", "h4"}


def test_the_terminal_shows_every_number_within_80_columns() -> None:
    told = _told("a name that is long enough to be wrapped somewhere in the line of a table")
    out = io.StringIO()
    teller = Terminal(Console(file=out, width=200, color_system=None))
    teller.chapter(1, told.title, told.lead)
    teller.step(told.chapters[0].steps[0])
    teller.opening(told.title, told.kind, told.lead, told.cast)
    teller.conclude(told.chapters[0].meaning)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert any("█ 3 a name" in line for line in lines)


def test_markup_in_a_name_is_shown_and_not_obeyed() -> None:
    out = io.StringIO()
    told = _told("paper[.]example [bold red]")
    Terminal(Console(file=out, width=80, color_system=None)).step(told.chapters[0].steps[0])
    assert "paper[.]example [bold red]" in out.getvalue()


def test_a_bars_parts_are_shares_of_its_whole() -> None:
    bar = Bar("names", (Part("a", 1), Part("b", 3)))
    assert bar.total == 4


def test_numbers_and_sizes_are_written_for_people() -> None:
    assert number(3181) == "3,181"
    assert [data_size(999), data_size(412_345), data_size(2_340_000)] == [
        "999 bytes",
        "412 kB",
        "2.3 MB",
    ]


def test_an_id_in_a_command_is_cut_short_and_other_words_are_not() -> None:
    typed = "tocsin withdraw indicator--0d3c9f7f-0f2d-4b1a-9d3c-1f2e3d4c5b6a --why 'a--b'"
    assert shortened(typed) == "tocsin withdraw indicator--0d3c9f7f… --why 'a--b'"

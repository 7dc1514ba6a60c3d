"""The page that the demo leaves behind, as a newcomer opens it."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Keep, OpenPage
from tests.browser.looks import accessibility_violations, tab_stops, what_sticks_out
from tests.story import Story

SCHEMES = ("light", "dark")
WIDE, NARROW = 1280, 400


def _opened(page: Page, story: Story) -> Page:
    page.goto(story.page.as_uri())
    return page


def _unfold(page: Page) -> None:
    for summary in page.locator("summary").all():
        summary.click()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_is_accessible_to_all(
    open_page: OpenPage, keep: Keep, story: Story, width: int, scheme: str
) -> None:
    page = _opened(open_page(width=width, scheme=scheme), story)
    keep(page, f"demo-{width}-{scheme}")
    assert accessibility_violations(page) == []
    _unfold(page)
    assert accessibility_violations(page) == []


@pytest.mark.parametrize("width", [WIDE, 768, NARROW, 320])
def test_it_never_scrolls_sideways(open_page: OpenPage, story: Story, width: int) -> None:
    page = _opened(open_page(width=width), story)
    _unfold(page)
    assert what_sticks_out(page) == []


def test_at_200_percent_it_never_scrolls_sideways(open_page: OpenPage, story: Story) -> None:
    # What a browser does at 200 %: half the CSS pixels, each twice as large.
    page = _opened(open_page(width=WIDE // 2, height=450, device_scale_factor=2), story)
    assert what_sticks_out(page) == []


def test_it_looks_different_in_the_dark(open_page: OpenPage, story: Story) -> None:
    grounds = [
        _opened(open_page(scheme=scheme), story).evaluate(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in SCHEMES
    ]
    assert len(set(grounds)) == 2


def test_everything_can_be_reached_by_keys_and_the_focus_is_seen(
    open_page: OpenPage, story: Story
) -> None:
    page = _opened(open_page(), story)
    stops = tab_stops(page)
    expected = page.locator("a[href], summary").count()
    assert len(stops) == expected > 0
    assert [stop for stop in stops if not (stop["isRinged"] and stop["isInView"])] == []


def test_a_chapter_is_one_key_away(open_page: OpenPage, story: Story) -> None:
    page = _opened(open_page(), story)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    top = page.evaluate("document.getElementById('chapter-2').getBoundingClientRect().top")
    assert 0 <= top < 100


def test_numbers_of_the_page_are_those_of_the_commands(open_page: OpenPage, story: Story) -> None:
    page = _opened(open_page(), story)
    _unfold(page)
    cells = page.locator("footer table tbody td:last-child").all_inner_texts()
    assert cells == [_written(value) for value in story.facts.values()]
    first_seen = dict(
        zip(
            page.locator("header dt").all_inner_texts(),
            page.locator("header dd").all_inner_texts(),
            strict=True,
        )
    )
    labels = page.locator("footer table tbody td:first-child").all_inner_texts()
    named = dict(zip(labels, cells, strict=True))
    assert {label: named[label] for label in first_seen} == first_seen
    text = page.locator("main").inner_text()
    for key in ("common", "hidden_platform", "hidden_lab", "log_entries", "guesses"):
        assert _written(story.facts[key]) in text


def test_the_picture_says_what_the_numbers_beside_it_say(open_page: OpenPage, story: Story) -> None:
    page = _opened(open_page(), story)
    left, right = (float(each.get_attribute("r") or 0) for each in page.locator("circle").all())
    holds, asks = story.facts["platform_holds"], story.facts["lab_holds"]
    assert (left / right) ** 2 == pytest.approx(holds / asks, rel=0.01)


def test_tables_fold_into_blocks_on_a_narrow_screen(open_page: OpenPage, story: Story) -> None:
    page = _opened(open_page(width=NARROW), story)
    row = page.locator("table:has(caption:text-is('Askings')) tbody tr").first
    tops = [cell.bounding_box() for cell in row.locator("td").all()[:3]]
    ys = [box["y"] for box in tops if box is not None]
    assert ys == sorted(set(ys)), "one cell below the other"
    heading = "getComputedStyle(document.querySelectorAll('td')[1], '::before').content"
    assert page.evaluate(heading) not in ("none", "")


def test_on_paper_nothing_is_hidden_and_ink_is_dark(
    open_page: OpenPage, keep: Keep, story: Story
) -> None:
    page = _opened(open_page(scheme="dark"), story)
    page.emulate_media(media="print")
    keep(page, "demo-print")
    style = "getComputedStyle(document.body)"
    assert page.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate(f"{style}.color") == "rgb(0, 0, 0)"
    assert page.locator("nav").is_hidden()
    assert page.locator("footer table").bounding_box() is not None
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_without_styles_it_still_reads_in_order(open_page: OpenPage, story: Story) -> None:
    page = _opened(open_page(), story)
    headings = page.locator("h1, h2").all_inner_texts()
    assert headings[0] == "Two lists, one operation"
    assert headings[1] == "Who takes part"
    assert headings[-1] == "Now with yours"


def _written(value: Any) -> str:
    """A number as people write it; computed apart from the product's own function."""
    return "unknown" if value is None else f"{value:,}" if isinstance(value, int) else str(value)

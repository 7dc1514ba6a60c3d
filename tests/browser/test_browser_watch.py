"""The watch over pages itself: it must notice what it is there for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import OpenPage
from tests.browser.looks import accessibility_violations, tab_stops, what_sticks_out
from tests.browser.watch import Watch, is_local

STRICT = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"


@pytest.fixture
def watched(chromium: Browser) -> Iterator[tuple[Page, Watch]]:
    context, watch = chromium.new_context(), Watch()
    watch.over(context)
    yield context.new_page(), watch
    context.close()


def _shown(page: Page, folder: Path, html: str) -> None:
    path = folder / "page.html"
    path.write_text(f"<!doctype html><html lang=en><title>t</title>{html}", encoding="utf-8")
    page.goto(path.as_uri())


@pytest.mark.parametrize(
    ("html", "noticed"),
    [
        ("<script>console.error('oh')</script>", "console: oh"),
        ("<script>throw new Error('thrown')</script>", "uncaught: thrown"),
        ("<img src='http://elsewhere.example/a.png' alt=''>", "request to http://elsewhere"),
        (f"{STRICT}<p style='color:red'>x</p>", "content policy: style-src-attr stopped inline"),
        ("<script>new WebSocket('ws://elsewhere.example/')</script>", "socket to ws://elsewhere"),
    ],
)
def test_what_a_page_must_not_do_is_written_down(
    watched: tuple[Page, Watch], tmp_path: Path, html: str, noticed: str
) -> None:
    page, watch = watched
    _shown(page, tmp_path, html)
    page.wait_for_timeout(200)
    assert any(noticed in line for line in watch.complaints), watch.complaints


def test_a_quiet_page_gives_no_complaint(watched: tuple[Page, Watch], tmp_path: Path) -> None:
    page, watch = watched
    _shown(page, tmp_path, f"{STRICT}<main><h1>quiet</h1></main>")
    assert accessibility_violations(page) == []
    assert watch.complaints == []


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("file:///srv/page.html", True),
        ("http://127.0.0.1:8000/", True),
        ("http://[::1]:8000/", True),
        ("http://localhost/", True),
        ("data:text/plain,x", True),
        ("https://127.0.0.1.elsewhere.example/", False),
        ("http://192.0.2.1/", False),
        ("ftp://elsewhere.example/", False),
    ],
)
def test_only_files_and_loopback_are_local(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_what_is_hard_to_read_or_too_wide_is_found(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(width=400)
    _shown(page, tmp_path, "<main><h1 style='color:#ddd;width:600px'>pale</h1></main>")
    assert any(line.startswith("color-contrast") for line in accessibility_violations(page))
    assert any(line.startswith("h1") for line in what_sticks_out(page))


def test_a_focus_that_cannot_be_seen_is_found(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    hidden = "<button style='outline:none'>hidden</button>"
    _shown(page, tmp_path, f"<main><h1>h</h1><button>ringed</button>{hidden}</main>")
    assert [(stop["name"], stop["isRinged"]) for stop in tab_stops(page)] == [
        ("button ringed", True),
        ("button hidden", False),
    ]

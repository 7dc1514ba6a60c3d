"""The page of groups that act together, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Keep, OpenPage
from tests.browser.looks import accessibility_violations, what_sticks_out
from tests.unit.detect.invented_groups import HOSTILE, invented_group, invented_page
from tocsin.detect.coordination.page import render_page


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "coordination.html"
    groups = invented_group(), invented_group(60, "2")
    path.write_text(render_page(invented_page(*groups)), encoding="utf-8")
    return path


def _unfolded(page: Page, path: Path) -> Page:
    page.goto(path.as_uri())
    for summary in page.locator("summary").all():
        summary.click()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_groups_are_accessible_to_all(
    open_page: OpenPage, keep: Keep, written: Path, width: int, scheme: str
) -> None:
    page = open_page(width=width, scheme=scheme)
    page.goto(written.as_uri())
    keep(page, f"coordination-{width}-{scheme}")
    assert accessibility_violations(_unfolded(page, written)) == []


@pytest.mark.parametrize("width", [1280, 320])
def test_groups_never_scroll_sideways(open_page: OpenPage, written: Path, width: int) -> None:
    assert what_sticks_out(_unfolded(open_page(width=width), written)) == []


def test_a_hostile_name_is_shown_as_it_is_written(open_page: OpenPage, written: Path) -> None:
    page = _unfolded(open_page(), written)
    assert page.get_by_role("cell", name=HOSTILE).first.is_visible()
    assert page.locator("img, script, a").count() == 0

"""Opens pages in a real Chromium; a page that does what ours must not fails its test.

`open_page(width=400, scheme="dark")` gives a Playwright page of that size and colour scheme. When
the test is over, it fails if the page wrote an error to the console, violated its content policy
or asked anything but a file or loopback. `keep(page, "name")` leaves a screenshot in `artefacts/`.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.watch import Watch

ARTEFACTS: Final = Path(__file__).resolve().parents[2] / "artefacts" / "browser"
PATIENCE_MS: Final = 120_000

# As root there is no sandbox to be had; the rest keeps Chromium from calling its maker.
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class OpenPage(Protocol):
    """Opens an empty page in a context of its own."""

    def __call__(
        self, *, width: int = 1280, height: int = 900, scheme: str = "light", **options: Any
    ) -> Page:
        """Open a page of `width` by `height` CSS pixels.

        Args:
            scheme: the person's preference, "light" or "dark".
            options: more of Playwright's `new_context`, such as `device_scale_factor`.
        """
        ...


class Keep(Protocol):
    """Leaves a screenshot for people to look at."""

    def __call__(self, page: Page, name: str) -> Path:
        """Write the whole page to `artefacts/browser/NAME.png`."""
        ...


# For the package alone, not the session: while Playwright runs, an event loop counts as running
# in this thread, and a later test of the same worker could not start its own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this folder in a worker."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed: apt-get install chromium (`make test` does)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(_FLAGS), timeout=PATIENCE_MS
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Opens watched pages."""
    watch, contexts = Watch(), []

    def opened(
        *, width: int = 1280, height: int = 900, scheme: Any = "light", **options: Any
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            service_workers="block",
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        contexts.append(context)
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert watch.complaints == []


@pytest.fixture
def keep() -> Keep:
    """Keeps screenshots."""

    def kept(page: Page, name: str) -> Path:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{re.sub(r'[^a-z0-9-]+', '-', name.lower())}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return kept

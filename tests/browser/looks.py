"""Questions about a page that is open: is it accessible, does it fit, can it be used by keys."""

import json
from importlib.resources import files
from typing import Any, Final

from playwright.sync_api import Page

# axe-core itself (MPL-2.0), as the package ships it; it runs in the page and nowhere else.
_AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")

_WIDER_THAN_THE_PAGE: Final = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  return [...document.querySelectorAll('body *')]
    .filter((each) => each.getBoundingClientRect().right > room + 0.5)
    .map((each) => `${each.tagName.toLowerCase()}.${each.className}: ` +
      `${Math.round(each.getBoundingClientRect().right)} of ${room} px`);
}"""

_FOCUSED: Final = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const style = getComputedStyle(at), box = at.getBoundingClientRect();
  const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  return {
    name: `${at.tagName.toLowerCase()} ${(at.innerText || at.ariaLabel || '').slice(0, 40)}`,
    isRinged: ringed || style.boxShadow !== 'none',
    isInView: box.bottom > 0 && box.top < innerHeight && box.width > 0 && box.height > 0,
  };
}"""


def accessibility_violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong, best practices included: a line for each element."""
    page.evaluate(_AXE)
    options = json.dumps({"resultTypes": ["violations"]})
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({options}).then((r) => r.violations)")
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(map(str, node['target']))}"
        for rule in found
        for node in rule["nodes"]
    ]


def what_sticks_out(page: Page) -> list[str]:
    """Return the elements for which the page would have to scroll sideways."""
    found: list[str] = page.evaluate(_WIDER_THAN_THE_PAGE)
    return found


def tab_stops(page: Page, most: int = 200) -> list[dict[str, Any]]:
    """Press Tab until the focus leaves the page; return each stop.

    Returns:
        `name`, `isRinged` (a person sees where the focus is) and `isInView` of each.
    """
    page.evaluate("document.activeElement?.blur()")
    stops: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(_FOCUSED)
        if stop is None:
            break
        stops.append(stop)
    return stops

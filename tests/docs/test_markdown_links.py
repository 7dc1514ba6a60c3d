"""Every link from a page to the project's own files leads somewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.pages import ROOT, files, name_of, pages

_CODE = re.compile(r"^(```+|~~~+).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(
    r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE
)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def links(text: str) -> list[str]:
    """Targets of a page's links that lead to the project's own files."""
    found = [inline or named for inline, named in _LINK.findall(_CODE.sub("", text))]
    return [target for target in found if not _ELSEWHERE.match(target)]


def anchors(text: str) -> set[str]:
    """What `#…` may name in a page, as code hosts make it from the headings."""
    made: set[str] = set()
    for heading in _HEADING.findall(re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        base = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        count = sum(1 for name in made if re.fullmatch(rf"{re.escape(base)}(-\d+)?", name))
        made.add(f"{base}-{count}" if count else base)
    return made


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_the_links_of_a_page_lead_to_files_and_headings_of_the_project(page: Path) -> None:
    known = {*files(), *(parent for path in files() for parent in path.parents)}
    broken = []
    for target in links(page.read_text(encoding="utf-8")):
        name, _, anchor = unquote(target).partition("#")
        there = (page.parent / name).resolve() if name else page
        if there not in known or (anchor and anchor not in anchors(there.read_text("utf-8"))):
            broken.append(target)
    assert not broken, f"{name_of(page)} links to what is not there: {broken}"


def test_every_page_under_docs_can_be_reached_from_the_readme() -> None:
    reached = {ROOT / "README.md"}
    pending = list(reached)
    while pending:
        page = pending.pop()
        for target in links(page.read_text(encoding="utf-8")):
            there = (page.parent / unquote(target).partition("#")[0]).resolve()
            if there.suffix == ".md" and there.is_file() and there not in reached:
                reached.add(there)
                pending.append(there)
    lost = [name_of(page) for page in pages() if page not in reached]
    assert lost == []


def test_links_in_code_and_to_elsewhere_are_left_alone() -> None:
    text = "[a](b.md) `[c](d.md)` [e](https://example.org)\n```\n[f](g.md)\n```\n[h]: i.md#j\n"
    assert links(text) == ["b.md", "i.md#j"]


def test_headings_give_the_anchors_that_code_hosts_make() -> None:
    text = "# One idea\n## `tocsin init` & more\n## One idea\n```\n# no heading\n```\n"
    assert anchors(text) == {"one-idea", "tocsin-init--more", "one-idea-1"}

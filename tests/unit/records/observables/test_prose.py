"""Hosts in running text, counted over paragraphs whose hosts were marked by hand.

`prose.json`: written for this purpose, with the traps of each language and invented names.
`meant` are identifiers that a reader would copy into a list; `firms` name a company or a product
rather than a site. The paragraphs held out were written after the rule was settled, which was not
changed for them.
"""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import idna
import pytest
from attrs import frozen

from tocsin.records.observables import find_observables


@frozen
class Paragraph:
    """One paragraph and its hosts, in their order."""

    language: str
    text: str
    meant: tuple[str, ...]
    firms: tuple[str, ...] = ()


def paragraphs(group: str) -> list[Paragraph]:
    return [
        Paragraph(
            each["language"], each["text"], tuple(each["meant"]), tuple(each.get("firms", ()))
        )
        for each in json.loads(Path(__file__).with_name("prose.json").read_text("utf-8"))[group]
    ]


PARAGRAPHS, HELD_OUT = paragraphs("settled_on"), paragraphs("held_out")
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "ru": "Russian"}
PAGE = Path(__file__).parents[4] / "docs" / "reference" / "identifiers.md"


def counted(paragraphs: Sequence[Paragraph]) -> tuple[int, int, int, int, int, int]:
    """Meant, found; wrong and doubtful, wrong and not; firms; meant and doubtful."""
    meant, found, doubted, wrong, firms, shy = 0, 0, 0, 0, 0, 0
    for paragraph in paragraphs:
        wanted = Counter(idna.encode(each, uts46=True).decode() for each in paragraph.meant)
        hosts = [each for each in find_observables(paragraph.text) if each.observable.host]
        got = Counter(str(each.observable.host) for each in hosts)
        doubtful = {each.observable.host for each in hosts if each.is_doubtful}
        meant += wanted.total()
        found += (wanted & got).total()
        for host, count in (got - wanted).items():
            firms += count * (host in paragraph.firms)
            doubted += count * (host in doubtful and host not in paragraph.firms)
            wrong += count * (host not in doubtful)
        shy += sum(count for host, count in (wanted & got).items() if host in doubtful)
    return meant, found, doubted, wrong, firms, shy


@pytest.mark.parametrize("paragraph", [*PARAGRAPHS, *HELD_OUT], ids=lambda each: each.language)
def test_every_host_that_a_paragraph_means_is_found_where_it_stands(paragraph: Paragraph) -> None:
    found = find_observables(paragraph.text)
    for each in found:
        assert paragraph.text[each.start : each.end] == each.written
    meant, got, *_ = counted([paragraph])
    assert got == meant


def test_every_word_that_is_no_host_is_named_as_doubtful() -> None:
    _, _, doubted, wrong, firms, _ = counted([*PARAGRAPHS, *HELD_OUT])
    assert (doubted, wrong, firms) == (12, 0, 5)


def test_the_figures_of_the_reference_page_are_those_that_are_counted_here() -> None:
    told = {
        f"{name}{kept}": counted([each for each in source if each.language == language])
        for kept, source in (("", PARAGRAPHS), (", held out", HELD_OUT))
        for language, name in LANGUAGES.items()
    }
    told["all"] = counted([*PARAGRAPHS, *HELD_OUT])
    lines = PAGE.read_text("utf-8").splitlines()
    for name, figures in told.items():
        assert "| " + " | ".join(chain([name], map(str, figures))) + " |" in lines


@pytest.mark.parametrize(
    ("text", "host", "is_doubtful"),
    [
        ("we saw elsm.md again", "elsm.md", True),
        ("see elsm.pl, please", "elsm.pl", True),
        ("see news-24.pl, please", "news-24.pl", False),
        ("run tool-2.py now", "tool-2.py", True),
        ("it is on elsmoor.ru", "elsmoor.ru", False),
        ("it is on Elsmoor.ru", "elsmoor.ru", True),
        ("it is on elsmoor[.]ru and Inc[.]com", "elsmoor.ru", False),
        ("read www.Inc.com", "www.inc.com", False),
        ("gone from evil.example\u2019s list", "evil.example", False),
        ("evil.example'da var", "evil.example", False),
        ("__evil.example__", "evil.example", False),
        ("(l\u2019evil.example)", "evil.example", False),
    ],
)
def test_what_may_be_a_word_is_found_and_named(text: str, host: str, is_doubtful: bool) -> None:
    first = find_observables(text)[0]
    assert (first.observable.host, first.is_doubtful) == (host, is_doubtful)
    assert text[first.start : first.end] == first.written

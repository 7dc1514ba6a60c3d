"""Invented worlds: newspapers, copies of them in several habits, and honest pages that look alike.

Each host alerts by its name as well, copies and honest ones alike, as the first stage does.
"""

import io
from collections.abc import Callable
from typing import Final

import numpy as np
from attrs import field, frozen

from tests.unit.detect.pages.made import entry, har
from tocsin.detect.pages import (
    Alert,
    Captures,
    Compared,
    find_imitations,
    genuine_sites,
    ordinary_of,
    read_capture,
)

_WORDS: Final = [
    *("harbour", "council", "theatre", "bridge", "market", "school", "station", "museum", "river"),
    *("budget", "teacher", "winter", "concert", "election", "traffic", "hospital", "library"),
    *("summer", "football", "garden", "engine", "window", "planet", "letter", "minister", "audit"),
    *("festival", "weather", "kitchen", "marathon", "ferry", "castle", "orchard", "railway"),
]
_TAGS: Final = ("div", "section", "article", "ul", "table", "p", "figure", "aside", "ol", "h3")
_PAPERS: Final = ("Gazette", "Herald", "Courier", "Tribune", "Observer")
_TOWNS: Final = ("Ashford", "Birkham", "Colne", "Dunmore", "Elmsley", "Fairbury", "Garston")


@frozen(kw_only=True)
class Paper:
    """A genuine newspaper; `theme` is the skeleton of its pages, which others may have too."""

    name: str
    site: str
    theme: int
    counter: str
    stories: tuple[str, ...]


@frozen
class World:
    """What was made: pages of the copies and of the honest, and what the papers' pages are.

    Attributes:
        copies, honest: which of them it is, by host.
        ordinary: a page of somebody else that prints the agency's text too.
    """

    genuine: Captures = field(factory=Captures)
    pages: Captures = field(factory=Captures)
    ordinary: Captures = field(factory=Captures)
    alerts: list[Alert] = field(factory=list)
    copies: dict[str, str] = field(factory=dict)
    honest: dict[str, str] = field(factory=dict)

    def judged(self, *, with_alerts: bool = False, with_ordinary: bool = False) -> Compared:
        """Run the detector over it."""
        alerts = self.alerts if with_alerts else []
        known = ordinary_of((page, ()) for page in self.ordinary.pages if with_ordinary)
        return find_imitations(self.pages, genuine_sites(self.genuine), known, alerts)

    def take(self, captured: Captures, url: str, html: str) -> None:
        """Capture a page."""
        read_capture(io.BytesIO(har(entry(url, html))), url, captured)


def world(seed: int, papers: int = 6) -> World:
    """Make one: of each paper a copy in each habit, and honest pages of each sort."""
    draw = np.random.default_rng(seed)
    made = World()
    themes = draw.integers(0, 4, papers)  # some papers share one
    wire = _story(draw)
    made.take(made.ordinary, "https://valley.example/", _page(50, "Valley Post", "", wire))
    for at in range(papers):
        name = f"{_TOWNS[at % 7]} {_PAPERS[int(draw.integers(5))]}"
        label = name.lower().replace(" ", "")
        stories = (*(_story(draw) for _ in range(3)), wire)
        paper = Paper(
            name=name, site=f"{label}{at}.example", theme=int(themes[at]),
            counter=f"UA-{draw.integers(10**6, 10**8)}-1", stories=stories,
        )  # fmt: skip
        for number, story in enumerate(stories):
            made.take(made.genuine, f"https://{paper.site}/{number}", _front(paper, story))
        for kind, habits in (("copies", COPIES), ("honest", HONEST)):
            for habit, build in habits.items():
                host = f"{label}{at}-{habit}.test"
                getattr(made, kind)[host] = habit
                made.take(made.pages, f"https://{host}/", build(draw, paper))
                made.alerts.append(Alert(host, name, (paper.site,), "the name stands beside words"))
    return made


def _story(draw: np.random.Generator) -> str:
    return "".join(f"<p>{' '.join(draw.choice(_WORDS, 30))}.</p>" for _ in range(6))


def _skeleton(theme: int) -> str:
    draw = np.random.default_rng(1000 + theme)
    parts = []
    for at in range(70):
        tag, inner = draw.choice(_TAGS, 2)
        parts.append(f"<{tag} class=c{at}><{inner}><a href='/{at}'>x</a></{inner}></{tag}>")
    return "".join(parts)


def _page(theme: int, title: str, head: str, story: str, body: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{_skeleton(theme)}"
        f"<main>{story}</main>{body}</body></html>"
    )


def _counted(counter: str) -> str:
    return f"<script>ga('create','{counter}')</script>"


def _named(name: str) -> str:
    return f"<meta property='og:site_name' content='{name}'>"


def _styled(paper: Paper) -> str:
    return f"<link rel=stylesheet href='https://{paper.site}/main.css'>"


def _front(paper: Paper, story: str) -> str:
    head = _named(paper.name) + _counted(paper.counter) + "<link rel=stylesheet href=/main.css>"
    return _page(paper.theme, f"{story[3:40]} | {paper.name}", head, story)


def _own(draw: np.random.Generator) -> str:
    return _counted(f"UA-{draw.integers(10**6, 10**8)}-1")


def _links(paper: Paper) -> str:
    return "".join(f"<a href='https://{paper.site}/s{at}'>x</a>" for at in range(12))


_Build = Callable[[np.random.Generator, Paper], str]

COPIES: Final[dict[str, _Build]] = {
    "mirror": lambda _, paper: _front(paper, paper.stories[0]),
    "new-article": lambda draw, paper: _page(
        paper.theme, "Shock", _named(paper.name) + _own(draw), _story(draw), _links(paper)
    ),
    "hot-linked": lambda draw, paper: _page(
        paper.theme, f"Shock | {paper.name}", _styled(paper) + _own(draw), _story(draw)
    ),
    "new-look": lambda draw, paper: _page(
        paper.theme + 9, f"News - {paper.name}", _own(draw), paper.stories[1]
    ),
    "log-in": lambda draw, paper: _page(
        paper.theme + 8, f"{paper.name} | Log in", _own(draw), "",
        "<form method=post action=/x><input name=u><input type=password></form>",
    ),
    "reworded": lambda draw, paper: _page(paper.theme + 7, paper.name, _own(draw), _story(draw)),
}  # fmt: skip
"""The last has nothing of the genuine page but its name: it is not to be found."""

HONEST: Final[dict[str, _Build]] = {
    "same-theme": lambda draw, paper: _page(
        paper.theme, "Valley Post", _named("Valley Post") + _own(draw), _story(draw)
    ),
    "agency-text": lambda draw, paper: _page(
        paper.theme + 5, "Audit | Valley Post", _own(draw), _story(draw) + paper.stories[3]
    ),
    "press-review": lambda draw, paper: _page(
        paper.theme + 6, "Review", _own(draw), _story(draw),
        _links(paper) + "".join(f"<img src='https://{paper.site}/p{at}.jpg'>" for at in range(5)),
    ),
    "fans": lambda draw, paper: _page(
        paper.theme + 4, f"Friends of the {paper.name}", _own(draw), _story(draw),
        f"<a href='https://{paper.site}/'>{paper.name}</a>",
    ),
    "namesake": lambda draw, paper: _page(
        paper.theme + 11, paper.name, _named(paper.name) + _own(draw), _story(draw)
    ),
    "namesake-with-agency-text": lambda draw, paper: _page(
        paper.theme + 13, f"Audit | {paper.name}", _own(draw), paper.stories[3]
    ),
    "bees": lambda draw, paper: _page(paper.theme + 12, "Bees", _own(draw), _story(draw)),
    "parked": lambda *_: "<title>For sale</title><p>This domain is for sale.",
    "one-agency": lambda draw, paper: _page(
        paper.theme + 3, "Baker", _counted(paper.counter), _story(draw)
    ),
    "video": lambda draw, paper: _page(
        paper.theme + 10, "Blog", _own(draw), _story(draw),
        f"<iframe src='https://{paper.site}/e'></iframe><script src='https://{paper.site}/w.js'>"
        "</script>",
    ),
}  # fmt: skip
"""A newspaper of the same name that prints the same agency's text is not told from a copy."""

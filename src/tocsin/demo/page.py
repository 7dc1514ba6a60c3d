"""The story as one HTML page that needs nothing else: no script, no remote resource."""

from pathlib import Path
from typing import Final

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined

from tocsin.demo.circles import Circles
from tocsin.demo.figures import Chapter, Tone, number

_SHORT: Final = 16
"""Cells of at most so many characters are not wrapped."""


@frozen
class Fact:
    """One number of the story.

    Attributes:
        value: as the JSON document gives it; None where it is not known.
        label: what is counted, in a few words.
    """

    value: int | float | str | None
    label: str

    @property
    def shown(self) -> str:
        """The value as the page writes it."""
        if self.value is None:
            return "unknown"
        return number(self.value) if isinstance(self.value, int) else str(self.value)


@frozen
class Headline:
    """One of the few numbers to see first; `tone` is its colour in the picture beside it."""

    fact: Fact
    tone: Tone = Tone.PLAIN


@frozen(kw_only=True)
class Told:
    """What the page shows; the template reads these names and no others.

    Attributes:
        kind: what the lists are: invented or real.
        circles: the two lists as a picture, which `headline` says in numbers.
        cast: name and role of each organisation.
        colophon: how the figures of time and memory were measured.
    """

    title: str
    kind: str
    lead: str
    circles: Circles
    headline: tuple[Headline, ...]
    cast: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]
    facts: tuple[Fact, ...]
    colophon: str


def render_page(told: Told) -> str:
    """Return the page; every text in it is escaped."""
    environment = Environment(
        loader=PackageLoader("tocsin.demo", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.tests["short"] = lambda cell: len(cell) <= _SHORT
    return environment.get_template("page.html.j2").render(told=told)


def write_page(told: Told, path: Path) -> None:
    """Write the page to `path`."""
    path.write_text(render_page(told), encoding="utf-8")

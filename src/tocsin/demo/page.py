"""The story as one HTML page that needs nothing else: no script, no remote resource."""

from importlib.resources import files
from pathlib import Path

from attrs import frozen
from jinja2 import Environment, StrictUndefined

from tocsin.demo.figures import Chapter, number


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


@frozen(kw_only=True)
class Told:
    """What the page shows; the template reads these names and no others.

    Attributes:
        kind: what the lists are: invented or real.
        headline: the few numbers to see first.
        cast: name and role of each organisation.
        colophon: how the figures of time and memory were measured.
    """

    title: str
    kind: str
    lead: str
    headline: tuple[Fact, ...]
    cast: tuple[tuple[str, str], ...]
    chapters: tuple[Chapter, ...]
    facts: tuple[Fact, ...]
    colophon: str


def render_page(told: Told) -> str:
    """Return the page; every text in it is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = number
    text = files("tocsin.demo").joinpath("page.html.j2").read_text("utf-8")
    return environment.from_string(text).render(told=told)


def write_page(told: Told, path: Path) -> None:
    """Write the page to `path`."""
    path.write_text(render_page(told), encoding="utf-8")

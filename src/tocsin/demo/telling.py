"""The story as it is told in a terminal of 80 columns; or not told at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from attrs import frozen
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from tocsin.demo.figures import Bar, Figure, Step, Table, Tone, number

_STYLES: Final = {
    Tone.SHARED: "bold cyan",
    Tone.HIDDEN: "bright_black",
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.PLAIN: "none",
}
_BLOCKS: Final = {
    Tone.SHARED: "█",
    Tone.HIDDEN: "░",
    Tone.GOOD: "█",
    Tone.BAD: "▓",
    Tone.PLAIN: "▒",
}
_WIDTH: Final = 60
_MAX_COLUMNS: Final = 80


class Teller(Protocol):
    """Whoever shows the story while it happens."""

    def chapter(self, at: int, title: str, lead: str) -> None:
        """Open a chapter, counted from 1."""
        ...

    def step(self, step: Step) -> None:
        """Show a step that is done."""
        ...

    @contextmanager
    def waiting(self, who: str, caption: str) -> Iterator[None]:
        """Show that something runs."""
        ...


class Silent:
    """Tells nothing; under `--json`."""

    def chapter(self, at: int, title: str, lead: str) -> None:
        """See `Teller`."""

    def step(self, step: Step) -> None:
        """See `Teller`."""

    @contextmanager
    def waiting(self, who: str, caption: str) -> Iterator[None]:  # noqa: ARG002 - Teller's form
        """See `Teller`."""
        yield


@frozen
class Terminal:
    """Tells with rich, at most 80 columns wide."""

    console: Console

    def chapter(self, at: int, title: str, lead: str) -> None:
        """See `Teller`."""
        self._print("")
        self._print(Rule(Text(f"{at}  {title}", style="bold"), align="left", style="bright_black"))
        self._print(Padding(Text(lead, style="italic"), (0, 0, 1, 0)))

    def step(self, step: Step) -> None:
        """See `Teller`."""
        heading = Text()
        if step.who:
            heading.append(f"{step.who}  ", style="bold cyan")
        heading.append(step.caption)
        self._print(heading)
        if step.command:
            self._print(Padding(Text(f"$ {step.command}", style="bright_black"), (0, 0, 0, 2)))
        for sentence in step.says:
            self._print(Padding(Text(sentence), (0, 0, 0, 2)))
        for figure in step.figures:
            self._print(Padding(drawn(figure), (1, 0, 0, 2)))
        self._print("")

    @contextmanager
    def waiting(self, who: str, caption: str) -> Iterator[None]:
        """See `Teller`."""
        with self.console.status(Text(f"{who}: {caption}" if who else caption)):
            yield

    def _print(self, what: RenderableType) -> None:
        width = min(_MAX_COLUMNS, self.console.width)
        self.console.print(what, width=width, soft_wrap=False, highlight=False)


def drawn(figure: Figure) -> RenderableType:
    """Return a figure as rich draws it."""
    return _bar(figure) if isinstance(figure, Bar) else _table(figure)


def _bar(bar: Bar) -> RenderableType:
    line, legend = Text(), Text()
    for part in bar.parts:
        width = max(1, round(_WIDTH * part.count / bar.total)) if part.count else 0
        line.append(_BLOCKS[part.tone] * width, style=_STYLES[part.tone])
        if legend:
            legend.append("\n")
        legend.append(f"{_BLOCKS[part.tone]} ", style=_STYLES[part.tone])
        legend.append(f"{number(part.count)} {part.label}")
    return Group(Text(bar.title, style="bold"), line, legend)


def _table(table: Table) -> RenderableType:
    made = RichTable(
        *table.columns,
        title=Text(table.title, style="bold"),
        title_justify="left",
        box=None,
        header_style="bright_black",
        padding=(0, 2, 0, 0),
    )
    for row in table.rows:
        first, *others = row.cells
        made.add_row(Text(first, style=_STYLES[row.tone]), *(Text(cell) for cell in others))
    return made

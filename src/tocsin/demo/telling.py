"""The story as it is told in a terminal of 80 columns; or not told at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from attrs import frozen
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table as RichTable
from rich.text import Text

from tocsin.demo.drawing import drawn
from tocsin.demo.figures import Step

_MAX_COLUMNS: Final = 80
_NOTICE: Final = (
    "Everything happens on this machine, with real commands in processes of their own. It takes "
    "less than two minutes."
)


class Teller(Protocol):
    """Whoever shows the story while it happens."""

    def opening(self, title: str, kind: str, lead: str, cast: Sequence[tuple[str, str]]) -> None:
        """Say what the story is about; `cast` has name and role of each organisation."""
        ...

    def chapter(self, at: int, title: str, lead: str) -> None:
        """Open a chapter, counted from 1."""
        ...

    def step(self, step: Step) -> None:
        """Show a step that is done."""
        ...

    def conclude(self, meaning: str) -> None:
        """Close a chapter with why it matters."""
        ...

    @contextmanager
    def waiting(self, who: str, caption: str) -> Iterator[None]:
        """Show that something runs."""
        ...


class Silent:
    """Tells nothing; under `--json`."""

    def opening(self, title: str, kind: str, lead: str, cast: Sequence[tuple[str, str]]) -> None:
        """See `Teller`."""

    def chapter(self, at: int, title: str, lead: str) -> None:
        """See `Teller`."""

    def step(self, step: Step) -> None:
        """See `Teller`."""

    def conclude(self, meaning: str) -> None:
        """See `Teller`."""

    @contextmanager
    def waiting(self, who: str, caption: str) -> Iterator[None]:  # noqa: ARG002 - Teller's form
        """See `Teller`."""
        yield


@frozen
class Terminal:
    """Tells with rich, at most 80 columns wide."""

    console: Console

    def opening(self, title: str, kind: str, lead: str, cast: Sequence[tuple[str, str]]) -> None:
        """See `Teller`."""
        self._print("")
        self._print(Text.assemble((title, "bold"), f"  {kind}"))
        self._print(Padding(Text(lead), (1, 0)))
        people = RichTable.grid(padding=(0, 2, 0, 0))
        for name, role in cast:
            people.add_row(Text(name, style="bold"), Text(role))
        self._print(people)
        self._print(Padding(Text(_NOTICE, style="italic"), (1, 0)))

    def chapter(self, at: int, title: str, lead: str) -> None:
        """See `Teller`."""
        self._print(Rule(Text(f"{at}  {title}", style="bold"), align="left", style="dim"))
        self._print(Padding(Text(lead, style="italic"), (0, 0, 1, 0)))

    def step(self, step: Step) -> None:
        """See `Teller`."""
        heading = Text()
        if step.who:
            heading.append(f"{step.who}  ", style="bold cyan")
        heading.append(step.caption)
        self._print(heading)
        if step.command:
            self._print(Padding(Text(f"$ {step.command}", style="dim"), (0, 0, 0, 2)))
        for sentence in step.says:
            self._print(Padding(Text(sentence), (0, 0, 0, 2)))
        for figure in step.figures:
            self._print(Padding(drawn(figure), (1, 0, 0, 2)))
        self._print("")

    def conclude(self, meaning: str) -> None:
        """See `Teller`."""
        row = RichTable.grid(padding=(0, 1, 0, 0))
        row.add_row(Text("▌", style="bold cyan"), Text(meaning, style="bold"))
        self._print(row)
        self._print("")

    @contextmanager
    def waiting(self, who: str, caption: str) -> Iterator[None]:
        """See `Teller`."""
        shown = f"{who}: {caption}" if who else caption
        text = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(), text, TimeElapsedColumn())
        hidden = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=hidden) as progress:
            progress.add_task(shown)
            yield

    def _print(self, what: RenderableType) -> None:
        width = min(_MAX_COLUMNS, self.console.width)
        self.console.print(what, width=width, soft_wrap=False, highlight=False)

"""Progress bars on stderr, only where a person watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from tocsin.foundation.progress import Advance


@frozen
class TerminalProgress:
    """Shows each task as a bar with count, time gone and time left."""

    console: Console

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """See `foundation.Progress`."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        hidden = not self.console.is_terminal
        with RichProgress(*columns, console=self.console, transient=True, disable=hidden) as bars:
            task = bars.add_task(title, total=total)

            def advance(done: int = 1, /) -> None:
                bars.advance(task, done)

            yield advance

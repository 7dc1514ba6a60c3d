"""Long work tells how far it is; who listens decides how to show it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Advance(Protocol):
    """Called with the number of units done since the last call."""

    def __call__(self, done: int = 1, /) -> None: ...


class Progress(Protocol):
    """A place to show named pieces of work."""

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Open a piece of work of `total` units (None: unknown)."""
        ...


class NoProgress:
    """Shows nothing."""

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002
        def advance(done: int = 1, /) -> None:
            del done

        yield advance

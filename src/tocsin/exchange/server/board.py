"""What the exchange counts, in memory that its processes share.

Every series that there can be is laid out before the first process is forked: a label takes one
of a closed set of values, so that no name, id or token of a caller can ever become one. Each
worker writes to a part of its own and no other; a reader adds the parts up. A worker that takes
the place of one that died goes on with its part, so counts never fall.
"""

import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from attrs import field, frozen

OTHER: Final = "other"
"""The label in place of whatever is not of the closed set."""

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", OTHER)
_STATUSES: Final = ("2xx", "3xx", "4xx", "5xx")
CAUSES: Final = ("form", "rule", "trust", "storage", OTHER)
_FAST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW_S: Final = (1.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 604_800.0)
_CELL: Final = 8
_MICROS: Final = 1_000_000


@frozen
class Counted:
    """One metric of which workers keep counts.

    Attributes:
        labels: by name, every value that there can be.
        bounds: of a histogram, the upper bounds of its buckets in seconds; empty for a counter.
    """

    name: str
    help: str
    labels: Mapping[str, Sequence[str]] = field(factory=dict)
    bounds: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Cells that one combination of labels takes: a histogram's buckets, +Inf, and sum."""
        return len(self.bounds) + 2 if self.bounds else 1

    def series(self) -> Iterator[tuple[str, ...]]:
        """Yield every combination of labels."""
        yield from product(*self.labels.values())


def counted(routes: Sequence[str]) -> tuple[Counted, ...]:
    """Return all that workers count, for these route templates."""
    known = (*routes, OTHER)
    prefix = "tocsin_exchange_"
    return (
        Counted(
            prefix + "requests",
            "Requests answered.",
            {"route": known, "method": _METHODS, "status": _STATUSES},
        ),
        Counted(prefix + "request_seconds", "Time to answer a request.", {"route": known}, _FAST_S),
        Counted(prefix + "pages", "Pages of objects, manifests and versions served."),
        Counted(prefix + "objects_taken", "Objects taken in, or there before."),
        Counted(prefix + "objects_refused", "Objects not taken in.", {"cause": CAUSES}),
        Counted(prefix + "failed_logins", "Requests with a credential that does not hold."),
        Counted(prefix + "errors", "Requests that failed inside; the log has the trace."),
        Counted(
            prefix + "delivery_seconds",
            "Time from when a member could fetch an object until it acknowledged it.",
            {},
            _SLOW_S,
        ),
    )


class Board:
    """The counts of all workers.

    Args:
        routes: the templates of the routes that are served.
        workers: how many processes count.
    """

    def __init__(self, routes: Sequence[str], workers: int) -> None:
        self.counted = counted(routes)
        self.workers = workers
        self._first: dict[tuple[str, tuple[str, ...]], int] = {}
        size = 1  # the first cell is the worker's process id
        for each in self.counted:
            for labels in each.series():
                self._first[each.name, labels] = size
                size += each.width
        self._size = size
        self._memory = mmap.mmap(-1, size * workers * _CELL)
        self._cells = memoryview(self._memory).cast("Q")

    def worker(self, number: int) -> "Tally":
        """Return the part of one worker, for its process alone."""
        start = number * self._size
        bounds = {each.name: each.bounds for each in self.counted}
        return Tally(self._cells[start : start + self._size], self._first, bounds)

    def cells(self, metric: Counted, labels: tuple[str, ...]) -> list[int]:
        """Return the cells of one series, each summed over all workers."""
        first = self._first[metric.name, labels]
        starts = range(first, len(self._cells), self._size)
        return [sum(self._cells[start + at] for start in starts) for at in range(metric.width)]

    def workers_up(self) -> int:
        """Return how many workers live."""
        return sum(_lives(self._cells[at]) for at in range(0, len(self._cells), self._size))


@frozen(eq=False)
class Tally:
    """One worker's part; it is written by one thread, the one that answers."""

    _cells: "memoryview[int]"
    _first: Mapping[tuple[str, tuple[str, ...]], int]
    _bounds: Mapping[str, tuple[float, ...]]

    def here(self) -> None:
        """Say that this process is the worker now."""
        self._cells[0] = os.getpid()

    def add(self, name: str, labels: tuple[str, ...] = (), count: int = 1) -> None:
        """Count on a counter; what is no combination of its labels is a KeyError."""
        self._cells[self._first["tocsin_exchange_" + name, labels]] += count

    def observe(self, name: str, seconds: float, labels: tuple[str, ...] = ()) -> None:
        """Put a duration into a histogram."""
        full = "tocsin_exchange_" + name
        first, bounds = self._first[full, labels], self._bounds[full]
        spent = max(seconds, 0.0)
        self._cells[first + bisect_left(bounds, spent)] += 1
        self._cells[first + len(bounds) + 1] += round(spent * _MICROS)

    def route(self, template: str) -> str:
        """Return the label for a route."""
        return (
            template if ("tocsin_exchange_request_seconds", (template,)) in self._first else OTHER
        )


def known_method(name: str) -> str:
    """Return how a request's method is called in counts and in the log."""
    return name if name in _METHODS else OTHER


def seconds_of(micros: int) -> float:
    """Return what a histogram's sum stands for."""
    return micros / _MICROS


def _lives(pid: int) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

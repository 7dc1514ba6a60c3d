"""Edges: pairs of accounts that shared at least so many of the same objects within a window.

Exact, on all processors, in memory that grows with the shares and the edges, never with the
pairs that met: one link with a million shares is a million rows.
"""

import itertools
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final, Self

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.index import Index, index
from tocsin.detect.coordination.pruning import prune
from tocsin.detect.coordination.scanning import scan_once, scan_repeats
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.spooling import Spool
from tocsin.foundation import NoProgress, Progress, RefusedError, UsageError

MOST_EDGES: Final = 200_000_000
HELD_EDGES: Final = 30_000_000

_PIECES: Final = 64  # a thread's work is cut this fine, so that none waits long for another
_ROOM: Final = 1 << 17
_COUNTED_IN_16_BITS: Final = 2**16 - 1


@frozen(eq=False)
class Edges:
    """Pairs of accounts, by the numbers of `Shares`: `a < b`.

    Attributes:
        n: objects that both shared within the window.
    """

    a: Int32s
    b: Int32s
    n: Int32s

    def __len__(self) -> int:
        return len(self.a)

    @classmethod
    def none(cls) -> Self:
        empty = np.empty(0, np.int32)
        return cls(empty, empty, empty)

    def where(self, wanted: Flags | Int64s) -> Self:
        """Return the edges that a mask or a list of places picks."""
        return type(self)(self.a[wanted], self.b[wanted], self.n[wanted])


def edges(
    shares: Shares,
    window_s: int,
    least: int,
    *,
    threads: int | None = None,
    most: int = MOST_EDGES,
    progress: Progress | None = None,
) -> Edges:
    """Return every edge, sorted by (a, b).

    Args:
        window_s: two shares meet when their times differ by at most this.
        least: objects on which a pair must have met.
        threads: processors to use; all by default.
        most: refuse to go past so many edges instead of filling the memory.

    Raises:
        UsageError: when the window is negative or `least` below 1.
        RefusedError: when there are more than `most` edges.
    """
    found = edges_by_window(
        shares, (window_s,), least, threads=threads, most=most, progress=progress
    )
    return found[window_s]


def edges_by_window(
    shares: Shares,
    windows: tuple[int, ...],
    least: int,
    *,
    threads: int | None = None,
    most: int = MOST_EDGES,
    held: int = HELD_EDGES,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> dict[int, Edges]:
    """Return the edges for each window, counted in one pass over the longest.

    Args:
        held: edges that memory may hold; more go to temporary files, and come back mapped.
        folder: where those files are; the system's place for them by default.

    Raises: as `edges`.
    """
    ordered = tuple(sorted(set(windows)))
    total = 0
    with Spool(len(ordered), shares.n_accounts, held, folder) as spool:
        for block in scan(shares, ordered, least, threads=threads, progress=progress):
            total += block.shape[1]
            if total > most:
                raise RefusedError(
                    f"more than {most} pairs met on {least} or more objects within {ordered[-1]} s",
                    hint="ask for more objects (--min-coactions) or a shorter window (--window)",
                )
            spool.add(block)
        found = spool.sorted_by_window(least)
    return {window: Edges(*columns) for window, columns in zip(ordered, found, strict=True)}


def scan(
    shares: Shares,
    windows: tuple[int, ...],
    least: int,
    *,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Int32s]:
    """Yield edges in blocks of bounded size, in no order, for more of them than memory holds.

    A block has a row for a, one for b (`a < b`) and one for the objects within each window.

    Raises:
        UsageError: when a window is negative or `least` below 1.
    """
    if not windows or windows[0] < 0 or least < 1 or list(windows) != sorted(set(windows)):
        raise UsageError(
            f"windows of {windows} s and at least {least} objects find nothing",
            hint="windows are ascending seconds, 0 or more; ask for 1 object or more",
        )
    yield from scan_laid(lay_out(shares, windows, least), least, threads, progress)


def lay_out(shares: Shares, windows: tuple[int, ...], least: int) -> Index:
    """Prune shares, and lay out for a scan what is left; `windows` ascend."""
    live = prune(shares, windows[-1], least)
    return index(live, windows, shares.n_accounts, first_only=shares.first_only)


def scan_laid(
    laid: Index, least: int, threads: int | None = None, progress: Progress | None = None
) -> Iterator[Int32s]:
    """Yield the edges of an index, as `scan` does."""
    if laid.n_accounts == 0:
        return
    shown = progress or NoProgress()
    with shown.task("looking for accounts that act together", int(laid.cost[-1])) as advance:
        for start, end, block in _blocks(laid, least, threads or os.cpu_count() or 1):
            advance(int(laid.cost[end] - laid.cost[start]))
            yield named(laid, block)


def named(laid: Index, block: Int32s) -> Int32s:
    """Return a block by the numbers of `Shares`, a before b, not by those of the index."""
    pair = laid.account[block[:2]]
    block[0], block[1] = pair.min(axis=0), pair.max(axis=0)
    return block


def _blocks(laid: Index, least: int, threads: int) -> Iterator[tuple[int, int, Int32s]]:
    """Yield the accounts that were scanned, and their edges, in the numbers of the index."""
    todo = deque(ranges(laid, threads * _PIECES))
    with ThreadPoolExecutor(threads) as pool:
        running: deque[tuple[int, int, Future[tuple[int, Int32s]]]] = deque()
        try:
            while todo or running:
                while todo and len(running) < threads:
                    first, last = todo.popleft()
                    running.append((first, last, pool.submit(scan_range, laid, first, last, least)))
                first, last, done = running.popleft()
                reached, block = done.result()
                if reached < last:
                    todo.appendleft((reached, last))
                yield first, reached, block
        finally:
            todo.clear()


def ranges(laid: Index, pieces: int) -> list[tuple[int, int]]:
    """Cut the accounts of an index into ranges of about equal work, at most so many."""
    wanted = np.linspace(0, int(laid.cost[-1]), pieces + 1)
    inner = np.searchsorted(laid.cost, wanted[1:-1]).tolist()
    borders = sorted({0, *inner, laid.n_accounts})
    return list(itertools.pairwise(borders))


def scan_range(laid: Index, first: int, last: int, least: int) -> tuple[int, Int32s]:
    """Scan accounts of the index until the output is full; where it got to, and the block."""
    windows = len(laid.lo)
    # 16 bits hold twice as many counters in the cache; a pair counts at most one's rows.
    narrow = laid.busiest <= _COUNTED_IN_16_BITS
    counts = np.zeros((windows, laid.n_accounts), np.uint16 if narrow else np.uint32)
    out = np.empty((2 + windows, max(_ROOM, windows * laid.n_accounts)), np.int32)
    if len(laid.group):
        reached, made = scan_repeats(
            first, last, laid.acc, laid.offsets, laid.lo, laid.hi, laid.group, least, counts, out
        )
    else:
        reached, made = scan_once(
            first, last, laid.acc, laid.offsets, laid.lo, laid.hi, least, counts, out
        )
    return int(reached), out[:, :made].copy()

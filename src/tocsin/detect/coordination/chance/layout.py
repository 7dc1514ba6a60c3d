"""Cells: who shared an object in one stretch of time. What is known in advance, and kept."""

from typing import Final

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.workers import at_once, cut_between_objects, pieces_of

WINDOWS_A_CELL: Final = 60
STORY_S: Final = 3_600


@frozen(eq=False)
class Layout:
    """Cells of two shares or more, in the order of `Shares`. A share alone meets nobody.

    What came out together is one story, and two accounts that shared all of it met once.

    Attributes:
        starts: place in `Shares` of each cell's first share; the others follow it, by time.
        sizes: shares of each cell.
        story: of each cell, the hour (or the window, if longer) in which its middle share falls.
    """

    starts: Int32s
    sizes: Int32s
    story: Int64s

    @property
    def n_cells(self) -> int:
        return len(self.sizes)

    @property
    def pairs(self) -> Int64s:
        """Pairs of shares in each cell."""
        sizes = self.sizes.astype(np.int64)
        return sizes * (sizes - 1) // 2

    @classmethod
    def of(cls, shares: Shares, window_s: int, cell_s: int) -> "Layout":
        """Lay out for one window."""
        obj, ts, half = shares.obj, shares.ts, len(shares) // 2  # a cell has two shares or more
        starts, sizes = np.empty(half, np.int32), np.empty(half, np.int32)
        pieces = cut_between_objects(obj, pieces_of(len(obj)))
        made = at_once(
            cut,
            [
                (obj[s:e], ts[s:e], s, cell_s, starts[s // 2 : e // 2], sizes[s // 2 : e // 2])
                for s, e in pieces
            ],
        )
        starts, sizes = (
            np.concatenate(
                [each[s // 2 : s // 2 + n] for (s, _), n in zip(pieces, made, strict=True)]
            )
            for each in (starts, sizes)
        )
        story = shares.ts[starts + sizes // 2] // max(STORY_S, window_s)
        return cls(starts, sizes, story)

    def where(self, wanted: Flags | Int32s) -> "Layout":
        """Return the cells that a mask or a list of places picks."""
        return Layout(self.starts[wanted], self.sizes[wanted], self.story[wanted])

    def rows(self) -> tuple[Int64s, Int32s]:
        """Return the places in `Shares` of all shares in cells, and the cell of each."""
        cell = np.repeat(np.arange(self.n_cells, dtype=np.int32), self.sizes)
        first = np.cumsum(self.sizes, dtype=np.int64) - self.sizes
        return np.arange(len(cell)) + (self.starts - first)[cell], cell


@compiled
def cut(obj: Int32s, ts: Int64s, before: int, cell_s: int, starts: Int32s, sizes: Int32s) -> int:
    """Write the cells of two shares or more; return how many there are.

    Times are divided once a cell, not once a share.

    Args:
        before: rows before these in `Shares`.
    """
    n = len(obj)
    made = 0
    i = 0
    while i < n:
        start = i
        until = (ts[i] // cell_s + 1) * cell_s
        i += 1
        while i < n and obj[i] == obj[start] and ts[i] < until:
            i += 1
        if i - start > 1:
            starts[made] = before + start
            sizes[made] = i - start
            made += 1
    return made

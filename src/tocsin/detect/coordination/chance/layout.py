"""Cells: who shared an object in one stretch of time. What is known in advance, and kept."""

from typing import Final

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.ordering import group_by
from tocsin.detect.coordination.shares import Shares

WINDOWS_A_CELL: Final = 60
STORY_S: Final = 3_600


@frozen(eq=False)
class Layout:
    """Shares by cell, and again by account.

    Cells are numbered by the hour (or the window, if longer) in which their middle share falls:
    what came out together is one story, and two accounts that shared all of it met once.

    Attributes:
        cell: of each share, in the order of `Shares`; the shares of a cell stand together.
        sizes: shares of each cell.
        story: of each cell; never falls from one cell to the next.
        offsets: shares of account a, by account, are `offsets[a]` to `offsets[a + 1]`.
        by_account: places in `Shares`, sorted by account, cell and time.
    """

    cell: Int32s
    sizes: Int64s
    story: Int64s
    offsets: Int64s
    by_account: Int32s

    @property
    def n_cells(self) -> int:
        return len(self.sizes)

    @classmethod
    def of(cls, shares: Shares, window_s: int, cell_s: int) -> "Layout":
        """Lay out for one window."""
        new = np.ones(len(shares), np.bool_)
        stretch = shares.ts // cell_s
        new[1:] = (shares.obj[1:] != shares.obj[:-1]) | (stretch[1:] != stretch[:-1])
        starts = np.flatnonzero(new)
        sizes = np.diff(np.append(starts, len(shares)))
        story = shares.ts[starts + sizes // 2] // max(STORY_S, window_s)
        order = np.argsort(story, kind="stable")
        number = np.empty(len(order), np.int32)
        number[order] = np.arange(len(order), dtype=np.int32)
        cell = np.repeat(number, sizes)
        by_cell = np.argsort(cell, kind="stable").astype(np.int32)
        offsets, by_account = group_by(shares.acc[by_cell], shares.n_accounts)
        return cls(cell, sizes[order], story[order], offsets, by_cell[by_account])

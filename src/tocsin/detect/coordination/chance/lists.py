"""The shares that the test of edges reads: of accounts with an edge, where two of them were."""

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares


@frozen(eq=False)
class Lists:
    """For each account of an edge, its shares by story, cell and time.

    Attributes:
        cells: numbers in the layout of the cells that two such accounts shared, by story.
        offsets: shares of account a are those from `offsets[a]` to `offsets[a + 1]`.
        cell: of each share, place in `cells`.
        ts: of each share.
    """

    cells: Int32s
    offsets: Int64s
    cell: Int32s
    ts: Int64s

    @classmethod
    def of(cls, shares: Shares, layout: Layout, edges: Edges, telling: Flags) -> "Lists":
        """Read the cells that are `telling`, in one pass over the shares."""
        wanted = np.zeros(shares.n_accounts, np.bool_)
        wanted[edges.a] = True
        wanted[edges.b] = True
        return cls.of_accounts(shares, layout, wanted, telling)

    @classmethod
    def of_accounts(cls, shares: Shares, layout: Layout, wanted: Flags, telling: Flags) -> "Lists":
        """Read the same of any accounts."""
        inside = np.zeros(layout.n_cells, np.int32)
        count_wanted(layout.starts, layout.sizes, shares.acc, wanted, inside)
        cells = np.flatnonzero(telling & (inside > 1)).astype(np.int32)
        cells = cells[np.argsort(layout.story[cells], kind="stable")]
        starts, sizes = layout.starts[cells], layout.sizes[cells]
        offsets = np.zeros(shares.n_accounts + 1, np.int64)
        total = int(inside[cells].sum(dtype=np.int64))
        cell, ts = np.empty(total, np.int32), np.empty(total, np.int64)
        by_account(starts, sizes, shares.acc, shares.ts, wanted, offsets, cell, ts)
        return cls(cells, offsets, cell, ts)


@compiled
def count_wanted(starts: Int32s, sizes: Int32s, acc: Int32s, wanted: Flags, inside: Int32s) -> None:
    """Count the shares of wanted accounts in each cell."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            inside[c] += wanted[acc[i]]


@compiled
def by_account(
    starts: Int32s,
    sizes: Int32s,
    acc: Int32s,
    ts: Int64s,
    wanted: Flags,
    offsets: Int64s,
    cell: Int32s,
    time: Int64s,
) -> None:
    """Sort the shares of wanted accounts by account and cell; `offsets` come as zeros."""
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            offsets[acc[i] + 1] += wanted[acc[i]]
    for a in range(len(offsets) - 1):
        offsets[a + 1] += offsets[a]
    place = offsets[:-1].copy()
    for c in range(len(starts)):
        for i in range(starts[c], starts[c] + sizes[c]):
            if wanted[acc[i]]:
                cell[place[acc[i]]] = c
                time[place[acc[i]]] = ts[i]
                place[acc[i]] += 1

"""What an edge rests on: where and when two accounts met, who came first, with which contents.

Gathered only for the edges that are asked for. Two accounts meet once on an object: of their
shares of it the closest two, and of equally close ones the earliest. So repeats add nothing.
"""

from typing import Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.ordering import group_by
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.windowed import windows_of
from tocsin.foundation import BadInputError


@frozen(eq=False)
class Meetings:
    """Meetings of edge e are `offsets[e]` to `offsets[e + 1]`, by object.

    Attributes:
        lag: time of b's share less that of a's, seconds.
        row_a, row_b: the two shares, as places in `Shares`.
    """

    offsets: Int64s
    obj: Int32s
    lag: Int64s
    row_a: Int32s
    row_b: Int32s


@frozen(eq=False)
class Evidence:
    """One value an edge.

    Attributes:
        lag_least, lag_median: seconds between the two shares, whoever came first.
        a_first, b_first, together: meetings by who came first.
        contents_a, contents_b: different contents of each account in the meetings; None where
            the trace has no contents.
        symmetry: the smaller of the two over the larger; 1 where both did as much.
    """

    lag_least: Int64s
    lag_median: NDArray[np.float64]
    a_first: Int32s
    b_first: Int32s
    together: Int32s
    contents_a: Int32s | None
    contents_b: Int32s | None

    @property
    def symmetry(self) -> NDArray[np.float64] | None:
        if self.contents_a is None or self.contents_b is None:
            return None
        most = np.maximum(np.maximum(self.contents_a, self.contents_b), 1)
        symmetry: NDArray[np.float64] = np.minimum(self.contents_a, self.contents_b) / most
        return symmetry

    @classmethod
    def of(cls, shares: Shares, edges: Edges, window_s: int) -> Self:
        """Gather the evidence of `edges`; memory grows with the sum of their objects."""
        met = meetings(shares, edges, window_s)
        edge = np.repeat(np.arange(len(edges), dtype=np.int32), np.diff(met.offsets))
        distance = np.abs(met.lag)
        distance = distance[np.lexsort((distance, edge))]
        n = np.diff(met.offsets)
        low, high = met.offsets[:-1] + (n - 1) // 2, met.offsets[:-1] + n // 2
        order = {
            name: np.bincount(edge[rows], minlength=len(edges)).astype(np.int32)
            for name, rows in (
                ("a_first", met.lag > 0),
                ("b_first", met.lag < 0),
                ("together", met.lag == 0),
            )
        }
        contents = [
            None if shares.content is None else _distinct(edge, shares.content[rows], len(edges))
            for rows in (met.row_a, met.row_b)
        ]
        return cls(
            lag_least=distance[met.offsets[:-1]],
            lag_median=(distance[low] + distance[high]) / 2,
            contents_a=contents[0],
            contents_b=contents[1],
            **order,
        )


def meetings(shares: Shares, edges: Edges, window_s: int) -> Meetings:
    """Return where the accounts of each edge met.

    Args:
        window_s: of edges that have no window of their own.

    Raises:
        BadInputError: when an edge's count is not that of `shares` within its window.
    """
    windows = windows_of(edges, window_s)
    wanted = np.zeros(shares.n_accounts, np.bool_)
    wanted[edges.a] = True
    wanted[edges.b] = True
    rows = np.flatnonzero(wanted[shares.acc]).astype(np.int32)
    new = np.cumsum(wanted, dtype=np.int32) - np.int32(1)
    starts, order = group_by(new[shares.acc[rows]], int(wanted.sum()))
    rows = rows[order]
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(edges.n, dtype=np.int64)])
    row_a, row_b = (np.empty(int(offsets[-1]), np.int32) for _ in range(2))
    wrong = fill_meetings(
        new[edges.a], new[edges.b], starts, rows, shares.obj, shares.ts, windows,
        offsets, row_a, row_b,
    )  # fmt: skip
    if wrong >= 0:
        raise BadInputError(
            f"edge {wrong} does not count what these shares hold within {windows[wrong]} s",
            hint="ask with the shares and the window that the edges were found with",
        )
    lag = shares.ts[row_b] - shares.ts[row_a]
    return Meetings(offsets, shares.obj[row_a], lag, row_a, row_b)


def _distinct(edge: Int32s, content: Int32s, n_edges: int) -> Int32s:
    """Count different contents an edge; a missing one counts as one more."""
    order = np.lexsort((content, edge))
    edge, content = edge[order], content[order]
    new = np.ones(len(edge), np.bool_)
    new[1:] = (edge[1:] != edge[:-1]) | (content[1:] != content[:-1])
    return np.bincount(edge[new], minlength=n_edges).astype(np.int32)


@compiled
def seek(rows: Int32s, obj: Int32s, start: int, end: int, wanted: int) -> int:
    """Return the first place from `start` whose object is `wanted` or later."""
    while start < end:
        middle = (start + end) // 2
        if obj[rows[middle]] < wanted:
            start = middle + 1
        else:
            end = middle
    return start


@compiled
def closest(
    rows: Int32s, ts: Int64s, x: int, x_end: int, y: int, y_end: int
) -> tuple[int, int, int]:
    """Return the distance and places of the closest two shares in two runs sorted by time."""
    best = -1
    best_x, best_y = x, y
    while x < x_end and y < y_end:
        lag = int(ts[rows[y]]) - int(ts[rows[x]])
        if best < 0 or abs(lag) < best:
            best, best_x, best_y = abs(lag), x, y
        if lag > 0:
            x += 1
        else:
            y += 1
    return best, best_x, best_y


@compiled
def fill_meetings(
    a: Int32s,
    b: Int32s,
    starts: Int64s,
    rows: Int32s,
    obj: Int32s,
    ts: Int64s,
    window_s: Int64s,
    offsets: Int64s,
    row_a: Int32s,
    row_b: Int32s,
) -> int:
    """Walk the shorter account's shares and seek each object in the longer's.

    Returns:
        The first edge whose meetings are not as many as `offsets` says, or -1.
    """
    for e in range(len(a)):
        swapped = starts[a[e] + 1] - starts[a[e]] > starts[b[e] + 1] - starts[b[e]]
        short, long = (b[e], a[e]) if swapped else (a[e], b[e])
        x, x_last = starts[short], starts[short + 1]
        y, y_last = starts[long], starts[long + 1]
        n = offsets[e]
        while x < x_last and y < y_last:
            here = obj[rows[x]]
            x_end = x + 1
            while x_end < x_last and obj[rows[x_end]] == here:
                x_end += 1
            y = seek(rows, obj, y, y_last, here)
            y_end = seek(rows, obj, y, y_last, here + 1)
            distance, at_x, at_y = closest(rows, ts, x, x_end, y, y_end)
            if 0 <= distance <= window_s[e]:
                if n == offsets[e + 1]:
                    return e
                row_a[n] = rows[at_y] if swapped else rows[at_x]
                row_b[n] = rows[at_x] if swapped else rows[at_y]
                n += 1
            x, y = x_end, y_end
        if n != offsets[e + 1]:
            return e
    return -1

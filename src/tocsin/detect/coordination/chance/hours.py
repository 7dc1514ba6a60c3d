"""How much likelier an account's own hours and days make it to come when another came.

Kinds of accounts are coarse. Two who both read the news when they wake at a quarter past seven
meet far more often than their kinds say, and are no group. So for each pair that would be a
discovery, each moment at which a shared cell was shared is weighed by how active the other
account was, elsewhere, at that hour of the day and on that day.
"""

from typing import Final, Self

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.lists import Lists
from tocsin.detect.coordination.chance.pairs import end_of_run
from tocsin.detect.coordination.chance.threads import in_pieces
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.ordering import group_by
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
_MOMENTS: Final = 256  # of a larger cell, so many moments at equal ranks are weighed
_HOUR_SHARES: Final = 4.0  # shares at every hour alike that are added to each account
_DAY_SHARES: Final = 0.5
_DAY_PART: Final = 0.25
_EACH: Final = 64  # steps that a pair costs, beside its cells


@frozen(eq=False)
class Lifts:
    """Lifts of the cells that pairs share.

    Attributes:
        starts: of each edge, where the lifts of its cells start in `values`, or -1.
    """

    starts: Int64s
    values: Floats

    @classmethod
    def none(cls, n_edges: int) -> Self:
        return cls(np.full(n_edges, -1, np.int64), np.empty(0))

    def more(
        self, ground: Ground, edges: Edges, lists: Lists, places: Int64s, common: Int32s
    ) -> Self:
        """Return these and those of the edges at `places`, which share so many cells each."""
        ends = np.cumsum(common, dtype=np.int64)
        starts = self.starts.copy()
        starts[places] = len(self.values) + ends - common
        values = np.ones(int(ends[-1]))
        if _has_hours(ground, lists.cells):
            a, b = edges.a[places], edges.b[places]
            habits = _Habits.of(ground.shares, a, b)
            for one, other in ((a, b), (b, a)):
                _raise(ground, lists, habits, one, other, common, values)
        return type(self)(starts, np.concatenate([self.values, values]))


def _has_hours(ground: Ground, cells: Int32s) -> bool:
    """Tell whether any of these cells holds moments of two hours: others weigh all alike."""
    first = ground.layout.starts[cells]
    ends = ground.shares.ts[np.stack([first, first + ground.layout.sizes[cells] - 1])]
    hours = ends // HOUR_S
    return bool((hours[0] != hours[1]).any())


@frozen(eq=False)
class _Habits:
    """When accounts shared anything.

    Attributes:
        offsets, ts: all moments of each account.
        origin, n_days: the first day of all, and how many there are.
    """

    offsets: Int64s
    ts: Int64s
    origin: int
    n_days: int

    @classmethod
    def of(cls, shares: Shares, a: Int32s, b: Int32s) -> Self:
        """Read those of some accounts."""
        wanted = np.zeros(shares.n_accounts, np.bool_)
        wanted[a] = True
        wanted[b] = True
        rows = np.flatnonzero(wanted[shares.acc])
        offsets, order = group_by(shares.acc[rows], shares.n_accounts)
        origin = int(shares.ts.min()) // DAY_S
        n_days = int(shares.ts.max()) // DAY_S - origin + 1
        return cls(offsets, shares.ts[rows[order]], origin, n_days)


def _raise(
    ground: Ground,
    lists: Lists,
    habits: _Habits,
    one: Int32s,
    other: Int32s,
    common: Int32s,
    values: Floats,
) -> None:
    """Raise the lifts of pairs, as they come, to what the habits of `one` make of them."""
    order = np.argsort(one, kind="stable")
    firsts = (np.cumsum(common, dtype=np.int64) - common)[order]
    one, other = one[order], other[order]
    cell_starts, cell_sizes = (
        each[lists.cells] for each in (ground.layout.starts, ground.layout.sizes)
    )

    def piece(first: int, last: int) -> None:
        raise_lifts(
            one[first:last], other[first:last], habits.offsets, habits.ts, lists.offsets,
            lists.cell, lists.ts, cell_starts, cell_sizes, ground.shares.ts, ground.window_s,
            habits.origin, habits.n_days, firsts[first:last], values,
        )  # fmt: skip

    for _ in in_pieces(piece, common[order] + _EACH):
        pass


@compiled
def habit_of(ts: Int64s, first: int, last: int, origin: int, hours: Floats, days: Floats) -> None:
    """Count the shares from `first` to `last` by hour, spread over neighbours, and by day."""
    hours[:] = 0
    days[:] = 0
    for x in range(first, last):
        hour = ts[x] % DAY_S // HOUR_S
        hours[hour] += 0.5
        hours[(hour + 1) % 24] += 0.25
        hours[(hour + 23) % 24] += 0.25
        days[ts[x] // DAY_S - origin] += 1


@compiled
def weight(at: int, own: int, origin: int, hours: Floats, days: Floats, usual: float) -> float:
    """How active an account is at the hour and on the day of `at`, but for its share at `own`.

    Args:
        usual: shares that are added to each day.
    """
    hour, day = at % DAY_S // HOUR_S, at // DAY_S - origin
    apart = (hour - own % DAY_S // HOUR_S) % 24
    by_hour = hours[hour] - (0.5 if apart == 0 else 0.25 if apart in (1, 23) else 0.0)
    by_day = days[day] - (1.0 if day == own // DAY_S - origin else 0.0)
    active: float = (by_hour + _HOUR_SHARES / 24) * (by_day + usual)
    return active


@compiled
def lift(
    at: int,
    own: int,
    moments: Int64s,
    window_s: int,
    origin: int,
    hours: Floats,
    days: Floats,
    usual: float,
    mean: float,
) -> float:
    """Chance that the account falls within the window of `at`, over that of one without habits.

    Args:
        own: the account's share of this cell, which is no evidence of its habits.
        moments: of shares of the cell, ascending.
        mean: weight of these moments.
    """
    low, high = 0, len(moments)
    while low < high:
        middle = (low + high) // 2
        if moments[middle] < at - window_s:
            low = middle + 1
        else:
            high = middle
    first, near = low, 0.0
    while low < len(moments) and moments[low] <= at + window_s:
        near += weight(moments[low], own, origin, hours, days, usual)
        low += 1
    if low == first:
        return 1.0
    return max(1.0, near / (low - first) / mean)


@compiled
def raise_lifts(
    one: Int32s,
    other: Int32s,
    own_offsets: Int64s,
    own_ts: Int64s,
    offsets: Int64s,
    cell: Int32s,
    ts: Int64s,
    cell_starts: Int32s,
    cell_sizes: Int32s,
    moments: Int64s,
    window_s: int,
    origin: int,
    n_days: int,
    lift_starts: Int64s,
    lifts: Floats,
) -> None:
    """Raise the lift of each cell that a pair shares to that of `one`; its pairs stand together.

    Args:
        own_offsets, own_ts: all moments at which each account shared.
        offsets, cell, ts: its shares as in `Lists`.
        cell_starts, cell_sizes: of each cell, its stretch of `moments`.
        origin, n_days: the first day of all, and how many there are.
        lift_starts: where the cells of each pair go.
    """
    hours, days, usual = np.zeros(24), np.zeros(n_days), 0.0
    means = np.empty(0)
    for e in range(len(one)):
        start = offsets[one[e]]
        x, x_last = start, offsets[one[e] + 1]
        y, y_last = offsets[other[e]], offsets[other[e] + 1]
        if e == 0 or one[e] != one[e - 1]:
            own, own_last = own_offsets[one[e]], own_offsets[one[e] + 1]
            habit_of(own_ts, own, own_last, origin, hours, days)
            usual = _DAY_SHARES + _DAY_PART * (own_last - own) / n_days
            means = np.full(x_last - start, -1.0)
        place = lift_starts[e]
        while x < x_last and y < y_last:
            if cell[x] < cell[y]:
                x += 1
            elif cell[y] < cell[x]:
                y += 1
            else:
                first = cell_starts[cell[x]]
                last = first + cell_sizes[cell[x]]
                # All moments of one hour weigh the same.
                if moments[first] // HOUR_S != moments[last - 1] // HOUR_S:
                    inside = moments[first : last : max(1, (last - first) // _MOMENTS)]
                    if means[x - start] < 0:
                        total = 0.0
                        for at in inside:
                            total += weight(at, ts[x], origin, hours, days, usual)
                        means[x - start] = total / len(inside)
                    mean = means[x - start]
                    raised = lift(ts[y], ts[x], inside, window_s, origin, hours, days, usual, mean)
                    lifts[place] = max(lifts[place], raised)
                place += 1
                x, y = end_of_run(cell, x, x_last), end_of_run(cell, y, y_last)

"""The test of edges against chance.

Kept as seen: who shared which object in which stretch of time (so popularity, activity and
hours), and when each object was shared. Left to chance: which of its sharers took which moment.
Accounts that usually come equally early are exchangeable in it, but for their own hours and days.

Two accounts that shared a cell meet there with the rate of their kinds in cells of that size,
corrected by the cell's own. What came out within an hour is one story and counts once. The
number of stories they met over is a sum of independent events with these chances.

Sources: conditional tests of synchrony by local exchange of times (Amarasingham, Harrison,
Hatsopoulos and Geman, J. Neurophysiol. 2012); block-wise corrected nulls (Karrer and Newman 2011).
"""

from collections.abc import Mapping
from typing import Final, Self

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.habits import SPEEDS, speeds
from tocsin.detect.coordination.chance.hours import lift_pairs
from tocsin.detect.coordination.chance.layout import WINDOWS_A_CELL, Layout
from tocsin.detect.coordination.chance.pairs import walk_pairs
from tocsin.detect.coordination.chance.rates import Rates, fit
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import UsageError

Floats = NDArray[np.float64]

Q: Final = 0.05
_ROUNDS: Final = 3


@frozen(eq=False, kw_only=True)
class EdgeTests:
    """One value an edge, in the order of the edges that were tested.

    Attributes:
        met: stories over which the two met.
        shared: stories that both shared in the same stretch of time.
        expected: of these, on how many chance would have had them meet.
        p_value: chance of meeting as often or more.
        q_value: least share of false discoveries at which the edge is one.
        hypotheses: pairs that could have met, on which the q-values rest.
    """

    met: Int32s
    shared: Int32s
    expected: Floats
    p_value: Floats
    q_value: Floats
    hypotheses: float

    @classmethod
    def none(cls, hypotheses: float) -> Self:
        counts, values = np.empty(0, np.int32), np.empty(0)
        return cls(
            met=counts, shared=counts, expected=values, p_value=values, q_value=values,
            hypotheses=hypotheses,
        )  # fmt: skip


def edge_tests(
    shares: Shares, edges: Edges, window_s: int, *, cell_s: int | None = None, q: float = Q
) -> EdgeTests:
    """Test every edge.

    Accounts of discoveries are left out and the null is fitted again, until nothing is added:
    groups are a part of what seems usual where they are a large part of all. Where nothing is
    found, nothing is left out.

    Args:
        edges: as `kernel.edges` finds them for this window. Pairs that are missing count as
            tests without result.
        cell_s: stretch of time inside which moments are exchangeable; 60 windows by default.

    Raises:
        UsageError: when the window is below 1 s, or a cell is shorter than the window.
    """
    cell = WINDOWS_A_CELL * window_s if cell_s is None else cell_s
    if window_s < 1 or cell < window_s:
        raise UsageError(
            f"a window of {window_s} s in cells of {cell} s leaves nothing to chance",
            hint="use a window of 1 s or more and cells of several windows",
        )
    layout = Layout.of(shares, window_s, cell)
    possible = possible_pairs(shares, layout, len(edges))
    if len(edges) == 0:
        return EdgeTests.none(possible)
    trusted = np.ones(shares.n_accounts, np.bool_)
    test = _Test(shares, layout, edges, window_s, speeds(shares), possible)
    for _ in range(_ROUNDS):
        tests = test.run(trusted, q)
        found = tests.q_value <= q
        suspects = np.union1d(edges.a[found], edges.b[found])
        if not trusted[suspects].any():
            break
        trusted[suspects] = False
    return tests


def over_windows(
    tests: Mapping[int, EdgeTests], *, any_dependence: bool = False
) -> dict[int, EdgeTests]:
    """Return the tests with q-values over all of them, for several windows or traces at once."""
    names = sorted(tests)
    p_value = np.concatenate([tests[name].p_value for name in names])
    hypotheses = sum(tests[name].hypotheses for name in names)
    q_value = benjamini_hochberg(p_value, hypotheses, any_dependence=any_dependence)
    ends = np.cumsum([len(tests[name].p_value) for name in names])[:-1]
    parts = np.split(q_value, ends)
    return {
        name: evolve(tests[name], q_value=part, hypotheses=hypotheses)
        for name, part in zip(names, parts, strict=True)
    }


def possible_pairs(shares: Shares, layout: Layout, least: int = 0) -> float:
    """Bound from above how many pairs shared a cell: so many tests there were."""
    accounts = float(shares.n_accounts)
    sizes = layout.sizes.astype(np.float64)
    return max(min(accounts * (accounts - 1) / 2, float((sizes * (sizes - 1) / 2).sum())), least)


@frozen(eq=False)
class _Test:
    """What stays the same while the null is fitted again."""

    shares: Shares
    layout: Layout
    edges: Edges
    window_s: int
    kind: Int32s
    possible: float

    def run(self, trusted: Flags, q: float) -> EdgeTests:
        """Test all by kinds, then those that may be discoveries by their own hours too.

        The second test only raises p-values. A p-value above q is never a discovery.
        """
        rates = fit(self.shares, self.layout, self.kind, SPEEDS, self.window_s, trusted)
        every = np.arange(len(self.edges))
        common = np.zeros(len(self.edges), np.int64)
        tests = self._walked(rates, every, common, np.empty(0))
        found = np.flatnonzero(tests.p_value <= q)
        if len(found) == 0:
            return tests
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(common[found])])
        lifts = self._lifts(found, starts)
        again = self._walked(rates, found, starts, lifts)
        expected, p_value = tests.expected.copy(), tests.p_value.copy()
        expected[found], p_value[found] = again.expected, again.p_value
        q_value = benjamini_hochberg(p_value, self.possible)
        return evolve(tests, expected=expected, p_value=p_value, q_value=q_value)

    def _walked(self, rates: Rates, places: Int64s, common: Int64s, lifts: Floats) -> EdgeTests:
        layout, count = self.layout, len(places)
        met, shared = np.zeros(count, np.int32), np.zeros(count, np.int32)
        expected, p_value = np.zeros(count), np.ones(count)
        walk_pairs(
            self.edges.a[places], self.edges.b[places], layout.offsets,
            layout.cell[layout.by_account], self.shares.ts[layout.by_account], layout.story,
            self.window_s, self.kind, rates.size_class, rates.kinds, rates.cell, common, lifts,
            met, shared, expected, p_value,
        )  # fmt: skip
        return EdgeTests(
            met=met, shared=shared, expected=expected, p_value=p_value,
            q_value=benjamini_hochberg(p_value, self.possible), hypotheses=self.possible,
        )  # fmt: skip

    def _lifts(self, places: Int64s, starts: Int64s) -> Floats:
        layout = self.layout
        lifts = np.ones(int(starts[-1]))
        by_cell = np.argsort(layout.cell, kind="stable")
        cell_starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(layout.sizes)])
        lift_pairs(
            self.edges.a[places], self.edges.b[places], layout.offsets,
            layout.cell[layout.by_account], self.shares.ts[layout.by_account], cell_starts,
            self.shares.ts[by_cell], self.window_s, starts, lifts,
        )  # fmt: skip
        return lifts

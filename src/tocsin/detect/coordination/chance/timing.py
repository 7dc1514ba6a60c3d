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

from typing import Self

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.discoveries import Family
from tocsin.detect.coordination.chance.habits import SPEEDS, speeds
from tocsin.detect.coordination.chance.hours import lift_pairs
from tocsin.detect.coordination.chance.layout import WINDOWS_A_CELL, Layout
from tocsin.detect.coordination.chance.pairs import walk_pairs
from tocsin.detect.coordination.chance.possible import possible_partners
from tocsin.detect.coordination.chance.rates import Rates, fit
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import UsageError

Floats = NDArray[np.float64]


@frozen(eq=False, kw_only=True)
class EdgeTests:
    """One value an edge, in the order of the edges that were tested.

    Attributes:
        a, b: the accounts.
        met: stories over which the two met.
        shared: stories that both shared in the same stretch of time.
        expected: of these, on how many chance would have had them meet.
        p_value: chance of meeting as often or more.
        q_value: an edge is a discovery where this is at most the level that was asked for: the
            least share of false discoveries among edges, and among accounts too unless each
            end has two discoveries more.
        partners: of each account, others with whom it could have had an edge.
    """

    a: Int32s
    b: Int32s
    met: Int32s
    shared: Int32s
    expected: Floats
    p_value: Floats
    q_value: Floats
    partners: Floats

    @property
    def hypotheses(self) -> float:
        """Pairs that could have been edges: tests that the q-values rest on."""
        return float(self.partners.sum()) / 2

    @property
    def family(self) -> Family:
        return Family(self.a, self.b, self.p_value, self.partners)

    @classmethod
    def none(cls, partners: Floats) -> Self:
        counts, values = np.empty(0, np.int32), np.empty(0)
        return cls(
            a=counts, b=counts, met=counts, shared=counts, expected=values, p_value=values,
            q_value=values, partners=partners,
        )  # fmt: skip


@frozen(eq=False)
class TimingTest:
    """The test for one window: what stays the same while the null is fitted again."""

    shares: Shares
    layout: Layout
    edges: Edges
    window_s: int
    kind: Int32s
    partners: Floats

    @classmethod
    def of(
        cls, shares: Shares, edges: Edges, window_s: int, *, least: int, cell_s: int | None
    ) -> Self:
        if len(edges) and edges.n.min() < least:
            raise UsageError(
                f"an edge of {int(edges.n.min())} objects among those of {least} or more",
                hint="give the least that the edges were found with",
            )
        cell = WINDOWS_A_CELL * window_s if cell_s is None else cell_s
        if window_s < 1 or cell < window_s:
            raise UsageError(
                f"a window of {window_s} s in cells of {cell} s leaves nothing to chance",
                hint="use a window of 1 s or more and cells of several windows",
            )
        layout = Layout.of(shares, window_s, cell)
        partners = possible_partners(shares, layout, least)
        return cls(shares, layout, edges, window_s, speeds(shares), partners)

    def run(self, trusted: Flags, q: float) -> EdgeTests:
        """Test all by kinds, then those that may be discoveries by their own hours too.

        The second test only raises p-values. A p-value above q is never a discovery.
        """
        if len(self.edges) == 0:
            return EdgeTests.none(self.partners)
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
        return evolve(tests, expected=expected, p_value=p_value)

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
        a, b = self.edges.a[places], self.edges.b[places]
        return EdgeTests(
            a=a, b=b, met=met, shared=shared, expected=expected, p_value=p_value,
            q_value=np.ones(count), partners=self.partners,
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

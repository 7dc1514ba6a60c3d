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

from typing import Final, Self

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.hours import Lifts
from tocsin.detect.coordination.chance.lists import Lists
from tocsin.detect.coordination.chance.outcome import EdgeTests
from tocsin.detect.coordination.chance.pairs import walk_pairs
from tocsin.detect.coordination.chance.possible import possible_partners
from tocsin.detect.coordination.chance.rates import Rates, cell_rates, fit
from tocsin.detect.coordination.chance.tail import EXACT_STEPS
from tocsin.detect.coordination.chance.tallies import Tally, tallied
from tocsin.detect.coordination.chance.threads import in_pieces
from tocsin.detect.coordination.kernel import Edges
from tocsin.foundation import UsageError

Floats = NDArray[np.float64]

MOST_TELLING: Final = 0.5  # where two sharers of a cell meet more often than this, it tells nothing


@frozen(eq=False)
class First:
    """A first test of every edge.

    Attributes:
        common: cells that each pair shares.
        sizes: classes of size of these, as bits.
    """

    rates: Rates
    tests: EdgeTests
    common: Int32s
    sizes: Int64s


@frozen(eq=False)
class TimingTest:
    """The test for one window: what stays the same while the null is fitted again.

    Attributes:
        lists: what the pairs of edges share, in cells that are telling.
        turned: edges of which b, not a, has more to read.
        order: edges by the account that has more to read.
    """

    ground: Ground
    edges: Edges
    least: int
    partners: Floats
    lists: Lists
    turned: Flags
    order: Int64s

    @classmethod
    def of(cls, ground: Ground, edges: Edges, *, least: int) -> Self:
        if len(edges) and edges.n.min() < least:
            raise UsageError(
                f"an edge of {int(edges.n.min())} objects among those of {least} or more",
                hint="give the least that the edges were found with",
            )
        shares, layout = ground.shares, ground.layout
        telling = cell_rates(layout, ground.tally) <= MOST_TELLING
        partners = possible_partners(shares, layout.where(telling), least)
        lists = Lists.of(shares, layout, edges, telling)
        length = np.diff(lists.offsets)
        turned = length[edges.a] < length[edges.b]
        order = np.argsort(np.where(turned, edges.b, edges.a), kind="stable")
        return cls(ground, edges, least, partners, lists, turned, order)

    def by_kinds(self, rates: Rates) -> First:
        """Test every edge."""
        count = len(self.edges)
        tests = EdgeTests(
            a=self.edges.a, b=self.edges.b, met=np.zeros(count, np.int32),
            shared=np.zeros(count, np.int32), expected=np.zeros(count), p_value=np.ones(count),
            q_value=np.ones(count), partners=self.partners, least_p=np.ones(count),
            usual=self.ground.tally.usual, grounds=(self.ground,),
        )  # fmt: skip
        common, sizes = np.zeros(count, np.int32), np.zeros(count, np.int64)
        self._walk(rates, tests, self.order, Lifts.none(0), common, sizes)
        return First(rates, tests, common, sizes)

    def again(
        self, rates: Rates, tests: EdgeTests, places: Flags, lifts: Lifts | None = None
    ) -> EdgeTests:
        """Test some edges again: by other rates, or by their own hours and days too.

        Lifts only raise p-values.
        """
        changed = ("met", "shared", "expected", "p_value", "least_p")
        made = evolve(tests, **{name: getattr(tests, name).copy() for name in changed})
        order = self.order[places[self.order]]
        common = np.zeros(len(self.edges), np.int32)
        sizes = np.zeros(len(self.edges), np.int64)
        self._walk(rates, made, order, lifts or Lifts.none(0), common, sizes)
        return made

    def open_edges(self, first: First, rates: Rates, most: float) -> Flags:
        """Tell which edges may get a p-value of at most `most` by other rates than at first.

        Where every chance is at least r times what it was, n or more events are at least r to
        the power of n times as likely: thin the events out. That holds for exact tails only.
        """
        tests = first.tests
        one, other = self.ground.kind[self.edges.a], self.ground.kind[self.edges.b]
        ratio = rates.least_ratios(first.rates, one, other, first.sizes)
        bounded = tests.met.astype(np.int64) * tests.shared > EXACT_STEPS
        return (tests.p_value * ratio**tests.met <= most * (1 + 1e-9)) | bounded

    def _walk(
        self,
        rates: Rates,
        tests: EdgeTests,
        order: Int64s,
        lifts: Lifts,
        common: Int32s,
        sizes: Int64s,
    ) -> None:
        turned = self.turned[order]
        a, b = self.edges.a[order], self.edges.b[order]
        known, walked = np.where(turned, (b, a), (a, b))
        ground, offsets = self.ground, self.lists.offsets
        story = ground.layout.story[self.lists.cells]

        def piece(first: int, last: int) -> None:
            walk_pairs(
                order[first:last], known[first:last], walked[first:last], offsets, self.lists.cell,
                self.lists.ts, story, ground.window_s, self.least, ground.kind, rates.size_class,
                rates.kinds, rates.cell, lifts.starts, lifts.values, common, sizes, tests.met,
                tests.shared, tests.expected, tests.p_value, tests.least_p,
            )  # fmt: skip

        for _ in in_pieces(piece, offsets[walked + 1] - offsets[walked] + 1):
            pass

    def fitted(self, tally: Tally) -> Rates:
        """Return the null that a tally stands for, in the cells that edges share."""
        ground = self.ground
        return fit(ground.shares, ground.layout, ground.kind, tally, self.lists.cells)

    def without(self, tally: Tally, trusted: Flags) -> Tally:
        """Return the tally of fewer accounts."""
        ground = self.ground
        return tallied(ground.shares, ground.layout, ground.kind, ground.window_s, trusted, tally)

    def lifted(self, lifts: Lifts, places: Flags, common: Int32s) -> Lifts:
        """Return lifts that cover these edges too."""
        missing = self.order[(places & (lifts.starts < 0))[self.order]]
        if len(missing) == 0:
            return lifts
        return lifts.more(self.ground, self.edges, self.lists, missing, common[missing])

"""The test of groups whose pairs are too rarely together to be told from chance.

Stories are split in two halves. In one, accounts that met more than by chance are joined into
candidates; in the other, not looked at before, each candidate is tested: over how many stories
did k of them come within the window, and how probable was that? Then every account is tested
for coming along with the others. The halves then change places.

No pair has to stand out: forty accounts of which any four come to each of a hundred pushes meet
less than twice pair by pair, and never by chance as four.

Source: data splitting for selective inference (Cox 1975; Wasserman and Roeder 2009).
"""

from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from scipy import sparse
from sknetwork.clustering import Leiden

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.gatherings import joins, largest_gatherings
from tocsin.detect.coordination.chance.layout import WINDOWS_A_CELL, Layout
from tocsin.detect.coordination.chance.outcome import EdgeTests
from tocsin.detect.coordination.chance.rounds import Q, edge_tests
from tocsin.detect.coordination.chance.subsets import LARGEST, SubsetRates, choose, subset_rates
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.kernel import Edges, edges
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_WEAK_P: Final = 0.05  # of a tie that may join a candidate
_TIES_AN_ACCOUNT: Final = 1  # at most so many of these for each account that could have one
_LEAST_TIES: Final = 3  # a member has so many of them
_LEAST_MEMBERS: Final = 4
_SMALLEST: Final = 3  # a gathering: so many accounts at least
_SEED: Final = 0
_GROWTHS: Final = 2


@frozen(eq=False, kw_only=True)
class GroupTest:
    """A group that came together more often than chance would have it.

    Attributes:
        accounts: numbers of `Shares`, ascending; each was tested on its own.
        window_s: they came together within this.
        k: so many at a time.
        met: stories over which k or more did, in the half that was held out.
        shared: stories that k or more of the candidates shared there in one cell.
        expected: of these, on how many chance would have had them meet.
        q_value: over all candidates that were tested.
    """

    accounts: Int32s
    window_s: int
    k: int
    met: int
    shared: int
    expected: float
    p_value: float
    q_value: float


def group_tests(shares: Shares, window_s: int, *, q: float = Q) -> tuple[GroupTest, ...]:
    """Find groups, the most certain first; no account is twice in those of one half."""
    layout = Layout.of(shares, window_s, WINDOWS_A_CELL * window_s)
    if layout.n_cells == 0:
        return ()
    half = _halves(layout)
    tested: list[tuple[GroupTest, _Held]] = []
    for seen in (False, True):
        candidate = candidates(shares, layout, half == seen, window_s)
        held = _Held.of(shares, layout, half != seen, window_s, candidate)
        tested += [(each, held) for each in held.tests()]
    if not tested:
        return ()
    q_value = benjamini_hochberg(np.array([each.p_value for each, _ in tested]), len(tested))
    found = []
    for k in np.argsort(q_value, kind="stable"):
        each, held = tested[int(k)]
        if q_value[k] > q:
            break
        members = held.members(each.accounts, q)
        if len(members) >= _SMALLEST:
            found.append(evolve(each, accounts=members, q_value=float(q_value[k])))
    return tuple(found)


def _halves(layout: Layout) -> Flags:
    """Put every story into one of two halves, by a mix of its number's bits."""
    mixed = (layout.story.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    halves: Flags = (mixed & np.uint64(1)) == 1
    return halves


def candidates(shares: Shares, layout: Layout, cells: Flags, window_s: int) -> Int32s:
    """Return the candidate that each account belongs to, or -1, from what happened in `cells`."""
    rows, _ = layout.where(cells).rows()
    part = evolve(
        shares, obj=shares.obj[rows], acc=shares.acc[rows], ts=shares.ts[rows], content=None
    )
    weak = edges(part, window_s, 2)
    tests = edge_tests(part, weak, window_s)
    places = _weak_ties(tests)
    weak = weak.where(places)
    strength = -np.log10(np.maximum(tests.p_value[places], 1e-300))
    label = np.full(shares.n_accounts, -1, np.int32)
    if len(weak) == 0:
        return label
    shape = (shares.n_accounts, shares.n_accounts)
    ties = sparse.coo_matrix((strength, (weak.a, weak.b)), shape=shape).tocsr()
    community = np.asarray(Leiden(random_state=_SEED).fit_predict(ties + ties.T), np.int32)
    inside = weak.where(community[weak.a] == community[weak.b])
    core = _core(inside, shares.n_accounts)
    size = np.bincount(community[core], minlength=int(community.max()) + 1)
    kept = core & (size[community] >= _LEAST_MEMBERS)
    label[kept] = community[kept]
    return label


def _weak_ties(tests: EdgeTests) -> Int64s:
    """Return the likeliest ties: few enough that chance alone makes no dense spot of them."""
    likely = np.argsort(tests.p_value, kind="stable")
    likely = likely[tests.p_value[likely] <= _WEAK_P]
    most = _TIES_AN_ACCOUNT * int((tests.partners > 0).sum())
    return np.sort(likely[:most])


def _core(ties: Edges, n_accounts: int) -> Flags:
    """Drop accounts with few ties, again and again, until all have enough."""
    core = np.ones(n_accounts, np.bool_)
    while True:
        live = core[ties.a] & core[ties.b]
        degree = np.bincount(np.concatenate([ties.a[live], ties.b[live]]), minlength=n_accounts)
        smaller = core & (degree >= _LEAST_TIES)
        if smaller.sum() == core.sum():
            return core
        core = smaller


@frozen(eq=False)
class _Held:
    """The half that was held out, and the chances in it, without any candidate's own shares."""

    shares: Shares
    layout: Layout
    cells: Flags
    window_s: int
    candidate: Int32s
    rates: SubsetRates

    @classmethod
    def of(
        cls, shares: Shares, layout: Layout, cells: Flags, window_s: int, candidate: Int32s
    ) -> "_Held":
        rates = subset_rates(shares, layout, window_s, cells, candidate < 0)
        return cls(shares, layout, cells, window_s, candidate, rates)

    def tests(self) -> list[GroupTest]:
        """Test each candidate."""
        rows, cell = self.layout.rows()
        label = self.candidate[self.shares.acc[rows]]
        wanted = np.flatnonzero((label >= 0) & self.cells[cell])
        wanted = wanted[np.lexsort((cell[wanted], label[wanted]))]
        if len(wanted) == 0:
            return []
        rows, cell, label = rows[wanted], cell[wanted], label[wanted]
        new = np.ones(len(rows), np.bool_)
        new[1:] = (cell[1:] != cell[:-1]) | (label[1:] != label[:-1])
        run = np.cumsum(new) - 1
        members, together = np.zeros(run[-1] + 1, np.int32), np.zeros(run[-1] + 1, np.int32)
        largest_gatherings(run, self.shares.ts[rows], self.window_s, members, together)
        cell, label = cell[new], label[new]
        ways = choose(members.astype(np.int64))
        return [
            self._best(
                np.flatnonzero(self.candidate == each),
                cell[label == each],
                ways[label == each],
                together[label == each],
            )
            for each in np.unique(label)
        ]

    def _best(self, accounts: Int64s, cell: Int32s, ways: Floats, together: Int32s) -> GroupTest:
        """Return the test for the most telling k, its p-value times the number of them tried."""
        found = []
        for k in range(_SMALLEST, LARGEST + 1):
            able = ways[:, k] > 0
            chance = np.minimum(ways[able, k] * self.rates.rate[cell[able], k], 1.0)
            met, stories, expected, p_value = self._over_stories(
                cell[able], chance, together[able] >= k
            )
            made = GroupTest(
                accounts=accounts.astype(np.int32), window_s=self.window_s, k=k, met=met,
                shared=stories, expected=expected,
                p_value=min(1.0, p_value * (LARGEST - _SMALLEST + 1)), q_value=1.0,
            )  # fmt: skip
            found.append(made)
        return min(found, key=lambda each: each.p_value)

    def _over_stories(
        self, cell: Int32s, chance: Floats, came: Flags
    ) -> tuple[int, int, float, float]:
        """Join the cells of a story; how many came, of how many, how many were expected, and p."""
        story, place = np.unique(self.layout.story[cell], return_inverse=True)
        missed = np.zeros(len(story))
        np.add.at(missed, place, np.log1p(-np.minimum(chance, 1 - 1e-15)))
        hit = np.zeros(len(story), np.bool_)
        np.logical_or.at(hit, place, came)
        per_story = -np.expm1(missed)
        met = int(hit.sum())
        return met, len(story), float(per_story.sum()), float(tail(met, per_story, len(story)))

    def members(self, accounts: Int32s, q: float) -> Int32s:
        """Return all accounts, of the candidate or not, that came along with two others of it."""
        tried, p_value = self.joining(accounts)
        return tried[benjamini_hochberg(p_value, len(tried)) <= q]

    def joining(self, accounts: Int32s) -> tuple[Int32s, Floats]:
        """Return all who could have come along with two of these, and the chance of each."""
        inside = np.zeros(self.shares.n_accounts, np.bool_)
        inside[accounts] = True
        rows, cell = self.layout.rows()
        there = np.zeros(self.layout.n_cells, np.bool_)
        there[cell[inside[self.shares.acc[rows]]]] = True
        wanted = (there & self.cells)[cell]
        rows, cell = rows[wanted], cell[wanted]
        others, joined = np.zeros(len(rows), np.int32), np.zeros(len(rows), np.bool_)
        acc = self.shares.acc[rows]
        joins(cell, self.shares.ts[rows], inside[acc], self.window_s, others, joined)
        chance = np.minimum(others * (others - 1) / 2.0 * self.rates.rate[cell, 3], 1.0)
        able = others >= 2
        cell, acc, chance, joined = cell[able], acc[able], chance[able], joined[able]
        tried, place = np.unique(acc, return_inverse=True)
        p_value = np.ones(len(tried))
        for each in np.unique(place[joined]):
            own = place == each
            p_value[each] = self._over_stories(cell[own], chance[own], joined[own])[3]
        return tried.astype(np.int32), p_value


def grow(
    shares: Shares, groups: tuple[Int32s, ...], window_s: int, *, q: float = Q
) -> tuple[Int32s, ...]:
    """Return the groups with the accounts that came along with two of each more often than chance.

    Args:
        groups: accounts that a test already joined. Who is in none played no part in that, so
            all stories are evidence about it.
    """
    layout = Layout.of(shares, window_s, WINDOWS_A_CELL * window_s)
    candidate = np.full(shares.n_accounts, -1, np.int32)
    for number, accounts in enumerate(groups):
        candidate[accounts] = number
    grown = list(groups)
    for _ in range(_GROWTHS):
        every = np.ones(layout.n_cells, np.bool_)
        held = _Held.of(shares, layout, every, window_s, candidate)
        tested = [held.joining(each) for each in grown]
        outside = [candidate[tried] < 0 for tried, _ in tested]
        p_value = np.concatenate([p[out] for (_, p), out in zip(tested, outside, strict=True)])
        joined = np.split(
            benjamini_hochberg(p_value, len(p_value)) <= q,
            np.cumsum([out.sum() for out in outside])[:-1],
        )
        for number, ((tried, _), out, new) in enumerate(zip(tested, outside, joined, strict=True)):
            more = tried[out][new]
            candidate[more] = number
            grown[number] = np.union1d(grown[number], more).astype(np.int32)
        if not any(each.any() for each in joined):
            break
    return tuple(grown)

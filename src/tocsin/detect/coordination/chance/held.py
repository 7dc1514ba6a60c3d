"""The test of candidates and of those who came along, where nothing was looked at before."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.closeness import Close, Likeness
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.gatherings import joins, largest_gatherings
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.subsets import LARGEST, SubsetRates, choose, subset_rates
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

SMALLEST: Final = 3  # a gathering: so many accounts at least


@frozen(eq=False, kw_only=True)
class GroupTest:
    """A group that came together more often than chance would have it.

    Attributes:
        accounts: numbers of `Shares`, ascending; each was tested on its own.
        window_s: they came together within this.
        k: so many at a time.
        met: stories over which k or more did, in the part that was held out.
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


@frozen(eq=False)
class Held:
    """Cells that were held out, and the chances in them, without any candidate's own shares."""

    shares: Shares
    layout: Layout
    window_s: int
    candidate: Int32s
    rates: SubsetRates
    likeness: Likeness

    @classmethod
    def of(cls, shares: Shares, layout: Layout, window_s: int, candidate: Int32s) -> "Held":
        rates = subset_rates(shares, layout, window_s, candidate < 0)
        likeness = Likeness.of(shares, layout, window_s)
        return cls(shares, layout, window_s, candidate, rates, likeness)

    def tests(self, q: float) -> list[GroupTest]:
        """Test each candidate; those that may be discoveries at q also for being alike."""
        rows, cell = self.layout.rows()
        label = self.candidate[self.shares.acc[rows]]
        wanted = np.flatnonzero(label >= 0)
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
                q,
            )
            for each in np.unique(label)
        ]

    def _best(
        self, accounts: Int64s, cell: Int32s, ways: Floats, together: Int32s, q: float
    ) -> GroupTest:
        """Test by the rates of all, and if that may be a discovery, also for being alike."""
        alone = accounts.astype(np.int32)
        best = self._most_telling(alone, cell, ways, together, np.ones(len(cell)))
        if best.p_value > q:
            return best
        close = self._close(alone, alone).of_all(self.layout.n_cells)
        return self._most_telling(alone, cell, ways, together, close[cell])

    def _most_telling(
        self, accounts: Int32s, cell: Int32s, ways: Floats, together: Int32s, close: Floats
    ) -> GroupTest:
        """Return the test for the most telling k, its p-value times the number of them tried.

        Args:
            close: how many times oftener than any two the accounts meet: k of them so many times
                to the power of k - 1.
        """
        found = []
        for k in range(SMALLEST, LARGEST + 1):
            able = ways[:, k] > 0
            subset = np.minimum(self.rates.rate[cell[able], k] * close[able] ** (k - 1), 1.0)
            chance = np.minimum(ways[able, k] * subset, 1.0)
            met, stories, expected, p_value = self.over_stories(
                cell[able], chance, together[able] >= k
            )
            made = GroupTest(
                accounts=accounts, window_s=self.window_s, k=k, met=met,
                shared=stories, expected=expected,
                p_value=min(1.0, p_value * (LARGEST - SMALLEST + 1)), q_value=1.0,
            )  # fmt: skip
            found.append(made)
        return min(found, key=lambda each: each.p_value)

    def over_stories(
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

    def joined(
        self, groups: Sequence[Int32s], q: float, eligible: Flags | None = None
    ) -> list[Int32s]:
        """Return, for each group, all accounts that came along with two others of it.

        Those that seem to are tested again for being alike; that only raises p-values.

        Args:
            eligible: accounts that are asked about; all by default.
        """
        tried = [self._companions(each, eligible) for each in groups]
        p_value = [each.p_values(self) for each in tried]
        for likely, group, own, p in zip(
            _discovered(p_value, q), groups, tried, p_value, strict=True
        ):
            if likely.any():
                close = self._close(own.accounts[likely], group)
                p[likely] = own.p_values(self, likely, close)
        return [
            own.accounts[found] for own, found in zip(tried, _discovered(p_value, q), strict=True)
        ]

    def _close(self, accounts: Int32s, group: Int32s) -> Close:
        return Close.to_group(
            self.shares, self.layout, self.window_s, self.likeness, accounts, group
        )

    def _companions(self, group: Int32s, eligible: Flags | None) -> "_Companions":
        """Find all who could have come along with two of a group, and whether they did."""
        inside = np.zeros(self.shares.n_accounts, np.bool_)
        inside[group] = True
        rows, cell = self.layout.rows()
        there = np.zeros(self.layout.n_cells, np.bool_)
        there[cell[inside[self.shares.acc[rows]]]] = True
        rows, cell = rows[there[cell]], cell[there[cell]]
        others, joined = np.zeros(len(rows), np.int32), np.zeros(len(rows), np.bool_)
        acc = self.shares.acc[rows]
        joins(cell, self.shares.ts[rows], inside[acc], self.window_s, others, joined)
        able = others >= 2
        if eligible is not None:
            able &= eligible[acc]
        cell, acc, others, joined = cell[able], acc[able], others[able], joined[able]
        accounts, place = np.unique(acc, return_inverse=True)
        return _Companions(accounts.astype(np.int32), place, cell, others, joined)


@frozen(eq=False)
class _Companions:
    """Accounts that shared cells with two of a group or more.

    Attributes:
        place: in `accounts`, of each share in such a cell.
        others: how many of the group shared the cell too.
        joined: whether it was within the window of two of them.
    """

    accounts: Int32s
    place: Int64s
    cell: Int32s
    others: Int32s
    joined: Flags

    def p_values(
        self, held: Held, wanted: Flags | None = None, close: Close | None = None
    ) -> Floats:
        """Return the chance of joining over as many stories, for all accounts or the wanted."""
        places = np.arange(len(self.accounts)) if wanted is None else np.flatnonzero(wanted)
        chance = self.others * (self.others - 1) / 2.0 * held.rates.rate[self.cell, 3]
        came = np.zeros(len(self.accounts), np.bool_)
        came[self.place[self.joined]] = True
        order = np.argsort(self.place, kind="stable")
        ends = np.cumsum(np.bincount(self.place, minlength=len(self.accounts)))
        p_value = np.ones(len(places))
        for k, each in enumerate(places):
            if came[each]:
                own = order[ends[each - 1] if each else 0 : ends[each]]
                alike = 1.0 if close is None else close.at(k, self.cell[own]) ** 2
                likely = np.minimum(chance[own] * alike, 1.0)
                p_value[k] = held.over_stories(self.cell[own], likely, self.joined[own])[3]
        return p_value


def _discovered(p_value: list[Floats], q: float) -> list[Flags]:
    every = np.concatenate([np.empty(0), *p_value])
    found = benjamini_hochberg(every, len(every)) <= q
    return np.split(found, np.cumsum([len(each) for each in p_value])[:-1]) if p_value else []

"""The test of candidates and of those who came along, where nothing was looked at before."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.closeness import Close, Likeness
from tocsin.detect.coordination.chance.companions import Companions
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.gatherings import largest_gatherings
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.stories import over_stories
from tocsin.detect.coordination.chance.subsets import LARGEST, SubsetRates, choose, subset_rates
from tocsin.detect.coordination.chance.tail import tail

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

    ground: Ground
    candidate: Int32s
    rates: SubsetRates
    likeness: Likeness

    @classmethod
    def of(cls, ground: Ground, candidate: Int32s) -> "Held":
        return cls(ground, candidate, subset_rates(ground, candidate < 0), Likeness.of(ground))

    def tests(self, q: float) -> list[GroupTest]:
        """Test each candidate; those that may be discoveries at q also for being alike."""
        rows, cell = self.ground.layout.rows()
        label = self.candidate[self.ground.shares.acc[rows]]
        wanted = np.flatnonzero(label >= 0)
        wanted = wanted[np.lexsort((cell[wanted], label[wanted]))]
        if len(wanted) == 0:
            return []
        rows, cell, label = rows[wanted], cell[wanted], label[wanted]
        new = np.ones(len(rows), np.bool_)
        new[1:] = (cell[1:] != cell[:-1]) | (label[1:] != label[:-1])
        run = np.cumsum(new) - 1
        members, together = np.zeros(run[-1] + 1, np.int32), np.zeros(run[-1] + 1, np.int32)
        largest_gatherings(
            run, self.ground.shares.ts[rows], self.ground.window_s, members, together
        )
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
        (own,) = Close.to_groups(self.ground, self.likeness, [(alone, alone)])
        close = own.of_all(self.ground.layout.n_cells)
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
        rates = self.rates.of(cell)
        by_story = np.argsort(self.ground.layout.story[cell], kind="stable")
        for k in range(SMALLEST, LARGEST + 1):
            able = by_story[ways[by_story, k] > 0]
            subset = np.minimum(rates[able, k] * close[able] ** (k - 1), 1.0)
            chance = np.minimum(ways[able, k] * subset, 1.0)
            per_story = np.empty(len(able))
            met, stories = over_stories(
                self.ground.layout.story[cell[able]], chance, together[able] >= k, per_story
            )
            p_value = float(tail(met, per_story, stories))
            made = GroupTest(
                accounts=accounts, window_s=self.ground.window_s, k=k, met=met,
                shared=stories, expected=float(per_story[:stories].sum()),
                p_value=min(1.0, p_value * (LARGEST - SMALLEST + 1)), q_value=1.0,
            )  # fmt: skip
            found.append(made)
        return min(found, key=lambda each: each.p_value)

    def joined(self, groups: Sequence[Int32s], q: float, eligible: Flags) -> list[Int32s]:
        """Return, for each group, all accounts that came along with two others of it.

        Those that seem to are tested again for being alike; that only raises p-values.

        Args:
            eligible: accounts that are asked about.
        """
        tried = Companions.of_groups(self.ground, groups, eligible)
        rates = [self.rates.of(each.cell)[:, SMALLEST] for each in tried]
        story = self.ground.layout.story
        p_value = [each.p_values(story, rate) for each, rate in zip(tried, rates, strict=True)]
        able = sum(each.able for each in tried)
        likely = {k: each for k, each in enumerate(_discovered(p_value, able, q)) if each.any()}
        compared = [(tried[k].accounts[each], groups[k]) for k, each in likely.items()]
        close = Close.to_groups(self.ground, self.likeness, compared) if compared else []
        for (k, each), near in zip(likely.items(), close, strict=True):
            alike = _alike(tried[k], each, near)
            p_value[k][each] = tried[k].p_values(story, rates[k], alike)[each]
        stands = _discovered(p_value, able, q)
        return [own.accounts[found] for own, found in zip(tried, stands, strict=True)]


def _alike(own: Companions, likely: Flags, close: Close) -> Floats:
    """Return how close each share's account is to the group, where it is likely; else 1."""
    rows = likely[own.row]
    place = np.cumsum(likely)[own.row[rows]] - 1
    alike = np.ones(len(own.cell))
    alike[rows] = close.at(place, own.cell[rows])
    return alike


def _discovered(p_value: list[Floats], able: int, q: float) -> list[Flags]:
    """Tell which are discoveries among so many who could have come along."""
    every = np.concatenate([np.empty(0), *p_value])
    found = benjamini_hochberg(every, able) <= q
    return np.split(found, np.cumsum([len(each) for each in p_value])[:-1]) if p_value else []

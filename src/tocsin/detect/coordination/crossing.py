"""Groups that are one: they pushed the same objects, hours apart or on different platforms.

On another platform nobody meets within a minute: the same operation posts the same links there in
the evening, by other accounts. Group by group that can be told from chance, where pair by pair it
cannot.

Kept as seen: how many objects each group pushed, how many outsiders shared each of these, and how
often outsiders who shared one of them shared another. Left to chance: which objects they were. The
number that both pushed is then a sum of independent events; its tail is exact or above
(`chance.tail`). Only objects count that a group's accounts shared more than others did: groups that
ride on what is popular have much in common. Benjamini and Hochberg over all pairs of groups.

Source: a configuration model of groups and objects, corrected block by block (Karrer and Newman
2011).
"""

from typing import Final, Self

import numpy as np
from attrs import frozen
from scipy import sparse

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.shares import Shares

_LEAST: Final = 2  # one object in common may be anything
_FEW: Final = 3  # outsiders who make an object nobody else's


def crossings(
    shares: Shares, groups: tuple[Group, ...], q: float
) -> tuple[tuple[Int32s, float], ...]:
    """Return the accounts of each two groups that pushed too many of the same objects, and q."""
    pairs = _in_common(shares, groups)
    if not pairs:
        return ()
    outsiders = _Outsiders.of(shares, groups)
    p_value = [outsiders.chance(groups[one], groups[two]) for one, two in pairs]
    tests = len(groups) * (len(groups) - 1) / 2
    q_value = benjamini_hochberg(np.array(p_value), tests)
    return tuple(
        (np.union1d(groups[one].accounts, groups[two].accounts).astype(np.int32), float(level))
        for (one, two), level in zip(pairs, q_value, strict=True)
        if level <= q
    )


def _in_common(shares: Shares, groups: tuple[Group, ...]) -> list[tuple[int, int]]:
    """Return which two groups pushed more than one of the same objects."""
    group = np.repeat(np.arange(len(groups)), [len(each.objects) for each in groups])
    objects = np.concatenate([each.objects for each in groups]) if groups else group
    shape = (len(groups), shares.n_objects)
    pushed = sparse.csr_matrix((np.ones(len(group), np.int64), (group, objects)), shape)
    both = sparse.triu(pushed @ pushed.T, k=1).tocoo()
    enough = both.data >= _LEAST
    return sorted(zip(both.row[enough].tolist(), both.col[enough].tolist(), strict=True))


@frozen(eq=False)
class _Outsiders:
    """What accounts of no group shared: what a group would share without a hint.

    Attributes:
        outside: who they are.
        active: how many shares each account has; 0 for those of a group.
        others: of each object, how many of them shared it.
    """

    shares: Shares
    outside: Flags
    active: Int64s
    others: Int64s

    @classmethod
    def of(cls, shares: Shares, groups: tuple[Group, ...]) -> Self:
        outside = np.ones(shares.n_accounts, np.bool_)
        for each in groups:
            outside[each.accounts] = False
        active = np.zeros(shares.n_accounts, np.int64)
        others = np.zeros(shares.n_objects, np.int64)
        count_outsiders(shares.obj, shares.acc, outside, active, others)
        return cls(shares, outside, active, others)

    def chance(self, one: Group, two: Group) -> float:
        """Return how probable it is that `two` pushed so many objects that are `one`'s own.

        Its own are those that it shared with more accounts than outsiders did: what is popular
        with others joins nobody. By chance the objects of `two` fall on an object as often as on
        any, or as shares of outsiders do, whichever is more, times the niche.
        """
        own = one.objects[self.others[one.objects] <= np.maximum(one.accounts_on, _FEW)]
        common = len(np.intersect1d(own, two.objects))
        if common < _LEAST:
            return 1.0
        by_share = (self.others[own] + 1.0) / (int(self.active.sum()) + len(self.others))
        each = np.maximum(by_share, 1.0 / self.objects) * len(two.objects) * self.niche(one)
        return float(tail(common, np.minimum(each, 1.0), len(own)))

    @property
    def objects(self) -> float:
        """Return how many objects there were to choose from.

        A fused trace has left out what one account alone shared: about as many times what two
        shared as that is of what three did (by the rule of Good and Turing).
        """
        one, two, three = (int((self.others == count).sum()) for count in (1, 2, 3))
        unseen = max(two * two / max(three, 1) - one, 0.0) if one < two else 0.0
        return len(self.others) + unseen

    def niche(self, group: Group) -> float:
        """Return how much likelier whoever shared one of a group's objects shares another.

        Than by activity alone. Interests and languages make that more than once as likely; two
        groups of one niche are to be no operation for that.
        """
        ends = np.searchsorted(self.shares.obj, [group.objects, group.objects + 1])
        who = np.concatenate([self.shares.acc[start:end] for start, end in ends.T])
        _, shared = np.unique(who[self.outside[who]], return_counts=True)
        pairs = float((shared * (shared - 1.0)).sum())
        others = self.others[group.objects].astype(np.float64)
        active = self.active.astype(np.float64)
        by_activity = float((active**2).sum()) / max(float(active.sum()), 1.0) ** 2
        expected = (others.sum() ** 2 - (others**2).sum()) * by_activity
        return float(max(1.0, (pairs + 1) / (expected + 1)))


@compiled
def count_outsiders(
    obj: Int32s, acc: Int32s, outside: Flags, active: Int64s, others: Int64s
) -> None:
    """Count the shares of outsiders, by account and by object."""
    for i in range(len(obj)):
        if outside[acc[i]]:
            active[acc[i]] += 1
            others[obj[i]] += 1

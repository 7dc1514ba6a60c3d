"""The crowd around a group: everybody who shared what its members shared, half as often or more.

A group is the tip of a crowd where most of the crowd is outside of it. Then what a crowd predicts
is asked of the crowd, and of the group only that it is no closer than such a part can be: who
looks for pairs that met often finds the luckiest pairs of any crowd.
"""

from math import lgamma
from typing import Final, Self

import numpy as np
from attrs import frozen
from scipy import special

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.innocent.acts import Acts, Floats, followed
from tocsin.detect.coordination.innocent.rows import of_accounts, of_objects
from tocsin.detect.coordination.shares import Shares

_LEAST: Final = 3  # accounts of a crowd that share an object which is the crowd's
_COMMON: Final = 0.2  # of it
SHORTER_S: Final = (10, 60, 600)
"""Within which meetings are looked at too, where the window is longer."""

_SHRUNK: Final = 10.0  # pairs of outsiders at the mean rate that each object starts with


@frozen(eq=False, kw_only=True)
class Crowd:
    """Who took part in what a group did, members or not.

    Attributes:
        members, outsiders: accounts of the crowd in the group and outside of it.
        numbers: the objects that the crowd shared, as in `Shares`, ascending.
        obj: place in `numbers`, one a share, ascending; `ts` ascends within.
        member: whether the share is by a member.
        participation: share of these objects that each account of the crowd shared.
        window_s: within which two meet.
        luck: logarithm of a bound on the chance that some part of this crowd as large as the group
            meets as often as the group did; 0 where there are no outsiders to compare with.
    """

    members: int
    outsiders: int
    numbers: Int32s
    obj: Int64s
    ts: Int64s
    member: Flags
    participation: Floats
    window_s: int
    luck: float

    @property
    def size(self) -> int:
        return self.members + self.outsiders

    @property
    def has_tip(self) -> bool:
        """Whether the group is only the tip of its crowd."""
        return self.outsiders > self.members

    @classmethod
    def of(cls, shares: Shares, acts: Acts, window_s: int) -> Self:
        """Gather the crowd of one group, from the objects of its acts to what the crowd shared."""
        inside = np.zeros(shares.n_accounts, np.bool_)
        inside[acts.members] = True
        crowd = _taking_part(shares, acts.numbers, inside)
        common = _common(shares, crowd)
        crowd = _taking_part(shares, np.union1d(acts.numbers, common), inside | crowd)
        rows = of_objects(shares, np.union1d(acts.numbers, common))
        rows = rows[crowd[shares.acc[rows]]]
        numbers, obj = np.unique(shares.obj[rows], return_inverse=True)
        member = inside[shares.acc[rows]]
        ts = shares.ts[rows]
        members, outsiders = int((crowd & inside).sum()), int((crowd & ~inside).sum())
        own = np.bincount(shares.acc[rows], minlength=shares.n_accounts)[crowd]
        return cls(
            members=members,
            outsiders=outsiders,
            numbers=numbers,
            obj=obj.astype(np.int64),
            ts=ts,
            member=member,
            participation=own / max(len(numbers), 1),
            window_s=window_s,
            luck=_luck(obj, ts, member, window_s, members, outsiders),
        )

    def pace(self) -> Floats:
        """Return, of each object, the seconds from the crowd's first share to its middle one."""
        starts = np.flatnonzero(np.diff(self.obj, prepend=-1))
        sizes = np.diff(np.append(starts, len(self.obj)))
        middle: Floats = (self.ts[starts + sizes // 2] - self.ts[starts]).astype(np.float64)
        return middle


def _taking_part(shares: Shares, objects: Int32s, known: Flags) -> Flags:
    """Mark who shared at least half as many of `objects` as the middle one of those known."""
    own = np.bincount(shares.acc[of_objects(shares, objects)], minlength=shares.n_accounts)
    middle = float(np.median(own[known & (own > 0)]))
    taking_part: Flags = own >= max(2.0, middle / 2)
    return taking_part


def _common(shares: Shares, crowd: Flags) -> Int32s:
    """Return the objects that many of a crowd shared."""
    by_crowd = np.bincount(shares.obj[of_accounts(shares, crowd)], minlength=shares.n_objects)
    return np.flatnonzero(by_crowd >= max(_LEAST, _COMMON * crowd.sum())).astype(np.int32)


def _luck(
    obj: Int64s, ts: Int64s, member: Flags, window_s: int, members: int, outsiders: int
) -> float:
    """Compare the members' meetings with the outsiders', over all groups of that size.

    Within shorter times as well, and the least of all counts: within an hour a whole crowd meets.
    """
    if outsiders < 2 or members < 2:
        return 0.0
    windows = sorted({window_s, *(each for each in SHORTER_S if each < window_s)})
    tail = min(_tail(obj, ts, member, each) for each in windows)
    return min(0.0, tail + _log_ways(members + outsiders, members))


def _tail(obj: Int64s, ts: Int64s, member: Flags, window_s: int) -> float:
    """Return the logarithm of a bound on the chance of the members' rate of meetings, or more.

    Pairs depend on each other: one who is late meets nobody. The share of an object's pairs that
    met is a U-statistic, so that n sharers count for n / 2 independent pairs.

    Source: Hoeffding, Journal of the American Statistical Association 58:13 (1963), section 5a,
    and his theorem 1.
    """
    n = int(obj[-1]) + 1
    met, pairs = _pairs(obj[member], ts[member], window_s, n)
    met_out, pairs_out = _pairs(obj[~member], ts[~member], window_s, n)
    usual = (met_out.sum() + 1) / (pairs_out.sum() + 1)
    rate = (met_out + _SHRUNK * usual) / (pairs_out + _SHRUNK)
    weight = np.bincount(obj[member], minlength=n) // 2
    count = float(weight.sum())
    if not count:
        return 0.0
    seen = float((weight * met / np.maximum(pairs, 1.0)).sum()) / count
    expected = min(float((weight * rate).sum()) / count, 1.0)
    if seen <= expected:
        return 0.0
    return -count * float(special.rel_entr([seen, 1 - seen], [expected, 1 - expected]).sum())


def _pairs(obj: Int64s, ts: Int64s, window_s: int, n: int) -> tuple[Floats, Floats]:
    """Return, of each object, the pairs of shares within the window, and all pairs."""
    met = np.zeros(n)
    np.add.at(met, obj, followed(obj, ts, window_s))
    sizes = np.bincount(obj, minlength=n).astype(np.float64)
    pairs: Floats = sizes * (sizes - 1) / 2
    return met, pairs


def _log_ways(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

"""Groups that are one: they pushed the same objects, hours apart or on different platforms.

On another platform nobody meets within a minute: the same operation posts the same links there in
the evening, by other accounts. Group by group that can be told from chance, where pair by pair it
cannot.

Kept as seen: how many objects each group pushed, and how popular these are with all others. Left to
chance: which objects of that popularity they were. The number of objects that both pushed is then
a sum of independent events; its tail is exact or above (`chance.tail`). Two groups that ride on
what is popular share much, and are expected to. Benjamini and Hochberg over all pairs of groups.

Source: a block-wise corrected configuration model (Karrer and Newman 2011) of groups and objects.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_LEAST: Final = 2  # one object in common may be anything
_RARE: Final = 3  # sharers besides the two groups: so few or fewer are alike


def crossings(
    shares: Shares, groups: tuple[Group, ...], q: float
) -> tuple[tuple[Int32s, float], ...]:
    """Return the accounts of each two groups that pushed too many of the same objects, and q."""
    pairs = _in_common(shares, groups)
    if not pairs:
        return ()
    others = _others(shares, groups)
    rates = {k: _rates(others, groups[k]) for k in {two for _, two, _ in pairs}}
    p_value = []
    for one, two, common in pairs:
        chance = rates[two][groups[one].objects]
        p_value.append(tail(common, chance, len(chance)))
    tests = len(groups) * (len(groups) - 1) / 2
    q_value = benjamini_hochberg(np.array(p_value), tests)
    return tuple(
        (np.union1d(groups[one].accounts, groups[two].accounts).astype(np.int32), float(level))
        for (one, two, _), level in zip(pairs, q_value, strict=True)
        if level <= q
    )


def _in_common(shares: Shares, groups: tuple[Group, ...]) -> list[tuple[int, int, int]]:
    """Return which two groups pushed how many of the same objects, where it is more than one."""
    group = np.repeat(np.arange(len(groups)), [len(each.objects) for each in groups])
    objects = np.concatenate([each.objects for each in groups]) if groups else group
    shape = (len(groups), shares.n_objects)
    pushed = sparse.csr_matrix((np.ones(len(group), np.int64), (group, objects)), shape)
    both = sparse.triu(pushed @ pushed.T, k=1).tocoo()
    found = zip(both.row.tolist(), both.col.tolist(), both.data.tolist(), strict=True)
    return sorted((one, two, common) for one, two, common in found if common >= _LEAST)


def _others(shares: Shares, groups: tuple[Group, ...]) -> Int64s:
    """Return how many accounts of no group shared each object; a few are alike."""
    outside = np.ones(shares.n_accounts, np.bool_)
    for each in groups:
        outside[each.accounts] = False
    others = np.bincount(shares.obj[outside[shares.acc]], minlength=shares.n_objects)
    return np.maximum(others, _RARE)


def _rates(others: Int64s, group: Group) -> Floats:
    """Return how often a group pushed objects as popular as each one.

    The highest rate among all objects that are at least as popular as some bound below it: no
    border between classes can make a choice of the most popular look like a choice of the same.
    """
    hit = np.zeros(len(others), np.int64)
    hit[group.objects] = 1
    order = np.argsort(-others, kind="stable")
    rate = np.cumsum(hit[order]) / np.arange(1, len(order) + 1)
    bound = np.append(others[order][1:] != others[order][:-1], True)  # all that are alike, or none
    highest = np.maximum.accumulate(np.where(bound, rate, 0.0)[::-1])[::-1]
    rates = np.empty(len(others))
    rates[order] = highest
    return rates

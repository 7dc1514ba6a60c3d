"""Parts of a group that are innocent alone are set apart from whoever was found with them.

One account that also does something else ties a newsroom to people who never heard of it. Taken
together they have no explanation, and the newsroom's accounts stand accused with the others.
So those who declare the same are tried alone, by the same signs as a whole group. What they did
with the others stays with the others: an account that ties the two is in both groups.
"""

from typing import Final

import numpy as np
from attrs import evolve

from tocsin.detect.coordination.arrays import Flags, Int32s
from tocsin.detect.coordination.detection import Detection
from tocsin.detect.coordination.groups import Group, largest_first, regrouped
from tocsin.detect.coordination.innocent import DECLARED, Surroundings, alike, explanations
from tocsin.foundation import Progress

MOST_GROUPS: Final = 200
"""The largest ones, of which more is said."""

_LEAST: Final = 4  # of whom fewer come together by chance
_BOTH: Final = 0.25  # of a part: if more act with the others, it is no group of its own


def set_apart(found: Detection, around: Surroundings, progress: Progress) -> Detection:
    """Cut the largest groups where some of a group have an explanation and all of it has none.

    Nothing is cut where chance was not asked. Each group is as certain as what it was cut from.
    """
    if found.tests is None:
        return found
    groups: list[Group] = []
    nobody = np.zeros(found.shares.n_accounts, np.bool_)
    largest, others = found.groups[:MOST_GROUPS], found.groups[MOST_GROUPS:]
    with progress.task("setting explained parts apart", len(largest)) as advance:
        for group in largest:
            groups += _parted(found, group, around, nobody)
            advance()
    return evolve(found, groups=largest_first([*groups, *others]))


def _parted(
    found: Detection, group: Group, around: Surroundings, before: Flags
) -> tuple[Group, ...]:
    """Cut one group; accounts that are marked in `before` were set apart already."""
    labels = [str(each) for each in found.shares.accounts.take(group.accounts).to_pylist()]
    candidates = [group.accounts[list(places)] for places in alike(labels, around)]
    candidates = [each[~before[each]] for each in candidates]
    candidates = [each for each in candidates if _LEAST <= len(each) < len(labels)]
    if not candidates or _is_declared(found, group, around):
        return (group,)
    for accounts in candidates:
        part, rest = _cut(found, group, accounts)
        if rest is None or len(rest.accounts) < 2 or not _is_declared(found, part, around):
            continue
        apart = before.copy()
        apart[accounts] = True
        return (part, *_parted(found, rest, around, apart))
    return (group,)


def _is_declared(found: Detection, group: Group, around: Surroundings) -> bool:
    tried = explanations(found.shares, found.edges, group, around, found.settings.window_s)
    return any(each.fits for each in tried if each.name in DECLARED)


def _cut(found: Detection, group: Group, accounts: Int32s) -> tuple[Group, Group | None]:
    """Return some accounts of a group, and the others with those who alone tie them to anybody.

    No others, where too many of these accounts act with them.
    """
    shares, edges = found.shares, found.edges
    q_value, window_s = found.q_of(group), found.settings.window_s
    inside = np.zeros(shares.n_accounts, np.bool_)
    inside[accounts] = True
    a, b = edges.a[group.edges], edges.b[group.edges]
    own, foreign = inside[a] & inside[b], ~inside[a] & ~inside[b]
    part = regrouped(shares, edges, accounts, group.edges[own], q_value, window_s)
    outer, inner = np.where(inside[a], b, a), np.where(inside[a], a, b)
    across = ~own & ~foreign & _standing(found, group)
    if len(np.unique(inner[across])) > _BOTH * len(accounts):
        return part, None
    tied = np.zeros_like(inside)
    tied[a[foreign]] = tied[b[foreign]] = True
    loose = across & ~tied[outer]
    others = np.setdiff1d(group.accounts, accounts)
    rest = np.union1d(others, inner[loose])
    ties = group.edges[foreign | loose]
    return part, regrouped(shares, edges, rest, ties, q_value, window_s)


def _standing(found: Detection, group: Group) -> Flags:
    """Mark the ties of a group that are discoveries."""
    if found.tests is None:
        return np.ones(len(group.edges), np.bool_)
    standing: Flags = found.tests.q_value[group.edges] <= found.settings.most_q
    return standing

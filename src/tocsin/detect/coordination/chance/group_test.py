"""The test of groups whose pairs are too rarely together to be told from chance.

Stories are dealt into five parts. In four, accounts that met more than by chance are joined into
candidates, and whoever came along with two of these is added; in the fifth, not looked at before,
each candidate is tested: over how many stories did k of them come within the window, and how
probable was that? Then every account of it is tested for coming along with the others. Each part
is held out once. What is found grows by all stories at last.

No pair has to stand out: forty accounts of which any four come to each of a hundred pushes meet
less than twice pair by pair, and never by chance as four.

Source: data splitting for selective inference (Cox 1975; Wasserman and Roeder 2009), in five parts
rather than two: most of what there is to see is needed to see whom to test, and little to test it.
"""

from typing import Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray
from scipy import sparse
from sknetwork.clustering import Leiden

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance.discoveries import benjamini_hochberg
from tocsin.detect.coordination.chance.ground import Ground
from tocsin.detect.coordination.chance.held import SMALLEST, GroupTest, Held
from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.chance.outcome import EdgeTests
from tocsin.detect.coordination.chance.rounds import Q, edge_tests
from tocsin.detect.coordination.kernel import Edges, edges
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_WEAK_P: Final = 0.05  # of a tie that may join a candidate
_TIES_AN_ACCOUNT: Final = 1  # at most so many of these for each account that could have one
_LEAST_TIES: Final = 3  # a member has so many of them
_LEAST_MEMBERS: Final = 4
_SEED: Final = 0
_GROWTHS: Final = 2
_PARTS: Final = 5
_LOOSE_Q: Final = 0.5  # of an account that is added to a candidate
_SAME: Final = 2  # accounts in common that make two groups one


def group_tests(shares: Shares, window_s: int, *, q: float = Q) -> tuple[GroupTest, ...]:
    """Find groups, the most certain first; no two of them have two accounts in common."""
    ground = Ground.of(shares, window_s)
    if ground.layout.n_cells == 0:
        return ()
    part = _parts(ground.layout)
    tested: list[tuple[GroupTest, Held]] = []
    for out in range(_PARTS):
        seen = ground.where(part != out)
        candidate = _completed(seen, candidates(shares, seen.layout, window_s))
        held = Held.of(ground.where(part == out), candidate)
        tested += [(each, held) for each in held.tests(q)]
    if not tested:
        return ()
    q_value = benjamini_hochberg(np.array([each.p_value for each, _ in tested]), len(tested))
    found: list[GroupTest] = []
    for k in np.argsort(q_value, kind="stable"):
        each, held = tested[int(k)]
        if q_value[k] > q:
            break
        members = held.joined([each.accounts], q, _mask(shares, each.accounts))[0]
        if len(members) >= SMALLEST:
            found.append(evolve(each, accounts=members, q_value=float(q_value[k])))
    once = _merged(found)
    grown = grow(ground, tuple(each.accounts for each in once), q=q)
    return tuple(evolve(each, accounts=more) for each, more in zip(once, grown, strict=True))


def _parts(layout: Layout) -> Int64s:
    """Put every story into one of the parts, by a mix of its number's bits."""
    mixed = (layout.story.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    parts: Int64s = (mixed % np.uint64(_PARTS)).astype(np.int64)
    return parts


def _mask(shares: Shares, accounts: Int32s) -> Flags:
    inside = np.zeros(shares.n_accounts, np.bool_)
    inside[accounts] = True
    return inside


def _merged(found: list[GroupTest]) -> list[GroupTest]:
    """Join what two parts found of one group, under the more certain test; the certain first."""
    once: list[GroupTest] = []
    for each in found:
        same = [other for other in once if _in_common(other, each) >= _SAME]
        most = min([each, *same], key=lambda test: test.p_value)
        accounts = np.unique(np.concatenate([test.accounts for test in (each, *same)]))
        once = [other for other in once if other not in same]
        once.append(evolve(most, accounts=accounts.astype(np.int32)))
    return sorted(once, key=lambda test: (test.p_value, test.accounts[0]))


def _in_common(one: GroupTest, other: GroupTest) -> int:
    return len(np.intersect1d(one.accounts, other.accounts))


def candidates(shares: Shares, layout: Layout, window_s: int) -> Int32s:
    """Return the candidate that each account belongs to, or -1, from what happened in cells."""
    rows, _ = layout.rows()
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


def _completed(seen: Ground, candidate: Int32s) -> Int32s:
    """Add to candidates whoever came along with two of one there, by a loose measure.

    Who does not belong costs the test that follows some power, and nothing else: it is made where
    none of this was looked at.
    """
    completed = candidate.copy()
    for _ in range(_GROWTHS):
        names = np.unique(completed[completed >= 0])
        groups = tuple(np.flatnonzero(completed == each).astype(np.int32) for each in names)
        held = Held.of(seen, completed)
        joined = held.joined(groups, _LOOSE_Q, completed < 0)
        for name, more in zip(names, joined, strict=True):
            completed[more] = name
        if not any(len(each) for each in joined):
            break
    return completed


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


def grow(ground: Ground, groups: tuple[Int32s, ...], *, q: float = Q) -> tuple[Int32s, ...]:
    """Return the groups with the accounts that came along with two of each more often than chance.

    Args:
        groups: accounts that a test already joined. Who is in none played no part in that, so
            all stories are evidence about it.
    """
    candidate = np.full(ground.shares.n_accounts, -1, np.int32)
    for number, accounts in enumerate(groups):
        candidate[accounts] = number
    grown = list(groups)
    for _ in range(_GROWTHS):
        held = Held.of(ground, candidate)
        joined = held.joined(grown, q, candidate < 0)
        for number, more in enumerate(joined):
            candidate[more] = number
            grown[number] = np.union1d(grown[number], more).astype(np.int32)
        if not any(len(each) for each in joined):
            break
    return tuple(grown)

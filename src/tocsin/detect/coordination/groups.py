"""Groups of accounts that edges tie together."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray
from scipy import sparse
from sknetwork.clustering import Leiden
from sknetwork.topology import get_connected_components

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.evidence import meetings
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_MEETINGS_AT_ONCE: Final = 5_000_000
_NOTHING: Final = (np.empty(0, np.int32), np.empty(0, np.int32))
_NO_PLACES: Final = np.empty(0, np.int64)
_MOSTLY: Final = 0.5
_SEED: Final = 0  # Leiden visits nodes in a random order: the same one each time


class Grouping(StrEnum):
    """How groups are cut.

    `components`: whoever a chain of edges connects; right where edges were tested.
    `leiden`: communities inside of these (Traag, Waltman and van Eck 2019); for networks that a
    few weak ties hold together. A tie weighs as much as its objects are rare: each counts
    1 / (accounts that shared it - 1), the chance that one of them, asked for another at random,
    names this one (Newman, Phys. Rev. E 64, 016132, 2001).
    """

    COMPONENTS = "components"
    LEIDEN = "leiden"


@frozen(eq=False)
class Group:
    """Accounts that act together.

    Attributes:
        accounts: numbers of `Shares`, ascending.
        edges: places of the edges inside the group.
        objects: on which two of them met, the ones with most accounts first.
        accounts_on: how many of the group met on each of these objects.
        q_value: of a test of the group as a whole; None where its edges alone speak for it.
    """

    accounts: Int32s
    edges: Int64s
    objects: Int32s
    accounts_on: Int32s
    q_value: float | None = None


def groups_of(
    shares: Shares,
    edges: Edges,
    places: Int64s,
    window_s: int,
    grouping: Grouping = Grouping.COMPONENTS,
) -> tuple[Group, ...]:
    """Cut the accounts of the edges at `places` into groups of two or more, the largest first."""
    if len(places) == 0:
        return ()
    used = edges.where(places)
    nodes, ends = np.unique(np.stack([used.a, used.b]), return_inverse=True)
    ends = ends.reshape(2, -1)
    weight = rarity(shares, used, window_s) if grouping is Grouping.LEIDEN else used.n
    label = _labels(ends, weight, len(nodes), grouping)
    inside = np.where(label[ends[0]] == label[ends[1]], label[ends[0]], -1)
    members = _by_label(label)
    ties = _by_label(inside)
    objects = _objects(shares, used, ties, window_s)
    found = [
        Group(nodes[members[name]].astype(np.int32), places[tie], *objects[name])
        for name, tie in ties.items()
    ]
    return largest_first(found)


def joined(
    shares: Shares,
    edges: Edges,
    groups: tuple[Group, ...],
    wholes: tuple[tuple[Int32s, float], ...],
    window_s: int,
    *,
    common: float = _MOSTLY,
) -> tuple[Group, ...]:
    """Add groups that were tested as a whole, each to those that it is mostly one with.

    An account that two groups have in common does not make them one: it stays where it is.

    Args:
        wholes: accounts, and the q-value, of each.
        common: more than so much of a whole, or of a group, must be in the other for them to be
            joined; with 0 one account is enough.
    """
    held = _Partition(shares.n_accounts, groups)
    for accounts, q_value in wholes:
        touched = held.touched(accounts, common)
        members = held.members(accounts, touched)
        ties = _inside(edges, np.intersect1d(accounts, members), shares.n_accounts)
        ties = np.unique(np.concatenate([ties, *(each.edges for each in touched)]))
        known = [each.q_value for each in touched if each.q_value is not None]
        held.put(Group(members, ties, *_NOTHING, max([q_value, *known])), touched)
    before = {id(each) for each in groups}
    changed = {k: each.edges for k, each in enumerate(held.groups) if id(each) not in before}
    tied = {k: each for k, each in changed.items() if len(each)}
    objects = _objects(shares, edges, tied, window_s)
    return largest_first(
        evolve(each, objects=objects[k][0], accounts_on=objects[k][1]) if k in objects else each
        for k, each in enumerate(held.groups)
    )


class _Partition:
    """Groups while they are joined; no account is in two of them."""

    def __init__(self, n_accounts: int, groups: tuple[Group, ...]) -> None:
        self._owner = np.full(n_accounts, -1, np.int64)
        self._held: dict[int, Group] = {}
        self._next = 0
        for each in groups:
            self.put(each, [])

    @property
    def groups(self) -> list[Group]:
        return list(self._held.values())

    def put(self, group: Group, in_place_of: list[Group]) -> None:
        """Add a group; those that it is made of go."""
        for each in in_place_of:
            del self._held[int(self._owner[each.accounts[0]])]
        self._owner[group.accounts] = self._next
        self._held[self._next] = group
        self._next += 1

    def touched(self, accounts: Int32s, common: float) -> list[Group]:
        """Return the groups that are mostly one with some accounts; else the one with most."""
        owner = self._owner[accounts]
        names, shared = np.unique(owner[owner >= 0], return_counts=True)
        near = [self._held[int(name)] for name in names]
        found = [
            each
            for each, n in zip(near, shared, strict=True)
            if n > common * min(len(each.accounts), len(accounts))
        ]
        return found or [near[int(np.argmax(shared))] for _ in near[:1]]

    def members(self, accounts: Int32s, touched: list[Group]) -> Int32s:
        """Return the accounts of some groups, and those of the others that are in no group."""
        free = accounts[self._owner[accounts] < 0]
        return np.unique(np.concatenate([free, *(each.accounts for each in touched)]))


def _inside(edges: Edges, accounts: Int32s, n_accounts: int) -> Int64s:
    """Return the places of the edges between some accounts; edges are sorted by (a, b)."""
    mask = np.zeros(n_accounts, np.bool_)
    mask[accounts] = True
    starts, ends = (np.searchsorted(edges.a, accounts, side) for side in ("left", "right"))
    near = np.concatenate([_NO_PLACES, *map(np.arange, starts, ends)])
    own: Int64s = near[mask[edges.b[near]]]
    return own


def regrouped(
    shares: Shares,
    edges: Edges,
    accounts: Int32s | Int64s,
    ties: Int64s,
    q_value: float | None,
    window_s: int,
) -> Group:
    """Make a group of accounts, ascending, and of the ties among them that count."""
    objects = _objects(shares, edges, {0: ties}, window_s)[0] if len(ties) else _NOTHING
    return Group(accounts.astype(np.int32), ties, *objects, q_value)


def largest_first(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Return groups in the order in which they are shown."""
    return tuple(sorted(groups, key=lambda group: (-len(group.accounts), int(group.accounts[0]))))


def rarity(shares: Shares, edges: Edges, window_s: int) -> Floats:
    """Return, for each edge, the sum over its objects of 1 / (other accounts that shared it)."""
    others = np.maximum(np.bincount(shares.obj, minlength=shares.n_objects) - 1, 1)
    found = np.zeros(len(edges))
    filled = np.cumsum(edges.n, dtype=np.int64) // _MEETINGS_AT_ONCE
    for part in np.split(np.arange(len(edges)), np.flatnonzero(np.diff(filled)) + 1):
        met = meetings(shares, edges.where(part), window_s)
        owner = np.repeat(np.arange(len(part)), np.diff(met.offsets))
        found[part] = np.bincount(owner, 1 / others[met.obj], minlength=len(part))
    return found


def _labels(ends: Int64s, weight: Int32s | Floats, n_nodes: int, grouping: Grouping) -> Int64s:
    both = np.concatenate([ends, ends[::-1]], axis=1)
    adjacency = sparse.csr_matrix(
        (np.tile(weight, 2).astype(np.float64), (both[0], both[1])), shape=(n_nodes, n_nodes)
    )
    component: Int64s = np.asarray(get_connected_components(adjacency), np.int64)
    if grouping is Grouping.COMPONENTS:
        return component
    community = np.asarray(Leiden(random_state=_SEED).fit_predict(adjacency), np.int64)
    return component * (int(community.max()) + 1) + community


def _by_label(labels: Int64s) -> dict[int, Int64s]:
    """Return the places of each label from 0 up."""
    order = np.argsort(labels, kind="stable")
    names, starts = np.unique(labels[order], return_index=True)
    pieces = np.split(order, starts[1:])
    return {int(name): piece for name, piece in zip(names, pieces, strict=True) if name >= 0}


def _objects(
    shares: Shares, edges: Edges, ties: dict[int, Int64s], window_s: int
) -> dict[int, tuple[Int32s, Int32s]]:
    """Return the objects of each group, and how many of it met on each."""
    found: dict[int, tuple[Int32s, Int32s]] = {}
    for names in _batches(edges, ties):
        batch = np.concatenate([ties[name] for name in names])
        met = meetings(shares, edges.where(batch), window_s)
        owner = np.repeat(np.arange(len(names)), [len(ties[name]) for name in names])
        owner = np.tile(np.repeat(owner, np.diff(met.offsets)), 2)
        who = np.concatenate([shares.acc[met.row_a], shares.acc[met.row_b]])
        for name, objects in zip(names, _counted(owner, np.tile(met.obj, 2), who), strict=True):
            found[name] = objects
    return found


def _batches(edges: Edges, ties: dict[int, Int64s]) -> Iterator[list[int]]:
    """Put groups together as long as their meetings fit in memory at once."""
    batch: list[int] = []
    room = _MEETINGS_AT_ONCE
    for name, tie in ties.items():
        size = int(edges.n[tie].sum(dtype=np.int64))
        if batch and size > room:
            yield batch
            batch, room = [], _MEETINGS_AT_ONCE
        batch.append(name)
        room -= size
    if batch:
        yield batch


def _counted(owner: Int64s, obj: Int32s, who: Int32s) -> Iterator[tuple[Int32s, Int32s]]:
    """Yield, for each owner from 0 up, its objects by number of accounts, and these numbers."""
    order = np.lexsort((who, obj, owner))
    owner, obj, who = owner[order], obj[order], who[order]
    new_object = np.ones(len(obj), np.bool_)
    new_object[1:] = (owner[1:] != owner[:-1]) | (obj[1:] != obj[:-1])
    new_account = new_object.copy()
    new_account[1:] |= who[1:] != who[:-1]
    accounts = np.bincount(np.cumsum(new_object)[new_account] - 1)
    owner, obj = owner[new_object], obj[new_object]
    order = np.lexsort((obj, -accounts, owner))
    borders = np.flatnonzero(np.diff(owner[order])) + 1
    for part in np.split(order, borders):
        yield obj[part].astype(np.int32), accounts[part].astype(np.int32)

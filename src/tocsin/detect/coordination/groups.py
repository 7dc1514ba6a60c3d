"""Groups of accounts that edges tie together."""

from enum import StrEnum

import numpy as np
from attrs import frozen
from scipy import sparse
from sknetwork.clustering import Leiden
from sknetwork.topology import get_connected_components

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.evidence import meetings
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.shares import Shares

_SEED = 0  # Leiden visits nodes in a random order: the same one each time


class Grouping(StrEnum):
    """How groups are cut.

    `components`: whoever a chain of edges connects; right where edges were tested.
    `leiden`: communities inside of these (Traag, Waltman and van Eck 2019), weighted by objects;
    for networks that a few chance edges hold together.
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
    """

    accounts: Int32s
    edges: Int64s
    objects: Int32s
    accounts_on: Int32s


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
    label = _labels(ends, used.n, len(nodes), grouping)
    inside = np.where(label[ends[0]] == label[ends[1]], label[ends[0]], -1)
    members = _by_label(label)
    found = [
        _group(shares, edges, window_s, nodes[members[name]], places[ties])
        for name, ties in _by_label(inside).items()
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.accounts), int(group.accounts[0]))))


def _labels(ends: Int64s, weight: Int32s, n_nodes: int, grouping: Grouping) -> Int64s:
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


def _group(shares: Shares, edges: Edges, window_s: int, accounts: Int32s, ties: Int64s) -> Group:
    met = meetings(shares, edges.where(ties), window_s)
    who = np.concatenate([shares.acc[met.row_a], shares.acc[met.row_b]]).astype(np.int64)
    what = np.concatenate([met.obj, met.obj]).astype(np.int64)
    pairs = np.unique(what * shares.n_accounts + who) // max(shares.n_accounts, 1)
    objects, accounts_on = np.unique(pairs, return_counts=True)
    order = np.lexsort((objects, -accounts_on))
    return Group(
        accounts=accounts.astype(np.int32),
        edges=ties,
        objects=objects[order].astype(np.int32),
        accounts_on=accounts_on[order].astype(np.int32),
    )

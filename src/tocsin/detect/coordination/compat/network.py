"""CooRTweet 2.1.3's `generate_coordinated_network`: edges with their weights, flags, subgraphs."""

from typing import Final

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from scipy import sparse
from sknetwork.topology import get_connected_components

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compat.coortweet import Groups
from tocsin.detect.coordination.compat.posts import Decimals
from tocsin.foundation import UsageError

_SUBGRAPHS: Final = (0, 1, 2, 3)


@frozen(eq=False, kw_only=True)
class Side:
    """Edge attributes over all pairs, or over the fast ones; one value an edge.

    Attributes:
        weight: pairs of posts; 0 where an edge has none on this side, its other values are NaN.
        is_over: the weight is above the percentile that was asked for.
        pairs: pairs of posts of the side, and the edge of each.
    """

    weight: Int64s
    avg_time_delta: Decimals
    n_content_id: Int64s
    n_content_id_y: Int64s
    edge_symmetry_score: Decimals
    is_over: Flags
    pairs: Groups
    edge_of: Int64s


@frozen(eq=False, kw_only=True)
class Network:
    """Edges between accounts, numbers of `Posts`, in CooRTweet's order and direction.

    Attributes:
        a: the end that igraph numbered first: whose label came first in an earlier edge.
        fast: values over the fast pairs alone; None without `fast_net`.
        kept: edges that the chosen subgraph has.
    """

    a: Int32s
    b: Int32s
    full: Side
    fast: Side | None
    kept: Flags

    @property
    def nodes(self) -> int:
        return len(np.unique(np.concatenate([self.a[self.kept], self.b[self.kept]])))

    @property
    def components(self) -> tuple[Int32s, ...]:
        """Accounts of each connected component, the largest first."""
        ends = np.stack([self.a[self.kept], self.b[self.kept]])
        if ends.size == 0:
            return ()
        names, place = np.unique(ends, return_inverse=True)
        place = place.reshape(2, -1)
        shape = (len(names), len(names))
        graph = sparse.csr_matrix((np.ones(place.shape[1]), (place[0], place[1])), shape=shape)
        label = get_connected_components(graph + graph.T)
        found = [names[label == each] for each in np.unique(label)]
        return tuple(sorted(found, key=lambda each: (-len(each), int(each[0]))))

    def to_table(self, *, objects: bool = False) -> pa.Table:
        """Return the kept edges under CooRTweet's names."""
        posts = self.full.pairs.posts
        names = posts.accounts.cast(pa.string())
        columns: dict[str, object] = {
            "from": names.take(pa.array(self.a[self.kept])),
            "to": names.take(pa.array(self.b[self.kept])),
        }
        sides = {"": self.full} if self.fast is None else {"_full": self.full, "_fast": self.fast}
        for ending, side in sides.items():
            columns |= _columns(side, self.kept, ending)
            if objects:
                columns[f"object_ids{ending}"] = _objects(side, len(self.a), self.kept)
        return pa.table(columns)


def generate_network(
    found: Groups, *, fast_net: bool = False, edge_weight: float = 0.5, subgraph: int = 0
) -> Network:
    """Build the network that CooRTweet's `generate_coordinated_network` builds.

    Args:
        edge_weight: percentile of the weights (R's type 7) above which an edge is flagged.
        subgraph: 0 all edges; 1 flagged ones; 2 flagged among the fast; 3 those and their
            neighbours.

    Raises:
        UsageError: when the percentile is outside 0 to 1, the subgraph unknown, or it needs
            fast shares and there are none.
    """
    if not 0 <= edge_weight <= 1 or subgraph not in _SUBGRAPHS:
        raise UsageError(
            f"edge weight {edge_weight} and subgraph {subgraph} are not CooRTweet's",
            hint="the weight is a percentile, 0 to 1; the subgraph 0, 1, 2 or 3",
        )
    if (fast_net or subgraph in (2, 3)) != fast_net or (fast_net and subgraph == 1):
        raise UsageError(
            f"subgraph {subgraph} does not go {'with' if fast_net else 'without'} fast shares",
            hint="1 goes without --fast-window, 2 and 3 with it",
        )
    if fast_net and found.is_fast is None:
        raise UsageError("no pair was flagged as fast", hint="call flag_speed_share first")
    acc = found.posts.acc
    one, two = acc[found.older], acc[found.newer]
    low, high, edge_of = _edges_in_order(np.minimum(one, two), np.maximum(one, two))
    full = _side(found, edge_of, len(low), edge_weight)
    fast = None
    if fast_net and found.is_fast is not None:
        fast = _side(found.where(found.is_fast), edge_of[found.is_fast], len(low), edge_weight)
    a, b = _as_igraph_directs(low, high, len(found.posts.accounts))
    whole = Network(a=a, b=b, full=full, fast=fast, kept=np.ones(len(low), np.bool_))
    return evolve(whole, kept=_subgraph(whole, subgraph))


def _edges_in_order(low: Int32s, high: Int32s) -> tuple[Int32s, Int32s, Int64s]:
    """Return different edges by first appearance, and the edge of each pair."""
    key = low.astype(np.int64) << 32 | high
    _, first, edge_of = np.unique(key, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return low[first[order]], high[first[order]], rank[edge_of]


def _as_igraph_directs(low: Int32s, high: Int32s, n: int) -> tuple[Int32s, Int32s]:
    """Turn each edge: igraph numbers the first column's accounts before the second's."""
    listed = np.concatenate([low, high])
    first = np.full(n, len(listed), np.int64)
    np.minimum.at(first, listed, np.arange(len(listed)))
    is_turned = first[high] < first[low]
    return np.where(is_turned, high, low), np.where(is_turned, low, high)


def _side(found: Groups, edge_of: Int64s, n_edges: int, percentile: float) -> Side:
    posts = found.posts
    weight = np.bincount(edge_of, minlength=n_edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(edge_of, weights=found.time_delta, minlength=n_edges) / weight
        older = _distinct(edge_of, posts.content[found.older], n_edges)
        newer = _distinct(edge_of, posts.content[found.newer], n_edges)
        symmetry = np.minimum(older, newer) / np.maximum(older, newer)
    some = weight[weight > 0]
    limit = np.quantile(some, percentile) if len(some) else 0.0
    return Side(
        weight=weight,
        avg_time_delta=mean,
        n_content_id=older,
        n_content_id_y=newer,
        edge_symmetry_score=symmetry,
        is_over=weight > limit,
        pairs=found,
        edge_of=edge_of,
    )


def _distinct(edge_of: Int64s, content: Int32s, n_edges: int) -> Int64s:
    edge = np.unique(edge_of.astype(np.int64) << 32 | content.astype(np.int64)) >> 32
    return np.bincount(edge, minlength=n_edges)


def _subgraph(network: Network, subgraph: int) -> Flags:
    if subgraph == 0:
        return network.kept
    if subgraph == 1:
        return network.full.is_over
    if network.fast is None:
        return network.kept
    chosen = network.fast.is_over
    if subgraph == 2:
        return chosen
    # The ends of the chosen edges, and whoever an edge of any weight ties to them.
    n = len(network.full.pairs.posts.accounts)
    ends = np.zeros(n, np.bool_)
    ends[network.a[chosen]] = True
    ends[network.b[chosen]] = True
    near = np.zeros(n, np.bool_)
    near[network.b[ends[network.a]]] = True
    near[network.a[ends[network.b]]] = True
    inside: Flags = near[network.a] & near[network.b]
    return inside


def _columns(side: Side, kept: Flags, ending: str) -> dict[str, object]:
    there = side.weight[kept] > 0

    def column(values: Int64s | Decimals) -> pa.Array:
        return pa.array(values[kept], mask=~there)

    return {
        f"weight{ending}": column(side.weight),
        f"avg_time_delta{ending}": column(side.avg_time_delta),
        f"n_content_id{ending}": column(side.n_content_id),
        f"n_content_id_y{ending}": column(side.n_content_id_y),
        f"edge_symmetry_score{ending}": column(side.edge_symmetry_score),
        f"weight_threshold{ending}": column(side.is_over.astype(np.int64)),
    }


def _objects(side: Side, n_edges: int, kept: Flags) -> pa.Array:
    """Return the objects of each kept edge, joined by commas as CooRTweet writes them."""
    labels = side.pairs.posts.objects.cast(pa.string()).to_pylist()
    obj = side.pairs.posts.obj[side.pairs.older]
    listed: list[dict[str, None]] = [{} for _ in range(n_edges)]
    for edge, each in zip(side.edge_of.tolist(), obj.tolist(), strict=True):
        listed[edge][labels[each]] = None
    joined = [",".join(each) if each else None for each in listed]
    return pa.array([each for each, is_kept in zip(joined, kept, strict=True) if is_kept])

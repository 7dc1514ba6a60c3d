"""CooRTweet 2.1.3's `account_stats` and `group_stats`, with the quirks of both.

`account_stats` averages over an account's DIFFERENT pairs of (mean delay, symmetry), so that two
edges with equal values count once; `group_stats` counts only the accounts that stand first in an
edge. Both are kept as they are.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.detect.coordination.compat.network import Network, Side
from tocsin.foundation import UsageError

THRESHOLDS: Final = ("none", "full", "fast")


def account_stats(network: Network, threshold: str = "none") -> pa.Table:
    """Return a row an account: mean delay and symmetry of its edges, and its posts in pairs.

    Args:
        threshold: only edges over the percentile: of all pairs (`full`), of the fast (`fast`).

    Raises:
        UsageError: when the threshold is unknown, or `fast` without fast shares.
    """
    kept = network.kept & _over(network, threshold)
    sides = [network.full] if network.fast is None else [network.full, network.fast]
    ends = np.concatenate([network.a[kept], network.b[kept]])
    values = [
        np.tile(column[kept], 2)
        for side in sides
        for column in (side.avg_time_delta, side.edge_symmetry_score)
    ]
    rows = np.unique(np.stack([ends.astype(np.float64), *values]), axis=1, equal_nan=False)
    rows = _without_equal_rows(rows)
    accounts, place = np.unique(rows[0].astype(np.int64), return_inverse=True)
    endings = [""] if network.fast is None else ["_full", "_fast"]
    columns: dict[str, object] = {
        "account_id": network.full.pairs.posts.accounts.cast(pa.string()).take(pa.array(accounts))
    }
    for k, ending in enumerate(endings):
        columns[f"avg_time_delta{ending}"] = _means(place, rows[1 + 2 * k], len(accounts))
    for k, ending in enumerate(endings):
        columns[f"avg_edge_symmetry_score{ending}"] = _means(place, rows[2 + 2 * k], len(accounts))
    counted = network.fast if threshold == "fast" and network.fast else network.full
    columns["unique_shares_count"] = _posts_in_pairs(counted)[accounts]
    return pa.table(columns)


def group_stats(network: Network, threshold: str = "none") -> pa.Table:
    """Return a row an object: how many accounts stand first in an edge that rests on it.

    Raises: as `account_stats`.
    """
    kept = network.kept & _over(network, threshold)
    side = network.fast if threshold == "fast" and network.fast else network.full
    inside = kept[side.edge_of]
    posts = side.pairs.posts
    obj = posts.obj[side.pairs.older][inside].astype(np.int64)
    first = network.a[side.edge_of[inside]]
    objects, counts = np.unique(np.unique(obj << 32 | first) >> 32, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    labels = posts.objects.cast(pa.string()).take(pa.array(objects[order]))
    return pa.table({"object_id": labels, "num_accounts": counts[order]})


def _over(network: Network, threshold: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    if threshold == "none":
        return np.ones(len(network.a), np.bool_)
    if threshold == "full":
        return network.full.is_over
    if threshold != "fast" or network.fast is None:
        raise UsageError(
            f"no threshold {threshold!r} here",
            hint=f"one of {', '.join(THRESHOLDS)}; fast needs --fast-window",
        )
    return network.fast.is_over


def _without_equal_rows(
    rows: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Drop repeated columns; R's `unique` takes two missing values for equal, numpy does not."""
    filled = np.nan_to_num(rows, nan=-1.0)
    _, first = np.unique(filled, axis=1, return_index=True)
    return rows[:, np.sort(first)]


def _means(
    place: np.ndarray[tuple[int], np.dtype[np.int64]],
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    n: int,
) -> pa.Array:
    there = ~np.isnan(values)
    sums = np.bincount(place[there], weights=values[there], minlength=n)
    counts = np.bincount(place[there], minlength=n)
    with np.errstate(invalid="ignore"):
        return pa.array(sums / counts, mask=counts == 0)


def _posts_in_pairs(side: Side) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    posts = side.pairs.posts
    rows = np.concatenate([side.pairs.older, side.pairs.newer])
    key = np.unique(posts.acc[rows].astype(np.int64) << 32 | posts.content[rows])
    return np.bincount(key >> 32, minlength=len(posts.accounts))


def summary(network: Network) -> dict[str, int]:
    """Return the figures by which two runs are compared."""
    pairs = network.full.pairs
    posts, rows = pairs.posts, np.concatenate([pairs.older, pairs.newer])
    sizes = [len(each) for each in network.components]
    weight = network.full.weight[network.kept]
    return {
        "result_rows": len(pairs),
        "objects": len(np.unique(posts.obj[pairs.older])),
        "result_accounts": len(np.unique(posts.acc[rows])),
        "contents": len(np.unique(posts.content[rows])),
        "nodes": network.nodes,
        "edges": int(network.kept.sum()),
        "components": len(sizes),
        "largest_component": max(sizes, default=0),
        "max_weight": int(weight.max(initial=0)),
        "sum_weight": int(weight.sum()),
        "thr_edges": int((network.full.is_over & network.kept).sum()),
    }


def sorted_by(table: pa.Table, *names: str) -> pa.Table:
    """Return the rows in a fixed order, for files."""
    return table.take(pc.sort_indices(table, [(name, "ascending") for name in names]))

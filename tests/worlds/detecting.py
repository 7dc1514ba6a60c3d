"""The whole detector on a world, as docs/explanation/chance.md scores it, and CooRTweet's rule."""

from typing import Final

import numpy as np
import pyarrow as pa
from attrs import evolve
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from tests.worlds.organic import Organic
from tests.worlds.planted import World
from tocsin.detect.coordination import Shares, edges_by_window
from tocsin.detect.coordination.chance import (
    EdgeTests,
    Ground,
    edge_tests_by_window,
    group_tests,
    grow,
)
from tocsin.detect.coordination.clocks import aligned, find_shifts
from tocsin.detect.coordination.compat import Posts, detect_groups, generate_network

WINDOWS: Final = (10, 60, 600, 3_600)
Q: Final = 0.05
GROWTH_S: Final = 600


def shares_of(world: Organic | World) -> Shares:
    return Shares.of(world.obj.astype(np.int32), world.acc.astype(np.int32), world.ts)


def edge_tests_of(shares: Shares, windows: tuple[int, ...] = WINDOWS) -> dict[int, EdgeTests]:
    """Test the edges of all windows at once."""
    return edge_tests_by_window(shares, edges_by_window(shares, windows, 2))


def discoveries(tests: dict[int, EdgeTests]) -> list[tuple[int, int]]:
    """Return significant pairs, once for each window."""
    return [
        pair
        for each in tests.values()
        for stands in (each.q_value <= Q,)
        for pair in zip(each.a[stands].tolist(), each.b[stands].tolist(), strict=True)
    ]


def accounts_found(
    shares: Shares, tests: dict[int, EdgeTests], growth_s: int = GROWTH_S
) -> set[int]:
    """Return accounts of significant pairs, who came along with two, and groups of the rest."""
    found = {end for pair in discoveries(tests) for end in pair}
    near = discoveries({window_s: each for window_s, each in tests.items() if window_s <= growth_s})
    if near:
        a, b = np.array(near, np.int64).T
        shape = (shares.n_accounts, shares.n_accounts)
        _, label = connected_components(sparse.coo_matrix((np.ones(len(a)), (a, b)), shape=shape))
        ends = np.unique([a, b])
        groups = tuple(
            ends[label[ends] == each].astype(np.int32) for each in np.unique(label[ends])
        )
        for grown in grow(Ground.of(shares, growth_s), groups):
            found |= set(grown.tolist())
    rest = ~np.isin(shares.acc, list(found))
    left = Shares.of(
        shares.obj[rest], shares.acc[rest], shares.ts[rest], accounts=shares.accounts,
        objects=shares.objects,
    )  # fmt: skip
    for group in group_tests(left, growth_s):
        found |= set(group.accounts.tolist())
    return found


def whole(world: World, windows: tuple[int, ...] = WINDOWS) -> set[int]:
    """Run the whole detector."""
    shares = shares_of(world)
    return accounts_found(shares, edge_tests_of(shares, windows))


def by_exports(world: World) -> World:
    """Take every other account's shares for an export of its own, and align their clocks."""
    obj, acc, export = (each.astype(np.int32) for each in (world.obj, world.acc, world.acc % 2))
    shifts = find_shifts(obj, acc, world.ts, export, 2)
    return evolve(world, ts=aligned(world.ts, export, shifts))


def coortweet(world: World, window_s: float, participation: int, edge_weight: float) -> set[int]:
    """Return the accounts of CooRTweet's network: its pairs, and its percentile of weights."""
    rows = np.arange(len(world.acc), dtype=np.int32)
    posts = Posts(
        obj=world.obj.astype(np.int32),
        acc=world.acc.astype(np.int32),
        content=rows,
        ts=world.ts.astype(np.float64),
        objects=pa.array([f"o{k}" for k in range(len(world.posted))]),
        accounts=pa.array([f"a{k}" for k in range(len(world.group))]),
        contents=pa.array([f"p{k}" for k in rows.tolist()]),
    )
    found = detect_groups(posts, time_window=window_s, min_participation=participation)
    network = generate_network(found, edge_weight=edge_weight, subgraph=1)
    return set(np.concatenate([network.a[network.kept], network.b[network.kept]]).tolist())

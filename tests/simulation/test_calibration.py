"""Where nobody acts together the answer is nobody: at all windows at once, and over traces."""

import numpy as np
import pyarrow as pa
import pytest

from tests.conftest import LONG
from tests.worlds.detecting import Q, discoveries, edge_tests_of, shares_of
from tests.worlds.organic import DAY, NULLS, Organic, organic
from tocsin.detect.coordination import Shares
from tocsin.detect.coordination.fusion import fuse

SEEDS = range(700, 720) if LONG else range(700, 701)
WINDOWS = (10, 60, 600, 3_600, DAY)
# Of 20 runs at 1 in 20 each, more than 3 find somebody with a chance below 2%.
MOST = 3 if LONG else 0


@pytest.mark.parametrize("kind", NULLS if LONG else ["all"])
def test_where_nobody_acts_together_nobody_is_found_at_any_window(kind: str) -> None:
    wrong = 0
    for seed in SEEDS:
        shares = shares_of(organic(NULLS[kind], seed))
        wrong += bool(discoveries(edge_tests_of(shares, WINDOWS)))

    assert wrong <= MOST


def _trace(world: Organic, rows: np.ndarray[tuple[int], np.dtype[np.int64]], name: str) -> pa.Table:
    return pa.table(
        {
            "account": [f"a{k}" for k in world.acc[rows].tolist()],
            "object": [f"{name}{k}" for k in world.obj[rows].tolist()],
            "time": world.ts[rows],
            "content": [f"p{k}" for k in rows.tolist()],
        }
    )


@pytest.mark.parametrize("kind", NULLS if LONG else ["all"])
def test_the_same_posts_seen_as_several_traces_prove_no_more(kind: str) -> None:
    wrong = 0
    for seed in SEEDS:
        world = organic(NULLS[kind], seed)
        rows = np.arange(len(world.acc))
        # Two posts in three carry a second object that says the same: a link and its text.
        some = rows[np.random.default_rng(seed).random(len(rows)) < 2 / 3]
        fused = fuse({"url": _trace(world, rows, "u"), "text": _trace(world, some, "t")})
        tests = edge_tests_of(Shares.from_table(fused), WINDOWS)
        wrong += any((each.q_value <= Q).any() for each in tests.values())

    assert wrong <= MOST

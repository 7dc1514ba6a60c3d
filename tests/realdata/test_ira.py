"""The Internet Research Agency's accounts fall into groups of one kind each, by what they reposted.

All accounts in the set belong to one operator, so it tests how groups are cut, not who is guilty.
Kinds are Linvill and Warren's categories. Two halves of the accounts, by a hash of their number:
windows and the level of a tie were chosen on one; what is asked here is asked of the other, and of
both together.
"""

import hashlib
from collections import Counter
from math import comb
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from attrs import frozen

from tocsin.detect.coordination import Shares, edges
from tocsin.detect.coordination.known import sort_known
from tocsin.foundation import NoProgress

pytestmark = pytest.mark.realdata


@frozen(eq=False)
class Reposts:
    """A trace, and the kind of each account in it."""

    trace: pa.Table
    kind: dict[int, str]


@pytest.fixture(scope="module")
def reposts(datasets: Path) -> Reposts:
    rows = pq.read_table(datasets / "ira" / "ira_traces_dev.parquet")
    rows = rows.filter(rows["is_retweet"])
    kinds = zip(rows["account"].to_pylist(), rows["account_category"].to_pylist(), strict=True)
    trace = rows.select(["account", "text_key", "ts"]).rename_columns(["account", "object", "time"])
    return Reposts(trace, dict(kinds))


def held(reposts: Reposts) -> pa.Table:
    accounts = pc.unique(reposts.trace["account"]).to_pylist()
    wanted = [each for each in accounts if hashlib.sha256(str(each).encode()).digest()[0] % 2]
    return reposts.trace.filter(pc.is_in(reposts.trace["account"], pa.array(wanted, pa.int32())))


def groups_by_kind(shares: Shares, kind: dict[int, str]) -> list[Counter[str]]:
    found = sort_known(shares, 2, NoProgress())
    return [
        Counter(kind[each] for each in shares.accounts.take(group.accounts).to_pylist())
        for group in found.groups
    ]


def purity(groups: list[Counter[str]]) -> float:
    """Of pairs of accounts in one group, the share that are of one kind."""
    pairs = sum(comb(each.total(), 2) for each in groups)
    return sum(comb(count, 2) for each in groups for count in each.values()) / pairs


def reach_of_a_plain_rule(shares: Shares) -> int:
    """Accounts that met another on three objects within 60 s."""
    plain = edges(shares, 60, 3)
    return len(np.unique(np.concatenate([plain.a, plain.b])))


@pytest.mark.parametrize("part", ["held half", "all"])
def test_groups_by_what_was_reposted_are_of_one_kind_and_reach_as_far_as_a_plain_rule(
    reposts: Reposts, part: str
) -> None:
    shares = Shares.from_table(held(reposts) if part == "held half" else reposts.trace)
    groups = groups_by_kind(shares, reposts.kind)
    assert purity(groups) >= 0.99
    assert sum(each.total() for each in groups) >= reach_of_a_plain_rule(shares)
    # Accounts of another kind than most of their group; two pairs in three would be, by chance.
    assert sum(max(each.values()) for each in groups) / sum(map(Counter.total, groups)) >= 0.97
    assert len(groups) <= 60  # many small groups would be pure by themselves

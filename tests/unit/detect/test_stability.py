"""A group that rests on one object falls without it; one that rests on many does not."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tocsin.detect.coordination.evidence import Meetings, meetings
from tocsin.detect.coordination.kernel import Edges, edges
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.stability import leave_one_object_out
from tocsin.foundation import UsageError

Rows = list[tuple[int, int]]


def _group(rows: Rows) -> tuple[Edges, Meetings]:
    """Everybody in `rows` (account, object) shares at once."""
    obj = np.array([each for _, each in rows], np.int32)
    acc = np.array([each for each, _ in rows], np.int32)
    shares = Shares.of(obj, acc, np.zeros(len(rows), np.int64))
    found = edges(shares, 10, 1, threads=1)
    return found, meetings(shares, found, 10)


def _needs(found: Edges, least: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.full(len(found), least, np.int32)


def test_one_viral_object_is_the_whole_group() -> None:
    found, met = _group([(account, 0) for account in range(5)])
    answer = leave_one_object_out(found, met, _needs(found, 1))
    assert (answer.remaining, answer.without) == (0.0, 0)


def test_what_was_shared_again_and_again_needs_no_single_object() -> None:
    found, met = _group([(account, thing) for account in range(5) for thing in range(4)])
    answer = leave_one_object_out(found, met, _needs(found, 3))
    assert (answer.remaining, answer.without) == (1.0, None)


def test_the_bridge_between_two_halves_is_named() -> None:
    halves = [(account, thing) for account in (0, 1, 2) for thing in (0, 1)]
    halves += [(account, thing) for account in (3, 4) for thing in (3, 4)]
    found, met = _group([*halves, (2, 5), (3, 5)])
    answer = leave_one_object_out(found, met, _needs(found, 1))
    assert (answer.remaining, answer.without) == (0.6, 5)


def test_thresholds_of_another_group_are_refused() -> None:
    found, met = _group([(0, 0), (1, 0)])
    with pytest.raises(UsageError, match="1 ties, 2 thresholds"):
        leave_one_object_out(found, met, np.ones(2, np.int32))


def _largest_slowly(pairs: set[tuple[int, int]]) -> int:
    groups: list[set[int]] = []
    for pair in pairs:
        touched = [each for each in groups if each & set(pair)]
        groups = [each for each in groups if each not in touched]
        groups.append(set(pair).union(*touched))
    return max(map(len, groups), default=0)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=20),
    st.integers(1, 3),
)
def test_it_is_the_worst_of_leaving_each_object_out(rows: set[tuple[int, int]], least: int) -> None:
    found, met = _group(sorted(rows))
    counts = dict(zip(zip(found.a.tolist(), found.b.tolist(), strict=True), found.n, strict=True))
    counts = {pair: n for pair, n in counts.items() if n >= least}
    kept = np.flatnonzero(found.n >= least)
    assume(len(kept) > 0)
    offsets = np.concatenate([[0], np.cumsum(np.diff(met.offsets)[kept])])
    places = np.concatenate([np.arange(met.offsets[e], met.offsets[e + 1]) for e in kept])
    chosen = Meetings(
        offsets, met.obj[places], met.lag[places], met.row_a[places], met.row_b[places]
    )
    group = found.where(kept)
    accounts = {each for pair in counts for each in pair}
    worst = 1.0
    for thing in {thing for _, thing in rows}:
        sharers = {account for account, other in rows if other == thing}
        left = {
            pair
            for pair in combinations(sorted(accounts), 2)
            if pair in counts and counts[pair] - (set(pair) <= sharers) >= least
        }
        worst = min(worst, _largest_slowly(left) / len(accounts))
    assume(_largest_slowly(set(counts)) == len(accounts))  # one group hangs together
    assert leave_one_object_out(group, chosen, _needs(group, least)).remaining == worst

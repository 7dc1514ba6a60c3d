"""Compat modes at any setting: equal to the peers' published steps, followed slowly and literally.

The real answers of the peers are in tests/realdata/test_peer_parity.py.
"""

from collections import Counter
from statistics import mean

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detect.coordination.compat import (
    Groups,
    Posts,
    account_stats,
    co_link,
    co_retweet,
    detect_groups,
    flag_speed_share,
    generate_network,
    group_stats,
)
from tocsin.detect.coordination.compat.pairs import pairs_within
from tocsin.foundation import BadInputError, RefusedError, UsageError

Post = tuple[str, str, str, float]
"""Object, account, content, time."""
Pair = tuple[str, str, str, float, str, str]
"""Object, older and newer content, seconds between, older and newer account."""

# Contents of many names, some of which are objects too, and posts with several objects.
posts_ = st.lists(
    st.tuples(
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from("abcde"),
        st.sampled_from(["x", *(f"c{n}" for n in range(12))]),
        st.integers(-8, 8).map(lambda n: n / 2),
    ),
    max_size=16,
)


def posts_of(rows: list[Post]) -> Posts:
    names = ("object", "account", "content")
    columns = {
        name: pa.array([row[k] for row in rows], pa.string()) for k, name in enumerate(names)
    }
    return Posts.from_table(
        pa.table({**columns, "time": pa.array([row[3] for row in rows], pa.float64())})
    )


def slow_groups(rows: list[Post], window: float, least: int) -> list[Pair]:
    """Follow `detect_groups` step by step, in its order of rows."""
    accounts = list(dict.fromkeys(account for _, account, _, _ in rows))
    kept = [
        row
        for each in accounts
        for row in rows
        if row[1] == each and sum(other[1] == each for other in rows) >= least
    ]
    pairs: list[Pair] = []
    for obj in dict.fromkeys(row[0] for row in kept):
        group = [row for row in kept if row[0] == obj]
        for later in range(len(group)):
            for earlier in range(later):
                one, two = group[earlier], group[later]
                if abs(one[3] - two[3]) > window:
                    continue
                if one[1] == two[1] or one[2] == two[2] or obj in (one[2], two[2]):
                    continue
                old, new = (two, one) if one[3] > two[3] else (one, two)
                pairs.append((obj, old[2], new[2], new[3] - old[3], old[1], new[1]))
    return slow_participation(kept, pairs, least) if least >= 1 else pairs


def slow_participation(rows: list[Post], pairs: list[Pair], least: int) -> list[Pair]:
    contents = {pair[1] for pair in pairs} | {pair[2] for pair in pairs}
    inside = [row for row in rows if row[2] in contents]
    counts = Counter(row[1] for row in inside)
    good = {row[2] for row in inside if counts[row[1]] >= least}
    return [pair for pair in pairs if pair[1] in good or pair[2] in good]


def pairs_of(found: Groups) -> list[Pair]:
    names = ("object_id", "content_id", "content_id_y", "time_delta", "account_id", "account_id_y")
    rows = found.to_table().to_pylist()
    return [tuple(row[name] for name in names) for row in rows]


@given(posts_, st.sampled_from([0, 1, 2.5, 20]), st.integers(0, 3))
def test_pairs_and_their_order_are_those_of_coortweets_steps(
    rows: list[Post], window: float, least: int
) -> None:
    found = detect_groups(posts_of(rows), time_window=window, min_participation=least)
    assert pairs_of(found) == slow_groups(rows, window, least)


@given(posts_, st.sampled_from([0, 1]), st.integers(1, 3))
def test_fast_pairs_are_those_of_coortweets_steps(
    rows: list[Post], window: float, least: int
) -> None:
    found = detect_groups(posts_of(rows), time_window=3, min_participation=1)
    flagged = flag_speed_share(found, min_participation=least, time_window=window)
    slow = slow_groups(rows, 3, 1)
    quick = slow_participation(rows, [pair for pair in slow if pair[3] <= window], least)
    wanted = {pair[1:3] for pair in quick}
    assert flagged.is_fast is not None
    assert flagged.is_fast.tolist() == [pair[1:3] in wanted for pair in slow]


@given(posts_, st.sampled_from([0, 0.5, 0.95, 1]))
def test_edges_carry_the_weights_of_coortweets_steps(rows: list[Post], percentile: float) -> None:
    found = detect_groups(posts_of(rows), time_window=2, min_participation=1)
    table = generate_network(found, edge_weight=percentile).to_table(objects=True)
    slow: dict[frozenset[str], list[Pair]] = {}
    for pair in slow_groups(rows, 2, 1):
        slow.setdefault(frozenset(pair[4:]), []).append(pair)
    ours = {frozenset((row["from"], row["to"])): row for row in table.to_pylist()}
    assert list(ours) == list(slow)
    weights = sorted(len(each) for each in slow.values())
    for ends, pairs in slow.items():
        row = ours[ends]
        old, new = len({pair[1] for pair in pairs}), len({pair[2] for pair in pairs})
        assert row["weight"] == len(pairs)
        assert row["avg_time_delta"] == pytest.approx(mean(pair[3] for pair in pairs))
        assert (row["n_content_id"], row["n_content_id_y"]) == (old, new)
        assert row["edge_symmetry_score"] == min(old, new) / max(old, new)
        assert row["object_ids"] == ",".join(dict.fromkeys(pair[0] for pair in pairs))
        assert row["weight_threshold"] == (len(pairs) > quantile(weights, percentile))


def quantile(ordered: list[int], percentile: float) -> float:
    """R's type 7."""
    at = (len(ordered) - 1) * percentile
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])


@given(posts_, st.sampled_from([0, 1, 2.5]), st.integers(1, 2))
def test_co_retweets_are_those_of_the_toolkits_query(
    rows: list[Post], window: float, least: int
) -> None:
    messages: dict[str, Post] = {}
    for row in rows:
        messages.setdefault(row[2], row)
    assert slow_directed(list(messages.values()), window, least) == directed(
        co_retweet(posts_of(rows), time_window=window, min_edge_weight=least).to_table()
    )


@given(posts_, st.sampled_from([0, 1, 2.5]), st.integers(1, 2))
def test_co_links_are_those_of_the_toolkits_query(
    rows: list[Post], window: float, least: int
) -> None:
    links: dict[tuple[str, str], Post] = {}
    for row in rows:
        links.setdefault((row[2], row[0]), row)
    assert slow_directed(list(links.values()), window, least) == directed(
        co_link(posts_of(rows), time_window=window, min_edge_weight=least).to_table()
    )


def directed(table: pa.Table) -> dict[tuple[str, str], int]:
    return {(row["user_1"], row["user_2"]): row["weight"] for row in table.to_pylist()}


def slow_directed(rows: list[Post], window: float, least: int) -> dict[tuple[str, str], int]:
    met: dict[tuple[str, str], set[str]] = {}
    for one in rows:
        for two in rows:
            if one[0] != two[0] or one[2] == two[2] or one[1] == two[1]:
                continue
            if one[3] - window <= two[3] <= one[3] + window:
                met.setdefault((one[1], two[1]), set()).add(one[2])
    return {pair: len(each) for pair, each in met.items() if len(each) >= least}


def test_subgraphs_and_statistics_with_fast_shares() -> None:
    # a and b meet within 1 s on three objects; c meets a within 9 s; d meets c alone.
    rows: list[Post] = []
    for n in range(3):
        rows += [(f"o{n}", "a", f"a{n}", 100.0 * n), (f"o{n}", "b", f"b{n}", 100.0 * n + 1)]
    rows += [("o0", "c", "c0", 9.0), ("p", "c", "c1", 50.0), ("p", "d", "d0", 58.0)]
    rows += [("q", "e", "e0", 0.0), ("q", "f", "f0", 1.0)]
    found = detect_groups(posts_of(rows), time_window=10, min_participation=1)
    flagged = flag_speed_share(found, min_participation=1, time_window=1)

    def ends(subgraph: int) -> set[str]:
        table = generate_network(flagged, fast_net=True, subgraph=subgraph).to_table()
        return {row["from"] + row["to"] for row in table.to_pylist()}

    assert ends(0) == {"ab", "ac", "bc", "cd", "ef"}
    assert ends(2) == {"ab"}
    assert ends(3) == {"ab", "ac", "bc"}
    network = generate_network(flagged, fast_net=True)
    rows_of = {row["account_id"]: row for row in account_stats(network, "fast").to_pylist()}
    assert set(rows_of) == {"a", "b"}
    assert rows_of["a"]["avg_time_delta_fast"] == 1
    assert rows_of["a"]["unique_shares_count"] == 3
    assert group_stats(network, "fast").to_pylist() == [
        {"object_id": f"o{n}", "num_accounts": 1} for n in range(3)
    ]


@pytest.mark.parametrize(
    ("edge_weight", "subgraph", "fast"),
    [(1.5, 0, False), (0.5, 4, False), (0.5, 2, False), (0.5, 1, True)],
)
def test_settings_that_coortweet_refuses_are_refused(
    edge_weight: float, subgraph: int, fast: bool
) -> None:
    found = detect_groups(posts_of([]))
    with pytest.raises(UsageError):
        generate_network(found, fast_net=fast, edge_weight=edge_weight, subgraph=subgraph)


def test_more_pairs_of_posts_than_memory_holds_are_refused() -> None:
    posts = posts_of([("x", f"a{n}", f"c{n}", 0.0) for n in range(100)])
    with pytest.raises(RefusedError, match="4950 pairs"):
        pairs_within(posts.obj, posts.ts, 10, most=1_000)


def test_posts_without_contents_are_refused() -> None:
    with pytest.raises(BadInputError, match="no column 'content'"):
        Posts.from_table(pa.table({"account": ["a"], "object": ["x"], "time": [1]}))

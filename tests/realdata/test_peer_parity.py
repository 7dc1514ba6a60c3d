"""Compat modes give the peers' own answers on the peers' own data.

Golden rows and tables come from CooRTweet 2.1.3 and coordination-network-toolkit 1.5.2, run apart
from this code (see the data's MANIFEST.md). Figures in this file are the toolkit's too, from its
PyPI release 1.5.2 on the same data, at settings that the rows do not cover.
"""

import csv
import gzip
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.conftest import LONG
from tocsin.detect.coordination.compat import (
    CntNetwork,
    Posts,
    account_stats,
    co_link,
    co_post,
    co_retweet,
    co_similar_tweet,
    detect_groups,
    generate_network,
    group_stats,
)
from tocsin.detect.coordination.compat.stats import summary
from tocsin.detect.coordination.reading import read_trace

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def peers(datasets: Path) -> Path:
    return datasets / "coortweet"


@pytest.fixture(scope="module")
def russian(peers: Path) -> Posts:
    return Posts.from_table(read_trace(peers / "russian_coord_tweets.csv.gz").table)


def golden(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def differing(table: pa.Table, path: Path) -> int:
    """Count rows that only one of the two has; numbers to 12 digits, as R prints 15."""
    expected = golden(path)
    names = list(expected[0])

    def row(values: dict[str, Any]) -> tuple[str, ...]:
        return tuple(_plain(values[name]) for name in names)

    ours, theirs = Counter(map(row, table.to_pylist())), Counter(map(row, expected))
    return (ours - theirs).total() + (theirs - ours).total()


def _plain(value: object) -> str:
    try:
        return f"{float(str(value)):.12g}"
    except ValueError:
        return str(value)


def test_figures_equal_coortweets_for_every_setting_of_its_golden_table(
    peers: Path, russian: Posts
) -> None:
    with (peers / "golden_dev.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 24
    for row in rows:
        found = detect_groups(
            russian,
            time_window=float(row["time_window"]),
            min_participation=int(row["min_participation"]),
        )
        network = generate_network(
            found, edge_weight=float(row["edge_weight"]), subgraph=int(row["subgraph"])
        )
        figures = summary(network)
        assert figures == {name: int(row[name]) for name in figures}


def test_rows_edges_and_statistics_equal_coortweets(peers: Path, russian: Posts) -> None:
    found = detect_groups(russian, time_window=10, min_participation=5)
    network = generate_network(found, edge_weight=0.5)
    for table, name in (
        (found.to_table(), "ru_detect_groups_tw10_mp5.csv.gz"),
        (network.to_table(objects=True), "ru_edges_tw10_mp5_ew0.5.csv.gz"),
        (account_stats(network), "ru_account_stats_tw10_mp5.csv.gz"),
        (group_stats(network), "ru_group_stats_tw10_mp5.csv.gz"),
    ):
        assert differing(table, peers / name) == 0, name


def german(peers: Path, column: str) -> Posts:
    """Read one of the set's columns of objects, under CooRTweet's labels (`url_23678`)."""
    table = read_trace(
        peers / "german_elections.csv.gz", {"object": f"{column}_id", "content": "post_id"}
    ).table
    prefixed = pc.binary_join_element_wise(pa.scalar(column), table["object"], "_")
    return Posts.from_table(
        table.set_column(table.column_names.index("object"), "object", prefixed)
    )


def test_rows_of_the_german_elections_equal_coortweets(peers: Path) -> None:
    posts, left = german(peers, "url").prepared()
    assert left == {"lacks-a-field": 168_186, "repeated-row": 9_685}
    found = detect_groups(posts, time_window=30, min_participation=2)
    assert differing(found.to_table(), peers / "de_detect_groups_url_tw30_mp2.csv.gz") == 0


# CooRTweet's published steps as SQL, which shares nothing with the code: accounts of fewer rows
# dropped, pairs of rows within the window, then pairs of which a post's account takes part often.
_STEPS = """
with kept as (
    select * from posts qualify count(*) over (partition by account) >= $least
), pairs as (
    select x.account as account_x, y.account as account_y,
           x.content as content_x, y.content as content_y
    from kept x join kept y on x.object = y.object and x.row < y.row
        and y.time - x.time between -$window and $window
    where x.account != y.account and x.content != y.content
        and x.content != x.object and y.content != y.object
), inside as (
    select * from kept
    where content in (select content_x from pairs union select content_y from pairs)
), often as (
    select content from inside qualify count(*) over (partition by account) >= $least
), found as (
    select * from pairs
    where content_x in (select content from often) or content_y in (select content from often)
)
select count(*), count(distinct (least(account_x, account_y), greatest(account_x, account_y)))
from found
"""


@pytest.mark.parametrize(
    "column",
    [
        "hashtag",
        "phash",
        *(pytest.param(each, marks=pytest.mark.long) for each in ("url", "domain")),
    ],
)
def test_every_setting_of_the_german_elections_follows_coortweets_steps(
    peers: Path, column: str
) -> None:
    posts, _ = german(peers, column).prepared()
    rows = pa.table(
        {
            "row": np.arange(len(posts)),
            "object": posts.objects.take(pa.array(posts.obj)),
            "account": posts.accounts.take(pa.array(posts.acc)),
            "content": posts.contents.take(pa.array(posts.content)).cast(pa.string()),
            "time": posts.ts,
        }
    )
    with duckdb.connect() as connection:
        connection.register("posts", rows)
        for window, least in itertools.product((1, 10, 60, 600) if LONG else (10, 600), (1, 5)):
            found = detect_groups(posts, time_window=window, min_participation=least)
            figures = summary(generate_network(found))
            asked = {"window": window, "least": least}
            expected = connection.execute(_STEPS, asked).fetchone()
            assert (figures["result_rows"], figures["edges"]) == expected, asked


@pytest.mark.parametrize("window", [10, 60])
def test_co_retweets_equal_the_toolkits(peers: Path, russian: Posts, window: int) -> None:
    network = co_retweet(russian, time_window=window)
    assert differing(network.to_table(), peers / f"cnt_ru_coretweet_{window}.csv.gz") == 0


def figures_of(network: CntNetwork) -> tuple[int, int, int]:
    return len(network.weight), int(network.weight.sum()), int(network.weight.max(initial=0))


@pytest.mark.parametrize(
    ("window", "least", "figures"),
    [
        (1, 1, (258, 258, 1)),
        (10, 2, (7, 16, 3)),
        (60, 3, (14, 44, 4)),
        (600, 1, (114_842, 117_696, 9)),
        (600, 2, (2_283, 5_137, 9)),
    ],
)
def test_co_retweets_at_other_settings_have_the_toolkits_figures(
    russian: Posts, window: int, least: int, figures: tuple[int, int, int]
) -> None:
    network = co_retweet(russian, time_window=window, min_edge_weight=least)
    assert figures_of(network) == figures


@pytest.mark.parametrize(
    ("window", "least", "figures"), [(1, 1, (3_092, 3_115, 2)), (10, 3, (149, 515, 8))]
)
def test_co_posts_have_the_toolkits_figures(
    russian: Posts, window: int, least: int, figures: tuple[int, int, int]
) -> None:
    assert figures_of(co_post(russian, time_window=window, min_edge_weight=least)) == figures


@pytest.mark.parametrize(
    ("window", "least", "figures"),
    [
        (10, 1, (2_806, 10_170, 250)),
        (60, 1, (5_812, 15_764, 253)),
        (60, 2, (2_287, 12_239, 253)),
        (3_600, 3, (3_435, 31_954, 435)),
    ],
)
def test_co_links_of_the_german_elections_have_the_toolkits_figures(
    peers: Path, window: int, least: int, figures: tuple[int, int, int]
) -> None:
    network = co_link(german(peers, "url"), time_window=window, min_edge_weight=least)
    assert figures_of(network) == figures


@pytest.mark.parametrize(
    ("window", "least", "share", "least_words", "figures"),
    [
        (60, 1, 0.8, 1, (1_546, 5_252, 10)),
        (600, 1, 0.5, 5, (1_694, 11_224, 16)),
        (600, 2, 0.4, 1, (1_608, 13_536, 19)),
    ],
)
def test_like_texts_have_the_toolkits_figures(
    datasets: Path,
    *,
    window: int,
    least: int,
    share: float,
    least_words: int,
    figures: tuple[int, int, int],
) -> None:
    # CooRTweet's sets have no texts; these have no accounts and times, which are laid out here.
    with (datasets / "texts" / "synthetic_docs.csv").open(encoding="utf-8", newline="") as stream:
        texts = [row["text"] for row in csv.DictReader(stream)]
    n = np.arange(len(texts))
    posts = Posts.from_table(
        pa.table({"account": n * 7_919 % 97, "object": texts, "time": n * 5, "content": n})
    )
    network = co_similar_tweet(
        posts,
        time_window=window,
        min_edge_weight=least,
        similarity=share,
        min_words=least_words,
    )
    assert figures_of(network) == figures

"""Compat modes give the peers' own answers on the peers' own data.

Golden figures and rows come from CooRTweet 2.1.3 and coordination-network-toolkit 1.5.2, run apart
from this code (see the data's MANIFEST.md).
"""

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tocsin.detect.coordination.compat import (
    Posts,
    account_stats,
    co_retweet,
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


def test_rows_of_the_german_elections_equal_coortweets(peers: Path) -> None:
    table = read_trace(
        peers / "german_elections.csv.gz", {"object": "url_id", "content": "post_id"}
    ).table
    prefixed = pc.binary_join_element_wise(pa.scalar("url"), table["object"], "_")
    table = table.set_column(table.column_names.index("object"), "object", prefixed)
    posts, left = Posts.from_table(table).prepared()
    assert left == {"lacks-a-field": 168_186, "repeated-row": 9_685}
    found = detect_groups(posts, time_window=30, min_participation=2)
    assert differing(found.to_table(), peers / "de_detect_groups_url_tw30_mp2.csv.gz") == 0


@pytest.mark.parametrize("window", [10, 60])
def test_co_retweets_equal_the_toolkits(peers: Path, russian: Posts, window: int) -> None:
    network = co_retweet(russian, time_window=window)
    assert differing(network.to_table(), peers / f"cnt_ru_coretweet_{window}.csv.gz") == 0

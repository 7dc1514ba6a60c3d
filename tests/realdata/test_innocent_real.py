"""A real operation must not pass for an innocent: the Internet Research Agency's reposts."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tocsin.detect.coordination import Shares, edges
from tocsin.detect.coordination.chance import edge_tests
from tocsin.detect.coordination.groups import Grouping, groups_of
from tocsin.detect.coordination.innocent import Surroundings, explanations

pytestmark = pytest.mark.realdata

WINDOWS_S = (60, 600)


def reposts(datasets: Path) -> Shares:
    place = datasets / "ira" / "ira_traces_dev.parquet"
    if not place.is_file():
        pytest.skip(f"{place.name} is not there")
    posts = pq.read_table(place)
    posts = posts.filter(posts["is_retweet"])
    return Shares.from_table(
        posts.select(["account", "text_key", "ts"]).rename_columns(["account", "object", "time"])
    )


def test_no_group_of_the_agency_is_innocent_but_a_few_that_stand_on_two_stories(
    datasets: Path,
) -> None:
    shares = reposts(datasets)
    accounts = on_two_stories = 0
    for window_s in WINDOWS_S:
        met = edges(shares, window_s, 2)
        places = np.flatnonzero(edge_tests(shares, met, window_s).q_value <= 0.05)
        for grouping in Grouping:
            for group in groups_of(shares, met, places, window_s, grouping):
                accounts += len(group.accounts)
                tried = explanations(shares, met, group, Surroundings(), window_s)
                fits = {each.name for each in tried if each.fits}
                assert fits <= {"one viral object"}
                on_two_stories += len(group.accounts) * bool(fits)

    assert accounts > 1_000
    assert on_two_stories < 0.03 * accounts

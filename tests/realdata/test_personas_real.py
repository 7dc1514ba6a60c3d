"""Genuine handles of US news outlets, of which many are one edit apart: none is accused."""

from pathlib import Path

import pytest

from tocsin.detect.personas import Profiles, alike_pairs, find_personas, read_profiles

pytestmark = pytest.mark.realdata
NOW = 1_800_000_000


def test_no_genuine_outlet_is_accused_by_its_name_nor_by_its_owners_site(datasets: Path) -> None:
    """The table has handles and the sites that they link to; 199 and more pairs are near."""
    file = datasets / "profiles" / "ercexpo_us_news_twitter.csv"
    profiles = Profiles()
    with file.open("rb") as stream:
        read_profiles(stream, file.name, profiles, now=NOW)
    assert len(profiles) > 3_000
    assert len(list(alike_pairs(list(profiles)))) >= 199
    assert find_personas(profiles) == []

"""A small community for the tests of this room."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.exchange.world import World
from tocsin.records import MemberKind


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Alpha and beta (platforms) and gamma (a lab); alpha and beta form the group "pair"."""
    with World(tmp_path) as made:
        made.member("alpha")
        made.member("beta")
        made.member("gamma", MemberKind.RESEARCH)
        made.convenor.create_group("pair", ["alpha", "beta"])
        made.sync_all()
        yield made

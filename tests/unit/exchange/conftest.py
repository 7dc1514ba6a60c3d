"""A small community for the tests of this room."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.exchange.world import World
from tocsin.foundation import SeededEntropy
from tocsin.records import MemberKind


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small community, to be copied: making homes takes longer than most tests."""
    folder = tmp_path_factory.mktemp("made-once")
    with World(folder) as made:
        made.member("alpha")
        made.member("beta")
        made.member("gamma", MemberKind.RESEARCH)
        made.convenor.create_group("pair", ["alpha", "beta"])
    return folder


@pytest.fixture
def world(made_once: Path, tmp_path: Path) -> Iterator[World]:
    """Alpha and beta (platforms) and gamma (a lab); alpha and beta form the group "pair"."""
    folder = tmp_path / "world"
    shutil.copytree(made_once, folder)
    with World(folder, entropy=SeededEntropy(8)) as opened:
        yield opened

"""One operation on four platforms, from four exports, through the commands that a person types."""

from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.town import tocsin
from tests.conftest import LONG
from tests.worlds.hongkong import CONTROLS, OPERATION, PLATFORMS, HongKong, hong_kong

SEEDS = (1, 2, 3, 4, 5) if LONG else (1,)
SCALE = 1 / 40


@pytest.mark.parametrize("seed", SEEDS)
def test_one_operation_is_found_over_four_exports_and_no_control_is_in_it(
    tmp_path: Path, seed: int
) -> None:
    world = hong_kong(tmp_path, scale=SCALE, seed=seed)
    home = tmp_path / "home"
    tocsin("init", home, "--name", "Example", "--kind", "platform")
    loaded = tocsin("load", "--home", home, *world.files, "--json").said
    assert [file["format"] for file in loaded["files"]] == [
        "twarc", "content-library", "youtube", "telegram",
    ]  # fmt: skip
    assert loaded["new"] == world.posts
    traces = ("--trace", "url", "--trace", "text")
    said = tocsin("detect", "coordination", "--home", home, *traces, "--json").said
    groups = [set(group["accounts"]) for group in said["groups"]]
    (found,) = [group for group in groups if _mostly(group, world) == OPERATION]
    assert _f1(found, world, "twitter") >= 0.85
    assert all(_f1(found, world, each.name) >= 0.80 for each in PLATFORMS)
    assert not any(world.role.get(account) in CONTROLS for account in found)


def _mostly(group: set[str], world: HongKong) -> str:
    """Return the role that most of a group play."""
    return Counter(world.role.get(each, "") for each in group).most_common(1)[0][0]


def _f1(found: set[str], world: HongKong, platform: str) -> float:
    wanted = world.members(platform)
    here = {each for each in found if each.startswith(f"{platform}:")}
    return 2 * len(here & wanted) / (len(here) + len(wanted))

"""Hong Kong in shape at full size: four exports, one operation, four controls.

Loads and detects by the commands that a person types, each in a process of its own. Prints and is
kept in `results/bench_hongkong.txt`.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from harness import machine, print_rows

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.worlds.hongkong import (
    OPERATION,
    PLATFORMS,
    HongKong,
    hong_kong,
)

_SEED = 2019


def main() -> None:
    """Print two tables: what it costs, and who was found."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        world = hong_kong(place, scale=float(os.environ.get("SCALE", "1")), seed=_SEED)
        home = str(place / "home")
        _run("init", home, "--name", "Example", "--kind", "platform")
        files = [str(each) for each in world.files]
        costs = [
            (name, *_run(*words, "--home", home))
            for name, words in (
                ("load", ("load", *files)),
                ("detect", ("detect", "coordination", "--trace", "url", "--trace", "text")),
            )
        ]
    print_rows(
        f"Hong Kong in shape: {world.posts:,} posts in four exports\n\n{machine()}; one run",
        ("step", "wall s", "CPU s", "peak MB"),
        [(name, f"{wall:.0f}", f"{cpu:.0f}", f"{peak:.0f}") for name, _, wall, cpu, peak in costs],
    )
    groups = [set(each["accounts"]) for each in costs[1][1]["groups"]]
    print_rows("Groups found", ("mostly", "accounts", "by platform"), _groups(groups, world))
    print_rows(
        "The operation, in the group that has most of it",
        ("platform", "members", "found", "others", "F1"),
        _platforms(groups, world),
    )


def _groups(groups: list[set[str]], world: HongKong) -> list[tuple[str, ...]]:
    return [
        (
            Counter(world.role.get(each, "nobody") for each in group).most_common(1)[0][0],
            str(len(group)),
            ", ".join(
                f"{name} {count}"
                for name, count in Counter(each.partition(":")[0] for each in group).most_common()
            ),
        )
        for group in groups
    ]


def _platforms(groups: list[set[str]], world: HongKong) -> list[tuple[str, ...]]:
    wanted = {each for each, name in world.role.items() if name == OPERATION}
    best = max(groups, key=lambda group: len(group & wanted), default=set())
    rows: list[tuple[str, ...]] = []
    for platform in PLATFORMS:
        members = world.members(platform.name)
        here = {each for each in best if each.startswith(f"{platform.name}:")}
        hit = len(here & members)
        f1 = 2 * hit / (len(here) + len(members))
        rows.append((platform.name, str(len(members)), str(hit), str(len(here) - hit), f"{f1:.3f}"))
    return rows


def _run(*words: str) -> tuple[dict[str, Any], float, float, float]:
    """Type a command; return what it says, seconds of wall and processor, and its peak in MB."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "tocsin", *words, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # The largest of all children so far: of the largest step, and no less for the others.
    return json.loads(done.stdout), time.perf_counter() - started, cpu, after.ru_maxrss / 1024


if __name__ == "__main__":
    main()

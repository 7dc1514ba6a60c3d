"""Watches, typed: what comes by sync and by import, once each, whatever ends a run."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.town import Node, Town, command, environment, make_node
from tests.conftest import LONG

POINTS = 60 if LONG else 6
LISTS = 12


@pytest.fixture
def lab(tmp_path: Path) -> Node:
    return make_node(tmp_path / "lab", "Example Lab", "research")


def hits(said: Any) -> dict[str, list[str]]:
    """Names of hits, by watch."""
    return {row["name"]: [hit["name"] for hit in row["hits"]] for row in said["watches"]}


def imports(node: Node, *names: str) -> None:
    node.says("import", "-", stdin="\n".join(names).encode())


def test_a_watch_tells_what_comes_once(lab: Node) -> None:
    (made,) = lab.says("watch", "add", "Bank", "--query", "resembles:examplebank.org")["watches"]
    assert (made["query"], made["last_run"], made["hits"]) == (
        "resembles:examplebank.org", None, [],
    )  # fmt: skip
    imports(lab, "login-examplebank.net", "www.examplebank.org", "other.example")
    first = lab.says("watch", "run")
    assert hits(first) == {"Bank": ["login-examplebank.net"]}
    (hit,) = first["watches"][0]["hits"]
    assert hit["why"] == "the host 'login-examplebank.net' looks like 'examplebank.org'"
    assert (hit["feed"], hit["origin"]) == ("imports", "pasted")
    assert first["watches"][0]["last_run"]
    assert hits(lab.says("watch", "run")) == {"Bank": []}
    imports(lab, "login-examplebank.net", "examp1e-bank.shop")
    assert hits(lab.says("watch", "run", "bank")) == {"Bank": ["examp1e-bank.shop"]}
    listed = lab.says("watch", "list")
    assert hits(listed) == {"Bank": ["login-examplebank.net", "examp1e-bank.shop"]}


def test_what_others_release_is_told_with_who_released_it(town: Town) -> None:
    lab, pigeon = town["lab"], town["pigeon"]
    pigeon.says("watch", "add", "Shop", "--query", "domain:watched.example type:indicator")
    lab.pastes(["a.watched.example", "b.elsewhere.example"], "Watched")
    lab.says("release", "Watched", "--to", "Pigeon", "--tlp", "green")
    town.sync("lab", "pigeon")
    (row,) = pigeon.says("watch", "run", "Shop")["watches"]
    (hit,) = row["hits"]
    assert (hit["name"], hit["feed"], hit["origin"]) == ("a.watched.example", "received", lab.id)
    assert hits(pigeon.says("watch", "run", "Shop")) == {"Shop": []}


def test_watches_are_removed_and_named_when_they_are_asked_for_in_vain(lab: Node) -> None:
    lab.says("watch", "add", "One", "--query", "word")
    lab.says("watch", "add", "Two", "--query", "word", "--query", "type:account")
    assert set(hits(lab.says("watch", "remove", "one"))) == {"Two"}
    said = lab.says("watch", "run", "One", code=1)
    assert said["hint"] == "watches: Two"
    assert lab.says("watch", "add", "Three", "--query", "colour:red", code=1)["hint"]
    assert hits(lab.says("watch", "run")) == {"Two": []}


def test_killed_at_any_point_every_hit_is_told_and_kept_once(lab: Node) -> None:
    """`kill -9` at random points: what was printed counts as told or is told again, never lost."""
    for at in range(LISTS):
        imports(lab, *(f"n{at}-{number}.watched.example" for number in range(20)))
    lab.says("watch", "add", "All", "--query", "domain:watched.example")
    wanted = {f"n{at}-{number}.watched.example" for at in range(LISTS) for number in range(20)}
    chance, told = random.Random(11), set[str]()  # noqa: S311 - reproducible
    begun = time.monotonic()
    _killed(lab, None, "list")
    takes = time.monotonic() - begun
    for _ in range(POINTS):
        told.update(_killed(lab, chance.uniform(0.3, 1.3) * takes, "run"))
    told.update(hits(lab.says("watch", "run"))["All"])
    assert told == wanted
    assert hits(lab.says("watch", "run")) == {"All": []}
    kept = hits(lab.says("watch", "list"))["All"]
    assert (len(kept), set(kept)) == (len(wanted), wanted)


def _killed(node: Node, after: float | None, verb: str) -> list[str]:
    """Run a watch command as a process, kill it, and give the hits that it printed before."""
    child = subprocess.Popen(
        command("--json", "--home", node.folder, "watch", verb),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        child.wait(after)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    stdout, _ = child.communicate(timeout=600)
    try:
        return hits(json.loads(stdout)).get("All", [])
    except json.JSONDecodeError:
        return []


def test_what_a_load_brings_is_told_once_and_what_the_next_one_brings(
    lab: Node, tmp_path: Path
) -> None:
    lab.says("watch", "add", "Site", "--query", "domain:site.example", "--query", "handle:voice")
    for day in ("1", "2"):
        path = tmp_path / f"day{day}.csv"
        path.write_text(
            "platform,post,account,handle,time,url\n"
            f"vk,{day},7,voice_{day},1715601600,https://site.example/{day}\n"
            "vk,0,8,other,1715601600,https://site.example/always\n"
        )
        lab.says("load", path)
        said = lab.says("watch", "run")
        fresh = {f"voice_{day}", f"https://site.example/{day}"}
        assert set(hits(said)["Site"]) == fresh | (
            {"https://site.example/always"} if day == "1" else set()
        )
        assert {hit["origin"] for hit in said["watches"][0]["hits"]} == {path.name}
        assert hits(lab.says("watch", "run")) == {"Site": []}
    assert len(hits(lab.says("watch", "list"))["Site"]) == 5

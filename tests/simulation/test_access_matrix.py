"""The access matrix: every principal, marking, audience, authorship and state by every route.

Each cell is one caller, one object and one route, through the real application; what it should
say comes from `access/oracle.py`, which knows the policy page and none of the product. Reading
whole feeds decides most cells at once; cells that take a request each are a stated share here and
all of them with TOCSIN_LONG=1.
"""

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve
from starlette.routing import Route

from tests.simulation.access import oracle
from tests.simulation.access.asgi import Answer, Door, Loop
from tests.simulation.access.oracle import TLPS, Plain
from tests.simulation.access.worlds import (
    AUDIENCES,
    ORGANISATIONS,
    Cell,
    World,
    build,
    new_item,
    org_id,
)
from tocsin.exchange import build_app
from tocsin.exchange.overlap import overlap_routes
from tocsin.exchange.overlap.blobs import MemoryBlobs
from tocsin.exchange.overlap.notices import Notice
from tocsin.exchange.overlap.shelf import Shelf, Shelved
from tocsin.foundation import SeededEntropy
from tocsin.vault import Home, restore

LONG = os.environ.get("TOCSIN_LONG") == "1"
SHARE = 1 if LONG else 60
"""One in so many of the cells that take a request each."""

COLLECTION = "/taxii2/community/collections/visible/"
OBJECTS = COLLECTION + "objects/"
OWN = "/tocsin/v1/"
ASKING = "x-tocsin-overlap--00000000-0000-4000-8000-000000000001"

# What right each route takes: None for any token, "open" for no token at all.
_RIGHTS: dict[tuple[str, str], str | None] = {
    ("GET", "/taxii2/"): None,
    ("GET", "/taxii2/community/"): None,
    ("GET", "/taxii2/community/status/{status_id}/"): "submit",
    ("GET", "/taxii2/community/collections/"): None,
    ("GET", "/taxii2/community/collections/{collection}/"): None,
    ("GET", "/taxii2/community/collections/{collection}/manifest/"): "read",
    ("GET", "/taxii2/community/collections/{collection}/objects/"): "read",
    ("POST", "/taxii2/community/collections/{collection}/objects/"): "submit",
    ("GET", "/taxii2/community/collections/{collection}/objects/{object_id}/"): "read",
    ("DELETE", "/taxii2/community/collections/{collection}/objects/{object_id}/"): "withdraw",
    ("GET", "/taxii2/community/collections/{collection}/objects/{object_id}/versions/"): "read",
    ("GET", OWN + "clock"): "open",
    ("POST", OWN + "join"): "open",
    ("POST", OWN + "refill"): "open",  # signed by a member's key: its token may be what was lost
    ("GET", OWN + "directory"): "read",
    ("PUT", OWN + "keys"): "administer",
    ("GET", OWN + "checkpoint"): "read",
    ("GET", OWN + "consistency"): "read",
    ("POST", OWN + "witness"): "read",
    ("POST", OWN + "receipts"): "read",
    ("GET", OWN + "receipts/{object_id}"): "read",
    ("GET", OWN + "overlap/askings"): "overlap",
    ("POST", OWN + "overlap/letters"): "overlap",
    ("GET", OWN + "overlap/askings/{id}/letters/{kind}"): "overlap",
    ("PUT", OWN + "overlap/askings/{id}/outputs"): "overlap",
    ("POST", OWN + "overlap/askings/{id}/approval"): "overlap",
    ("POST", OWN + "overlap/askings/{id}/refusal"): "overlap",
    ("GET", OWN + "overlap/tags/{asker}/{name}"): "overlap",
    ("PUT", OWN + "overlap/tags/{asker}/{name}/{part}"): "overlap",
}
RIGHTS = _RIGHTS | {
    ("HEAD", path): right for (verb, path), right in _RIGHTS.items() if verb == "GET"
}
_KINDS = {"indicators": ["indicator"], "operations": ["infrastructure"]}
_FILLED = {
    "{collection}": "visible",
    "{object_id}": "indicator--00000000-0000-4000-8000-000000000000",
    "{status_id}": "00000000-0000-4000-8000-000000000000",
    "{id}": ASKING,
    "{kind}": "asking",
    "{asker}": org_id("author"),
    "{name}": "0" * 64,
    "{part}": "0",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = build(tmp_path_factory.mktemp("matrix") / "exchange")
    yield made
    made.close()


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    opened = Loop()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def door(world: World, loop: Loop) -> Door:
    return _door(world, loop)


@pytest.fixture
def copies(world: World, loop: Loop, tmp_path: Path) -> Iterator[Callable[[], tuple[World, Door]]]:
    """Give copies of the world, each to be changed by one caller."""
    made: list[World] = []
    backed_up = tmp_path / "backup"
    world.home.backup(backed_up)

    def copy() -> tuple[World, Door]:
        folder = tmp_path / str(len(made))
        restore(backed_up, folder)
        home = Home.open(folder, clock=world.clock, entropy=SeededEntropy(3))
        copied = evolve(world, folder=folder, home=home)
        made.append(copied)
        return copied, _door(copied, loop)

    yield copy
    for each in made:
        each.close()
        shutil.rmtree(each.folder)


def _door(world: World, loop: Loop) -> Door:
    entropy = SeededEntropy(5)
    extra = overlap_routes(world.home, world.clock, entropy)
    return Door(build_app(world.home, world.clock, entropy, extra_routes=extra), loop)


def _status(who: Plain, right: str | None, otherwise: int) -> int:
    """Return the status that the policy page gives, before any object is looked at."""
    if not who["works"] or not who["org"]["active"]:
        return 401
    return 403 if right is not None and right not in oracle.rights(who) else otherwise


def _walk(door: Door, caller: Cell, path: str, query: str) -> list[Any] | int:
    """Return all rows of a feed, or the status that it was refused with."""
    rows: list[Any] = []
    following = ""
    while True:
        answer = door.call("GET", path, caller.token, query + following)
        if answer.status != 200:
            return answer.status
        rows += answer.said.get("objects", [])
        if not answer.said["more"]:
            return rows
        following = f"&next={answer.said['next']}"


def _number(version: str) -> int:
    """Return which version of an object of the world this time is."""
    return int(version[17:19])


def _seen(rows: list[Any], field: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append(_number(row[field]))
    return {key: sorted(numbers) for key, numbers in found.items()}


def _expected(world: World, caller: Cell, *, last_only: bool) -> dict[str, list[int]]:
    found = {}
    for item in world.items:
        numbers = oracle.versions_seen(caller.who, item, _compartments(world))
        if numbers:
            found[item["id"]] = numbers[-1:] if last_only else numbers
    return found


def _compartments(world: World) -> dict[str, str]:
    return {id_: {"core": "mixed", "trade": "industry"}[name] for name, id_ in world.groups.items()}


def _differences(
    world: World, said: dict[str, list[int]], right: dict[str, list[int]]
) -> list[str]:
    known = {item["id"]: item for item in world.items}
    return [
        f"{item['state']} {item['tlp']} {item['authorship']} {item['audience']}: "
        f"said {said.get(key, [])}, policy {right.get(key, [])}"
        for key, item in known.items()
        if said.get(key, []) != right.get(key, [])
    ]


def test_every_route_is_in_the_matrix(door: Door) -> None:
    routes = {
        (method, route.path)
        for route in door.app.routes  # type: ignore[attr-defined]
        if isinstance(route, Route)
        for method in route.methods or ()
    }
    assert routes == set(RIGHTS)
    assert all(isinstance(route, Route) for route in door.app.routes)  # type: ignore[attr-defined]


def test_every_feed_holds_what_policy_lets_each_caller_read(world: World, door: Door) -> None:
    cells = 0
    for caller in world.callers:
        for path, query, field, last_only in (
            (OBJECTS, "limit=1000&match[version]=all", "modified", False),
            (OBJECTS, "limit=700", "modified", True),
            (COLLECTION + "manifest/", "limit=1000&match[version]=all", "version", False),
            (COLLECTION + "manifest/", "", "version", True),
        ):
            rows = _walk(door, caller, path, query)
            if isinstance(rows, int):
                assert rows == _status(caller.who, "read", 200), (caller.name, path)
                rows = []
            right = _expected(world, caller, last_only=last_only)
            found = _differences(world, _seen(rows, field), right)
            assert not found, (caller.name, path, query, len(found), found[:5])
            cells += len(world.items)
    assert cells >= 45_000


def test_a_group_has_a_collection_for_those_in_it_and_each_collection_is_a_part_of_the_whole(
    world: World, door: Door
) -> None:
    known = {item["id"]: item for item in world.items}
    for caller in world.callers:
        listed = door.call("GET", "/taxii2/community/collections/", caller.token)
        assert listed.status == _status(caller.who, None, 200), caller.name
        if listed.status != 200:
            continue
        groups = {each["title"]: each for each in listed.said["collections"]}
        inside = {
            name: id_
            for name, id_ in world.groups.items()
            if id_ in caller.who["org"]["groups"][oracle.NOW]
        }
        assert {name for name in world.groups if any(name in title for title in groups)} == {
            *inside
        }
        for collection in listed.said["collections"]:
            assert collection["can_read"] == ("read" in oracle.rights(caller.who))
            assert collection["can_write"] == ("submit" in oracle.rights(caller.who))
            rows = _walk(
                door, caller, f"/taxii2/community/collections/{collection['id']}/objects/", ""
            )
            if not isinstance(rows, list):
                assert rows == _status(caller.who, "read", 200)
                continue
            group = next((inside[name] for name in inside if name in collection["title"]), None)
            alias = collection.get("alias")
            right = {
                key: numbers
                for key, numbers in _expected(world, caller, last_only=True).items()
                if (group is None or f"group:{group}" in known[key]["audience"])
                and (alias in (None, "visible") or known[key]["type"] in _KINDS.get(alias, []))
            }
            found = _differences(world, _seen(rows, "modified"), right)
            assert not found, (caller.name, collection, found[:5])


def test_each_object_alone_is_there_or_not_as_policy_says(world: World, door: Door) -> None:
    """Verbs GET and HEAD of one object, of its versions, and of a filter that names it."""
    chosen = Random(20)  # noqa: S311 - repeatable on purpose
    for caller, item in product(world.callers, world.items):
        if chosen.randrange(SHARE):
            continue
        numbers = oracle.versions_seen(caller.who, item, _compartments(world))
        status = _status(caller.who, "read", 200 if numbers else 404)
        where = (caller.name, item["state"], item["tlp"], item["audience"], item["authorship"])
        one = door.call("GET", f"{OBJECTS}{item['id']}/", caller.token)
        versions = door.call("GET", f"{OBJECTS}{item['id']}/versions/", caller.token)
        head = door.call("HEAD", f"{OBJECTS}{item['id']}/", caller.token)
        listed = door.call("GET", OBJECTS, caller.token, f"match[id]={item['id']}")
        assert (one.status, versions.status, head.status) == (status,) * 3, where
        assert listed.status == _status(caller.who, "read", 200), where
        if status == 200:
            assert [_number(each["modified"]) for each in one.said["objects"]] == numbers[-1:], (
                where
            )
            assert sorted(map(_number, versions.said["versions"])) == numbers, where
        found = [_number(each["modified"]) for each in listed.said.get("objects", [])]
        assert found == (numbers[-1:] if listed.status == 200 else []), where


def test_every_route_asks_for_its_right_and_nothing_else_opens_it(world: World, door: Door) -> None:
    for caller, ((method, path), right) in product(world.callers, RIGHTS.items()):
        for name, value in _FILLED.items():
            path = path.replace(name, value)  # noqa: PLW2901
        query = "from=1&to=1" if path.endswith("consistency") else ""
        said: dict[str, str] | None = {} if method in ("POST", "PUT") else None
        answer = door.call(method, path, caller.token, query, said)
        where = (caller.name, method, path, answer.status, answer.body[:200])
        if right == "open":
            assert answer.status not in (401, 403), where
            continue
        expected = _status(caller.who, right, 0)
        if expected:
            assert answer.status == expected, where
            assert method == "HEAD" or _refuses(answer, right), where
        else:
            assert answer.status != 401, where
            assert not _refuses(answer, right), where


def _refuses(answer: Answer, right: str | None) -> bool:
    title = answer.said.get("title", "")
    return answer.status == 401 or title == f"this token, or who holds it, may not {right}"


def test_a_directory_shows_the_members_the_guests_to_members_and_ones_own_groups(
    world: World, door: Door
) -> None:
    for caller in world.callers:
        answer = door.call("GET", OWN + "directory", caller.token)
        assert answer.status == _status(caller.who, "read", 200), caller.name
        if answer.status != 200:
            continue
        own, roster = (
            json.loads(base64.b64decode(answer.said[key]["payload"]))
            for key in ("directory", "roster")
        )
        org = caller.who["org"]
        every = world.organisations.values()
        meant = {each["id"] for each in every if not each["guest"]}
        if not org["guest"]:
            meant |= {each["id"] for each in every}
        assert {each["id"] for each in own["members"]} == meant | {org["id"]}, caller.name
        assert {each["id"] for each in own["groups"]} == org["groups"][oracle.NOW], caller.name
        assert {each["id"] for each in roster["members"]} == {
            each["id"] for each in every if not each["guest"]
        }
        assert not roster["groups"]


def test_an_asking_is_its_two_members_alone(
    world: World, copies: Callable[[], tuple[World, Door]]
) -> None:
    copied, door = copies()
    notice = Notice(
        id=ASKING, asker=org_id("author"), holder=org_id("lab"), epoch=1, kinds=("domain",),
        elements=20, attempt=1, posted=copied.clock.now(),
    )  # fmt: skip
    shelf = Shelf(MemoryBlobs())
    copied.home.vault.write(lambda tx: shelf.put(tx, Shelved(notice), by="test"))
    for caller in copied.callers:
        status = _status(caller.who, "overlap", 200)
        is_its = caller.who["org"]["id"] in (org_id("author"), org_id("lab"))
        for query in (f"id={ASKING}", "after=0"):
            answer = door.call("GET", OWN + "overlap/askings", caller.token, query)
            assert answer.status == status, caller.name
            found = [each["id"] for each in answer.said.get("askings", [])]
            assert found == ([ASKING] if status == 200 and is_its else []), caller.name


def test_what_each_caller_may_send_is_taken_and_nothing_else(
    world: World, copies: Callable[[], tuple[World, Door]]
) -> None:
    audiences = [*AUDIENCES, ["group:0b5a1f6e-0000-4000-8000-000000000000"]]
    chosen = Random(23)  # noqa: S311 - repeatable on purpose
    for caller in world.callers:
        copied, door = copies()
        org = next(key for key in ORGANISATIONS if org_id(key) == caller.who["org"]["id"])
        items = []
        for tlp, audience, authorship, form in product(
            TLPS, audiences, ("named", "member", "none"), range(4)
        ):
            if not LONG and chosen.randrange(6):
                continue
            item = new_item(
                copied, f"{caller.name} {tlp} {audience} {authorship} {form}", org, tlp,
                audience, authorship,
            )  # fmt: skip
            if form == 1:
                item |= {
                    "origins": ["research" if ORGANISATIONS[org][0] != "research" else "target"]
                }
            if form == 2:
                item |= {"created_by": org_id("agency")}
            if form == 3 and tlp != "red":
                item |= new_item(
                    copied, item["id"], org, tlp, audience, authorship, type="x-tocsin-tip"
                )
            items.append(item)
        said = _posted(copied, door, caller, org, [copied.draft(each) for each in items])
        for item in items:
            taken = oracle.may_submit(caller.who, item, _compartments(copied))
            assert (item["id"] in said) == taken, (caller.name, item)


def _posted(world: World, door: Door, caller: Cell, org: str, drafts: list[Any]) -> set[str]:
    """Return the ids of what was taken; none where the whole request was refused."""
    bodies = [dict(world.signed(org, each).body) for each in drafts]
    answer = door.call("POST", OBJECTS, caller.token, "", {"objects": bodies})
    status = _status(caller.who, "submit", 202)
    assert answer.status == status, (caller.name, answer)
    return {each["id"] for each in answer.said.get("successes", [])}


@pytest.mark.parametrize("withdraws", [False, True])
def test_only_its_author_sends_a_new_version_or_a_withdrawal(
    world: World, copies: Callable[[], tuple[World, Door]], withdraws: bool
) -> None:
    chosen = Random(21)  # noqa: S311 - repeatable on purpose
    for caller in world.callers:
        if caller.who["org"]["id"] != org_id("author") and chosen.randrange(4) and not LONG:
            continue
        copied, door = copies()
        org = next(key for key in ORGANISATIONS if org_id(key) == caller.who["org"]["id"])
        items = [
            each
            for each in copied.items
            if each["state"] != "expired"
            and each["state"] != "held"
            and not chosen.randrange(SHARE // 4 + 1)
        ]
        drafts = [copied.draft(each, 30, withdrawn=withdraws) for each in items]
        said = _posted(copied, door, caller, org, drafts)
        for item in items:
            may = oracle.may_change(caller.who, item, _compartments(copied), withdraws=withdraws)
            assert (item["id"] in said) == may, (caller.name, item)


def test_a_delete_finds_only_what_its_caller_sent(
    world: World, copies: Callable[[], tuple[World, Door]]
) -> None:
    chosen = Random(22)  # noqa: S311 - repeatable on purpose
    for caller in world.callers:
        copied, door = copies()
        for item in copied.items:
            if chosen.randrange(SHARE):
                continue
            answer = door.call("DELETE", f"{OBJECTS}{item['id']}/", caller.token)
            found = oracle.deleting(caller.who, item, _compartments(copied))
            right = _status(caller.who, "withdraw", found)
            assert answer.status == right, (caller.name, item, answer)
            if right == 200:
                after = door.call("GET", f"{OBJECTS}{item['id']}/", copied.callers[0].token)
                assert after.status == 404

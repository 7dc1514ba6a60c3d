"""Collections by kind and by group: who finds them, what stands in them, what they take."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.exchange.test_taxii import EVERYONE, ROOT, TAXII, Caller
from tests.unit.exchange.world import URL, World
from tocsin.exchange.server.catalogue import KINDS
from tocsin.records import Audience, StixObject
from tocsin.trust import sign_object


def collections(caller: Caller) -> dict[str, dict[str, Any]]:
    found = caller.get(f"{ROOT}collections/").json()["collections"]
    return {each["title"]: each for each in found}


def objects_of(collection: dict[str, Any]) -> str:
    return f"{ROOT}collections/{collection['id']}/objects/"


def names(caller: Caller, path: str, **query: str | int) -> list[str]:
    return [each["name"] for each in caller.get(path, **query).json().get("objects", [])]


def pair(world: World) -> Audience:
    (group,) = world.convenor.groups()
    return Audience(groups=frozenset({group.id}))


def release(world: World, value: str, audience: Audience, **more: Any) -> StixObject:
    item = world.draft(world.nodes["alpha"], audience, value=value, **more)
    return world.release("alpha", item)


@pytest.fixture
def filled(world: World) -> World:
    """Alpha shares two with everyone, and between them one with the pair."""
    release(world, "one.example", EVERYONE)
    release(world, "two.example", pair(world))
    release(world, "three.example", EVERYONE)
    world.sync("alpha")
    return world


def test_a_group_has_a_collection_for_its_members_only(filled: World) -> None:
    alpha, gamma = collections(Caller(filled, "alpha")), collections(Caller(filled, "gamma"))
    assert "pair" in alpha
    assert alpha.keys() - gamma.keys() == {"pair"}
    assert [alpha[title] for title in gamma] == list(gamma.values())


def test_anothers_group_is_answered_like_no_collection_at_all(filled: World) -> None:
    hidden = collections(Caller(filled, "alpha"))["pair"]
    gamma = Caller(filled, "gamma")
    (group,) = filled.convenor.groups()
    for tail in ("", "objects/", "manifest/", "objects/indicator--x/", "objects/x/versions/"):
        answers = {
            (answer.status_code, answer.content, tuple(answer.headers.items()))
            for name in (hidden["id"], group.id, "pair", "5b2f9a61-0000-4000-8000-000000000000")
            for answer in [gamma.get(f"{ROOT}collections/{name}/{tail}")]
        }
        assert len(answers) == 1
        assert next(iter(answers))[0] == 404


def test_a_groups_collection_holds_what_names_it_and_nothing_else(filled: World) -> None:
    alpha, beta = Caller(filled, "alpha"), Caller(filled, "beta")
    for caller in (alpha, beta):
        assert names(caller, objects_of(collections(caller)["pair"])) == ["two.example"]
        assert len(names(caller, caller.objects)) == 3


def test_an_object_has_the_same_date_added_in_every_collection_of_a_reader(filled: World) -> None:
    beta = Caller(filled, "beta")
    added: dict[str, set[str]] = {}
    for each in collections(beta).values():
        rows = beta.get(f"{ROOT}collections/{each['id']}/manifest/").json().get("objects", [])
        for row in rows:
            added.setdefault(row["id"], set()).add(row["date_added"])
    assert len(added) == 3
    assert all(len(dates) == 1 for dates in added.values())


def test_who_joins_a_group_finds_its_collection_filled_and_who_leaves_loses_it(
    filled: World,
) -> None:
    gamma = Caller(filled, "gamma")
    seen = gamma.get(gamma.objects).headers["x-taxii-date-added-last"]
    filled.convenor.add_to_group("pair", "gamma")
    path = objects_of(collections(gamma)["pair"])
    assert names(gamma, path) == ["two.example"]
    assert names(gamma, path, added_after=seen) == ["two.example"]

    filled.convenor.remove_from_group("pair", "gamma")
    assert gamma.get(path).status_code == 404
    assert names(gamma, gamma.objects) == ["one.example", "three.example"]


def test_a_kinds_collection_holds_its_types_only(filled: World) -> None:
    report = filled.draft(filled.nodes["alpha"], EVERYONE, value="a report")
    body = {**report.body, "type": "note", "id": report.id.replace("indicator", "note")}
    filled.release("alpha", StixObject.of(body))
    filled.sync("alpha")
    gamma = Caller(filled, "gamma")
    path = f"{ROOT}collections/{{}}/objects/"
    assert names(gamma, path.format("indicators")) == ["one.example", "three.example"]
    assert names(gamma, path.format("reports")) == ["a report"]
    assert names(gamma, path.format("sightings")) == []
    both = {"match[type]": "indicator,note"}
    assert names(gamma, path.format("reports"), **both) == ["a report"]
    assert names(gamma, path.format("reports"), **{"match[type]": "indicator"}) == []


def test_a_next_serves_the_collection_that_issued_it_only(filled: World) -> None:
    gamma = Caller(filled, "gamma")
    token = gamma.get(gamma.objects, limit=1).json()["next"]
    elsewhere = f"{ROOT}collections/indicators/objects/"
    assert gamma.get(elsewhere, limit=1, next=token).status_code == 400
    alias, by_id = gamma.objects, objects_of(collections(gamma)["Everything visible to you"])
    assert gamma.get(by_id, next=token).json() == gamma.get(alias, next=token).json()


def _post(caller: Caller, path: str, *bodies: dict[str, Any]) -> dict[str, Any]:
    caller.objects = path
    answer = caller.post({"objects": [*bodies]})
    assert answer.status_code == 202
    status: dict[str, Any] = answer.json()
    return status


def test_a_collection_takes_what_belongs_in_it_and_names_the_rest(world: World) -> None:
    alpha = Caller(world, "alpha")
    home = world.nodes["alpha"]
    for_all, for_pair = (
        sign_object(world.draft(home, audience), home.keyring.signing)
        for audience in (EVERYONE, pair(world))
    )
    path = objects_of(collections(alpha)["pair"])
    status = _post(alpha, path, dict(for_all.body), dict(for_pair.body), {"id": 7})
    assert [each["id"] for each in status["successes"]] == [for_pair.id]
    assert [each["id"] for each in status["failures"]] == [for_all.id, "7"]
    assert "does not name group" in status["failures"][0]["message"]

    status = _post(alpha, f"{ROOT}collections/reports/objects/", dict(for_all.body))
    assert status["failure_count"] == 1
    status = _post(alpha, f"{ROOT}collections/indicators/objects/", dict(for_all.body))
    assert status["success_count"] == 1


def test_deleting_works_where_the_object_stands_and_for_its_author(filled: World) -> None:
    alpha, gamma = Caller(filled, "alpha"), Caller(filled, "gamma")
    first = alpha.get(alpha.objects).json()["objects"][0]

    def delete(caller: Caller, collection: str, **query: str) -> httpx.Response:
        path = f"{ROOT}collections/{collection}/objects/{first['id']}/"
        return caller.http.delete(path, headers=caller.headers, params=query)

    assert delete(alpha, "reports").status_code == 404
    assert delete(gamma, "visible").status_code == 403
    assert delete(alpha, "visible", **{"match[version]": "2020-01-01T00:00:00Z"}).status_code == 404
    assert delete(alpha, "visible", **{"match[spec_version]": "2.0"}).status_code == 404
    assert delete(alpha, "visible", **{"match[version]": first["modified"]}).status_code == 200
    assert delete(alpha, "visible").status_code == 404
    assert names(gamma, f"{ROOT}collections/indicators/objects/") == ["three.example"]


def test_one_version_of_several_cannot_be_deleted(filled: World) -> None:
    alpha = Caller(filled, "alpha")
    first = alpha.get(alpha.objects).json()["objects"][0]
    filled.clock.advance(minutes=1)
    changed = StixObject.of({**first, "modified": "2026-11-03T19:01:00.000Z", "name": "renamed"})
    filled.release("alpha", sign_object(changed, filled.nodes["alpha"].keyring.signing))
    filled.sync("alpha")
    path = f"{alpha.objects}{first['id']}/"
    query = {"match[version]": first["modified"]}
    assert alpha.http.delete(path, headers=alpha.headers, params=query).status_code == 403
    assert alpha.http.delete(path, headers=alpha.headers).status_code == 200


def test_pages_come_packed_to_who_takes_gzip_and_say_the_same(filled: World) -> None:
    gamma = Caller(filled, "gamma")
    plain = gamma.http.get(gamma.objects, headers={**gamma.headers, "Accept-Encoding": "identity"})
    packed = gamma.http.get(gamma.objects, headers={**gamma.headers, "Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_a_body_may_come_as_gzip_and_a_bomb_is_413(world: World) -> None:
    alpha, home = Caller(world, "alpha"), world.nodes["alpha"]
    item = sign_object(world.draft(home, EVERYONE), home.keyring.signing)
    packed = gzip.compress(json.dumps({"objects": [dict(item.body)]}).encode())
    answer = alpha.post(packed, **{"Content-Encoding": "gzip"})
    assert answer.json()["success_count"] == 1
    bomb = gzip.compress(b" " * 50_000_000)
    assert alpha.post(bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    answer = alpha.post(packed, **{"Content-Encoding": "br"})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip")


def test_another_method_is_405_with_those_allowed_and_401_to_a_stranger(world: World) -> None:
    alpha = Caller(world, "alpha")
    stranger = world.connect(URL)
    for path, allowed in (
        ("/taxii2/", "GET, HEAD"),
        (alpha.objects, "GET, HEAD, POST"),
        (f"{alpha.objects}x/", "DELETE, GET, HEAD"),
    ):
        for method in ("PUT", "PATCH", "OPTIONS", "TRACE"):
            answer = alpha.http.request(method, path, headers=alpha.headers)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
            assert answer.headers["content-type"] == TAXII
            assert stranger.request(method, path, headers=alpha.headers).status_code == 401


def test_the_reference_names_every_kind_with_its_types() -> None:
    page = Path("docs/reference/exchange-api.md").read_text("utf-8")
    rows = {
        line.split("|")[1].strip(): line for line in page.splitlines() if line[:9] == "| alias `"
    }
    assert rows.keys() == {f"alias `{alias}`" for alias in ("visible", *KINDS)}
    for alias, (_, types) in KINDS.items():
        assert set(re.findall("`([^`]+)`", rows[f"alias `{alias}`"])) == {alias, *types}

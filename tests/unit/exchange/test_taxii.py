"""The TAXII 2.1 endpoints as a client meets them; sections are those of the OASIS standard."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange.limits import MAX_CONTENT_BYTES
from tocsin.exchange.membership import membership_of
from tocsin.records import Audience, Authorship, StixObject
from tocsin.trust import sign_object

TAXII = "application/taxii+json;version=2.1"
ROOT = "/taxii2/community/"
EVERYONE = Audience(community=True)


class Caller:
    """One member's plain HTTP client."""

    def __init__(self, world: World, name: str | None) -> None:
        self.http = world.connect(URL)
        self.headers = {"Accept": TAXII}
        if name is not None:
            home = world.nodes[name]
            self.http.auth = httpx.BasicAuth(home.id, membership_of(home).credential)
        self.objects = "/taxii2/community/collections/visible/objects/"

    def get(self, path: str, **query: str | int) -> httpx.Response:
        return self.http.get(path, params=query, headers=self.headers)

    def walk(self, limit: int, **query: str | int) -> list[str]:
        """Return the ids of everything by `next`."""
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = self.get(self.objects, limit=limit, **query, **token).json()
            found += [each["id"] for each in page.get("objects", [])]
            if not page["more"]:
                return found
            token = {"next": page["next"]}

    def post(self, body: bytes | dict[str, Any], **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {**self.headers, "Content-Type": TAXII, **headers}
        return self.http.post(self.objects, content=content, headers=said)


@pytest.fixture
def alpha(world: World) -> Caller:
    return Caller(world, "alpha")


@pytest.fixture
def gamma(world: World) -> Caller:
    return Caller(world, "gamma")


def _share(world: World, count: int, audience: Audience = EVERYONE) -> list[StixObject]:
    """Let alpha release objects and send them."""
    made = []
    for number in range(count):
        item = world.draft(world.nodes["alpha"], audience, value=f"n{number}.example")
        made.append(world.release("alpha", item))
    world.sync("alpha")
    return made


def _pair(world: World) -> Audience:
    (group,) = world.convenor.groups()
    return Audience(groups=frozenset({group.id}))


def test_discovery_names_the_api_root(alpha: Caller) -> None:
    said = alpha.get("/taxii2/").json()  # 4.1
    assert said["api_roots"] == [f"{URL}{ROOT}"]
    root = alpha.get(ROOT).json()  # 4.2
    assert root["versions"] == [TAXII]
    assert root["max_content_length"] == MAX_CONTENT_BYTES


def test_every_answer_has_the_media_type_with_its_version(alpha: Caller) -> None:
    for path in ("/taxii2/", ROOT, f"{ROOT}collections/", alpha.objects, f"{ROOT}nothing/"):
        assert alpha.get(path).headers["content-type"] == TAXII  # 1.6.8


@pytest.mark.parametrize(
    "accept",
    [TAXII, "application/taxii+json", "*/*", "text/html, application/taxii+json; version=2.1"],
)
def test_an_accept_that_allows_taxii_is_answered(alpha: Caller, accept: str) -> None:
    alpha.headers["Accept"] = accept
    assert alpha.get("/taxii2/").status_code == 200


@pytest.mark.parametrize(
    "accept", ["application/json", "application/taxii+json;version=2.0", "text/html"]
)
def test_another_accept_is_406(alpha: Caller, accept: str) -> None:
    alpha.headers["Accept"] = accept
    answer = alpha.get("/taxii2/")
    assert answer.status_code == 406
    assert answer.json()["http_status"] == "406"  # 3.6.1


def test_without_credentials_everything_is_401_with_a_challenge(world: World) -> None:
    stranger = Caller(world, None)
    for path in ("/taxii2/", ROOT, stranger.objects):
        answer = stranger.get(path)
        assert answer.status_code == 401
        assert "Basic" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "header", ["Basic !!!", "Basic Og==", "Bearer", "Bearer tocsin-member-x", "Digest a", "Basic"]
)
def test_a_wrong_credential_is_401(world: World, header: str) -> None:
    http = world.connect(URL)
    answer = http.get("/taxii2/", headers={"Accept": TAXII, "Authorization": header})
    assert answer.status_code == 401


def test_a_credential_does_not_serve_under_another_members_name(world: World) -> None:
    alpha, beta = world.nodes["alpha"], world.nodes["beta"]
    http = world.connect(URL)
    http.auth = httpx.BasicAuth(beta.id, membership_of(alpha).credential)
    assert http.get("/taxii2/", headers={"Accept": TAXII}).status_code == 401


def test_the_members_name_serves_as_user_name(world: World) -> None:
    http = world.connect(URL)
    http.auth = httpx.BasicAuth("alpha", membership_of(world.nodes["alpha"]).credential)
    assert http.get("/taxii2/", headers={"Accept": TAXII}).status_code == 200


def test_a_revoked_members_credential_ends_at_once(world: World, alpha: Caller) -> None:
    assert alpha.get("/taxii2/").status_code == 200
    world.convenor.revoke("alpha")
    assert alpha.get("/taxii2/").status_code == 401


def test_what_is_not_visible_is_answered_exactly_like_what_is_not_there(
    world: World, gamma: Caller
) -> None:
    (hidden,) = _share(world, 1, _pair(world))
    absent = hidden.id[:-4] + "0000"
    for tail in ("/", "/versions/"):
        secret, nothing = (
            gamma.get(f"{gamma.objects}{each}{tail}") for each in (hidden.id, absent)
        )
        assert secret.status_code == nothing.status_code == 404
        assert secret.content == nothing.content
    deleted, nothing = (
        gamma.http.delete(f"{gamma.objects}{each}/", headers=gamma.headers)
        for each in (hidden.id, absent)
    )
    assert deleted.status_code == nothing.status_code == 404
    assert deleted.content == nothing.content
    assert gamma.get(gamma.objects).json() == {"more": False}
    assert "x-taxii-date-added-first" not in gamma.get(gamma.objects).headers


def test_each_collection_of_the_list_is_found_by_id_and_alias_and_no_other(alpha: Caller) -> None:
    listed = alpha.get(f"{ROOT}collections/").json()["collections"]
    assert listed[0]["alias"] == "visible"
    for each in listed:
        assert each["can_read"] is each["can_write"] is True
        for name in (each["id"], each.get("alias", each["id"])):
            assert alpha.get(f"{ROOT}collections/{name}/").json() == each
    assert alpha.get(f"{ROOT}collections/5b2f9a61-0000-4000-8000-000000000000/").status_code == 404


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11, 1000])
def test_a_walk_by_next_finds_each_object_once_whatever_the_limit(
    world: World, gamma: Caller, limit: int
) -> None:
    sent = _share(world, 11)
    assert gamma.walk(limit) == [each.id for each in sent]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_a_walk_by_date_added_last_finds_each_object_once(
    world: World, gamma: Caller, limit: int
) -> None:
    sent = _share(world, 11)  # medallion's walk by added_after saw 6 of 11
    found: list[str] = []
    query: dict[str, str] = {}
    while objects := (page := gamma.get(gamma.objects, limit=limit, **query)).json().get("objects"):
        found += [each["id"] for each in objects]
        query = {"added_after": page.headers["x-taxii-date-added-last"]}
    assert found == [each.id for each in sent]


def test_added_after_is_exclusive_to_the_microsecond(world: World, gamma: Caller) -> None:
    _share(world, 2)
    rows = gamma.get(f"{ROOT}collections/visible/manifest/").json()["objects"]
    first = rows[0]["date_added"]
    assert len(first) == len("2026-11-03T19:00:00.000000Z")
    after = gamma.get(gamma.objects, added_after=first).json()["objects"]
    assert [each["id"] for each in after] == [rows[1]["id"]]


def test_next_survives_a_restart_and_new_objects_in_between(world: World, gamma: Caller) -> None:
    sent = _share(world, 4)
    page = gamma.get(gamma.objects, limit=2).json()
    sent += _share(world, 1)
    world.restart()
    world.clock.advance(days=30)
    rest = gamma.get(gamma.objects, limit=10, next=page["next"]).json()
    assert [each["id"] for each in rest["objects"]] == [each.id for each in sent[2:]]


def test_a_forged_borrowed_or_moved_next_is_400(world: World, alpha: Caller, gamma: Caller) -> None:
    _share(world, 4)
    token = gamma.get(gamma.objects, limit=2).json()["next"]
    for bad in ("x", "AAAA", token[:-1], token + "A", token.swapcase()):
        assert gamma.get(gamma.objects, next=bad).status_code == 400
    assert alpha.get(alpha.objects, next=token).status_code == 400
    changed = {"match[type]": "indicator", "next": token}
    assert gamma.get(gamma.objects, **changed).status_code == 400
    assert gamma.get(f"{ROOT}collections/visible/manifest/", next=token).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "two"},
        {"limit": ""},
        {"added_after": "yesterday"},
        {"added_after": "2026-11-03"},
        {"match[version]": "newest"},
        {"match[version]": "all,first"},
        {"match[version]": "last,last"},
        {"match[type]": ""},
        {"match[name]": "x"},
        {"next": ""},
    ],
)
def test_a_bad_query_is_400(alpha: Caller, query: dict[str, str]) -> None:
    assert alpha.get(alpha.objects, **query).status_code == 400


def test_match_fields_are_all_required_and_their_values_alternatives(
    world: World, gamma: Caller
) -> None:
    first, second, _ = _share(world, 3)

    def ids(**query: str) -> list[str]:
        found = gamma.get(gamma.objects, **query).json().get("objects", [])
        return [each["id"] for each in found]

    both = f"{first.id},{second.id}"
    assert ids(**{"match[id]": both}) == [first.id, second.id]
    assert ids(**{"match[id]": both, "match[type]": "report"}) == []
    assert len(ids(**{"match[type]": "report,indicator"})) == 3
    assert len(ids(**{"match[spec_version]": "2.1"})) == 3
    assert ids(**{"match[spec_version]": "2.0"}) == []


def test_versions_can_be_asked_for_by_first_last_all_and_time(world: World, gamma: Caller) -> None:
    (first,) = _share(world, 1)
    world.clock.advance(minutes=1)
    stamp = "2026-11-03T19:01:00.000Z"
    world.release("alpha", first.replaced(modified=stamp, name="renamed"))
    world.sync("alpha")

    def versions(**query: str) -> list[str]:
        found = gamma.get(gamma.objects, **query).json().get("objects", [])
        return [each["modified"] for each in found]

    old = str(first.body["modified"])
    assert versions() == [stamp]
    assert versions(**{"match[version]": "last"}) == [stamp]
    assert versions(**{"match[version]": "first"}) == [old]
    assert versions(**{"match[version]": "all"}) == [old, stamp]
    assert versions(**{"match[version]": "first,last"}) == [old, stamp]
    assert versions(**{"match[version]": old}) == [old]
    one = gamma.get(f"{gamma.objects}{first.id}/versions/").json()
    assert one["versions"] == [old, stamp]
    manifest = gamma.get(f"{ROOT}collections/visible/manifest/", **{"match[version]": "all"}).json()
    assert [row["version"] for row in manifest["objects"]] == [old, stamp]


def test_a_post_is_202_with_a_status_whose_counts_add_up(world: World, alpha: Caller) -> None:
    home = world.nodes["alpha"]
    good = sign_object(world.draft(home, EVERYONE), home.keyring.signing)
    bad = world.draft(home, EVERYONE)
    answer = alpha.post({"objects": [dict(good.body), dict(bad.body), 7]})
    assert answer.status_code == 202
    status = answer.json()
    assert status["total_count"] == 3
    assert status["success_count"] + status["failure_count"] + status["pending_count"] == 3
    assert status["successes"] == [{"id": good.id, "version": good.version}]
    assert "not signed" in status["failures"][0]["message"]
    again = alpha.get(f"{ROOT}status/{status['id']}/")
    assert again.json() == status
    world.clock.advance(hours=24)
    assert alpha.get(f"{ROOT}status/{status['id']}/").json() == status
    assert Caller(world, "beta").get(f"{ROOT}status/{status['id']}/").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"objects": [', 400),
        (b'{"objects": [{"id": 1, "id": 2}]}', 400),
        (b'{"objects": [NaN]}', 400),
        (b'{"objects": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400),
        (b'{"objects": [' + b"9" * 400 + b"]}", 400),
        (b"\xff\xfe{}", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"objects": []}', 422),
    ],
)
def test_a_malformed_envelope_is_refused_whole(alpha: Caller, body: bytes, status: int) -> None:
    assert alpha.post(body).status_code == status


def test_a_wrong_content_type_or_encoding_is_415(alpha: Caller) -> None:
    assert alpha.post(b"{}", **{"Content-Type": "application/json"}).status_code == 415
    assert alpha.post(b"{}", **{"Content-Encoding": "br"}).status_code == 415


def test_a_body_over_the_limit_is_413(alpha: Caller) -> None:
    assert alpha.post(b" " * (MAX_CONTENT_BYTES + 1)).status_code == 413


def test_the_author_can_delete_and_every_recipient_learns_of_the_withdrawal(
    world: World, alpha: Caller, gamma: Caller
) -> None:
    (item,) = _share(world, 1)
    world.sync("gamma")
    answer = alpha.http.delete(f"{alpha.objects}{item.id}/", headers=alpha.headers)
    assert answer.status_code == 200
    assert gamma.get(f"{gamma.objects}{item.id}/").status_code == 404
    world.sync("gamma")
    assert item.id in world.flagged("gamma")
    world.convenor.create_group("later", ["beta"])
    assert gamma.get(f"{gamma.objects}{item.id}/").status_code == 404


def test_an_unnamed_authors_own_view_does_not_differ_from_a_recipients(
    world: World, alpha: Caller, gamma: Caller
) -> None:
    item = world.draft(world.nodes["alpha"], EVERYONE, authorship=Authorship.MEMBER)
    world.release("alpha", item)
    world.sync("alpha")
    mine, theirs = (caller.get(caller.objects).json()["objects"] for caller in (alpha, gamma))
    assert mine == theirs


def test_an_unknown_path_or_method_is_answered_in_the_same_form(alpha: Caller) -> None:
    assert alpha.get("/nothing").json()["http_status"] == "404"
    assert alpha.http.put("/taxii2/", headers=alpha.headers).status_code == 405

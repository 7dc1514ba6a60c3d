"""TAXII 2.1, black box: negotiation, access, errors, server information, collections.

Each check cites the section of the OASIS standard of 10 June 2021 that it is written from.
`test_taxii_reading` and `test_taxii_writing` go on; `taxii_target` says how to point all of them
at another server.
"""

import httpx
import pytest

from tests.conformance.taxii_client import (
    NO_OBJECT,
    NOWHERE,
    TAXII,
    Taxii,
    is_error,
    is_identifier,
)

STIX_MEDIA_TYPE = "application/stix+json"


def everywhere(taxii: Taxii) -> list[str]:
    """Every address that answers GET."""
    known = taxii.get(taxii.manifest, limit=1).json()["objects"][0]["id"]
    return [
        taxii.target.url,
        taxii.root,
        f"{taxii.root}collections/",
        taxii.here,
        taxii.manifest,
        taxii.objects,
        taxii.one(known),
        f"{taxii.one(known)}versions/",
    ]


# -- 1.6.7 and 1.6.8: JSON and its media type ----------------------------------------------------


def test_3_1_every_answer_names_the_media_type_with_its_version(owner: Taxii) -> None:
    """§3.1: all responses have the media type and version parameter in Content-Type."""
    for url in everywhere(owner):
        answer = owner.get(url)
        assert answer.status_code == 200
        assert answer.headers["content-type"].replace(" ", "") == TAXII


def test_1_6_7_every_body_is_utf_8_json_with_no_name_twice(owner: Taxii) -> None:
    """§1.6.7: UTF-8 encoded JSON as RFC 7493 has it; every resource is an object."""
    for url in everywhere(owner):
        body = owner.get(url).content.decode("utf-8")
        assert body.startswith("{")
        assert "\ufffd" not in body


@pytest.mark.parametrize(
    "accept",
    [
        "application/taxii+json;version=2.1",
        "application/taxii+json; version=2.1",
        "application/taxii+json",
        "application/taxii+json;version=2.1,application/stix+json;version=2.1",
        "application/taxii+json;version=2.1;q=0.5, text/html;q=0.1",
        "application/taxii+json;version=2.2, application/taxii+json;version=2.1",
    ],
)
def test_1_6_8_an_accept_with_the_media_type_is_never_406(owner: Taxii, accept: str) -> None:
    """§1.6.8.2 and §3.1: the version is optional; media types defined here must not give 406."""
    for url in everywhere(owner):
        answer = owner.http.get(url, headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].replace(" ", "") == TAXII


@pytest.mark.parametrize(
    "accept",
    [
        "application/taxii+json;version=2.0",
        "application/vnd.oasis.taxii+json; version=2.0",
        "application/json",
        "text/html",
        "application/taxii+json;version=2.1;q=0",
    ],
)
def test_3_1_another_accept_is_406_on_every_endpoint(owner: Taxii, accept: str) -> None:
    """§3.1 allows 406 for what an endpoint does not define; §4 and §5 list it everywhere."""
    for url in everywhere(owner):
        assert is_error(owner.http.get(url, headers={"Accept": accept}), 406)


def test_8_2_1_a_request_without_user_agent_is_served(owner: Taxii) -> None:
    """§8.2.1: a valid request that is missing the User-Agent header is not rejected."""
    request = owner.http.build_request("GET", owner.target.url)
    del request.headers["user-agent"]
    assert owner.http.send(request).status_code == 200


# -- 1.6.9: who may ask --------------------------------------------------------------------------


def test_1_6_9_without_credentials_every_endpoint_is_401_with_a_challenge(
    owner: Taxii, nobody: Taxii
) -> None:
    """§1.6.9: 401 and WWW-Authenticate."""
    for url in everywhere(owner):
        answer = nobody.get(url)
        assert is_error(answer, 401)
        assert answer.headers["www-authenticate"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_1_6_9_without_credentials_it_is_401_regardless_of_the_method(
    nobody: Taxii, method: str
) -> None:
    """§1.6.9: regardless of HTTP method."""
    for url in (nobody.target.url, nobody.objects, nobody.one(NO_OBJECT)):
        answer = nobody.http.request(method, url, headers={"Content-Type": TAXII})
        assert answer.status_code == 401


def test_1_6_9_http_basic_is_among_the_challenges(nobody: Taxii) -> None:
    """§1.6.9 and §8.2.2: HTTP Basic should be implemented."""
    challenge = nobody.get(nobody.target.url).headers["www-authenticate"]
    assert challenge.lower().startswith("basic") or ", basic" in challenge.lower()


def test_1_6_9_a_wrong_password_is_401(owner: Taxii) -> None:
    """§1.6.9: an Authorization header that grants nothing is no better than none."""
    assert owner.account is not None
    wrong = httpx.BasicAuth(owner.account.user, "wrong")
    answer = owner.http.get(owner.target.url, auth=wrong)
    assert is_error(answer, 401)


def test_5_4_a_stranger_learns_nothing_of_what_is_there(nobody: Taxii) -> None:
    """§5.1 to §5.8: a failed authentication is 401 or 404, for what is there and what is not."""
    told = {
        (answer.status_code, answer.content)
        for url in (nobody.objects, f"{nobody.root}collections/{NOWHERE}/objects/")
        for answer in [nobody.get(url)]
    }
    assert len(told) == 1


def test_1_6_9_what_another_must_not_see_is_left_out_everywhere(owner: Taxii, other: Taxii) -> None:
    """§1.6.9: a server may omit objects that the client is not authorised to receive."""
    hidden = other.target.hidden
    if hidden is None:
        pytest.skip("TAXII_HIDDEN names no object")
    assert owner.get(owner.one(hidden)).status_code == 200
    every = {"match[version]": "all"}
    assert hidden not in {row["id"] for row in other.rows(**every)}
    assert hidden not in {each["id"] for each in other.walk(other.objects, **every)}
    for path in ("", "versions/"):
        there = other.get(other.one(hidden) + path)
        absent = other.get(other.one(NO_OBJECT) + path)
        assert there.status_code == absent.status_code == 404
        assert there.content == absent.content


# -- 3.6: errors ---------------------------------------------------------------------------------


def test_3_6_1_an_unknown_address_is_an_error_message(owner: Taxii) -> None:
    """§3.6.1: title is required; http_status, a string, matches the header."""
    for url in (f"{owner.root}nothing/", f"{owner.root}collections/{NOWHERE}/"):
        assert is_error(owner.get(url), 404)


def test_3_6_1_errors_have_no_property_of_another_type(owner: Taxii) -> None:
    """§3.6.1: all of an error's properties are strings but for details."""
    said = owner.get(f"{owner.root}collections/{NOWHERE}/").json()
    named = {"title", "description", "error_id", "error_code", "http_status", "external_details"}
    assert all(isinstance(value, str) for name, value in said.items() if name in named)
    assert isinstance(said.get("details", {}), dict)


def test_3_6_a_method_that_an_endpoint_does_not_know_is_405_with_those_it_knows(
    owner: Taxii,
) -> None:
    """§3.6: HTTP's own semantics hold; RFC 9110 §15.5.6 wants Allow."""
    answer = owner.http.put(owner.objects, json={}, headers={"Content-Type": TAXII})
    assert answer.status_code == 405
    assert {"GET", "POST"} <= {each.strip() for each in answer.headers["allow"].split(",")}


def test_3_1_a_head_request_says_what_get_says_without_a_body(owner: Taxii) -> None:
    """§3.1: responses to HEAD have no body; RFC 9110 §9.3.2: the headers of GET."""
    for url in (owner.target.url, owner.manifest):
        head, get = owner.http.head(url), owner.get(url)
        assert head.status_code == get.status_code == 200
        assert head.content == b""
        assert head.headers["content-type"] == get.headers["content-type"]


# -- 4.1 and 4.2: discovery and API root ---------------------------------------------------------


def test_8_2_1_discovery_lies_at_taxii2_of_the_servers_root(owner: Taxii) -> None:
    """§8.2.1: /taxii2/ at the root of the server."""
    assert httpx.URL(owner.target.url).path == "/taxii2/"
    assert owner.get(owner.target.url).status_code == 200


def test_4_1_1_discovery_has_a_title_and_strings(owner: Taxii) -> None:
    """§4.1.1: title is required; description, contact and default are strings."""
    said = owner.get(owner.target.url).json()
    assert said["title"]
    for name in ("title", "description", "contact", "default"):
        assert isinstance(said.get(name, ""), str)


def test_4_1_1_the_default_is_one_of_the_api_roots(owner: Taxii) -> None:
    """§4.1.1: default must be an item of api_roots, which is never an empty list (§2)."""
    said = owner.get(owner.target.url).json()
    assert said.get("api_roots", ["x"])
    assert "default" not in said or said["default"] in said["api_roots"]


def test_4_1_1_api_roots_are_https_or_relative_and_have_no_query(owner: Taxii) -> None:
    """§4.1.1: HTTPS or relative, no query; of a server on loopback without TLS its own scheme."""
    own = httpx.URL(owner.target.url)
    for root in owner.get(owner.target.url).json()["api_roots"]:
        url = httpx.URL(root)
        assert not url.query
        assert not root.startswith(("//", "../"))
        is_plain = own.scheme == "http" and url.scheme == "http" and url.host == own.host
        assert root.startswith("/") or url.scheme == "https" or is_plain


def test_4_2_1_the_api_root_has_title_and_versions(owner: Taxii) -> None:
    """§4.2.1: title and versions are required; versions hold this one with its parameter."""
    said = owner.get(owner.root).json()
    assert isinstance(said["title"], str)
    assert "application/taxii+json;version=2.1" in said["versions"]


def test_4_2_1_max_content_length_is_a_positive_integer(owner: Taxii) -> None:
    """§4.2.1: required, an integer greater than zero."""
    length = owner.get(owner.root).json()["max_content_length"]
    assert type(length) is int
    assert 0 < length < 2**53


def test_4_2_an_unknown_api_root_is_404(owner: Taxii) -> None:
    """§4.2: 404 when the API root is not found."""
    unknown = httpx.URL(owner.root).copy_with(path=f"/{NOWHERE}/")
    assert is_error(owner.get(str(unknown)), 404)
    assert is_error(owner.get(f"{unknown}collections/"), 404)


# -- 5.1 and 5.2: collections --------------------------------------------------------------------


def test_5_2_1_each_collection_has_what_is_required_in_the_right_type(owner: Taxii) -> None:
    """§5.2.1: id, title, can_read and can_write are required."""
    for each in owner.get(f"{owner.root}collections/").json()["collections"]:
        assert is_identifier(each["id"])
        assert isinstance(each["title"], str)
        assert type(each["can_read"]) is type(each["can_write"]) is bool
        assert isinstance(each.get("description", ""), str)
        assert each.get("media_types", [STIX_MEDIA_TYPE])


def test_5_2_1_ids_and_aliases_are_unique(owner: Taxii) -> None:
    """§5.2.1: an id identifies one collection, an alias one of its API root."""
    listed = owner.get(f"{owner.root}collections/").json()["collections"]
    ids = [each["id"] for each in listed]
    aliases = [each["alias"] for each in listed if "alias" in each]
    assert len(set(ids)) == len(ids)
    assert len(set(aliases)) == len(aliases)


def test_3_3_collections_come_in_the_same_order_every_time(owner: Taxii) -> None:
    """§3.3: a consistent sort order across requests."""
    url = f"{owner.root}collections/"
    assert len({owner.get(url).content for _ in range(5)}) == 1


def test_5_2_a_collection_says_of_itself_what_the_list_says(owner: Taxii) -> None:
    """§5.2: the same resource as in the list of §5.1."""
    for each in owner.get(f"{owner.root}collections/").json()["collections"]:
        assert owner.get(f"{owner.root}collections/{each['id']}/").json() == each


def test_5_2_1_an_alias_stands_for_the_id(owner: Taxii) -> None:
    """§5.2.1: an alias can be used in place of the collection's id."""
    for each in owner.get(f"{owner.root}collections/").json()["collections"]:
        if "alias" in each:
            assert owner.get(f"{owner.root}collections/{each['alias']}/").json() == each


def test_5_2_an_unknown_collection_is_404_at_every_address_below_it(owner: Taxii) -> None:
    """§5.2 to §5.8: 404 when the collection is not found."""
    unknown = f"{owner.root}collections/{NOWHERE}/"
    for tail in ("", "manifest/", "objects/", f"objects/{NO_OBJECT}/"):
        assert is_error(owner.get(unknown + tail), 404)
    answer = owner.http.post(f"{unknown}objects/", json={}, headers={"Content-Type": TAXII})
    assert is_error(answer, 404)
    assert is_error(owner.http.delete(f"{unknown}objects/{NO_OBJECT}/"), 404)


def test_5_2_1_what_cannot_be_read_or_written_is_403_or_404(owner: Taxii) -> None:
    """§5.3 to §5.5: can_read or can_write being false is 403 or 404."""
    for each in owner.get(f"{owner.root}collections/").json()["collections"]:
        objects = f"{owner.root}collections/{each['id']}/objects/"
        if not each["can_read"]:
            assert is_error(owner.get(objects), 403, 404)
        if not each["can_write"]:
            answer = owner.http.post(objects, json={}, headers={"Content-Type": TAXII})
            assert is_error(answer, 403, 404)

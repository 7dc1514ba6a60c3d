"""TAXII 2.1, black box: adding objects, statuses, deleting."""

import gzip
import json
from typing import Any

import pytest

from tests.conformance.taxii_client import (
    NO_OBJECT,
    NOWHERE,
    TAXII,
    Taxii,
    is_error,
    is_identifier,
    is_timestamp,
)

COUNTS = ("success_count", "failure_count", "pending_count")


def unacceptable() -> dict[str, Any]:
    """A STIX object that no server takes: its id is none."""
    return {"type": "indicator", "id": "indicator--nonsense", "spec_version": "2.1"}


# -- 5.5: adding ---------------------------------------------------------------------------------


def test_5_5_adding_is_202_with_a_status(owner: Taxii) -> None:
    """§5.5: 202 and a status resource; what was added can be read."""
    item = owner.target.fresh()
    answer = owner.post({"objects": [item]})
    assert answer.status_code == 202
    assert answer.headers["content-type"].replace(" ", "") == TAXII
    assert answer.json()["status"] in ("complete", "pending")
    assert owner.get(owner.one(item["id"])).json()["objects"] == [item]


def test_5_5_what_is_added_is_the_last_of_the_collection(owner: Taxii, other: Taxii) -> None:
    """§3.3 and §5.5: added now, so at the end, for every reader."""
    item = owner.added()
    for reader in (owner, other):
        assert reader.rows()[-1]["id"] == item["id"]


def test_5_5_exactly_the_same_again_is_no_error(owner: Taxii) -> None:
    """§5.5: an exact duplicate must not return an error, and is not there twice."""
    item = owner.added()
    before = owner.rows()
    status = owner.post({"objects": [item]}).json()
    assert (status["success_count"], status["failure_count"]) == (1, 0)
    assert owner.rows() == before


def test_5_5_the_same_twice_in_one_envelope_is_no_error(owner: Taxii) -> None:
    """§5.5: the same holds inside one request."""
    item = owner.target.fresh()
    status = owner.post({"objects": [item, item]}).json()
    assert (status["total_count"], status["success_count"]) == (2, 2)
    assert [row["id"] for row in owner.rows()].count(item["id"]) == 1


def test_5_5_several_objects_of_one_request_get_dates_of_their_own(owner: Taxii) -> None:
    """§3.5: else a page that ends between them loses the others for a walk by added_after."""
    items = [owner.target.fresh() for _ in range(4)]
    assert owner.post({"objects": items}).json()["success_count"] == 4
    rows = owner.rows(**{"match[id]": ",".join(each["id"] for each in items)})
    assert [row["id"] for row in rows] == [each["id"] for each in items]
    assert len({row["date_added"] for row in rows}) == 4


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/taxii+json;version=2.0",
        "application/vnd.oasis.stix+json; version=2.0",
        "text/plain",
        "",
    ],
)
def test_5_5_another_content_type_is_415(owner: Taxii, kind: str) -> None:
    """§5.5: 415 for a content type that the server does not support."""
    answer = owner.post({"objects": [unacceptable()]}, **{"Content-Type": kind})
    assert is_error(answer, 415)


def test_3_1_a_content_type_without_version_is_never_415(owner: Taxii) -> None:
    """§1.6.8.2 and §3.1: the version parameter is optional."""
    item = owner.target.fresh()
    answer = owner.post({"objects": [item]}, **{"Content-Type": "application/taxii+json"})
    assert answer.status_code == 202


def test_5_5_another_accept_is_406_and_adds_nothing(owner: Taxii) -> None:
    """§5.5: 406 when the media type in the Accept header is invalid."""
    item = owner.target.fresh()
    assert is_error(owner.post({"objects": [item]}, Accept="text/html"), 406)
    assert owner.get(owner.one(item["id"])).status_code == 404


def test_5_5_a_body_beyond_max_content_length_is_413(owner: Taxii) -> None:
    """§5.5: 413 when the payload exceeds the max_content_length of the API root."""
    limit = owner.get(owner.root).json()["max_content_length"]
    assert is_error(owner.post(b" " * (limit + 1)), 413)


def test_4_2_1_a_body_within_max_content_length_is_never_413(owner: Taxii) -> None:
    """§4.2.1: a smaller body must not result in 413, however many objects it holds."""
    limit = owner.get(owner.root).json()["max_content_length"]
    many = json.dumps({"objects": [{}] * 6_000}).encode()
    for body in (many, b'{"objects": [' + b" " * (limit - 100) + b"]}"):
        assert len(body) < limit
        assert owner.post(body).status_code != 413


@pytest.mark.parametrize("body", [b"", b"{", b"objects", b'{"objects": [', b"\xff\xfe", b"<xml/>"])
def test_5_5_what_is_no_json_is_400_or_422(owner: Taxii, body: bytes) -> None:
    """§5.5: 400 for what the server did not understand, 422 for a malformed body."""
    assert is_error(owner.post(body), 400, 422)


@pytest.mark.parametrize("body", [[], {}, "text", {"objects": {}}, {"objects": "x"}])
def test_5_5_what_is_no_envelope_is_400_or_422(owner: Taxii, body: Any) -> None:
    """§5.5: clients must deliver all objects in an envelope."""
    assert is_error(owner.post(json.dumps(body).encode()), 400, 422)


def test_5_5_one_bad_object_does_not_stop_the_others(owner: Taxii) -> None:
    """§4.3.1 and §5.5: the status tells of each object by itself."""
    item = owner.target.fresh()
    status = owner.post({"objects": [unacceptable(), item]}).json()
    assert (status["success_count"], status["failure_count"]) == (1, 1)
    assert owner.get(owner.one(item["id"])).status_code == 200


def test_5_5_a_packed_body_is_unpacked_and_a_bomb_is_413(owner: Taxii) -> None:
    """RFC 9110 §8.4: gzip is unpacked or 415; what grows beyond the limit is never taken."""
    item = owner.target.fresh()
    packed = gzip.compress(json.dumps({"objects": [item]}).encode())
    answer = owner.post(packed, **{"Content-Encoding": "gzip"})
    if answer.status_code == 415:
        pytest.skip("the server takes no gzip, which it may")
    assert answer.json()["success_count"] == 1
    limit = owner.get(owner.root).json()["max_content_length"]
    bomb = gzip.compress(b" " * (limit + 1))
    assert is_error(owner.post(bomb, **{"Content-Encoding": "gzip"}), 413)
    assert is_error(owner.post(packed[:-5], **{"Content-Encoding": "gzip"}), 400)
    assert is_error(owner.post(packed, **{"Content-Encoding": "br"}), 415)


# -- 4.3: statuses -------------------------------------------------------------------------------


def test_4_3_1_a_status_has_what_is_required_in_the_right_type(owner: Taxii) -> None:
    """§4.3.1: id, status and four counts are required; request_timestamp is a timestamp."""
    status = owner.post({"objects": [owner.target.fresh()]}).json()
    assert is_identifier(status["id"])
    assert status["status"] in ("complete", "pending")
    assert all(type(status[name]) is int for name in ("total_count", *COUNTS))
    assert is_timestamp(status.get("request_timestamp", "2026-01-01T00:00:00.000000Z"))


def test_4_3_1_the_counts_add_up_and_the_lists_are_as_long(owner: Taxii) -> None:
    """§4.3.1: as many details as counted; §2: no empty list."""
    objects = [owner.target.fresh(), unacceptable(), owner.target.fresh()]
    status = owner.post({"objects": objects}).json()
    assert status["total_count"] == len(objects) == sum(status[name] for name in COUNTS)
    for name, count in (("successes", COUNTS[0]), ("failures", COUNTS[1]), ("pendings", COUNTS[2])):
        assert name not in status or len(status[name]) == status[count] > 0


def test_4_3_1_details_name_the_object_and_its_version(owner: Taxii) -> None:
    """§4.3.1: the STIX id, and modified as version; a failure says why in a message."""
    item = owner.target.fresh()
    status = owner.post({"objects": [item, unacceptable()]}).json()
    (success,), (failure,) = status["successes"], status["failures"]
    assert (success["id"], success["version"]) == (item["id"], item["modified"])
    assert failure["id"] == unacceptable()["id"]
    assert isinstance(failure["version"], str)
    assert failure["message"]


def test_4_3_a_status_can_be_asked_for_again(owner: Taxii) -> None:
    """§4.3: queries for a status id are accepted for at least 24 hours."""
    status = owner.post({"objects": [owner.target.fresh()]}).json()
    assert owner.get(f"{owner.root}status/{status['id']}/").json() == status


def test_4_3_an_unknown_status_is_404(owner: Taxii) -> None:
    """§4.3: a status id that is not available must be 404."""
    for unknown in (NOWHERE, "nonsense"):
        assert is_error(owner.get(f"{owner.root}status/{unknown}/"), 404)


def test_4_3_anothers_status_is_answered_like_none(owner: Taxii, other: Taxii) -> None:
    """§4.3: 404 also where the client does not have access."""
    status = owner.post({"objects": [owner.target.fresh()]}).json()
    theirs = other.get(f"{other.root}status/{status['id']}/")
    absent = other.get(f"{other.root}status/{NOWHERE}/")
    assert is_error(theirs, 404)
    assert theirs.content == absent.content


# -- 5.7: deleting -------------------------------------------------------------------------------


def test_5_7_what_was_deleted_is_gone_from_every_answer(owner: Taxii, other: Taxii) -> None:
    """§5.7: after 200, fetching it is 404 and manifest and contents must not return it."""
    item = owner.added()
    answer = owner.http.delete(owner.one(item["id"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"].replace(" ", "") == TAXII
    for reader in (owner, other):
        assert is_error(reader.get(reader.one(item["id"])), 404)
        assert is_error(reader.get(f"{reader.one(item['id'])}versions/"), 404)
        every = {"match[version]": "all"}
        assert item["id"] not in {row["id"] for row in reader.rows(**every)}
        assert item["id"] not in {each["id"] for each in reader.walk(reader.objects, **every)}


def test_5_7_deleting_again_or_the_unknown_is_404(owner: Taxii) -> None:
    """§5.7: 404 when the object is not found."""
    item = owner.added()
    assert owner.http.delete(owner.one(item["id"])).status_code == 200
    assert is_error(owner.http.delete(owner.one(item["id"])), 404)
    assert is_error(owner.http.delete(owner.one(NO_OBJECT)), 404)


def test_5_7_who_may_read_but_not_delete_is_403(owner: Taxii, other: Taxii) -> None:
    """§5.7: 403 for a client that has access to the object, but not to delete it."""
    item = owner.added()
    assert other.get(other.one(item["id"])).status_code == 200
    assert is_error(other.http.delete(other.one(item["id"])), 403)
    assert other.get(other.one(item["id"])).status_code == 200


def test_5_7_what_another_must_not_see_it_cannot_delete_and_is_404(
    owner: Taxii, other: Taxii
) -> None:
    """§5.7: 404 where the client does not have access to the object, as where there is none."""
    hidden = owner.target.hidden
    if hidden is None:
        pytest.skip("TAXII_HIDDEN names no object")
    theirs, absent = (other.http.delete(other.one(each)) for each in (hidden, NO_OBJECT))
    assert is_error(theirs, 404)
    assert theirs.content == absent.content
    assert owner.get(owner.one(hidden)).status_code == 200


def test_5_7_a_version_that_is_not_there_deletes_nothing(owner: Taxii) -> None:
    """§5.7: match[version] is valid here and names what is to be deleted."""
    item = owner.added()
    query = {"match[version]": "2001-01-01T00:00:00.000Z"}
    assert is_error(owner.http.delete(owner.one(item["id"]), params=query), 404)
    assert owner.get(owner.one(item["id"])).status_code == 200


def test_5_7_deleting_with_a_malformed_parameter_is_400(owner: Taxii) -> None:
    """§3.4 and §5.7: 400, and the object stays."""
    item = owner.added()
    query = {"match[version]": "newest"}
    assert is_error(owner.http.delete(owner.one(item["id"]), params=query), 400)
    assert owner.get(owner.one(item["id"])).status_code == 200

"""TAXII 2.1, black box: objects, manifests and versions; sorting, filters and pages."""

import zlib
from datetime import datetime, timedelta

import pytest

from tests.conformance.taxii_client import (
    FIRST,
    LAST,
    NO_OBJECT,
    Taxii,
    is_error,
    is_timestamp,
)

EVERY = {"match[version]": "all"}


def ids(taxii: Taxii, url: str, **query: str | int) -> list[str]:
    return [each["id"] for each in taxii.walk(url, **query)]


def in_two_versions(taxii: Taxii) -> tuple[str, list[str]]:
    """Return an object of which the collection holds several versions, oldest first."""
    held: dict[str, list[str]] = {}
    for row in taxii.rows(**EVERY):
        held.setdefault(row["id"], []).append(row["version"])
    return next((key, sorted(found)) for key, found in held.items() if len(found) > 1)


# -- 3.7, 5.3, 5.4: what the answers look like ---------------------------------------------------


def test_3_7_objects_come_in_an_envelope(owner: Taxii) -> None:
    """§3.7 and §5.4: the root object is an envelope of more, next and objects."""
    said = owner.get(owner.objects).json()
    assert said.keys() <= {"more", "next", "objects"}
    assert type(said.get("more", False)) is bool
    for each in said["objects"]:
        assert each["id"].startswith(f"{each['type']}--")


def test_3_7_an_answer_without_objects_is_an_envelope_without_the_list(owner: Taxii) -> None:
    """§2 and §5.4: empty lists are prohibited; without objects the envelope is empty."""
    for url in (owner.objects, owner.manifest):
        answer = owner.get(url, **{"match[id]": NO_OBJECT})
        assert answer.status_code == 200
        assert "objects" not in answer.json()
        assert not answer.json().get("more")


def test_5_3_1_a_manifest_record_has_id_date_added_and_version(owner: Taxii) -> None:
    """§5.3.1: id, date_added and version are required; media_type is one of the collection's."""
    allowed = owner.collection.get("media_types", ["application/stix+json"])
    for row in owner.rows():
        assert isinstance(row["id"], str)
        assert is_timestamp(row["date_added"])
        assert isinstance(row["version"], str)
        assert row.get("media_type", allowed[0]) in allowed


def test_5_3_1_the_version_is_modified_or_else_created(owner: Taxii) -> None:
    """§5.3.1: the STIX modified property is the version, created where there is none."""
    versions = {(row["id"], row["version"]) for row in owner.rows(**EVERY)}
    for each in owner.walk(owner.objects, **EVERY):
        stamp = each.get("modified", each.get("created"))
        assert stamp is None or (each["id"], stamp) in versions


def test_5_3_the_manifest_lists_what_the_objects_endpoint_gives(owner: Taxii) -> None:
    """§5.3: filtering identical to §5.4, with metadata in place of the objects."""
    for query in ({}, EVERY, {"match[type]": "indicator"}, {"match[type]": "sighting"}):
        assert ids(owner, owner.manifest, **query) == ids(owner, owner.objects, **query)


def test_5_3_1_there_is_a_record_for_each_version(owner: Taxii) -> None:
    """§5.3.1: a record is about a single version of an object."""
    known, versions = in_two_versions(owner)
    rows = owner.rows(**EVERY, **{"match[id]": known})
    assert sorted(row["version"] for row in rows) == versions


# -- 3.2, 3.3: headers and order -----------------------------------------------------------------


def test_3_3_objects_ascend_by_date_added(owner: Taxii) -> None:
    """§3.3: the most recently added object is last."""
    dates = [row["date_added"] for row in owner.rows(**EVERY)]
    assert dates == sorted(dates)


def test_3_3_no_two_records_share_a_date_added(owner: Taxii) -> None:
    """§3.5: paging by added_after can only be whole where no two dates are the same."""
    dates = [row["date_added"] for row in owner.rows(**EVERY)]
    assert len(set(dates)) == len(dates)


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_3_2_the_headers_hold_the_dates_of_the_first_and_the_last(owner: Taxii, limit: int) -> None:
    """§3.2: X-TAXII-Date-Added-First and -Last, timestamps, on manifest and objects alike."""
    answer = owner.get(owner.manifest, limit=limit)
    rows = answer.json()["objects"]
    assert is_timestamp(answer.headers[FIRST])
    assert is_timestamp(answer.headers[LAST])
    assert answer.headers[FIRST] == rows[0]["date_added"]
    assert answer.headers[LAST] == rows[-1]["date_added"]
    objects = owner.get(owner.objects, limit=limit)
    assert (objects.headers[FIRST], objects.headers[LAST]) == (
        answer.headers[FIRST],
        answer.headers[LAST],
    )


def test_3_2_the_headers_stand_on_one_object_and_its_versions_as_well(owner: Taxii) -> None:
    """§3.2: objects/{id}/ and objects/{id}/versions/ must have them too."""
    known, _ = in_two_versions(owner)
    rows = owner.rows(**EVERY, **{"match[id]": known})
    one = owner.get(owner.one(known), **EVERY)
    versions = owner.get(f"{owner.one(known)}versions/")
    for answer in (one, versions):
        assert answer.headers[FIRST] == rows[0]["date_added"]
        assert answer.headers[LAST] == rows[-1]["date_added"]


# -- 5.6, 5.8: one object ------------------------------------------------------------------------


def test_5_6_one_object_comes_in_an_envelope_and_in_its_last_version(owner: Taxii) -> None:
    """§5.6: like match[id]; §3.4.1: only the latest version unless asked otherwise."""
    known, versions = in_two_versions(owner)
    (only,) = owner.get(owner.one(known)).json()["objects"]
    assert (only["id"], only["modified"]) == (known, versions[-1])
    assert owner.get(owner.objects, **{"match[id]": known}).json()["objects"] == [only]


def test_5_6_one_object_is_found_in_each_version(owner: Taxii) -> None:
    """§5.6: match[version] is valid here."""
    known, versions = in_two_versions(owner)
    every = owner.get(owner.one(known), **EVERY).json()["objects"]
    assert sorted(each["modified"] for each in every) == versions
    for version in versions:
        (only,) = owner.get(owner.one(known), **{"match[version]": version}).json()["objects"]
        assert only["modified"] == version


def test_5_6_an_unknown_object_is_404(owner: Taxii) -> None:
    """§5.6 and §5.8: 404 when the object is not found."""
    for unknown in (NO_OBJECT, "nonsense", "indicator--"):
        assert is_error(owner.get(owner.one(unknown)), 404)
        assert is_error(owner.get(f"{owner.one(unknown)}versions/"), 404)


def test_5_8_the_versions_of_an_object_are_listed(owner: Taxii) -> None:
    """§5.8.1: a list of strings under versions."""
    known, versions = in_two_versions(owner)
    said = owner.get(f"{owner.one(known)}versions/").json()
    assert sorted(said["versions"]) == versions
    assert not said.get("more")


def test_5_8_versions_come_in_pages(owner: Taxii) -> None:
    """§5.8: limit, next and added_after are valid here."""
    known, versions = in_two_versions(owner)
    url = f"{owner.one(known)}versions/"
    first = owner.get(url, limit=1)
    assert first.json()["more"] is True
    rest = owner.get(url, limit=1, next=first.json()["next"]).json()
    assert first.json()["versions"] + rest["versions"] == versions
    later = owner.get(url, added_after=first.headers[LAST]).json()
    assert later["versions"] == rest["versions"]


# -- 3.4: filters --------------------------------------------------------------------------------


def test_3_4_added_after_is_exclusive_and_exact_to_the_microsecond(owner: Taxii) -> None:
    """§3.4: only objects added after the timestamp."""
    rows = owner.rows()
    middle = rows[len(rows) // 2]
    after = ids(owner, owner.objects, added_after=middle["date_added"])
    assert after == [row["id"] for row in rows[len(rows) // 2 + 1 :]]
    moment = datetime.fromisoformat(middle["date_added"]) - timedelta(microseconds=1)
    earlier = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert ids(owner, owner.objects, added_after=earlier)[0] == middle["id"]


def test_3_4_added_after_is_no_time_of_the_object_itself(owner: Taxii) -> None:
    """§3.4: not in any way related to dates or times in a STIX object."""
    last = owner.rows()[-1]["date_added"]
    assert ids(owner, owner.objects, added_after=last) == []
    assert len(ids(owner, owner.objects, added_after="1970-01-01T00:00:00.000000Z")) == len(
        owner.rows()
    )


def test_3_4_without_added_after_the_oldest_come_first(owner: Taxii) -> None:
    """§3.4: the server must return the oldest objects matching the request first."""
    oldest = owner.rows()[0]
    assert owner.get(owner.objects, limit=1).json()["objects"][0]["id"] == oldest["id"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_3_4_there_are_never_more_objects_than_the_limit(owner: Taxii, limit: int) -> None:
    """§3.4: responses must not contain more objects than requested."""
    for url in (owner.objects, owner.manifest):
        assert len(owner.get(url, limit=limit).json()["objects"]) <= limit


def test_3_4_all_that_fits_the_limit_is_there(owner: Taxii) -> None:
    """§3.4: what is no more than both limits must be included, and then more is not true."""
    count = len(owner.rows())
    said = owner.get(owner.objects, limit=count).json()
    assert len(said["objects"]) == count
    assert not said.get("more")


def test_3_4_a_limit_beyond_the_servers_own_is_no_error(owner: Taxii) -> None:
    """§3.4: the response may hold fewer objects than were requested."""
    for limit in (10**6, 2**53 - 1):
        assert owner.get(owner.objects, limit=limit).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "-5"},
        {"limit": "ten"},
        {"limit": "1.5"},
        {"limit": ""},
        {"added_after": "yesterday"},
        {"added_after": "2026-13-01T00:00:00.000000Z"},
        {"added_after": ""},
        {"match[version]": "newest"},
        {"match[version]": "all,last"},
        {"match[version]": "last,last"},
    ],
)
def test_3_4_a_malformed_parameter_is_400(owner: Taxii, query: dict[str, str]) -> None:
    """§3.4: malformed URL query parameters must be 400; §3.4.1: all stands alone, none twice."""
    for url in (owner.objects, owner.manifest):
        assert is_error(owner.get(url, **query), 400)


@pytest.mark.parametrize(
    "query",
    [
        "added_after=2026-01-01T00:00:00.000000Z&added_after=2026-01-02T00:00:00.000000Z",
        "match[type]=indicator&match[type]=sighting",
        "limit=1&limit=2",
    ],
)
def test_3_4_a_parameter_given_twice_is_400(owner: Taxii, query: str) -> None:
    """§3.4: no more than one instance of added_after, none of a match field twice."""
    assert is_error(owner.http.get(f"{owner.objects}?{query}"), 400)


def test_3_4_1_match_id_takes_one_or_several(owner: Taxii) -> None:
    """§3.4 and §3.4.1: values separated by a comma are alternatives."""
    known = ids(owner, owner.objects)
    assert ids(owner, owner.objects, **{"match[id]": known[2]}) == [known[2]]
    two = f"{known[3]},{known[1]}"
    assert ids(owner, owner.objects, **{"match[id]": two}) == [known[1], known[3]]
    assert ids(owner, owner.objects, **{"match[id]": f"{NO_OBJECT},{known[0]}"}) == [known[0]]


def test_3_4_1_match_type_takes_one_or_several(owner: Taxii) -> None:
    """§3.4.1: only the types listed are permitted in the response."""
    every = list(owner.walk(owner.objects))
    types = sorted({each["type"] for each in every})
    assert len(types) > 1
    for wanted in ([types[0]], [types[1]], types):
        found = list(owner.walk(owner.objects, **{"match[type]": ",".join(wanted)}))
        assert found == [each for each in every if each["type"] in wanted]


def test_3_4_1_no_type_of_stix_is_an_error(owner: Taxii) -> None:
    """§3.4.1: requests for types defined in STIX 2.1 must not result in an error."""
    for wanted in ("malware", "x509-certificate", "marking-definition", "language-content"):
        assert owner.get(owner.objects, **{"match[type]": wanted}).status_code == 200


def test_3_4_match_fields_must_all_hold(owner: Taxii) -> None:
    """§3.4: all match fields are ANDed together."""
    first = next(iter(owner.walk(owner.objects)))
    both = {"match[id]": first["id"], "match[type]": first["type"]}
    neither = {"match[id]": first["id"], "match[type]": "malware"}
    assert ids(owner, owner.objects, **both) == [first["id"]]
    assert ids(owner, owner.objects, **neither) == []


def test_3_4_1_the_last_version_is_the_default(owner: Taxii) -> None:
    """§3.4.1: only the latest version for each object."""
    known, versions = in_two_versions(owner)
    for query in ({}, {"match[version]": "last"}):
        rows = owner.rows(**query, **{"match[id]": known})
        assert [row["version"] for row in rows] == [versions[-1]]


def test_3_4_1_first_last_and_a_value_can_stand_together(owner: Taxii) -> None:
    """§3.4.1: several different versions may be asked for in one request."""
    known, versions = in_two_versions(owner)

    def found(wanted: str) -> list[str]:
        rows = owner.rows(**{"match[id]": known, "match[version]": wanted})
        return sorted(row["version"] for row in rows)

    assert found("first") == versions[:1]
    assert found("first,last") == versions
    assert found("all") == versions
    assert found(f"first,{versions[-1]}") == versions
    assert found(versions[0]) == versions[:1]


def test_3_4_1_a_version_that_no_object_has_finds_none(owner: Taxii) -> None:
    """§3.4.1: a value requests objects whose modified time matches exactly."""
    assert ids(owner, owner.objects, **{"match[version]": "2001-01-01T00:00:00.000Z"}) == []


def test_3_4_1_spec_version_filters(owner: Taxii) -> None:
    """§3.4.1: no specification version that is not included in the parameter."""
    every = list(owner.walk(owner.objects))
    assert list(owner.walk(owner.objects, **{"match[spec_version]": "2.0,2.1"})) == every
    assert ids(owner, owner.objects, **{"match[spec_version]": "2.0"}) == []
    known = every[0]["id"]
    assert (
        "versions"
        not in owner.get(f"{owner.one(known)}versions/", **{"match[spec_version]": "2.0"}).json()
    )


# -- 3.5: pages ----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 11, 1000])
def test_3_5_a_walk_by_next_meets_everything_once(owner: Taxii, limit: int) -> None:
    """§3.5: next with the same query paginates through the remaining records."""
    for query in ({}, EVERY, {"match[type]": "indicator"}):
        whole = [(row["id"], row["version"]) for row in owner.rows(**query)]
        paged = [(row["id"], row["version"]) for row in owner.rows(**query, limit=limit)]
        assert paged == whole
        assert len(set(paged)) == len(paged)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_3_5_a_walk_by_the_last_date_added_meets_everything_once(owner: Taxii, limit: int) -> None:
    """§3.5: the value of X-TAXII-Date-Added-Last in added_after does the same."""
    whole, found = ids(owner, owner.objects), list[str]()
    query: dict[str, str] = {}
    while (page := owner.get(owner.objects, limit=limit, **query)).json().get("objects"):
        found += [each["id"] for each in page.json()["objects"]]
        assert len(found) <= len(whole)
        query = {"added_after": page.headers[LAST]}
    assert found == whole


def test_3_5_more_says_whether_there_is_more(owner: Taxii) -> None:
    """§3.5: more is true where the limit left objects out, and not where it did not."""
    count = len(owner.rows())
    assert owner.get(owner.objects, limit=count - 1).json()["more"] is True
    assert not owner.get(owner.objects, limit=count).json().get("more")


def test_3_5_pages_do_not_shift_when_something_is_added(owner: Taxii) -> None:
    """§3.3 and §3.5: what is added later comes last, whatever page a client is at."""
    whole = ids(owner, owner.objects)
    page = owner.get(owner.objects, limit=3).json()
    made = owner.added()
    rest = list(owner.walk(owner.objects, limit=1000, added_after=owner.rows()[2]["date_added"]))
    by_next = owner.get(owner.objects, limit=1000, next=page["next"]).json()["objects"]
    assert [each["id"] for each in by_next] == [*whole[3:], made["id"]]
    assert by_next == rest


def test_3_5_a_next_that_the_server_never_gave_is_400(owner: Taxii) -> None:
    """§3.4: a malformed parameter must be 400; next is opaque and the server's own."""
    for invented in ("nonsense", "AAAAAAAAAAAAAAAA", "1", "\u2603"):
        assert is_error(owner.get(owner.objects, next=invented), 400)


def test_3_5_the_same_page_can_be_asked_for_again(owner: Taxii) -> None:
    """§3.5: next is a place in the data, not a session that is used up."""
    token = owner.get(owner.objects, limit=2).json()["next"]
    first, again = (owner.get(owner.objects, limit=2, next=token).content for _ in range(2))
    assert first == again


# -- HTTP ----------------------------------------------------------------------------------------


def test_3_1_a_packed_answer_says_the_same(owner: Taxii) -> None:
    """RFC 9110 §12.5.3: a coding is used only where the client accepts it, and changes nothing."""
    plain = owner.http.get(owner.objects, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with owner.http.stream("GET", owner.objects, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    if answer.headers.get("content-encoding") == "gzip":
        raw = zlib.decompress(raw, 16 + zlib.MAX_WBITS)
    assert raw == plain.content


def test_3_4_a_range_is_not_a_page(owner: Taxii) -> None:
    """§1.7.1: item based pagination was removed: Range is not heeded, 206 never sent."""
    answer = owner.http.get(owner.objects, headers={"Range": "items 0-1"})
    assert answer.status_code == 200
    assert "content-range" not in answer.headers

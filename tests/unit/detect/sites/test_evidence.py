"""Tables of sites are read in two shapes; what cannot be read is named, the rest is kept."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.sites.invented import carried
from tocsin.detect.sites import KINDS, Carried, chosen_kind, read_evidence, site_of
from tocsin.foundation import BadInputError, UsageError


def read(text: str, **options: object) -> Carried:
    found = Carried()
    read_evidence(io.BytesIO(text.encode()), "sites.csv", found, **options)  # type: ignore[arg-type]
    return found


def test_a_row_an_identifier_and_a_row_a_site_say_the_same() -> None:
    rows = "site,kind,value\na.example,ip,198.51.100.7\na.example,analytics,UA-1\n"
    columns = "domain,ip,ga_id\nhttps://www.a.example/path,198.51.100.7,UA-1\n"
    assert read(rows).carriers == read(columns).carriers
    assert set(read(rows).carriers) == {
        ("ip", "198.51.100.7"), ("subnet", "198.51.100.0/24"), ("analytics", "UA-1")
    }  # fmt: skip


def test_a_column_is_of_the_kind_that_a_person_says() -> None:
    found = read("where,badge\na.example,7\n", columns={"badge": "uuid"}, site_column="where")
    assert found.carriers == {("uuid", "7"): {"a.example"}}


def test_names_of_the_laundromat_are_known() -> None:
    said = "indicator_type,indicator_content,domain_name\n"
    found = read(f"{said}ga_tag_id,X1,a.example\ndomain,a.example,a.example\n")
    assert set(found.carriers) == {("analytics", "X1")}
    assert not found.faults


def test_what_cannot_be_read_is_named_and_the_rest_is_kept() -> None:
    found = read(
        "site,kind,value\n,ip,198.51.100.7\na.example,shoe size,44\na.example,ip,here\n"
        "a.example,analytics,UA-1\n"
    )
    assert dict(found.faults) == {"no-site": 1, "unknown-kind": 1, "bad-address": 1}
    assert found.examples["unknown-kind"] == ["sites.csv row 3: shoe size"]
    assert found.carriers == {("analytics", "UA-1"): {"a.example"}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no rows"),
        ("colour,kind,value\nred,ip,1\n", "no column names the site"),
        ("site,colour\na.example,red\n", "no column names an identifier"),
    ],
)
def test_a_table_of_something_else_is_refused_with_what_to_do(text: str, why: str) -> None:
    with pytest.raises(BadInputError, match=why) as caught:
        read(text)
    assert caught.value.hint


def test_a_site_below_a_shared_domain_is_named_whole_and_others_as_registered() -> None:
    assert site_of("https://news.town.example.co.uk/today") == "example.co.uk"
    assert site_of("http://fake.blogspot.com/") == "fake.blogspot.com"
    assert site_of("no site") is None


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        ("ip", "199.59.242.153", "parking"),
        ("ip", "104.21.64.167", "content networks"),
        ("ip", "192.168.1.1", "not an address of the open net"),
        ("registrant", "REDACTED FOR PRIVACY", "privacy services"),
        ("e-mail", "abuse@reg.example", "mailboxes of registrars"),
        ("name-server", "DINA.NS.CLOUDFLARE.COM", "name servers of large hosts"),
    ],
)
def test_what_many_strangers_share_is_left_out_and_counted(
    kind: str, value: str, rule: str
) -> None:
    found = carried(("a.example", kind, value))
    assert found.hubs[rule] >= 1
    assert not found.carriers


def test_the_record_of_a_registration_is_taken_apart() -> None:
    record = json.dumps(
        {
            "org": "Invented Media", "emails": ["one@a.example", "abuse@reg.example"],
            "name_servers": ["NS1.A.EXAMPLE."], "creation_date": "2014-12-20 10:10:33",
            "registrar": None,
        }
    ).replace('"', '""')  # fmt: skip
    found = carried(("a.example", "whois", record))
    assert set(found.carriers) == {
        ("registrant", "Invented Media"),
        ("e-mail", "one@a.example"),
        ("name-server", "ns1.a.example"),
    }
    assert found.times == {"a.example": {"2014-12-20 10:10:33"}}


def test_a_page_s_account_elsewhere_is_known_by_its_path_and_a_platform_is_none() -> None:
    found = carried(
        ("a.example", "social", "https://social.example/Town-Gazette/"),
        ("b.example", "social", "@town-gazette"),
        ("c.example", "social", "https://social.example/"),
    )
    assert found.carriers == {("social", "town-gazette"): {"a.example", "b.example"}}


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert chosen_kind("GA_ID") == "analytics"
    with pytest.raises(UsageError) as caught:
        chosen_kind("shoe size")
    assert "analytics" in (caught.value.hint or "")


@given(st.text(max_size=60), st.sampled_from(sorted(KINDS)))
def test_no_text_in_any_column_stops_the_reading(text: str, kind: str) -> None:
    cell = text.replace('"', '""')
    found = read(f'site,kind,value\n"{cell}",{kind},"{cell}"\na.example,{kind},"{cell}"\n')
    assert "a.example" in found.sites

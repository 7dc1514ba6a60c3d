"""What a watch looks for: each field by itself, and terms together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.cases.watching import Arrival, Query, skeleton
from tocsin.foundation import BadInputError

HOST = Arrival(
    id="domain-name--1",
    type="domain-name",
    names=("login.example.org",),
    keys=("domain:login.example.org",),
)
PAGE = Arrival(id="url--1", type="url", keys=("url:https://news.example.net:8443/a?b=c",))
MAIL = Arrival(id="email-addr--1", type="email-addr", keys=("email:info@mail.example.org",))
ACCOUNT = Arrival(
    id="user-account--1",
    type="user-account",
    names=("Borrowed  Voice", "borrowed_voice"),
    keys=("account:telegram/@borrowed_voice",),
)
INDICATOR = Arrival(
    id="indicator--1",
    type="indicator",
    names=("a channel",),
    pattern="[url:value LIKE '%/promo/%']",
    techniques=frozenset({"T0049.002", "T0146"}),
)
POST = Arrival(id="activity--1", type="activity", trace="url", keys=("url:https://a.example/x",))


def why(query: str, arrival: Arrival) -> str | None:
    return Query.read([query]).met_by(arrival)


@pytest.mark.parametrize(
    ("query", "arrival", "says"),
    [
        ("domain:example.org", HOST, "login.example.org is under example.org"),
        ("domain:LOGIN[.]example.org", HOST, "it names login.example.org"),
        ("domain:example.net", PAGE, "news.example.net is under example.net"),
        ("domain:mail.example.org", MAIL, "it names mail.example.org"),
        ('name:"borrowed voice"', ACCOUNT, "its name 'Borrowed  Voice' holds 'borrowed voice'"),
        ("technique:T0049", INDICATOR, "technique T0049.002"),
        ("technique:t0146", INDICATOR, "technique T0146"),
        ("pattern:*/promo/*", INDICATOR, "\"[url:value LIKE '%/promo/%']\" fits '*/promo/*'"),
        ("pattern:_voice", ACCOUNT, "'telegram/@borrowed_voice' fits '_voice'"),
        ("type:user-account", ACCOUNT, "it is of type user-account"),
        ("type:account", ACCOUNT, "it is of type account"),
        ("trace:url", POST, "it is a trace of url"),
        ("VOICE", ACCOUNT, "'Borrowed  Voice' holds 'voice'"),
        ("https://news.example.net", PAGE,
         "'https://news.example.net:8443/a?b=c' holds 'https://news.example.net'"),
        ("type:indicator technique:T0146", INDICATOR, "it is of type indicator; technique T0146"),
    ],
)  # fmt: skip
def test_a_field_is_met_and_says_in_what_way(query: str, arrival: Arrival, says: str) -> None:
    assert why(query, arrival) == says


@pytest.mark.parametrize(
    ("query", "arrival"),
    [
        ("domain:ample.org", HOST),
        ("domain:login.example.org", MAIL),
        ("domain:org.example", HOST),
        ("name:voices", ACCOUNT),
        ("technique:T0049.001", INDICATOR),
        ("technique:T0049", HOST),
        ("pattern:promo*", INDICATOR),
        ("type:domain", ACCOUNT),
        ("trace:repost", POST),
        ("trace:url", HOST),
        ("type:indicator technique:T0001", INDICATOR),
    ],
)
def test_a_field_is_not_met(query: str, arrival: Arrival) -> None:
    assert why(query, arrival) is None


def test_one_of_several_alternatives_is_enough() -> None:
    query = Query.read(["technique:T0001", "domain:example.org"])
    assert query.met_by(HOST) == "login.example.org is under example.org"
    assert query.met_by(INDICATOR) is None
    assert str(query) == "technique:T0001 or domain:example.org"


def host(name: str) -> Arrival:
    return Arrival(id="domain-name--2", type="domain-name", names=(name,), keys=(f"domain:{name}",))


@pytest.mark.parametrize(
    "name",
    [
        "examplebank.shop",
        "login-example-bank.net",
        "example.bank.top",
        "examplebank-org.site",
        "exarnp1e-bank.net",
        "xn--xamplebank-jsi.net",  # the first letter is Cyrillic
    ],
)
def test_a_host_that_looks_like_a_protected_one_is_found(name: str) -> None:
    assert why("resembles:examplebank.org", host(name))


@pytest.mark.parametrize("name", ["examplebank.org", "www.examplebank.org", "example.org"])
def test_the_protected_host_itself_and_another_name_resemble_nobody(name: str) -> None:
    assert why("resembles:examplebank.org", host(name)) is None


def test_a_handle_that_looks_like_a_protected_name_is_found() -> None:
    found = why('resembles:"Borrowed Voice"', Arrival(
        id="user-account--2", type="user-account", keys=("account:x/@b0rr0wed.v0ice_real",),
    ))  # fmt: skip
    assert found == "'b0rr0wed.v0ice_real' looks like 'Borrowed Voice'"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "looks for nothing"),
        ("domian:example.org", "'domian' is no field"),
        ("domain:", "no value"),
        ("domain:nohost", "is no host name"),
        ("technique:49", "is no T-number"),
        ("resembles:abc", "too short"),
        ('name:"open', "cannot be read"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_says_why(query: str, says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        Query.read([query])


@given(st.text(min_size=1))
def test_reading_a_query_ends_in_a_query_or_a_refusal_and_reads_back(text: str) -> None:
    try:
        query = Query.read([text])
    except BadInputError:
        return
    for arrival in (HOST, PAGE, MAIL, ACCOUNT, INDICATOR, POST):
        query.met_by(arrival)


@given(st.text())
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("PayPal", "paypa1"),
        ("Läufer", "laufer"),
        ("modern", "rnodern"),
        ("google", "g00g1e"),
        ("аррӏе", "apple"),  # noqa: RUF001
        ("week", "vveek"),
    ],
)
def test_spellings_that_look_alike_have_one_skeleton(left: str, right: str) -> None:
    assert skeleton(left) == skeleton(right)


def test_names_that_differ_have_different_skeletons() -> None:
    names: list[Any] = ["example", "sample", "temple", "simple"]
    assert len({skeleton(each) for each in names}) == len(names)

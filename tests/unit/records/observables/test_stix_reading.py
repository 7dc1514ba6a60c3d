"""Observables read from STIX as others write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import JsonValue
from tocsin.records.observables import from_alternatives, from_pattern, from_sco


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("[domain-name:value = 'Bad.Example']", "domain:bad.example"),
        ("[domain-name:value='bad[.]example']", "domain:bad.example"),
        ("  [ url:value  =  'https://bad.example/a' ]  ", "url:https://bad.example/a"),
        ("[file:hashes.'SHA-256' = '" + "AB" * 32 + "']", "sha256:" + "ab" * 32),
        ("[file:hashes.MD5 = '" + "0" * 32 + "']", "md5:" + "0" * 32),
        ("[file:hashes.'MD5' = '" + "0" * 32 + "']", "md5:" + "0" * 32),
        ("[autonomous-system:number = 64500]", "autonomous-system:64500"),
        (
            "[user-account:account_login = 'Foo' AND user-account:account_type = 'twitter']",
            "account:twitter/@foo",
        ),
        ("[url:value = 'https://x.com/Foo']", "account:twitter/@foo"),
    ],
)
def test_a_pattern_of_equalities_on_one_object_is_read(pattern: str, key: str) -> None:
    found = from_pattern(pattern)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        "[domain-name:value = 'a.example'",
        "[domain-name:value = 'a.example' OR domain-name:value = 'b.example']",
        "[domain-name:value = 'a.example'] AND [url:value = 'https://b.example/c']",
        "[domain-name:value LIKE '%.example']",
        "[domain-name:value IN ('a.example')]",
        "[domain-name:value != 'a.example']",
        "[domain-name:value = 'a.example' AND url:value = 'https://b.example/c']",
        "[domain-name:value = 'a.example' AND domain-name:value = 'b.example']",
        "[domain-name:value = 'not a host']",
        "[network-traffic:dst_port = 443]",
        "[domain-name:value = 'a.example' AND ]",
        r"[file:name = 'a\q']",
    ],
)
def test_a_richer_or_broken_pattern_is_left_alone(pattern: str) -> None:
    assert from_pattern(pattern) is None


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"type": "user-account", "account_login": "t.me/somebody"}, "account:telegram/@somebody"),
        ({"type": "user-account", "account_login": "@Some_One"}, "account:/@some_one"),
        ({"type": "user-account", "user_id": "@Some_One"}, "account:/@some_one"),
        (
            {"type": "user-account", "user_id": "some.one", "account_type": "facebook"},
            "account:facebook/@some.one",
        ),
        (
            {"type": "user-account", "user_id": "100064", "account_type": "Facebook"},
            "account:facebook/#100064",
        ),
        ({"type": "url", "value": "bad.example"}, "domain:bad.example"),
        ({"type": "ipv4-addr", "value": "192.0.2.0/24"}, "network:192.0.2.0/24"),
        ({"type": "file", "hashes": {"MD5": "0" * 32, "SHA-256": "1" * 64}}, "sha256:" + "1" * 64),
        ({"type": "file", "name": "a.exe", "hashes": {"SHA256": "1" * 64}}, "sha256:" + "1" * 64),
    ],
)
def test_objects_are_read_as_others_write_them(body: dict[str, JsonValue], key: str) -> None:
    found = from_sco(body)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": "domain-name"},
        {"type": "domain-name", "value": 7},
        {"type": "url", "value": "URL directing to a typosquatted site"},
        {"type": "user-account", "user_id": "Some Display Name"},
        {"type": "user-account", "account_login": "Twitter Bots", "account_type": "twitter"},
        {"type": "autonomous-system", "number": True},
        {"type": "process", "pid": 3},
        {"type": ["url"], "value": "https://a.example/b"},
        {"type": "domain-name", "value": "a" * 30_000},
    ],
)
def test_an_object_that_names_nothing_is_refused(body: dict[str, JsonValue]) -> None:
    assert from_sco(body) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "[file:name = '" + "\\\\" * 9_000,
        "[" + " " * 19_000 + "]",
        "[file:name = 'a'" + " AND file:name = 'a'" * 900 + "]",
        "(" * 10_000,
    ],
)
def test_a_hostile_pattern_is_refused_without_backtracking(pattern: str) -> None:
    # An ambiguous expression would not come back from these within the run.
    assert from_pattern(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "keys"),
    [
        ("[domain-name:value = 'a.example']", ["domain:a.example"]),
        (
            "[domain-name:value = 'a.example' OR domain-name:value='b.example']",
            ["domain:a.example", "domain:b.example"],
        ),
        (
            "[domain-name:value = 'a.example'] OR [ url:value = 'https://b.example/x OR y' ]",
            ["domain:a.example", "url:https://b.example/x%20OR%20y"],
        ),
        (
            "[user-account:account_type='vk' AND user-account:user_id='7' OR url:value='a.test']",
            ["account:vk/#7", "domain:a.test"],
        ),
        ("[domain-name:value = 'a.example'] OR [domain-name:value != 'b.example']", []),
        ("([domain-name:value = 'a.example'] OR [url:value = 'b.example']) WITHIN 5 SECONDS", []),
        ("[url:value='a.example'] OR [url:value='b.example'] AND [url:value='c.example']", []),
        ("[domain-name:value = 'a.example'] OR", []),
        ("[domain-name:value = 'a.example OR b.example']", []),
    ],
)  # fmt: skip
def test_alternatives_are_read_if_each_of_them_can_be(pattern: str, keys: list[str]) -> None:
    assert [each.key for each in from_alternatives(pattern)] == keys


@given(st.text(st.sampled_from("[]'\\ ORANDdomain-name:value=.x()"), max_size=60))
def test_alternatives_never_say_more_than_the_pattern_and_never_raise(pattern: str) -> None:
    one = from_pattern(pattern)
    found = from_alternatives(pattern)
    assert one is None or found == (one,)

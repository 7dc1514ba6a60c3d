"""Web addresses: one spelling, and what they name."""

import pytest

from tocsin.records.observables import canonical_url, read_value


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("HTTPS://News.Example/Path", "https://news.example/Path"),
        ("http://news.example:80/a", "http://news.example/a"),
        ("https://news.example:443/a", "https://news.example/a"),
        ("https://news.example:8443/a", "https://news.example:8443/a"),
        ("https://news.example", "https://news.example/"),
        ("https://news.example?q=1", "https://news.example/?q=1"),
        ("https://news.example/a?", "https://news.example/a"),
        ("https://news.example/a#part", "https://news.example/a"),
        ("https://news.example/#!/route", "https://news.example/#!/route"),
        ("https://news.example/%7euser/%e2%82%ac", "https://news.example/~user/%E2%82%AC"),
        ("https://news.example/wahrheit-für-alle", "https://news.example/wahrheit-f%C3%BCr-alle"),
        ("https://news.example/a/./b/../c", "https://news.example/a/c"),
        ("https://news.example/100%", "https://news.example/100%25"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://[2001:DB8::7]/a", "https://[2001:db8::7]/a"),
        ("news.example/a", "https://news.example/a"),
    ],
)
def test_an_address_has_one_spelling(written: str, canonical: str) -> None:
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    "text",
    ["", "https://", "https:///a", "https://localhost/a", "https://a.exe/b", "//", "https://a b/c",
     "https://news.example:99999/a", "javascript://a.example/b"],
)  # fmt: skip
def test_what_is_no_public_address_is_refused(text: str) -> None:
    assert canonical_url(text) is None


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("https://newexample[.]example/", "domain:newexample.example"),
        ("http://192.0.2.7/", "ipv4:192.0.2.7"),
        ("http://x.blogspot[.]com", "domain:x.blogspot.com"),
        ("http://news.example:8080/", "url:http://news.example:8080/"),
        ("ftp://news.example/", "url:ftp://news.example/"),
        ("https://news.example/?p=1", "url:https://news.example/?p=1"),
    ],
)
def test_an_address_that_names_only_its_host_is_read_as_the_host(written: str, key: str) -> None:
    assert [each.key for each in read_value(written).observables] == [key]


def test_a_login_is_stripped_and_told() -> None:
    reading = read_value("https://admin:secret@news.example/a")
    assert [each.key for each in reading.observables] == ["url:https://news.example/a"]
    assert reading.defects == ("userinfo-stripped",)


def test_a_missing_scheme_and_a_dropped_fragment_are_told() -> None:
    assert read_value("news.example/a").defects == ("scheme-assumed",)
    assert read_value("https://news.example/a#b").defects == ("fragment-dropped",)


def test_the_twin_under_the_other_scheme_is_another_key() -> None:
    found = read_value("http://news.example/a").observables[0]
    assert found.also_keys == ("url:https://news.example/a",)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("https://news.example:8080/a", "news.example"),
        ("https://[2001:db8::7]:81/a", "[2001:db8::7]"),
        ("news.example", "news.example"),
        ("a@b.example", None),
    ],
)
def test_domains_and_addresses_tell_their_host(written: str, host: str | None) -> None:
    assert read_value(written).observables[0].host == host

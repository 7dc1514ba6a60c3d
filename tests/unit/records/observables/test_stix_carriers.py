"""STIX ids and forms agree with the OASIS library `stix2`, an independent implementation."""

import pytest
import stix2
from stix2.v21 import observables as oasis

from tocsin.records.observables import Example, Kind, Observable, account, examples, read_value

SHA256 = "ab" * 32
TWINS = [
    (Observable(Kind.DOMAIN, "news.example"), oasis.DomainName(value="news.example")),
    (
        Observable(Kind.DOMAIN, "xn--bcher-kva.example"),
        oasis.DomainName(value="xn--bcher-kva.example"),
    ),
    (Observable(Kind.URL, "https://a.example/b"), oasis.URL(value="https://a.example/b")),
    (Observable(Kind.EMAIL, "a@b.example"), oasis.EmailAddress(value="a@b.example")),
    (Observable(Kind.IPV4, "192.0.2.7"), oasis.IPv4Address(value="192.0.2.7")),
    (Observable(Kind.NETWORK, "192.0.2.0/24"), oasis.IPv4Address(value="192.0.2.0/24")),
    (Observable(Kind.IPV6, "2001:db8::7"), oasis.IPv6Address(value="2001:db8::7")),
    (Observable(Kind.AUTONOMOUS_SYSTEM, "64500"), oasis.AutonomousSystem(number=64500)),
    (Observable(Kind.SHA256, SHA256), oasis.File(hashes={"SHA-256": SHA256})),
    (Observable(Kind.MD5, "0" * 32), oasis.File(hashes={"MD5": "0" * 32})),
    (Observable(Kind.FILE_NAME, "a.exe"), oasis.File(name="a.exe")),
    (
        account("twitter", handle="Example", display="An Example"),
        oasis.UserAccount(
            account_type="twitter", account_login="example", display_name="An Example"
        ),
    ),
    (
        account("facebook", handle="some.body", user_id="100012"),
        oasis.UserAccount(account_type="facebook", account_login="some.body", user_id="100012"),
    ),
]


@pytest.mark.parametrize(("ours", "theirs"), TWINS, ids=lambda each: str(each)[:40])
def test_the_deterministic_id_is_that_of_the_oasis_library(
    ours: Observable, theirs: "oasis._Observable"
) -> None:
    assert ours.stix_id == theirs.id
    assert ours.stix_type == theirs.type


@pytest.mark.parametrize(("ours", "theirs"), TWINS, ids=lambda each: str(each)[:40])
def test_the_object_says_what_the_oasis_library_says(
    ours: Observable, theirs: "oasis._Observable"
) -> None:
    # The library spells out the default `defanged: false` of §3.2; we leave it out.
    assert ours.to_sco() == {name: said for name, said in theirs.items() if name != "defanged"}


@pytest.mark.parametrize("kind", [each for each in Kind if each is not Kind.PDQ])
def test_every_carrier_parses_without_custom_content(kind: Kind) -> None:
    for found_kind, example in examples():
        if found_kind is kind:
            reading = read_value(example.written, example.hint, example.platform)
            sco = reading.observables[0].to_sco()
            assert stix2.parse(sco, allow_custom=False, version="2.1").id == sco["id"]


def test_pdq_is_a_file_hash_that_the_library_knows_only_as_custom() -> None:
    sco = Observable(Kind.PDQ, "ab" * 32).to_sco()
    assert sco["hashes"] == {"PDQ": "ab" * 32}
    assert stix2.parse(sco, allow_custom=True, version="2.1").id == sco["id"]


@pytest.mark.parametrize(("kind", "example"), examples(), ids=lambda each: str(each)[:30])
def test_every_pattern_is_one_that_the_library_accepts(kind: Kind, example: Example) -> None:
    found = read_value(example.written, example.hint, example.platform).observables[0]
    assert found.kind is kind
    assert stix2.Indicator(pattern=found.pattern, pattern_type="stix").pattern == found.pattern


def test_a_quote_and_a_backslash_are_escaped_in_a_pattern() -> None:
    found = Observable(Kind.FILE_NAME, r"it's \n.exe")
    assert found.pattern == r"[file:name = 'it\'s \\n.exe']"

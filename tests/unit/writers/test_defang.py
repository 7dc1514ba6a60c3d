"""Identifiers in a harmless spelling, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.exchange.writers.defang import harmless, written
from tocsin.exchange.writers.inert import plain_cell, safe_cell
from tocsin.records.observables import (
    EXAMPLES,
    Kind,
    Observable,
    account,
    defanged_words,
    platforms,
    read_value,
    refang,
)

LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
HOST = st.builds(
    lambda labels: ".".join([*labels, "example"]), st.lists(LABEL, min_size=1, max_size=3)
)
PATH = st.from_regex(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]{0,12}){0,3}", fullmatch=True)
VALUES = st.one_of(
    HOST,
    st.builds("https://{}{}".format, HOST, PATH),
    st.builds("{}@{}".format, LABEL, HOST),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.from_regex(r"\+33[0-9]{9}", fullmatch=True),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
)


@given(VALUES)
def test_what_stands_in_the_cell_reads_back_as_the_same_identifier(text: str) -> None:
    for observable in read_value(text).observables:
        cell = safe_cell(harmless(observable))
        assert refang(plain_cell(cell)) == refang(written(observable))


@pytest.mark.parametrize("kind", list(EXAMPLES))
def test_every_kind_reads_back_under_its_kind_and_platform(kind: Kind) -> None:
    for example in EXAMPLES[kind]:
        (observable,) = read_value(example.written, example.hint, example.platform).observables
        cell = plain_cell(safe_cell(harmless(observable)))
        again = read_value(cell, observable.kind, observable.platform).observables
        assert [each.key for each in again] == [observable.key]


@pytest.mark.parametrize(
    ("observable", "cell"),
    [
        (Observable(Kind.DOMAIN, "news.example"), "news[.]example"),
        (
            Observable(Kind.URL, "https://a.example/b.html?c=d.e"),
            "hxxps://a[.]example/b.html?c=d.e",
        ),
        (Observable(Kind.EMAIL, "info@a.example"), "info[at]a[.]example"),
        (Observable(Kind.IPV4, "192.0.2.7"), "192[.]0[.]2[.]7"),
        (Observable(Kind.AUTONOMOUS_SYSTEM, "64500"), "AS64500"),
        (account("telegram", handle="Example_Channel"), "hxxps://t[.]me/example_channel"),
        (account("facebook", user_id="100012"), "hxxps://facebook[.]com/profile.php?id=100012"),
        (account(None, handle="somebody"), "@somebody"),
    ],
)
def test_each_kind_is_written_as_lists_write_it(observable: Observable, cell: str) -> None:
    assert harmless(observable) == cell


def test_the_address_of_an_account_names_that_account_on_every_platform_of_the_table() -> None:
    for platform in platforms():
        made = account(platform.name, handle="example1")
        assert made is not None
        (read,) = read_value(written(made), Kind.ACCOUNT, platform.name).observables
        assert read.key == made.key


def test_prose_keeps_its_words_and_loses_its_live_addresses() -> None:
    said = defanged_words("see https://a.example/b or info@a.example, e.g. on Node.js")
    assert said == "see hxxps://a[.]example/b or info[at]a[.]example, e.g. on Node.js"

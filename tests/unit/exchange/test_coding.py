"""Content codings and the Accept header by themselves; sections are RFC 9110's and RFC 1952's."""

import gzip
import os
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tocsin.exchange.server.coding import deflated, inflated, wants_gzip
from tocsin.exchange.server.media import TAXII, HttpError, check_accept

LIMIT = 100_000


def asked(**headers: str) -> Request:
    raw = [
        (name.replace("_", "-").encode(), value.encode("latin-1"))
        for name, value in headers.items()
    ]
    return Request({"type": "http", "method": "GET", "headers": raw})


@given(st.lists(st.binary(max_size=2_000), max_size=6))
def test_what_gzip_packed_comes_out_again_whatever_the_members(parts: list[bytes]) -> None:
    assert inflated(b"".join(map(gzip.compress, parts)), LIMIT) == b"".join(parts)


@given(st.lists(st.binary(max_size=500)))
def test_what_we_pack_any_gzip_reader_reads(pieces: list[bytes]) -> None:
    assert gzip.decompress(deflated(pieces)) == b"".join(pieces)


@given(
    secret=st.binary(min_size=1, max_size=400),
    guess=st.binary(min_size=1, max_size=400),
)
def test_the_length_of_what_we_pack_does_not_tell_whether_two_pieces_are_alike(
    secret: bytes, guess: bytes
) -> None:
    def alone(piece: bytes) -> int:
        return len(deflated([piece])) - len(deflated([]))

    together = len(deflated([secret, guess])) - len(deflated([]))

    assert together == alone(secret) + alone(guess)


def test_one_window_over_both_would_have_told() -> None:
    secret = os.urandom(200)
    alike, other = len(zlib.compress(secret + secret)), len(zlib.compress(secret + os.urandom(200)))
    assert alike < other


@pytest.mark.parametrize("size", [LIMIT + 1, 50_000_000])
def test_a_bomb_is_413_without_being_unpacked(size: int) -> None:
    bomb = gzip.compress(b"\0" * size)
    with pytest.raises(HttpError) as caught:
        inflated(bomb, LIMIT)
    assert caught.value.status == 413


def test_a_bomb_in_several_members_is_413_as_well() -> None:
    with pytest.raises(HttpError) as caught:
        inflated(gzip.compress(b"\0" * 60_000) * 2, LIMIT)
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        gzip.compress(b"hello", mtime=0)[:-1],
        gzip.compress(b"hello", mtime=0) + b"more",
        zlib.compress(b"hello"),
        gzip.compress(b"", mtime=0) * 17,
    ],
)
def test_what_is_no_whole_gzip_is_400(body: bytes) -> None:
    with pytest.raises(HttpError) as caught:
        inflated(body, LIMIT)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=0.000", False),
        ("gzip;q=nan", False),
        ("identity", False),
        ("", False),
        ("br", False),
    ],
)
def test_gzip_is_sent_to_who_asks_for_it(said: str, wanted: bool) -> None:
    assert wants_gzip(asked(accept_encoding=said)) is wanted
    assert not wants_gzip(asked())


@pytest.mark.parametrize(
    "said",
    [
        TAXII,
        "application/taxii+json",
        "APPLICATION/TAXII+JSON; VERSION=2.1",
        'application/taxii+json;version="2.1"',
        "*/*",
        "application/*",
        "text/html, */*;q=0.1",
        "application/taxii+json;version=2.1;q=0.001",
        "application/taxii+json;version=2.0, application/taxii+json;version=2.1",
        "application/taxii+json;version=2.1, application/taxii+json;q=0",
        "application/taxii+json;version=2.0;q=0, application/taxii+json;version=2.1",
    ],
)
def test_an_accept_that_allows_taxii_is_accepted(said: str) -> None:
    check_accept(asked(accept=said))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "application/json",
        "text/html",
        "application/taxii+json;version=2.0",
        "application/vnd.oasis.taxii+json;version=2.0",
        "application/taxii+json;version=2.1;q=0",
        "application/taxii+json;q=0, */*",
        "application/*;q=0, */*",
        "*/*;q=0",
        "application/taxii+json;version=2.1;q=none",
    ],
)
def test_an_accept_that_does_not_is_406(said: str) -> None:
    with pytest.raises(HttpError) as caught:
        check_accept(asked(accept=said))
    assert caught.value.status == 406


@given(said=st.text(max_size=80))
def test_any_accept_header_is_answered(said: str) -> None:
    raw = said.encode("latin-1", "ignore").decode("latin-1")
    statuses = {200}
    try:
        check_accept(asked(accept=raw))
    except HttpError as error:
        statuses.add(error.status)
    wants_gzip(asked(accept_encoding=raw))

    assert statuses <= {200, 406}

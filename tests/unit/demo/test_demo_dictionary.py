"""The dictionary that is tried on plain hashes and on what crossed."""

import base64
import gzip
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.demo.dictionary import break_hashes, find_guesses, plain_hashes

NAME = "the-quiet-gazette.example"
OTHERS = ["one-paper.example", "another-paper.test"]
GUESSES = [NAME, *OTHERS]


def _forms() -> dict[str, bytes]:
    sha256 = hashlib.sha256(NAME.encode()).digest()
    with_www = hashlib.sha1(f"www.{NAME}".encode(), usedforsecurity=False).digest()
    md5 = hashlib.md5(NAME.encode(), usedforsecurity=False).digest()
    return {
        "plain": NAME.encode(),
        "capitals": NAME.upper().encode(),
        "inside a longer name": f"www.{NAME}:443".encode(),
        "hexadecimal": sha256.hex().encode(),
        "hexadecimal capitals": sha256.hex().upper().encode(),
        "hexadecimal at an odd place": b"a" + md5.hex().encode(),
        "raw": md5,
        "base64": base64.b64encode(with_www),
        "base64 for addresses, unpadded": base64.urlsafe_b64encode(sha256).rstrip(b"="),
        "base64 behind other letters": b"XYZ" + base64.b64encode(sha256),
        "base64 of the plain name": base64.b64encode(b"{" + NAME.encode() + b"}"),
        "a run of digests": base64.b64encode(b"\x07" * 32 + sha256 + b"\x09" * 32),
        "gzip": gzip.compress(b"....." + NAME.encode()),
    }


@pytest.mark.parametrize("form", sorted(_forms()))
def test_a_guess_is_found_however_it_is_written(form: str) -> None:
    stream = b'{"x": "' + _forms()[form] + b'"}'
    assert find_guesses([b"nothing", stream], GUESSES) == {NAME}


def test_a_guess_is_found_across_the_pieces_of_a_chunked_transfer() -> None:
    half = len(NAME) // 2
    first, second = NAME[:half].encode(), NAME[half:].encode()
    stream = b"HTTP/1.1 200 OK\r\n\r\nc\r\n" + first + b"\r\nd\r\n" + second + b"\r\n0\r\n\r\n"
    assert find_guesses([stream], GUESSES) == {NAME}


def test_a_very_short_guess_is_looked_for_too() -> None:
    assert find_guesses([b"see ab.cd there"], ["ab.cd", NAME]) == {"ab.cd"}


@given(st.binary(max_size=2_000))
def test_bytes_that_hold_none_of_the_names_give_none(data: bytes) -> None:
    assert find_guesses([data], GUESSES) == frozenset()


def test_plain_hashes_fall_to_a_dictionary_that_holds_the_names() -> None:
    fallen = break_hashes(plain_hashes([NAME, "kept-out-of-it.example"]), GUESSES)
    assert fallen.names == {NAME}
    assert fallen.guesses == len(GUESSES)

"""DSSE: the published vectors, and what must not pass."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, TrustError, UsageError
from tocsin.trust import Signature, SigningKey, VerifyKey, pae, sign, verify

KEY = SigningKey.from_raw(bytes(range(32)))
KEYS = {KEY.key_id: KEY.public}

# secure-systems-lab/dsse, testvectors/vectors.json (key A is TEST 1 of RFC 8032 section 7.1).
KEY_A = VerifyKey.from_raw(
    bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
)
STATEMENT = base64.b64decode("eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==")
IN_TOTO = "application/vnd.in-toto+json"
SINGLE = "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=="
URL_SAFE = (
    "P-_KHICeR7tI6S_YyejJTRtrXhcQyQ2LYPaL8h90KjC9qN8HU_svOQ6TuDOT1HIrsGW886DbWNWcCmX5twLrAw=="
)
NON_ASCII = (
    "xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw=="
)
EMPTY = "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg=="
NO_TYPE = "iC3q/+3Rm0+lpAJRueDmDh15PnwCfxKmS0NAfKsbv+zgulXQC/WM9trc+j1XEqlwDIg/vf/uNfebeD6sxInrDg=="


def test_the_encoding_is_that_of_the_protocols_example() -> None:
    # secure-systems-lab/dsse, protocol.md, "Test Vectors"
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@pytest.mark.parametrize(
    ("kind", "payload", "sig"),
    [
        (IN_TOTO, STATEMENT, SINGLE),
        (IN_TOTO, base64.urlsafe_b64decode("-_-_Pj8="), URL_SAFE),
        ("application/vnd.exämple+json", STATEMENT, NON_ASCII),
        (IN_TOTO, b"", EMPTY),
    ],
)
def test_the_published_signatures_hold(kind: str, payload: bytes, sig: str) -> None:
    assert verify(kind, payload, Signature("A", sig), {"A": KEY_A}) == "A"


@pytest.mark.parametrize(
    ("kind", "sig"), [("application/vnd.example.other+json", SINGLE), ("", NO_TYPE)]
)
def test_the_published_rejections_are_rejected(kind: str, sig: str) -> None:
    with pytest.raises(TrustError):
        verify(kind, STATEMENT, Signature("A", sig), {"A": KEY_A})


@given(kind=st.text(min_size=1).filter(lambda text: text.isprintable()), payload=st.binary())
def test_what_is_signed_verifies_and_names_its_key(kind: str, payload: bytes) -> None:
    assert verify(kind, payload, sign(kind, payload, KEY), KEYS) == KEY.key_id


@given(st.text(max_size=12), st.binary(max_size=12), st.text(max_size=12), st.binary(max_size=12))
def test_no_two_messages_share_an_encoding(
    kind: str, payload: bytes, other_kind: str, other_payload: bytes
) -> None:
    same = pae(kind, payload) == pae(other_kind, other_payload)

    assert same == ((kind, payload) == (other_kind, other_payload))


def test_a_strangers_signature_is_called_so() -> None:
    stranger = SigningKey.generate()

    with pytest.raises(TrustError, match="signed by a stranger"):
        verify("a/b", b"x", sign("a/b", b"x", stranger), KEYS)


def test_a_stranger_under_a_members_key_id_is_refused() -> None:
    forged = Signature(KEY.key_id, sign("a/b", b"x", SigningKey.generate()).sig)

    with pytest.raises(TrustError, match="does not hold"):
        verify("a/b", b"x", forged, KEYS)


@pytest.mark.parametrize(("kind", "payload"), [("a/b", b"y"), ("a/c", b"x"), ("a/b", b"x ")])
def test_a_signature_holds_for_one_type_and_payload_only(kind: str, payload: bytes) -> None:
    with pytest.raises(TrustError, match="does not hold"):
        verify(kind, payload, sign("a/b", b"x", KEY), KEYS)


@pytest.mark.parametrize("sig", ["", "AAAA", "%%%", SINGLE[:-1], SINGLE + "AAAA"])
def test_a_broken_signature_is_refused(sig: str) -> None:
    with pytest.raises(TrustError):
        verify("a/b", b"x", Signature(KEY.key_id, sig), KEYS)


def test_a_signature_without_a_type_is_not_made() -> None:
    with pytest.raises(UsageError, match="payload type"):
        sign("", b"x", KEY)


def test_a_signature_survives_json() -> None:
    signature = sign("a/b", b"x", KEY)

    assert Signature.from_json(signature.to_json()) == signature
    assert set(signature.to_json()) == {"keyid", "sig"}


@pytest.mark.parametrize(
    "value", [None, [], {}, {"keyid": "a"}, {"keyid": "", "sig": "x"}, {"keyid": 1, "sig": "x"}]
)
def test_a_malformed_entry_is_refused(value: object) -> None:
    with pytest.raises(BadInputError, match="keyid and sig"):
        Signature.from_json(value)

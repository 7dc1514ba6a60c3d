"""Seals: who can open, what shows, what is noticed."""

import json
from math import floor, log2

import pytest
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, JsonObject, TrustError, UsageError
from tocsin.trust import SealedBytes, SealingKey, open_sealed, seal
from tocsin.trust.seal import SMALLEST_BUCKET, bucket

A, B, STRANGER = (SealingKey.generate() for _ in range(3))
TO_BOTH = {"a": A.public, "b": B.public}


def _keys(*keys: SealingKey) -> dict[str, SealingKey]:
    return {key.key_id: key for key in keys}


@given(plaintext=st.binary(max_size=5000), context=st.binary(max_size=40))
def test_every_recipient_reads_the_same(plaintext: bytes, context: bytes) -> None:
    wire = json.dumps(seal(plaintext, TO_BOTH, context).to_json())
    sealed = SealedBytes.from_json(json.loads(wire))

    assert open_sealed(sealed, _keys(A), context) == plaintext
    assert open_sealed(sealed, _keys(B, STRANGER), context) == plaintext


def test_others_are_told_that_it_is_not_for_them() -> None:
    with pytest.raises(TrustError, match="not sealed for us") as caught:
        open_sealed(seal(b"secret", TO_BOTH, b""), _keys(STRANGER), b"")
    assert A.key_id in caught.value.message


def test_recipients_stand_in_the_order_of_their_key_ids() -> None:
    forwards = seal(b"x", {"a": A.public, "b": B.public}, b"")
    backwards = seal(b"x", {"b": B.public, "a": A.public}, b"")

    assert forwards.key_ids == backwards.key_ids == tuple(sorted([A.key_id, B.key_id]))


def test_one_key_under_two_names_is_one_recipient() -> None:
    assert seal(b"x", {"a": A.public, "again": A.public}, b"").key_ids == (A.key_id,)


def test_sealing_to_nobody_is_refused() -> None:
    with pytest.raises(UsageError, match="nobody"):
        seal(b"x", {}, b"")


def test_the_same_bytes_sealed_twice_have_nothing_in_common() -> None:
    one, two = seal(b"x", TO_BOTH, b""), seal(b"x", TO_BOTH, b"")

    assert one.ciphertext != two.ciphertext
    assert one.commitment != two.commitment
    assert not {wrapped for _, wrapped in one.wrapped} & {wrapped for _, wrapped in two.wrapped}


@pytest.mark.parametrize("context", [b"", b"case 1 ", b"case 2", b"Case 1"])
def test_sealed_bytes_open_in_their_own_context_only(context: bytes) -> None:
    with pytest.raises(TrustError, match="moved from another place"):
        open_sealed(seal(b"x", TO_BOTH, b"case 1"), _keys(A), context)


@given(part=st.sampled_from(["wrapped", "commitment", "ciphertext"]), data=st.data())
def test_any_flipped_bit_is_noticed(part: str, data: st.DataObject) -> None:
    sealed = seal(b"secret", {"a": A.public}, b"")
    parts = {
        "wrapped": sealed.wrapped[0][1],
        "commitment": sealed.commitment,
        "ciphertext": sealed.ciphertext,
    }
    bit = data.draw(st.integers(0, len(parts[part]) * 8 - 1))
    bad = bytearray(parts[part])
    bad[bit // 8] ^= 1 << bit % 8
    parts[part] = bytes(bad)

    with pytest.raises(TrustError, match="altered"):
        open_sealed(
            SealedBytes(((A.key_id, parts["wrapped"]),), parts["commitment"], parts["ciphertext"]),
            _keys(A),
            b"",
        )


def test_a_recipient_left_out_on_the_way_is_noticed() -> None:
    sealed = seal(b"secret", TO_BOTH, b"")
    only_a = tuple(entry for entry in sealed.wrapped if entry[0] == A.key_id)

    with pytest.raises(TrustError, match="altered"):
        open_sealed(SealedBytes(only_a, sealed.commitment, sealed.ciphertext), _keys(A), b"")


def test_two_recipients_can_not_be_given_two_content_keys() -> None:
    ours, other = seal(b"one", TO_BOTH, b""), seal(b"two", TO_BOTH, b"")
    mixed = tuple(
        entry if entry[0] == A.key_id else replacement
        for entry, replacement in zip(ours.wrapped, other.wrapped, strict=True)
    )
    spliced = SealedBytes(mixed, ours.commitment, ours.ciphertext)

    assert open_sealed(spliced, _keys(A), b"") == b"one"
    with pytest.raises(TrustError, match="altered"):
        open_sealed(spliced, _keys(B), b"")


@given(st.integers(1, 2**40))
def test_buckets_are_those_of_the_padme_scheme(size: int) -> None:
    padded = bucket(size)

    assert padded >= size
    if size > SMALLEST_BUCKET:
        # Nikitin et al. 2019, algorithm 1
        exponent = size.bit_length() - 1
        kept = floor(log2(exponent)) + 1
        mask = (1 << (exponent - kept)) - 1
        assert padded == (size + mask) & ~mask
        assert padded <= size * 1.12
    else:
        assert padded == SMALLEST_BUCKET


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_short_messages_all_have_one_size(one: int, two: int) -> None:
    sizes = {len(seal(bytes(size), {"a": A.public}, b"").ciphertext) for size in (one, two)}

    assert sizes == {SMALLEST_BUCKET + 16}


def test_the_plaintext_does_not_show() -> None:
    plaintext = b"the source is the night editor"

    assert plaintext not in json.dumps(seal(plaintext, TO_BOTH, b"").to_json()).encode()


def _broken(sealed: JsonObject, **change: object) -> dict[str, object]:
    return {**sealed, **change}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "tocsin-seal/2"}, "format"),
        ({"recipients": []}, "no recipients"),
        ({"recipients": "x"}, "no recipients"),
        ({"recipients": [1]}, "no keyid"),
        ({"recipients": [{"keyid": "k"}]}, "base64"),
        ({"recipients": [{"keyid": "k", "wrapped": "AAAA"}]}, "3 bytes where 80 belong"),
        ({"commitment": "AAAA"}, "3 bytes where 32 belong"),
        ({"commitment": None}, "base64"),
        ({"ciphertext": "?"}, "not base64"),
    ],
)
def test_a_malformed_seal_is_refused(change: dict[str, object], says: str) -> None:
    sealed = seal(b"x", TO_BOTH, b"").to_json()

    with pytest.raises(BadInputError, match=says):
        SealedBytes.from_json(_broken(sealed, **change))


def test_recipients_out_of_order_are_refused() -> None:
    sealed = seal(b"x", TO_BOTH, b"").to_json()
    recipients = sealed["recipients"]
    assert isinstance(recipients, list)

    with pytest.raises(BadInputError, match="order of their key ids"):
        SealedBytes.from_json(_broken(sealed, recipients=recipients[::-1]))
    with pytest.raises(BadInputError, match="order of their key ids"):
        SealedBytes.from_json(_broken(sealed, recipients=[recipients[0], *recipients]))


def test_nothing_of_the_content_shows_in_a_repr() -> None:
    sealed = seal(b"x", {"a": A.public}, b"")

    assert repr(sealed.ciphertext) not in repr(sealed)


def test_the_ciphertext_is_chacha20_poly1305_with_the_length_in_front() -> None:
    """A second way to open: the documented form, step by step, without this room's reader."""
    sealed = seal(b"plain", {"a": A.public}, b"ctx")
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    info = b"\0\0\0\x0dtocsin-seal/1" + b"\0\0\0\x03ctx"
    content_key = suite.decrypt(sealed.wrapped[0][1], A.to_library(), info)
    both = HKDFExpand(hashes.SHA256(), 64, b"tocsin-seal/1 key, commitment").derive(content_key)
    frame = ChaCha20Poly1305(both[:32]).decrypt(
        bytes(12), sealed.ciphertext, info + b"\0\0\0\x27" + A.key_id.encode()
    )

    assert both[32:] == sealed.commitment
    assert frame == b"\0" * 7 + b"\x05plain" + bytes(1024 - 13)

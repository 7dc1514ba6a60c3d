"""The key ring: kept, protected, rotated."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, TrustError, UsageError
from tocsin.trust import KeyRing, Keys, PublicKeys, open_sealed, seal

NOW = datetime(2026, 11, 3, 19, 0, 0, 123456, tzinfo=UTC)
PASSPHRASE = "seven small tin bells"


@pytest.fixture(scope="module")
def ring() -> KeyRing:
    return KeyRing.generate(NOW).prepared(NOW + timedelta(days=30)).promoted()


@pytest.fixture(scope="module")
def protected(ring: KeyRing) -> bytes:
    return ring.to_bytes(PASSPHRASE)


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE, "ключ", "🔔"])
def test_a_ring_survives_being_kept(ring: KeyRing, passphrase: str | None) -> None:
    assert KeyRing.from_bytes(ring.to_bytes(passphrase), passphrase) == ring


def test_a_passphrase_typed_in_another_unicode_form_still_opens(ring: KeyRing) -> None:
    assert KeyRing.from_bytes(ring.to_bytes("caf\u00e9"), "cafe\u0301") == ring


def test_a_wrong_passphrase_is_named_with_what_to_do(protected: bytes) -> None:
    with pytest.raises(TrustError, match="does not open with this passphrase") as caught:
        KeyRing.from_bytes(protected, "seven small tin bell")
    assert "try the passphrase again" in caught.value.hint


def test_a_missing_passphrase_is_named(protected: bytes) -> None:
    with pytest.raises(TrustError, match="none was given"):
        KeyRing.from_bytes(protected, None)


def test_an_empty_passphrase_is_refused(ring: KeyRing) -> None:
    with pytest.raises(UsageError, match="protects nothing"):
        ring.to_bytes("")


def test_a_protected_ring_holds_no_secret_in_the_clear(ring: KeyRing, protected: bytes) -> None:
    plain = json.loads(ring.to_bytes(None))["keys"]
    for text in (
        plain["signing"],
        plain["sealing"],
        plain["overlap_seed"],
        *plain["retired_sealing"],
    ):
        assert text.encode() not in protected


def test_salt_and_nonce_are_new_each_time(ring: KeyRing, protected: bytes) -> None:
    again = json.loads(ring.to_bytes(PASSPHRASE))
    first = json.loads(protected)

    assert again["header"]["salt"] != first["header"]["salt"]
    assert again["header"]["nonce"] != first["header"]["nonce"]
    assert again["sealed"] != first["sealed"]


def _later(document: dict[str, dict[str, object]]) -> None:
    document["header"]["version"] = 2


def _cheaper(document: dict[str, dict[str, object]]) -> None:
    document["header"]["iterations"] = 1


def _extra(document: dict[str, dict[str, object]]) -> None:
    document["header"]["note"] = "added"


def _endless(document: dict[str, dict[str, object]]) -> None:
    document["header"]["memory_kib"] = 1 << 30


def _other_scheme(document: dict[str, dict[str, object]]) -> None:
    document["header"]["protection"] = "rot13"


def _other_format(document: dict[str, dict[str, object]]) -> None:
    document["header"]["format"] = "something"


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (_later, TrustError, "newer Tocsin"),
        (_cheaper, TrustError, "does not open"),
        (_extra, TrustError, "does not open"),
        (_endless, BadInputError, "memory_kib is out of bounds"),
        (_other_scheme, BadInputError, "rot13"),
        (_other_format, BadInputError, "does not say that it is one"),
    ],
)
def test_a_changed_header_is_refused(
    protected: bytes,
    change: Callable[[dict[str, dict[str, object]]], None],
    kind: type[Exception],
    says: str,
) -> None:
    document = json.loads(protected)
    change(document)

    with pytest.raises(kind, match=says):
        KeyRing.from_bytes(json.dumps(document).encode(), PASSPHRASE)


@settings(max_examples=15)  # each one may cost an Argon2id
@given(data=st.data())
def test_any_flipped_bit_of_a_protected_ring_is_noticed(
    protected: bytes, data: st.DataObject
) -> None:
    bit = data.draw(st.integers(0, len(protected) * 8 - 1))
    bad = bytearray(protected)
    bad[bit // 8] ^= 1 << bit % 8

    with pytest.raises((TrustError, BadInputError)):
        KeyRing.from_bytes(bytes(bad), PASSPHRASE)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b'{"header": {}}', b"\xff\xfe"])
def test_what_is_no_ring_is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError):
        KeyRing.from_bytes(data, None)


@pytest.mark.parametrize(
    "field",
    ["signing", "sealing", "overlap_seed", "created", "retired_sealing", "retired_signing"],
)
def test_a_ring_that_lacks_a_part_is_refused(ring: KeyRing, field: str) -> None:
    document = json.loads(ring.to_bytes(None))
    del document["keys"][field]

    with pytest.raises(BadInputError):
        KeyRing.from_bytes(json.dumps(document).encode(), None)


def test_a_ring_whose_date_cannot_be_read_is_refused_by_the_fields_name(ring: KeyRing) -> None:
    document = json.loads(ring.to_bytes(None))
    document["keys"]["created"] = "yesterday"

    with pytest.raises(BadInputError, match="key ring: created"):
        KeyRing.from_bytes(json.dumps(document).encode(), None)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_are_not_made_with_a_seed_of_another_size(ring: KeyRing, size: int) -> None:
    now = ring.current
    with pytest.raises(BadInputError) as caught:
        Keys(now.signing, now.sealing, bytes(size), NOW)
    assert caught.value.message == f"key ring: overlap seed of {size} bytes"
    assert caught.value.hint == "restore a backup"


def test_rotation_makes_every_secret_new() -> None:
    old = KeyRing.generate(NOW)
    new = old.prepared(NOW + timedelta(days=1)).promoted()

    assert new.current.created == NOW + timedelta(days=1)
    assert new.signing != old.signing
    assert new.sealing != old.sealing
    assert new.overlap_seed != old.overlap_seed


def test_a_rotated_ring_opens_what_was_sealed_before() -> None:
    first = KeyRing.generate(NOW)
    sealed = seal(b"before", {"us": first.public.sealing}, b"case")
    third = first.prepared(NOW).promoted().prepared(NOW).promoted()

    assert open_sealed(sealed, third, b"case") == b"before"


def test_a_rotated_ring_knows_its_old_signing_key_by_its_public_part_only() -> None:
    old = KeyRing.generate(NOW)
    new = old.prepared(NOW).promoted()

    assert new.verify_keys == {key.key_id: key for key in (old.signing.public, new.signing.public)}
    kept = new.to_bytes(None)
    assert old.signing.public.to_text().encode() in kept
    assert json.loads(old.to_bytes(None))["keys"]["signing"].encode() not in kept


def test_keys_that_lie_ready_change_nothing_but_what_can_be_opened() -> None:
    ring = KeyRing.generate(NOW).prepared(NOW)
    assert ring.coming is not None
    sealed = seal(b"early", {"us": ring.coming.public.sealing}, b"case")

    assert open_sealed(sealed, ring, b"case") == b"early"
    assert ring.public == ring.current.public != ring.coming.public
    assert list(ring.verify_keys) == [ring.signing.key_id]


def test_keys_that_lie_ready_are_kept_with_the_ring_and_not_made_twice(ring: KeyRing) -> None:
    ready = ring.prepared(NOW)

    assert KeyRing.from_bytes(ready.to_bytes(PASSPHRASE), PASSPHRASE) == ready
    assert ready.prepared(NOW + timedelta(days=1)) is ready
    assert ring.promoted() is ring


@pytest.mark.parametrize("coming", [[], "keys", {}, {"signing": "AA=="}])
def test_malformed_keys_that_lie_ready_are_refused(ring: KeyRing, coming: object) -> None:
    document = json.loads(ring.to_bytes(None))
    document["keys"]["coming"] = coming

    with pytest.raises(BadInputError, match="key ring"):
        KeyRing.from_bytes(json.dumps(document).encode(), None)


def test_public_keys_survive_json(ring: KeyRing) -> None:
    text = json.dumps(ring.public.to_json())

    assert PublicKeys.from_json(json.loads(text)) == ring.public


@pytest.mark.parametrize("value", [None, [], {}, {"signing": "AA=="}, {"signing": 1, "sealing": 2}])
def test_malformed_public_keys_are_refused(value: object) -> None:
    with pytest.raises(BadInputError):
        PublicKeys.from_json(value)


def test_no_secret_shows_in_a_rings_repr(ring: KeyRing) -> None:
    shown = repr(ring)

    assert ring.signing.key_id in shown
    for secret in (ring.overlap_seed, ring.signing.secret(), ring.sealing.secret()):
        assert repr(secret) not in shown
        assert secret.hex() not in shown

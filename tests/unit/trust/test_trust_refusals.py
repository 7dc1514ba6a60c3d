"""What a person is told when trust ends: which thing, what is wrong with it, and what to do.

The sentences are golden, written here by hand: support pages and threads quote them.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tocsin.foundation import BadInputError, TocsinError, TrustError, UsageError
from tocsin.trust import (
    KeyRing,
    PublicKeys,
    SealedBytes,
    SealingKey,
    SealingPublicKey,
    Signature,
    SigningKey,
    VerifyKey,
    open_sealed,
    seal,
    sign,
    verify,
)

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
KEY, OTHER = (SigningKey.from_raw(bytes([n]) * 32) for n in (1, 2))
BOX, LOST = (SealingKey.from_raw(bytes([n]) * 32) for n in (3, 4))
TRUSTED = {KEY.key_id: KEY.public}
COPY = "copy it again from where it was issued, whole and unchanged"
ISSUED = "copy the key again from where it was issued"
ROTATE = "ask the member to make a new key with `tocsin key rotate`"
ORIGINAL = "ask the sender for the original"
BACKUP = "restore the file from a backup"
MISPLACED = "the bytes were changed on the way, or another key signed them: " + ORIGINAL


def sealed(**change: Any) -> SealedBytes:
    return SealedBytes.from_json({**seal(b"x", {"a": BOX.public}, b"").to_json(), **change})


def crafted(frame: bytes) -> SealedBytes:
    """Sealed bytes of a sender that frames as it likes; the form is that of seal.py's docstring."""
    form, content_key = b"tocsin-seal/1", bytes(range(32))
    info = len(form).to_bytes(4, "big") + form + bytes(4)
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    wrapped = suite.encrypt(content_key, BOX.public.to_library(), info)
    both = HKDFExpand(SHA256(), 64, form + b" key, commitment").derive(content_key)
    associated = info + len(BOX.key_id).to_bytes(4, "big") + BOX.key_id.encode()
    ciphertext = ChaCha20Poly1305(both[:32]).encrypt(bytes(12), frame, associated)
    return SealedBytes(((BOX.key_id, wrapped),), both[32:], ciphertext)


def opened(item: SealedBytes, key: SealingKey = BOX) -> bytes:
    return open_sealed(item, {key.key_id: key}, b"")


def ring(**change: Any) -> Callable[[], object]:
    kept = json.loads(KeyRing.generate(NOW).prepared(NOW).to_bytes(None))
    kept["keys"] |= change
    return partial(KeyRing.from_bytes, json.dumps(kept).encode(), None)


PUBLIC = PublicKeys(KEY.public, BOX.public).to_json()
NO_RECIPIENTS: list[object] = [7, "k", [], {}, {"keyid": ""}, {"keyid": 7}, {"keyid": ["k"]}]
WRAPPED = base64.b64encode(bytes(80)).decode()
SHORT = base64.b64encode(bytes(31)).decode()

REFUSALS: list[tuple[Callable[[], object], type[TocsinError], str, str]] = [
    # signatures
    (
        lambda: Signature.from_json({}),
        BadInputError,
        "signature: expected an object with the texts keyid and sig",
        ORIGINAL,
    ),
    (
        lambda: sign("", b"x", KEY),
        UsageError,
        "a signature needs a payload type",
        "name the kind of record",
    ),
    (
        lambda: verify("a/b", b"x", Signature("k" * 90, ""), TRUSTED),
        TrustError,
        f"signed by a stranger: '{'k' * 80}' is no key of a member",
        "if the sender has changed keys, sync first; otherwise do not use this object",
    ),
    (
        lambda: verify("a/b", b"x", Signature(KEY.key_id, "%"), TRUSTED),
        TrustError,
        f"the signature by {KEY.key_id} is not base64",
        COPY,
    ),
    (
        lambda: verify("", b"x", Signature(KEY.key_id, sign("a", b"x", KEY).sig), TRUSTED),
        TrustError,
        "a signature without a payload type proves nothing",
        "",
    ),
    (
        lambda: verify("a", b"y", sign("a", b"x", KEY), TRUSTED),
        TrustError,
        f"the signature by {KEY.key_id} does not hold",
        MISPLACED,
    ),
    # keys
    *(
        (
            partial(kind.from_raw, bytes(31)),
            BadInputError,
            f"{what}: 31 bytes where 32 belong",
            ISSUED,
        )
        for kind, what in (
            (VerifyKey, "verify key"),
            (SigningKey, "signing key"),
            (SealingPublicKey, "sealing key"),
            (SealingKey, "sealing key"),
        )
    ),
    (lambda: VerifyKey.from_text("?"), BadInputError, "verify key: not base64", COPY),
    (lambda: SealingPublicKey.from_text("?"), BadInputError, "sealing key: not base64", COPY),
    (
        lambda: VerifyKey.from_raw(bytes(32)),
        TrustError,
        "verify key: a point of small order proves nothing",
        ROTATE,
    ),
    (
        lambda: SealingPublicKey.from_raw(bytes(32)),
        TrustError,
        "sealing key: a point of small order keeps nothing secret",
        ROTATE,
    ),
    # public keys and the ring
    (
        lambda: PublicKeys.from_json([]),
        BadInputError,
        "public keys: expected an object",
        "ask the member for its keys again",
    ),
    *(
        (
            partial(PublicKeys.from_json, {**PUBLIC, field: text}),
            BadInputError,
            f"public keys: {field}: {what}",
            COPY,
        )
        for field in ("signing", "sealing")
        for text, what in ((None, "expected base64 text"), (SHORT, "31 bytes where 32 belong"))
    ),
    *(
        (ring(**{field: text}), BadInputError, f"key ring: {field}: {what}", COPY)
        for field in ("signing", "sealing", "overlap_seed")
        for text, what in ((None, "expected base64 text"), (SHORT, "31 bytes where 32 belong"))
    ),
    *(
        (
            ring(**{field: [SHORT]}),
            BadInputError,
            f"key ring: {field}: 31 bytes where 32 belong",
            COPY,
        )
        for field in ("retired_sealing", "retired_signing")
    ),
    *(
        (ring(**{field: {}}), BadInputError, f"key ring: {field} is no list", BACKUP)
        for field in ("retired_sealing", "retired_signing")
    ),
    (ring(coming=[]), BadInputError, "key ring: coming is no object", BACKUP),
    # seals
    (lambda: seal(b"", {}, b""), UsageError, "nobody to seal to", "name at least one recipient"),
    (
        lambda: sealed(format="x"),
        BadInputError,
        "sealed bytes: format is not tocsin-seal/1",
        ORIGINAL,
    ),
    (
        lambda: sealed(recipients=[]),
        BadInputError,
        "sealed bytes: it names no recipients",
        ORIGINAL,
    ),
    *(
        (
            partial(sealed, recipients=[entry]),
            BadInputError,
            "sealed bytes: a recipient has no keyid",
            ORIGINAL,
        )
        for entry in NO_RECIPIENTS
    ),
    (
        lambda: sealed(recipients=[{"keyid": "k" * 90, "wrapped": ""}]),
        BadInputError,
        f"sealed bytes: key for '{'k' * 80}': 0 bytes where 80 belong",
        COPY,
    ),
    (
        partial(sealed, recipients=[{"keyid": each, "wrapped": WRAPPED} for each in "ba"]),
        BadInputError,
        "sealed bytes: recipients are not in the order of their key ids, each once",
        ORIGINAL,
    ),
    (
        lambda: sealed(commitment=SHORT),
        BadInputError,
        "sealed bytes: commitment: 31 bytes where 32 belong",
        COPY,
    ),
    (lambda: sealed(ciphertext="?"), BadInputError, "sealed bytes: ciphertext: not base64", COPY),
    (
        lambda: opened(sealed(), LOST),
        TrustError,
        f"not sealed for us: only {BOX.key_id} can open it",
        "ask the sender to seal it to your present key, or restore the key it was for",
    ),
    *(
        (
            partial(opened, item),
            TrustError,
            f"sealed for us ({BOX.key_id}), but altered or moved from another place",
            ORIGINAL,
        )
        for item in (
            SealedBytes(sealed().wrapped, bytes(32), sealed().ciphertext),
            seal(b"x", {"a": BOX.public}, b"elsewhere"),
            crafted(bytes(7) + b"\x01x" + bytes(2048 - 9)),
            crafted(bytes(7) + b"\x01x" + bytes(1024 - 10) + b"X"),
            crafted(bytes(7) + b"\x01x" + bytes(1024 - 10) + b"\x01"),
            crafted(bytes(7)),
            crafted(bytes(8)),
            crafted(bytes(6) + b"\x04\x00" + b"x" * 1016),
        )
    ),
]


@pytest.mark.parametrize(("call", "kind", "message", "hint"), REFUSALS)
def test_a_refusal_names_the_thing_and_says_what_to_do(
    call: Callable[[], object], kind: type[TocsinError], message: str, hint: str
) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    assert caught.value.hint == hint
    assert caught.value.message == message


def test_who_can_open_what_we_cannot_is_named_up_to_400_characters() -> None:
    keys = {str(n): SealingKey.from_raw(bytes([n]) * 32).public for n in range(10, 30)}
    ids = sorted(each.key_id for each in keys.values())
    with pytest.raises(TrustError) as caught:
        opened(seal(b"x", keys, b""))
    listed = caught.value.message.removeprefix("not sealed for us: only ").removesuffix(
        " can open it"
    )
    assert listed == ", ".join(ids)[:400]


def test_a_message_that_fills_its_bucket_to_the_last_byte_is_read() -> None:
    for size in (0, 1015, 1016, 1017, 5000):
        assert opened(seal(b"x" * size, {"a": BOX.public}, b"")) == b"x" * size


def test_only_a_ring_kept_with_a_passphrase_is_protected() -> None:
    kept = KeyRing.generate(NOW)
    assert not KeyRing.is_protected(kept.to_bytes(None))
    assert KeyRing.is_protected(kept.to_bytes("seven small tin bells"))

"""Seal bytes to several keys so that only their holders can read them.

Form: a random content key; from it HKDF-SHA256 derives the ChaCha20-Poly1305 key and a
commitment; the content key is wrapped for each recipient with HPKE (RFC 9180, base mode: X25519,
HKDF-SHA256, ChaCha20-Poly1305). The commitment is there because ChaCha20-Poly1305 alone is not
committing: without it a sender could make one sealed object that two recipients read differently.

What a relay learns: the recipients' key ids, and a size bucket. The plaintext is framed as an
8-byte length, itself and zeros up to the next bucket: 1 KiB at least, above that the PADMÉ scheme
(Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PoPETs 2019), which costs at
most 12% and leaves O(log log size) bits of the size to be seen.

Sealing hides; it does not say who sealed. Sign the sealed form.
"""

import secrets
from collections.abc import Mapping

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from tocsin.foundation import BadInputError, JsonObject, TrustError, UsageError
from tocsin.trust._encoding import from_base64, prefixed, to_base64
from tocsin.trust.keyring import KeyRing
from tocsin.trust.keys import SealingKey, SealingPublicKey

FORMAT = "tocsin-seal/1"
SMALLEST_BUCKET = 1024

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_LENGTH_BYTES = 8
_KEY_BYTES = 32
_WRAPPED_BYTES = 32 + _KEY_BYTES + 16  # encapsulated key, content key, tag
# Each content key encrypts one message, so the nonce may be the same every time.
_NONCE = bytes(12)


@attrs.frozen
class SealedBytes:
    """Sealed bytes as they travel.

    Attributes:
        wrapped: the content key for each recipient, as (key id, bytes), sorted by key id.
        commitment: 32 bytes that bind the ciphertext to one content key.
        ciphertext: the padded plaintext, encrypted.
    """

    wrapped: tuple[tuple[str, bytes], ...]
    commitment: bytes = attrs.field(repr=False)
    ciphertext: bytes = attrs.field(repr=False)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The keys that can open it."""
        return tuple(key_id for key_id, _ in self.wrapped)

    def to_json(self) -> JsonObject:
        """Return the JSON form."""
        return {
            "format": FORMAT,
            "recipients": [
                {"keyid": key_id, "wrapped": to_base64(wrapped)} for key_id, wrapped in self.wrapped
            ],
            "commitment": to_base64(self.commitment),
            "ciphertext": to_base64(self.ciphertext),
        }

    @classmethod
    def from_json(cls, value: object) -> "SealedBytes":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when it is not of this form or version.
        """
        if not isinstance(value, Mapping) or value.get("format") != FORMAT:
            raise _malformed("format is not " + FORMAT)
        recipients = value.get("recipients")
        if not isinstance(recipients, list) or not recipients:
            raise _malformed("it names no recipients")
        wrapped = tuple(_recipient(entry) for entry in recipients)
        if [key_id for key_id, _ in wrapped] != sorted({key_id for key_id, _ in wrapped}):
            raise _malformed("recipients are not in the order of their key ids, each once")
        return cls(
            wrapped,
            from_base64(value.get("commitment"), what="sealed bytes: commitment", size=_KEY_BYTES),
            from_base64(value.get("ciphertext"), what="sealed bytes: ciphertext"),
        )


def seal(
    plaintext: bytes, recipients: Mapping[str, SealingPublicKey], context: bytes
) -> SealedBytes:
    """Seal `plaintext` to every recipient.

    Args:
        plaintext: what only they may read.
        recipients: their keys, by any name; the names serve error messages and do not travel.
        context: what the bytes are for (such as an object's id and kind); opening needs the same,
            so sealed bytes can't be moved to another place.

    Raises:
        UsageError: when there is no recipient.
    """
    if not recipients:
        raise UsageError("nobody to seal to", hint="name at least one recipient")
    keys = {key.key_id: key for key in recipients.values()}
    content_key = secrets.token_bytes(_KEY_BYTES)
    cipher_key, commitment = _schedule(content_key)
    info = prefixed(FORMAT.encode(), context)
    wrapped = tuple(
        (key_id, _SUITE.encrypt(content_key, keys[key_id].to_library(), info))
        for key_id in sorted(keys)
    )
    ciphertext = ChaCha20Poly1305(cipher_key).encrypt(
        _NONCE, _padded(plaintext), _associated(context, sorted(keys))
    )
    return SealedBytes(wrapped, commitment, ciphertext)


def open_sealed(
    sealed: SealedBytes, keys: KeyRing | Mapping[str, SealingKey], context: bytes
) -> bytes:
    """Return the plaintext.

    Args:
        sealed: what came in.
        keys: a node's key ring (retired keys included), or private keys by key id.
        context: the same that it was sealed with.

    Raises:
        TrustError: when it was not sealed for any of the keys, or it was altered, or it belongs
            to another context.
    """
    ours = keys.sealing_keys if isinstance(keys, KeyRing) else keys
    key_id, wrapped = next(
        ((key_id, wrapped) for key_id, wrapped in sealed.wrapped if key_id in ours), ("", b"")
    )
    if not key_id:
        raise TrustError(
            f"not sealed for us: only {', '.join(sealed.key_ids)[:400]} can open it",
            hint="ask the sender to seal it to your present key, or restore the key it was for",
        )
    try:
        content_key = _SUITE.decrypt(
            wrapped, ours[key_id].to_library(), prefixed(FORMAT.encode(), context)
        )
        cipher_key, commitment = _schedule(content_key)
        if not bytes_eq(commitment, sealed.commitment):
            raise _altered(key_id)
        padded = ChaCha20Poly1305(cipher_key).decrypt(
            _NONCE, sealed.ciphertext, _associated(context, sealed.key_ids)
        )
    except (InvalidTag, ValueError) as error:
        raise _altered(key_id) from error
    return _unpadded(padded, key_id)


def bucket(size: int) -> int:
    """Return the padded size for `size` bytes of frame (length field and plaintext)."""
    if size <= SMALLEST_BUCKET:
        return SMALLEST_BUCKET
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-size // step) * step


def _schedule(content_key: bytes) -> tuple[bytes, bytes]:
    made = HKDFExpand(SHA256(), 2 * _KEY_BYTES, FORMAT.encode() + b" key, commitment")
    both = made.derive(content_key)
    return both[:_KEY_BYTES], both[_KEY_BYTES:]


def _associated(context: bytes, key_ids: list[str] | tuple[str, ...]) -> bytes:
    return prefixed(FORMAT.encode(), context, *(key_id.encode() for key_id in key_ids))


def _padded(plaintext: bytes) -> bytes:
    frame = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    return frame.ljust(bucket(len(frame)), b"\0")


def _unpadded(padded: bytes, key_id: str) -> bytes:
    size = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    end = _LENGTH_BYTES + size
    if len(padded) < _LENGTH_BYTES or len(padded) != bucket(end) or padded[end:].strip(b"\0"):
        raise _altered(key_id)
    return padded[_LENGTH_BYTES:end]


def _recipient(entry: object) -> tuple[str, bytes]:
    key_id = entry.get("keyid") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(key_id, str) or not key_id:
        raise _malformed("a recipient has no keyid")
    what = f"sealed bytes: key for {key_id[:80]!r}"
    return key_id, from_base64(entry.get("wrapped"), what=what, size=_WRAPPED_BYTES)


def _malformed(why: str) -> BadInputError:
    return BadInputError(f"sealed bytes: {why}", hint="ask the sender for the original")


def _altered(key_id: str) -> TrustError:
    return TrustError(
        f"sealed for us ({key_id}), but altered or moved from another place",
        hint="ask the sender for the original",
    )

"""The four kinds of key: sign and verify (Ed25519), open and seal (X25519).

A key id is the algorithm's name and the first 32 hex digits of SHA-256 over the raw public key.
It names a key; it never stands in for one.
"""

import hashlib

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tocsin.foundation import BadInputError, TrustError
from tocsin.trust._encoding import from_base64, to_base64

KEY_BYTES = 32

# The y coordinates of all points of small order on edwards25519, with their non-canonical
# spellings. Under such a "key" one signature fits many messages, so its owner could deny any.
_SMALL_ORDER_Y = frozenset(
    bytes.fromhex(text)
    for text in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)

# Any clamped scalar takes a point of small order to zero, which the library refuses: a fixed one
# makes the check repeatable. It protects nothing and is not a secret.
_ORDER_PROBE = X25519PrivateKey.from_private_bytes(bytes(range(KEY_BYTES)))


def _key_id(algorithm: str, raw: bytes) -> str:
    return f"{algorithm}:{hashlib.sha256(raw).hexdigest()[:32]}"


def _check_size(raw: bytes, what: str) -> bytes:
    if len(raw) != KEY_BYTES:
        raise BadInputError(
            f"{what}: {len(raw)} bytes where {KEY_BYTES} belong",
            hint="copy the key again from where it was issued",
        )
    return raw


@attrs.frozen(repr=False)
class VerifyKey:
    """An Ed25519 public key; build it with `from_raw` or `from_text`."""

    raw: bytes
    key_id: str

    @classmethod
    def from_raw(cls, raw: bytes) -> "VerifyKey":
        """Take 32 bytes as RFC 8032 encodes them.

        Raises:
            BadInputError: for another length.
            TrustError: for a point of small order, under which signatures prove nothing.
        """
        _check_size(raw, "verify key")
        if raw[:-1] + bytes([raw[-1] & 0x7F]) in _SMALL_ORDER_Y:
            raise TrustError(
                "verify key: a point of small order proves nothing",
                hint="ask the member to make a new key with `tocsin key rotate`",
            )
        return cls(bytes(raw), _key_id("ed25519", raw))

    @classmethod
    def from_text(cls, text: str) -> "VerifyKey":
        """Read what `to_text` wrote (base64)."""
        return cls.from_raw(from_base64(text, what="verify key"))

    def to_text(self) -> str:
        """Return the key as base64."""
        return to_base64(self.raw)

    def verify(self, signature: bytes, data: bytes) -> None:
        """Check an Ed25519 signature (RFC 8032).

        Raises:
            TrustError: when the signature is not this key's over exactly these bytes.
        """
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError) as error:
            raise TrustError(
                f"the signature by {self.key_id} does not hold",
                hint="the bytes were changed on the way, or another key signed them: "
                "ask the sender for the original",
            ) from error

    def __repr__(self) -> str:
        return f"VerifyKey({self.key_id})"


@attrs.frozen(repr=False)
class SigningKey:
    """An Ed25519 private key. Neither its text nor its repr shows the secret.

    Attributes:
        public: the key that others verify with.
    """

    public: VerifyKey
    _private: Ed25519PrivateKey = attrs.field(eq=False)
    _raw: bytes

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new key from the operating system's randomness."""
        return cls.from_raw(Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_raw(cls, raw: bytes) -> "SigningKey":
        """Take the 32-byte seed of RFC 8032."""
        private = Ed25519PrivateKey.from_private_bytes(_check_size(raw, "signing key"))
        return cls(VerifyKey.from_raw(private.public_key().public_bytes_raw()), private, raw)

    @property
    def key_id(self) -> str:
        """The id of the public key."""
        return self.public.key_id

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature, which is the same each time."""
        return self._private.sign(data)

    def secret(self) -> bytes:
        """Return the 32-byte seed; only for keeping the key."""
        return self._raw

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id})"


@attrs.frozen(repr=False)
class SealingPublicKey:
    """An X25519 public key that others seal to; build it with `from_raw` or `from_text`."""

    raw: bytes
    key_id: str

    @classmethod
    def from_raw(cls, raw: bytes) -> "SealingPublicKey":
        """Take 32 bytes as RFC 7748 encodes them.

        Raises:
            BadInputError: for another length.
            TrustError: for a point of small order, to which everyone could open what is sealed.
        """
        _check_size(raw, "sealing key")
        try:
            _ORDER_PROBE.exchange(X25519PublicKey.from_public_bytes(raw))
        except ValueError as error:
            raise TrustError(
                "sealing key: a point of small order keeps nothing secret",
                hint="ask the member to make a new key with `tocsin key rotate`",
            ) from error
        return cls(bytes(raw), _key_id("x25519", raw))

    @classmethod
    def from_text(cls, text: str) -> "SealingPublicKey":
        """Read what `to_text` wrote (base64)."""
        return cls.from_raw(from_base64(text, what="sealing key"))

    def to_text(self) -> str:
        """Return the key as base64."""
        return to_base64(self.raw)

    def to_library(self) -> X25519PublicKey:
        """Return the `cryptography` object."""
        return X25519PublicKey.from_public_bytes(self.raw)

    def __repr__(self) -> str:
        return f"SealingPublicKey({self.key_id})"


@attrs.frozen(repr=False)
class SealingKey:
    """An X25519 private key. Neither its text nor its repr shows the secret.

    Attributes:
        public: the key that others seal to.
    """

    public: SealingPublicKey
    _private: X25519PrivateKey = attrs.field(eq=False)
    _raw: bytes

    @classmethod
    def generate(cls) -> "SealingKey":
        """Make a new key from the operating system's randomness."""
        return cls.from_raw(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_raw(cls, raw: bytes) -> "SealingKey":
        """Take the 32-byte scalar of RFC 7748."""
        private = X25519PrivateKey.from_private_bytes(_check_size(raw, "sealing key"))
        return cls(SealingPublicKey.from_raw(private.public_key().public_bytes_raw()), private, raw)

    @property
    def key_id(self) -> str:
        """The id of the public key."""
        return self.public.key_id

    def secret(self) -> bytes:
        """Return the 32-byte scalar; only for keeping the key."""
        return self._raw

    def to_library(self) -> X25519PrivateKey:
        """Return the `cryptography` object."""
        return self._private

    def __repr__(self) -> str:
        return f"SealingKey({self.key_id})"

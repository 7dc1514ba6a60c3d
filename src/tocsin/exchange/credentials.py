"""Invitations and credentials: long random secrets, of which the exchange keeps only hashes.

An invitation also carries the fingerprint of the convenor's key, so that whoever got it by a
trustworthy way (a person, a letter) cannot be led to another exchange.
"""

import base64
import binascii
import hashlib
from typing import Final

from attrs import frozen

from tocsin.foundation import BadInputError, Entropy
from tocsin.trust import VerifyKey

SECRET_BYTES: Final = 32
_FINGERPRINT_BYTES: Final = 32
_INVITATION: Final = "tocsin-invitation-"
_CREDENTIAL: Final = "tocsin-member-"


def fingerprint(key: VerifyKey) -> bytes:
    """Return SHA-256 over the raw public key."""
    return hashlib.sha256(key.raw).digest()


def hashed(secret: str) -> str:
    """Return the lower-case hex that stands for a secret in the vault.

    A plain hash is enough: the secret has 256 random bits, so there is nothing to guess.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def new_credential(entropy: Entropy) -> str:
    """Return a fresh credential, as a node sends it with every request."""
    return _CREDENTIAL + _encoded(entropy.take(SECRET_BYTES))


@frozen(repr=False)
class Invitation:
    """What `tocsin exchange invite` prints as one word.

    Attributes:
        secret: known only to the invited; the exchange keeps `hashed(secret)`.
        convenor: fingerprint of the key that signs the directory.
    """

    secret: str
    convenor: bytes

    @classmethod
    def new(cls, convenor: VerifyKey, entropy: Entropy) -> "Invitation":
        """Draw a fresh one."""
        return cls(_encoded(entropy.take(SECRET_BYTES)), fingerprint(convenor))

    def to_text(self) -> str:
        """Return the word to hand over."""
        return f"{_INVITATION}{_encoded(_decoded(self.secret) + self.convenor)}"

    @classmethod
    def from_text(cls, text: str) -> "Invitation":
        """Read what `to_text` wrote.

        Raises:
            BadInputError: when it is no invitation or was cut short.
        """
        word = text.strip()
        raw = _decoded(word.removeprefix(_INVITATION))
        if not word.startswith(_INVITATION) or len(raw) != SECRET_BYTES + _FINGERPRINT_BYTES:
            raise BadInputError(
                "the token is no invitation, or a part of it is missing",
                hint="copy the whole word that the convenor gave you, from tocsin-invitation- on",
            )
        return cls(_encoded(raw[:SECRET_BYTES]), raw[SECRET_BYTES:])


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""

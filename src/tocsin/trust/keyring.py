"""What one organisation's node holds in keys, and how it is kept.

Rotation replaces all three secrets. Old sealing keys are kept, because what was sealed before
must still open; the old signing key is gone for good, only its public part stays so that old
signatures of one's own still verify. The overlap seed changes as well: it ends all running
overlap epochs, whose tags can't be derived again, so open askings should be finished first.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime

import attrs

from tocsin.foundation import BadInputError, JsonObject, parse_time, rfc3339
from tocsin.trust import _keyfile
from tocsin.trust._encoding import from_base64, to_base64
from tocsin.trust.keys import SealingKey, SealingPublicKey, SigningKey, VerifyKey

SEED_BYTES = 32


@attrs.frozen
class PublicKeys:
    """What others need to know of a key ring."""

    signing: VerifyKey
    sealing: SealingPublicKey

    def to_json(self) -> JsonObject:
        """Return both keys as base64 text."""
        return {"signing": self.signing.to_text(), "sealing": self.sealing.to_text()}

    @classmethod
    def from_json(cls, value: object) -> "PublicKeys":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when a key is missing or malformed.
            TrustError: when a key is too weak to mean anything.
        """
        if not isinstance(value, Mapping):
            raise BadInputError(
                "public keys: expected an object", hint="ask the member for its keys again"
            )
        signing = from_base64(value.get("signing"), what="public keys: signing", size=32)
        sealing = from_base64(value.get("sealing"), what="public keys: sealing", size=32)
        return cls(VerifyKey.from_raw(signing), SealingPublicKey.from_raw(sealing))


def _seed_has_size(_: object, __: object, value: bytes) -> None:
    if len(value) != SEED_BYTES:
        raise BadInputError(
            f"key ring: overlap seed of {len(value)} bytes", hint="restore a backup"
        )


@attrs.frozen
class KeyRing:
    """The node's secrets; `repr` shows key ids only.

    Attributes:
        signing: signs what the node releases.
        sealing: opens what is sealed to the node.
        overlap_seed: 32 bytes from which `HolderKey` derives a key per asker and epoch.
        created: when `signing` and `sealing` were made.
        retired_sealing: earlier sealing keys, newest first.
        retired_signing: public parts of earlier signing keys, newest first.
    """

    signing: SigningKey
    sealing: SealingKey
    overlap_seed: bytes = attrs.field(repr=False, validator=_seed_has_size)
    created: datetime
    retired_sealing: tuple[SealingKey, ...] = ()
    retired_signing: tuple[VerifyKey, ...] = ()

    @classmethod
    def generate(cls, now: datetime) -> "KeyRing":
        """Make new keys from the operating system's randomness."""
        return cls(
            SigningKey.generate(), SealingKey.generate(), secrets.token_bytes(SEED_BYTES), now
        )

    def rotated(self, now: datetime) -> "KeyRing":
        """Return a ring with new secrets that still opens what was sealed to the old one.

        The old signing key lives on in `self` only: sign the announcement of the new public keys
        with it before letting it go.
        """
        fresh = KeyRing.generate(now)
        return attrs.evolve(
            fresh,
            retired_sealing=(self.sealing, *self.retired_sealing),
            retired_signing=(self.signing.public, *self.retired_signing),
        )

    @property
    def public(self) -> PublicKeys:
        """The current public keys."""
        return PublicKeys(self.signing.public, self.sealing.public)

    @property
    def sealing_keys(self) -> dict[str, SealingKey]:
        """Every key that can open something, by key id."""
        return {key.key_id: key for key in (self.sealing, *self.retired_sealing)}

    @property
    def verify_keys(self) -> dict[str, VerifyKey]:
        """Every key that this node has ever signed with, by key id."""
        return {key.key_id: key for key in (self.signing.public, *self.retired_signing)}

    def to_bytes(self, passphrase: str | None) -> bytes:
        """Return the ring for keeping in a file of mode 0600.

        With a passphrase the keys are encrypted (Argon2id, ChaCha20-Poly1305); without one they
        stand in plain base64. Two calls give different bytes: salt and nonce are new each time.
        """
        return _keyfile.wrap(
            {
                "signing": to_base64(self.signing.secret()),
                "sealing": to_base64(self.sealing.secret()),
                "overlap_seed": to_base64(self.overlap_seed),
                "created": rfc3339(self.created),
                "retired_sealing": [to_base64(key.secret()) for key in self.retired_sealing],
                "retired_signing": [key.to_text() for key in self.retired_signing],
            },
            passphrase,
        )

    @classmethod
    def from_bytes(cls, data: bytes, passphrase: str | None) -> "KeyRing":
        """Read what `to_bytes` wrote.

        A passphrase given for a ring that has none is not needed and not looked at.

        Raises:
            TrustError: for a wrong or missing passphrase, an altered file or a newer version.
            BadInputError: when the file is no key ring.
        """
        kept = _keyfile.unwrap(data, passphrase)
        return cls(
            signing=SigningKey.from_raw(_secret(kept, "signing")),
            sealing=SealingKey.from_raw(_secret(kept, "sealing")),
            overlap_seed=_secret(kept, "overlap_seed"),
            created=parse_time(str(kept.get("created")), field="key ring: created"),
            retired_sealing=tuple(
                SealingKey.from_raw(from_base64(text, what="key ring: retired_sealing", size=32))
                for text in _texts(kept, "retired_sealing")
            ),
            retired_signing=tuple(
                VerifyKey.from_raw(from_base64(text, what="key ring: retired_signing", size=32))
                for text in _texts(kept, "retired_signing")
            ),
        )


def _secret(kept: JsonObject, field: str) -> bytes:
    return from_base64(kept.get(field), what=f"key ring: {field}", size=32)


def _texts(kept: JsonObject, field: str) -> list[object]:
    value = kept.get(field)
    if not isinstance(value, list):
        raise BadInputError(f"key ring: {field} is no list", hint="restore the file from a backup")
    return list(value)

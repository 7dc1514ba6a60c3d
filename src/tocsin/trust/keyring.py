"""What one organisation's node holds in keys, and how it is kept.

Rotation takes two steps, so that no moment of it can lose a key that somebody relies on. First
new keys lie ready in the ring beside those in use; whoever verifies the node's signatures is told
of them, under the old signing key, which the ring therefore still holds. Once they know, the new
keys come into use and the old signing key is let go: only its public part stays, so that old
signatures of one's own still verify. Sealing keys are kept for good, since what was sealed before
must still open, and those that lie ready open as well: others may seal to them before this node
has heard that they know.

All three secrets change. The overlap seed ends all running overlap epochs, whose tags can't be
derived again, so open askings should be finished first.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime

import attrs

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time, rfc3339
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
class Keys:
    """One generation of a node's secrets; `repr` shows key ids only.

    Attributes:
        signing: signs what the node releases.
        sealing: opens what is sealed to the node.
        overlap_seed: 32 bytes from which `HolderKey` derives a key per asker and epoch.
        created: when they were made.
    """

    signing: SigningKey
    sealing: SealingKey
    overlap_seed: bytes = attrs.field(repr=False, validator=_seed_has_size)
    created: datetime

    @classmethod
    def generate(cls, now: datetime) -> "Keys":
        """Make new keys from the operating system's randomness."""
        return cls(
            SigningKey.generate(), SealingKey.generate(), secrets.token_bytes(SEED_BYTES), now
        )

    @property
    def public(self) -> PublicKeys:
        """Their public parts."""
        return PublicKeys(self.signing.public, self.sealing.public)

    def to_json(self) -> JsonObject:
        """Return the secrets as base64 text."""
        return {
            "signing": to_base64(self.signing.secret()),
            "sealing": to_base64(self.sealing.secret()),
            "overlap_seed": to_base64(self.overlap_seed),
            "created": rfc3339(self.created),
        }

    @classmethod
    def from_json(cls, said: JsonObject) -> "Keys":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when one is missing or malformed.
        """
        return cls(
            signing=SigningKey.from_raw(_secret(said, "signing")),
            sealing=SealingKey.from_raw(_secret(said, "sealing")),
            overlap_seed=_secret(said, "overlap_seed"),
            created=parse_time(str(said.get("created")), field="key ring: created"),
        )


@attrs.frozen
class KeyRing:
    """The node's secrets of all times; `repr` shows key ids only.

    Attributes:
        current: the keys in use.
        coming: keys that lie ready, until those who verify this node's signatures know them.
        retired_sealing: earlier sealing keys, newest first.
        retired_signing: public parts of earlier signing keys, newest first.
    """

    current: Keys
    coming: Keys | None = None
    retired_sealing: tuple[SealingKey, ...] = ()
    retired_signing: tuple[VerifyKey, ...] = ()

    @classmethod
    def generate(cls, now: datetime) -> "KeyRing":
        """Make a new ring."""
        return cls(Keys.generate(now))

    def prepared(self, now: datetime) -> "KeyRing":
        """Return a ring with new keys lying ready; the same ring where some do already."""
        return self if self.coming else attrs.evolve(self, coming=Keys.generate(now))

    def promoted(self) -> "KeyRing":
        """Return a ring that uses the keys that lay ready; the same ring where none do."""
        if self.coming is None:
            return self
        return KeyRing(
            current=self.coming,
            retired_sealing=(self.sealing, *self.retired_sealing),
            retired_signing=(self.signing.public, *self.retired_signing),
        )

    @property
    def signing(self) -> SigningKey:
        """The key that signs at present."""
        return self.current.signing

    @property
    def sealing(self) -> SealingKey:
        """The key that others seal to at present."""
        return self.current.sealing

    @property
    def overlap_seed(self) -> bytes:
        """The seed of the present overlap keys."""
        return self.current.overlap_seed

    @property
    def public(self) -> PublicKeys:
        """The public parts of the keys in use."""
        return self.current.public

    @property
    def sealing_keys(self) -> dict[str, SealingKey]:
        """Every key that can open something, by key id."""
        coming = (self.coming.sealing,) if self.coming else ()
        return {key.key_id: key for key in (self.sealing, *coming, *self.retired_sealing)}

    @property
    def verify_keys(self) -> dict[str, VerifyKey]:
        """Every key that this node has ever signed with, by key id."""
        return {key.key_id: key for key in (self.signing.public, *self.retired_signing)}

    def to_bytes(self, passphrase: str | None) -> bytes:
        """Return the ring for keeping in a file of mode 0600.

        With a passphrase the keys are encrypted (Argon2id, ChaCha20-Poly1305); without one they
        stand in plain base64. Two calls give different bytes: salt and nonce are new each time.
        """
        said: JsonObject = {
            **self.current.to_json(),
            "retired_sealing": [to_base64(key.secret()) for key in self.retired_sealing],
            "retired_signing": [key.to_text() for key in self.retired_signing],
        }
        if self.coming is not None:
            said["coming"] = self.coming.to_json()
        return _keyfile.wrap(said, passphrase)

    @staticmethod
    def is_protected(data: bytes) -> bool:
        """Tell whether what `to_bytes` wrote opens only with a passphrase."""
        return _keyfile.is_protected(data)

    @classmethod
    def from_bytes(cls, data: bytes, passphrase: str | None) -> "KeyRing":
        """Read what `to_bytes` wrote.

        A passphrase given for a ring that has none is not needed and not looked at.

        Raises:
            TrustError: for a wrong or missing passphrase, an altered file or a newer version.
            BadInputError: when the file is no key ring.
        """
        kept = _keyfile.unwrap(data, passphrase)
        coming = kept.get("coming")
        return cls(
            current=Keys.from_json(kept),
            coming=None if coming is None else Keys.from_json(_object(coming)),
            retired_sealing=tuple(
                SealingKey.from_raw(from_base64(text, what="key ring: retired_sealing", size=32))
                for text in _texts(kept, "retired_sealing")
            ),
            retired_signing=tuple(
                VerifyKey.from_raw(from_base64(text, what="key ring: retired_signing", size=32))
                for text in _texts(kept, "retired_signing")
            ),
        )


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise BadInputError("key ring: coming is no object", hint="restore the file from a backup")
    return value


def _secret(kept: JsonObject, field: str) -> bytes:
    return from_base64(kept.get(field), what=f"key ring: {field}", size=32)


def _texts(kept: JsonObject, field: str) -> list[object]:
    value = kept.get(field)
    if not isinstance(value, list):
        raise BadInputError(f"key ring: {field} is no list", hint="restore the file from a backup")
    return list(value)

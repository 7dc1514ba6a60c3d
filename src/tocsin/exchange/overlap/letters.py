"""What the two members say to each other through the exchange: signed, bound to one asking.

The exchange carries four letters of one asking and can change none of them:

ASKING      asker to holder   the blinded elements
ANSWER      holder to asker   the evaluation, its proof and the public key that it holds for
DISCLOSURE  holder to asker   after consent: what is in common, sealed
REPLY       asker to holder   the same from the other side, sealed

The signature is what stops an exchange from asking in a member's name, or from answering with a
key of its own (whose tags it could then try a dictionary on).
"""

import base64
import hashlib
from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from tocsin.exchange.overlap import reading
from tocsin.foundation import BadInputError, JsonObject, JsonValue, TrustError, canonical
from tocsin.trust import Signature, SigningKey, VerifyKey, sign, verify


class LetterKind(StrEnum):
    """What a letter is for; part of what is signed."""

    ASKING = "asking"
    ANSWER = "answer"
    DISCLOSURE = "disclosure"
    REPLY = "reply"

    @property
    def payload_type(self) -> str:
        """The DSSE payload type."""
        return f"application/vnd.tocsin.overlap-{self.value}+json"


@frozen
class Letter:
    """One signed letter.

    Attributes:
        said: what is signed; holds the SHA-256 of `data` under `digest`, and under `id`, `asker`,
            `holder` and `attempt` the asking that it belongs to.
        data: the bulk: blinded elements, an evaluation, or a seal.
    """

    kind: LetterKind
    said: JsonObject
    data: bytes = field(repr=False)
    signature: Signature = field(repr=False)

    @classmethod
    def write(cls, kind: LetterKind, said: JsonObject, data: bytes, key: SigningKey) -> "Letter":
        """Sign a letter."""
        whole = {**said, "digest": hashlib.sha256(data).hexdigest()}
        return cls(kind, whole, data, sign(kind.payload_type, canonical(whole), key))

    @property
    def digest(self) -> str:
        """What the letter says is the SHA-256 of its data."""
        return str(self.said.get("digest"))

    def check(self, keys: Mapping[str, VerifyKey]) -> None:
        """Check that one of `keys` signed it and that nothing was changed.

        Raises:
            TrustError: when either does not hold.
        """
        verify(self.kind.payload_type, canonical(self.said), self.signature, keys)
        if hashlib.sha256(self.data).hexdigest() != self.digest:
            raise TrustError(
                f"overlap {self.kind}: its data was changed on the way",
                hint="sync again; if it stays so, tell the convenor",
            )

    def check_belongs(self, expected: Mapping[str, JsonValue]) -> None:
        """Check that it speaks of the asking that it is shown for.

        Raises:
            TrustError: when one of the expected fields says something else.
        """
        other = [name for name, value in expected.items() if self.said.get(name) != value]
        if other:
            raise TrustError(
                f"overlap {self.kind}: it belongs to another asking (its {other[0]} differs)",
                hint="sync again; if it stays so, tell the convenor",
            )

    def to_json(self) -> JsonObject:
        """Return the form that travels."""
        return {
            "kind": str(self.kind),
            "said": self.said,
            "data": base64.b64encode(self.data).decode(),
            "signature": self.signature.to_json(),
        }

    @classmethod
    def from_json(cls, value: object) -> "Letter":
        """Read what `to_json` wrote, checking its form only.

        Raises:
            BadInputError: when it is not of this form.
        """
        whole = value if isinstance(value, dict) else {}
        said, kind = whole.get("said"), whole.get("kind")
        if not isinstance(said, dict) or kind not in list(LetterKind):
            raise BadInputError(
                "overlap letter: it says nothing, or nothing known",
                hint="upgrade this node, or the exchange",
            )
        data = reading.base64_bytes(whole, "data")
        signature = Signature.from_json(whole.get("signature"))
        return cls(LetterKind(str(kind)), said, data, signature)

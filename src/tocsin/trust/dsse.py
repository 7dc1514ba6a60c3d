"""DSSE signatures: Ed25519 over the pre-authentication encoding of a type and a payload.

Source: the DSSE protocol, version 1.0.0 (secure-systems-lab/dsse, protocol.md). The payload of
ours is the RFC 8785 form of an object without its signatures, so a server that re-orders or
re-formats JSON breaks nothing. The type is signed too: a signature over one kind of record never
passes for another.
"""

from collections.abc import Mapping

import attrs

from tocsin.foundation import BadInputError, JsonObject, TrustError, UsageError
from tocsin.trust._encoding import from_base64, to_base64
from tocsin.trust.keys import SigningKey, VerifyKey


@attrs.frozen
class Signature:
    """One entry of a DSSE envelope's `signatures`.

    Attributes:
        keyid: which key made it; only a help to find the key.
        sig: the signature's bytes in base64, standard or URL-safe.
    """

    keyid: str
    sig: str

    def to_json(self) -> JsonObject:
        """Return the entry as DSSE writes it."""
        return {"keyid": self.keyid, "sig": self.sig}

    @classmethod
    def from_json(cls, value: object) -> "Signature":
        """Read an entry as DSSE writes it.

        Raises:
            BadInputError: when `keyid` or `sig` is missing or no text.
        """
        if isinstance(value, Mapping):
            keyid, sig = value.get("keyid"), value.get("sig")
            if isinstance(keyid, str) and keyid and isinstance(sig, str):
                return cls(keyid, sig)
        raise BadInputError(
            "signature: expected an object with the texts keyid and sig",
            hint="ask the sender for the original",
        )


def pae(payload_type: str, payload: bytes) -> bytes:
    """Return the bytes that are signed: `DSSEv1 LEN(type) type LEN(body) body`."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, key: SigningKey) -> Signature:
    """Sign `payload` as a `payload_type` (a media type of our own, never a generic one)."""
    if not payload_type:
        raise UsageError("a signature needs a payload type", hint="name the kind of record")
    return Signature(key.key_id, to_base64(key.sign(pae(payload_type, payload))))


def verify(
    payload_type: str, payload: bytes, signature: Signature, keys: Mapping[str, VerifyKey]
) -> str:
    """Check a signature against the keys that are trusted for this purpose.

    Args:
        payload_type: the type that the caller expects, not one that the message claims.
        payload: the exact bytes.
        signature: who is said to have signed, and the signature.
        keys: trusted keys by key id.

    Returns:
        The id of the key that signed.

    Raises:
        TrustError: when the key is not among `keys`, or the signature does not hold.
    """
    key = keys.get(signature.keyid)
    if key is None:
        raise TrustError(
            f"signed by a stranger: {signature.keyid[:80]!r} is no key of a member",
            hint="if the sender has changed keys, sync first; otherwise do not use this object",
        )
    # DSSE lets signers choose either alphabet and obliges verifiers to take both.
    standard = signature.sig.replace("-", "+").replace("_", "/")
    try:
        raw = from_base64(standard, what="signature")
    except BadInputError as error:
        raise TrustError(f"the signature by {key.key_id} is not base64", hint=error.hint) from error
    if not payload_type:
        raise TrustError("a signature without a payload type proves nothing")
    key.verify(raw, pae(payload_type, payload))
    return signature.keyid

"""Escrowed authorship: an unnamed author's signed word, which two appointed persons open together.

The opening is the author's member id, the object's id, version and content digest, a nonce of 32
bytes, and the author's signature over all of it. The object carries SHA-256 over its RFC 8785
form, which hides it (nobody guesses the nonce) and binds it (the author cannot open it otherwise),
and the opening itself, sealed twice: inside to every later person, outside to the first one. With
three persons or more there is such an envelope for each but the last, so that any two can open one
and nobody opens both layers of any.

Every envelope has the same size whoever the author is. It is not proven that one holds the opening
of its commitment, nor that the opening names its author: that shows only when it is opened.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import attrs

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    TrustError,
    UsageError,
    canonical,
    parse_json,
)
from tocsin.records.escrow import FEWEST_PERSONS, MOST_PERSONS, Escrow, EscrowPerson
from tocsin.records.members import Community
from tocsin.records.sharing import Authorship
from tocsin.records.stix import StixObject, signed_part
from tocsin.trust._encoding import from_base64, prefixed, to_base64
from tocsin.trust.dsse import Signature, sign, verify
from tocsin.trust.keyring import KeyRing
from tocsin.trust.keys import SealingPublicKey, SigningKey, VerifyKey
from tocsin.trust.objects import SEALED_TYPE, sealed_id_of
from tocsin.trust.seal import SealedBytes, bucket, open_sealed, seal

AUTHORSHIP_PAYLOAD: Final = "application/vnd.tocsin.authorship+json"
_FORMAT: Final = "tocsin-authorship/1"
_NONCE_BYTES: Final = 32
_DIGEST_BYTES: Final = 32
_TAG_BYTES: Final = 16
_OPENING_BUCKET: Final = 1024
"""Every opening fits into the smallest bucket of a seal: see `_opening_bytes`."""


@attrs.frozen(kw_only=True)
class Opening:
    """What a commitment commits to.

    Attributes:
        member: id of the author's organisation.
        content: SHA-256 over the object without author, escrow and signatures, in hex.
        nonce: base64 of 32 bytes.
        signature: the author's, over everything else.
    """

    member: str
    object_id: str
    version: str
    content: str
    nonce: str = attrs.field(repr=False)
    signature: Signature = attrs.field(repr=False)

    def to_json(self) -> JsonObject:
        """Return the form whose RFC 8785 bytes the commitment is a digest of."""
        return {**self.signed(), "signature": self.signature.to_json()}

    def signed(self) -> JsonObject:
        """Return what the author signs."""
        return _signed(self.member, self.object_id, self.version, self.content, self.nonce)

    @property
    def commitment(self) -> str:
        """The digest that stands on the object, in base64."""
        return to_base64(hashlib.sha256(canonical(self.to_json())).digest())

    @classmethod
    def from_json(cls, value: object) -> "Opening":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when it is of another form.
        """
        if not isinstance(value, Mapping) or value.get("format") != _FORMAT:
            raise BadInputError(f"the opening is not of the format {_FORMAT}", hint=_ASK)
        try:
            return cls(
                member=str(value["member"]),
                object_id=str(value["object"]),
                version=str(value["version"]),
                content=str(value["content"]),
                nonce=str(value["nonce"]),
                signature=Signature.from_json(value["signature"]),
            )
        except KeyError as error:
            raise BadInputError(f"the opening has no {error}", hint=_ASK) from error


_ASK: Final = "ask whoever handed it on for the original"


def with_escrow(
    item: StixObject, community: Community, member_id: str | None, key: SigningKey
) -> StixObject:
    """Return an object as it may be signed: in escrow where its author is not named.

    It stays as it is where the author is named, where nobody is appointed, and as a withdrawal:
    what it takes back has its own.

    Args:
        member_id: the author's, None when the directory does not know it.
        key: the author's present one.

    Raises:
        TrustError: when the author has to be known and is not.
    """
    sharing = item.sharing
    if sharing is None or sharing.authorship is Authorship.NAMED or sharing.withdrawal:
        return item
    if len(community.escrow_now) < FEWEST_PERSONS:
        # What a correction took over from the version before speaks of that one.
        before = sharing.escrow
        return item.with_sharing(attrs.evolve(sharing, escrow=None)) if before else item
    if member_id is None:
        raise TrustError(
            f"{key.key_id} is no key of a member that the directory knows",
            hint="run `tocsin sync` for the latest directory, then do it again",
        )
    return escrowed(item, member_id, key, community.escrow_now)


def member_of(community: Community, keys: Iterable[VerifyKey]) -> str | None:
    """Return the id of the member that has one of these keys."""
    texts = {key.to_text() for key in keys}
    found = (each.id for each in community.members.values() if texts & {*each.verify_keys})
    return next(found, None)


def escrowed(
    item: StixObject, member_id: str, key: SigningKey, persons: Sequence[EscrowPerson]
) -> StixObject:
    """Return an unnamed author's object with its authorship in escrow, still to be signed.

    Args:
        member_id: the author's organisation.
        key: the author's, which signs the opening.

    Raises:
        UsageError: for fewer than two persons, or too many.
    """
    sharing = item.sharing
    if sharing is None or sharing.authorship is Authorship.NAMED:
        raise UsageError(f"{item.id}: its author is named, there is nothing to put in escrow")
    if not FEWEST_PERSONS <= len(persons) <= MOST_PERSONS:
        raise UsageError(f"authorship is opened by two of up to {MOST_PERSONS} persons")
    opening = _opening(item, member_id, key)
    plain = _opening_bytes(opening)
    keys = [SealingPublicKey.from_text(each.sealing_key) for each in persons]
    by_id = dict(sorted((each.key_id, each) for each in keys))
    envelopes: list[JsonObject] = []
    rest = dict(by_id)
    for key_id, first in list(by_id.items())[:-1]:
        del rest[key_id]
        inner = seal(plain, rest, _context("inner", opening.commitment))
        outer = seal(
            canonical(inner.to_json()), {key_id: first}, _context("outer", opening.commitment)
        )
        envelopes.append(outer.to_json())
    return item.with_sharing(
        attrs.evolve(sharing, escrow=Escrow(opening.commitment, tuple(envelopes)))
    )


def check_escrow_form(escrow: Escrow, known: Mapping[str, EscrowPerson]) -> None:
    """Check all that can be checked of an escrow without opening it: whom for, and every size.

    Args:
        known: who is or was appointed, by sealing key id.

    Raises:
        BadInputError: when it is not what `escrowed` makes for some of them.
    """
    from_base64(escrow.commitment, what="escrow: commitment", size=_DIGEST_BYTES)
    names: list[str] = []
    for at, each in enumerate(escrow.envelopes):
        outer = SealedBytes.from_json(each)
        if len(outer.key_ids) != 1 or outer.key_ids[0] not in known:
            raise BadInputError(
                "escrow: sealed to somebody who was never appointed to open it",
                hint="sync for the present directory, then release it anew",
            )
        names += outer.key_ids
        if len(outer.ciphertext) != _outer_size(len(escrow.envelopes) - at):
            raise BadInputError(
                "escrow: an envelope is not of the one size that all have",
                hint="release it with `tocsin release`",
            )
    if names != sorted(set(names)):
        raise BadInputError("escrow: envelopes are not in the order of their key ids")


def open_outer(escrow: Escrow, ring: KeyRing) -> SealedBytes:
    """Return the inner layer of the envelope whose outer one was sealed to this person.

    Raises:
        TrustError: when none was, or it was altered or moved here from another object.
    """
    found = [SealedBytes.from_json(each) for each in escrow.envelopes]
    for outer in found:
        if set(outer.key_ids) & set(ring.sealing_keys):
            plain = open_sealed(outer, ring, _context("outer", escrow.commitment))
            return SealedBytes.from_json(parse_json(plain, source="escrow envelope"))
    firsts = ", ".join(key_id for outer in found for key_id in outer.key_ids)
    raise TrustError(
        f"this person does not open first here: the first is one of {firsts}",
        hint="the other person begins, and hands the file on to this one",
    )


def open_inner(escrow: Escrow, inner: SealedBytes, ring: KeyRing) -> Opening:
    """Return the opening that an inner layer holds, once it is the one committed to.

    Raises:
        TrustError: when this person cannot open it, or it is not what the object commits to.
    """
    plain = open_sealed(inner, ring, _context("inner", escrow.commitment))
    opening = Opening.from_json(parse_json(plain, source="escrow envelope"))
    if opening.commitment != escrow.commitment:
        raise _false("what was sealed is not what the object commits to")
    return opening


def verify_opening(opening: Opening, commitment: str, keys: Mapping[str, VerifyKey]) -> None:
    """Check that an opening is the one committed to, and signed by the member that it names.

    Args:
        keys: the verify keys of that member, by key id.

    Raises:
        TrustError: says what does not hold.
    """
    if opening.commitment != commitment:
        raise _false("the object commits to another opening")
    try:
        verify(AUTHORSHIP_PAYLOAD, canonical(opening.signed()), opening.signature, keys)
    except TrustError as error:
        raise _false(f"the member that it names did not sign it: {error.message}") from error


def verify_content(opening: Opening, item: StixObject) -> bool:
    """Check that an opening is about an object; True when its content could be compared as well.

    Of an object that is sealed itself only id and version can be.

    Raises:
        TrustError: when it is about another object, version or content.
    """
    is_sealed = item.type == SEALED_TYPE
    named = sealed_id_of(opening.object_id) if is_sealed else opening.object_id
    if (named, opening.version) != (item.id, item.version):
        raise _false(f"it is about {opening.object_id}, not about {item.id}")
    if not is_sealed and opening.content != content_digest(item):
        raise _false(f"it is about another content of {item.id}")
    return not is_sealed


def content_digest(item: StixObject) -> str:
    """Return SHA-256 in hex over an object without author, escrow and signatures."""
    bare = item.replaced(created_by_ref=None)
    if bare.sharing is not None:
        bare = bare.with_sharing(attrs.evolve(bare.sharing, escrow=None, signatures=()))
    return hashlib.sha256(canonical(signed_part(bare.body))).hexdigest()


def _opening(item: StixObject, member_id: str, key: SigningKey) -> Opening:
    nonce = to_base64(secrets.token_bytes(_NONCE_BYTES))
    content = content_digest(item)
    said = _signed(member_id, item.id, item.version, content, nonce)
    return Opening(
        member=member_id,
        object_id=item.id,
        version=item.version,
        content=content,
        nonce=nonce,
        signature=sign(AUTHORSHIP_PAYLOAD, canonical(said), key),
    )


def _signed(member: str, object_id: str, version: str, content: str, nonce: str) -> JsonObject:
    return {
        "format": _FORMAT,
        "member": member,
        "object": object_id,
        "version": version,
        "content": content,
        "nonce": nonce,
    }


def _opening_bytes(opening: Opening) -> bytes:
    plain = canonical(opening.to_json())
    # A longer one would fall into a larger bucket, and show by that who wrote it.
    if len(plain) + 8 > _OPENING_BUCKET:
        raise UsageError("the object's id is too long to put its authorship in escrow")
    return plain


@cache
def _outer_size(inner_recipients: int) -> int:
    """Return the size of an outer ciphertext whose inner layer has so many recipients."""
    key_id = "x25519:" + "0" * 32
    form: JsonObject = SealedBytes(
        tuple((key_id, bytes(80)) for _ in range(inner_recipients)),
        bytes(_DIGEST_BYTES),
        bytes(_OPENING_BUCKET + _TAG_BYTES),
    ).to_json()
    return bucket(8 + len(canonical(form))) + _TAG_BYTES


def _context(layer: str, commitment: str) -> bytes:
    return prefixed(b"tocsin-escrow/1", layer.encode(), commitment.encode())


def _false(why: str) -> TrustError:
    return TrustError(
        f"this does not prove who the author is: {why}",
        hint="a false commitment is its sender's doing: the convenor knows who handed it in",
    )

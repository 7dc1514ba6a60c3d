"""Signing and sealing whole STIX objects.

A signature stands inside the object's sharing extension and covers the RFC 8785 form of
everything else, since third-party TAXII servers do not keep bytes. A sealed object is an object
of its own with the marking and audience of what it holds, so that an exchange can enforce both
without reading it.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from attrs import evolve

from tocsin.foundation import TrustError, canonical, parse_json
from tocsin.records.sharing import Authorship, Sharing
from tocsin.records.stix import StixObject, signed_part
from tocsin.trust.dsse import Signature, sign, verify
from tocsin.trust.keyring import KeyRing
from tocsin.trust.keys import SealingPublicKey, SigningKey, VerifyKey
from tocsin.trust.seal import SealedBytes, open_sealed, seal

OBJECT_PAYLOAD: Final = "application/vnd.tocsin.object+json"
SEALED_TYPE: Final = "x-tocsin-sealed"
SEALED_EXTENSION: Final = "extension-definition--3c1c2d5e-7a40-5f0b-9a52-1f6f0a5b8c21"

_MOST_TRIED: Final = 2
"""Signatures by known keys that are checked: one by a former key may stand beside the good one."""

_SHOWN: Final = (
    "spec_version",
    "created",
    "modified",
    "revoked",
    "created_by_ref",
    "object_marking_refs",
)


def sign_object(item: StixObject, key: SigningKey) -> StixObject:
    """Return the object with a signature by `key` added.

    Raises:
        TrustError: when it carries no sharing extension: what is signed names its audience.
    """
    sharing = _sharing(item)
    made = sign(OBJECT_PAYLOAD, canonical(signed_part(item.body)), key)
    return item.with_sharing(sharing.with_signature(made.keyid, made.sig))


def verify_object(item: StixObject, keys: Mapping[str, VerifyKey]) -> str:
    """Return the id of the key among `keys` whose signature holds.

    Raises:
        TrustError: when it is unsigned, signed only by strangers, or was changed.
    """
    signatures = _sharing(item).signatures
    known = [each for each in signatures if each[0] in keys][:_MOST_TRIED]
    if not known:
        who = f"signed by a stranger ({signatures[0][0]})" if signatures else "not signed"
        raise TrustError(
            f"{item.id}: {who}", hint="sync the directory; if it stays so, tell the convenor"
        )
    payload = canonical(signed_part(item.body))
    for key_id, signature in known:
        try:
            return verify(OBJECT_PAYLOAD, payload, Signature(key_id, signature), keys)
        except TrustError:
            continue
    raise TrustError(
        f"{item.id}: the signature does not hold: it was changed on the way",
        hint="ask its author for it again",
    )


def sealed_id_of(object_id: str) -> str:
    """Return the id under which every version of an object travels sealed.

    It has the same random part, so that a withdrawal finds what it withdraws.

    Raises:
        TrustError: for an id that is made from the content, which a relay could guess back.
    """
    number = UUID(object_id.partition("--")[2])
    if number.version != 4:
        raise TrustError(
            f"{object_id}: an id that is made from the content cannot be sealed",
            hint="release it under a random id, as an indicator",
        )
    return f"{SEALED_TYPE}--{number}"


def seal_object(
    item: StixObject, recipients: Mapping[str, SealingPublicKey], *, sealed_id: str
) -> StixObject:
    """Return an object, still unsigned, that only `recipients` (by member id) can open to `item`.

    It shows outside what routing needs: author, times, marking, audience, origins, sources,
    expiry and whether it is withdrawn or corrected. An unnamed author's signature is left out
    inside, since its key would name the author to the recipients; the signature outside covers
    all of it.

    Raises:
        TrustError: when nobody has a key to seal to.
    """
    sharing = _sharing(item)
    if sharing.authorship is not Authorship.NAMED:
        item = item.with_sharing(evolve(sharing, signatures=()))
    if not recipients:
        raise TrustError(
            f"{item.id}: no recipient has announced a key to seal to",
            hint="they must join or sync once before they can receive TLP:RED",
        )
    sealed = seal(item.to_json(), recipients, context=sealed_id.encode())
    shown = {key: item.body[key] for key in _SHOWN if key in item.body}
    outer = StixObject.of(
        {
            **shown,
            "type": SEALED_TYPE,
            "id": sealed_id,
            "extensions": {SEALED_EXTENSION: {"extension_type": "new-sdo"}},
            "sealed": sealed.to_json(),
        }
    )
    return outer.with_sharing(_shown(sharing))


def open_object(item: StixObject, keyring: KeyRing) -> StixObject:
    """Return what a sealed object holds.

    Raises:
        TrustError: when it was not sealed for this node, was altered, or shows a marking, audience
            or author outside that is not the one inside.
    """
    plain = open_sealed(
        SealedBytes.from_json(item.body.get("sealed")), keyring, context=item.id.encode()
    )
    body = parse_json(plain, source=item.id)
    if not isinstance(body, dict):
        raise TrustError(f"{item.id}: what was sealed is no object", hint="tell its author")
    inner = StixObject.of(body)
    if _outside(inner) != _outside(item):
        raise TrustError(
            f"{item.id}: marked or addressed otherwise inside than outside", hint="tell its author"
        )
    return inner


def _outside(item: StixObject) -> tuple[object, ...]:
    return (item.author, item.version, item.is_revoked, item.marking, _shown(_sharing(item)))


def _shown(sharing: Sharing) -> Sharing:
    """Return what the outside of a sealed object says: no purpose, no persons, no signature.

    A signature over what is sealed would let a relay test its guesses.
    """
    withdrawal, correction = sharing.withdrawal, sharing.correction
    return evolve(
        sharing,
        purpose=None,
        review=None,
        withdrawal=withdrawal and evolve(withdrawal, why="withdrawn by its author"),
        correction=correction
        and evolve(correction, why="corrected by its author", changed=(), claim=None),
        signatures=(),
    )


def _sharing(item: StixObject) -> Sharing:
    if item.sharing is None:
        raise TrustError(
            f"{item.id}: carries no audience, so it cannot be signed or sealed for anybody"
        )
    return item.sharing

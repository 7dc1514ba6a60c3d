"""Joining and key changes: the messages, what they prove, and what the exchange does with them.

A joining node proves that it holds the key it announces by signing its request with it, and binds
the request to one convenor, so that it can't be replayed at another exchange.
"""

from typing import Final

from attrs import evolve, frozen

from tocsin.exchange import roster, tokens
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.credentials import fingerprint, new_credential
from tocsin.exchange.directory import UNNAMED, a_member_id
from tocsin.exchange.placing import recompute
from tocsin.exchange.roster import Invited
from tocsin.foundation import (
    BadInputError,
    Clock,
    Entropy,
    JsonObject,
    JsonValue,
    RefusedError,
    canonical,
)
from tocsin.records import Member, StixObject
from tocsin.trust import PublicKeys, Signature, SigningKey, VerifyKey, sign, verify
from tocsin.vault import Home, Transaction

JOIN_PAYLOAD: Final = "application/vnd.tocsin.join+json"
KEYS_PAYLOAD: Final = "application/vnd.tocsin.keys+json"


@frozen
class Admitted:
    """A new member and the credential that is shown once only."""

    member: Member
    credential: str


def signed_request(payload_type: str, said: JsonObject, key: SigningKey) -> JsonObject:
    """Return `said` with a signature that shows who holds `key`."""
    return {"said": said, "signature": sign(payload_type, canonical(said), key).to_json()}


def signed_by_both(
    payload_type: str, said: JsonObject, old: SigningKey, new: SigningKey
) -> JsonObject:
    """Return `said` as signed by `old`, with the proof that the same node holds `new`."""
    proof = sign(payload_type, canonical(said), new)
    return {**signed_request(payload_type, said, old), "possession": proof.to_json()}


def join_request(
    secret: str, identity: StixObject, kind: str, keys: PublicKeys, convenor: bytes
) -> JsonObject:
    """Return what a joining node says."""
    return {
        "secret": secret,
        "identity": dict(identity.body),
        "kind": kind,
        "keys": keys.to_json(),
        "convenor": convenor.hex(),
    }


def admit(home: Home, request: JsonObject, *, clock: Clock, entropy: Entropy) -> Admitted:
    """Let an invited organisation in.

    Safe to repeat: the same organisation with the same token and key gets a new credential, so
    an answer that was lost on the way costs nothing.

    Raises:
        RefusedError: when the token is unknown, used, expired or for another kind, or the name
            is taken.
        TrustError: when the request is not signed by the key that it announces.
        BadInputError: when it is malformed.
    """
    said = _said(request)
    keys = PublicKeys.from_json(said.get("keys"))
    _verify(JOIN_PAYLOAD, request, said, keys.signing)
    convened = convened_by(home)
    if said.get("convenor") != fingerprint(convened.key).hex():
        raise RefusedError(
            "the token was issued by another exchange", hint="check the address and the token"
        )
    identity = _identity(said.get("identity"))
    credential = new_credential(entropy)
    secret = str(said.get("secret"))

    def work(tx: Transaction) -> Admitted:
        invited = roster.invitation(tx, secret)
        if invited is None:
            raise RefusedError("the token is not known here", hint="ask for a new invitation")
        if invited.used_by not in (None, identity.id):
            raise RefusedError("the token was used already", hint="ask for a new invitation")
        if invited.expires <= clock.now():
            raise RefusedError("the token has expired", hint="ask for a new invitation")
        if said.get("kind") != str(invited.kind):
            raise RefusedError(
                f"the invitation is for a member of the kind {invited.kind}, "
                f"this node is {said.get('kind')!r}",
                hint="ask the convenor for an invitation of the right kind",
            )
        member = Member(
            id=identity.id,
            name=str(identity.body.get("name")),
            kind=invited.kind,
            verify_keys=(keys.signing.to_text(),),
            sealing_key=keys.sealing.to_text(),
            is_guest=invited.is_guest,
        )
        _enrol(tx, home, member, invited, clock)
        roster.keep_invitation(tx, secret, evolve(invited, used_by=member.id), by=member.id)
        tokens.keep_credential(tx, credential, member.id, by=member.id)
        return Admitted(member, credential)

    return home.vault.write(work)


def change_keys(home: Home, member_id: str, request: JsonObject) -> Member:
    """Take a member's new keys, announced under its current one; safe to repeat.

    Earlier verify keys stay: what was signed with them still holds.

    Raises:
        TrustError: when the request is not signed by the member's current key, or not by the new
            one as well: else a member could announce somebody else's key as its own.
    """
    said = _said(request)
    keys = PublicKeys.from_json(said.get("keys"))
    text = keys.signing.to_text()

    def work(tx: Transaction) -> Member:
        member = roster.community_of(tx, convened_by(home)).members[member_id]
        if text == member.verify_keys[-1] and keys.sealing.to_text() == member.sealing_key:
            return member
        _check_not_stolen(member, text, member.verify_keys[-1])
        _verify(KEYS_PAYLOAD, request, said, VerifyKey.from_text(member.verify_keys[-1]))
        if "possession" not in request:
            raise BadInputError(
                "the new keys come without the proof of who has them, as an earlier version sends",
                hint="upgrade this node; then the convenor ends the membership and invites again "
                "(`tocsin exchange revoke`, `invite --name`), and it joins with that token",
            )
        possession = {**request, "signature": request.get("possession")}
        _verify(KEYS_PAYLOAD, possession, said, keys.signing)
        kept = tuple(each for each in member.verify_keys if each != text)
        changed = evolve(member, verify_keys=(*kept, text), sealing_key=keys.sealing.to_text())
        roster.keep_member(tx, changed, by=member.id)
        return changed

    return home.vault.write(work)


def _enrol(tx: Transaction, home: Home, member: Member, invited: Invited, clock: Clock) -> None:
    convened = convened_by(home)
    community = roster.community_of(tx, convened)
    if member.id in (convened.id, a_member_id(convened.id)):
        raise RefusedError(f"{member.id} is an identity of this exchange's own")
    known = community.members.get(member.id)
    if known is not None and invited.used_by == member.id:
        _check_repeated(known, member)
        return
    if known is not None:
        member = _readmitted(known, member, invited)
    names = {
        each.name.casefold() for each in community.members.values() if each.id != member.id
    } | {convened.name.casefold(), UNNAMED}
    if member.name.casefold() in names:
        raise RefusedError(
            f"there is a member called {member.name!r} already",
            hint="make the node under a name that tells you apart",
        )
    roster.keep_member(tx, member, by=member.id)
    recompute(tx, roster.community_of(tx, convened), clock.now())


def _check_repeated(known: Member, member: Member) -> None:
    """Let a token serve again only for who joined with it, and as long as it is a member."""
    if not known.active:
        raise RefusedError(
            "the membership that the token gave was ended", hint="ask for a new invitation"
        )
    if member.verify_keys[-1] != known.verify_keys[-1]:
        raise RefusedError("the token was used with another key", hint="ask for a new invitation")


def _readmitted(known: Member, member: Member, invited: Invited) -> Member:
    """Return a former member with the keys it joins with; what it signed before still holds.

    It shows that it is the same by a key of before, or, where those are lost, by an invitation
    that the convenor made out to its name: any other would let one organisation take another's
    place.
    """
    if known.active:
        raise RefusedError(
            f"{member.name} is a member already",
            hint="run `tocsin sync`; if its keys are lost, the convenor ends the membership first",
        )
    (key,) = member.verify_keys
    _check_not_stolen(known, key)
    if key not in known.verify_keys and (invited.name or "").casefold() != known.name.casefold():
        raise RefusedError(
            f"{known.name} was a member under other keys, and the invitation names it not",
            hint=f"ask for one that is made out to it: `tocsin exchange invite DIR --kind "
            f"{known.kind} --name {known.name!r}`",
        )
    kept = (each for each in known.verify_keys if each != key)
    return evolve(member, verify_keys=(*kept, key), stolen_keys=known.stolen_keys)


def _check_not_stolen(member: Member, *texts: str) -> None:
    if any(text not in member.good_keys and text in member.verify_keys for text in texts):
        raise RefusedError(
            f"a key of {member.name} was reported stolen, and proves nothing any more",
            hint="make new ones with `tocsin key replace`, then ask the convenor for an "
            "invitation by name",
        )


def _said(request: JsonObject) -> JsonObject:
    said = request.get("said")
    if not isinstance(said, dict):
        raise BadInputError("the request says nothing", hint="upgrade this node")
    return said


def _verify(payload_type: str, request: JsonObject, said: JsonObject, key: VerifyKey) -> None:
    signature = Signature.from_json(request.get("signature"))
    verify(payload_type, canonical(said), signature, {key.key_id: key})


def _identity(value: JsonValue) -> StixObject:
    item = StixObject.of(value if isinstance(value, dict) else {})
    if item.type != "identity":
        raise BadInputError(f"{item.id} is no identity", hint="make the node anew")
    return item

"""What the exchange keeps of its community: members, groups, invitations, credentials.

Private documents of the exchange's vault, so that every change is a logged revision; of secrets
only hashes. Reading takes a snapshot or a transaction: the same functions serve both.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.credentials import hashed
from tocsin.exchange.directory import (
    Directory,
    group_json,
    member_json,
    read_group,
    read_member,
    seen_by,
)
from tocsin.foundation import JsonObject, canonical, parse_time, rfc3339
from tocsin.records import Community, Group, Member, MemberKind
from tocsin.trust import VerifyKey
from tocsin.vault import Snapshot, Transaction, Vault

_MEMBER: Final = "member"
_GROUP: Final = "group"
_INVITATION: Final = "invitation"
_CREDENTIAL: Final = "credential"
_SUBMISSION: Final = "submission"
_DELETION: Final = "deletion"
_VIEW: Final = "directory"


@frozen(kw_only=True)
class Convened:
    """The exchange's own identity.

    Attributes:
        id: the convenor's identity id.
        key: text of the verify key that signs directories, checkpoints and unnamed objects.
    """

    id: str
    name: str
    key: VerifyKey
    log_origin: str


@frozen(kw_only=True)
class Invited:
    """An invitation as the exchange keeps it.

    Attributes:
        name: the organisation it was meant for, as the convenor wrote it; a note only.
        used_by: id of the member that joined with it.
    """

    kind: MemberKind
    name: str | None
    expires: datetime
    used_by: str | None = None


@frozen(kw_only=True)
class Token:
    """A secret that the exchange knows by its hash: an invitation or a member's credential.

    Attributes:
        id: the hash's first 12 digits.
        name: the convenor's note on an invitation, the name of a credential's member.
        is_open: an invitation may still be used (unless it has expired), a credential works.
    """

    id: str
    what: str
    name: str | None
    member: str | None
    expires: datetime | None
    is_open: bool


def community_of(view: Snapshot, convened: Convened) -> Community:
    """Return everybody and every group, former members included as inactive."""
    return Community.of(
        convened.id,
        convened.name,
        (read_member(each.body) for each in view.documents.list(_MEMBER)),
        (read_group(each.body) for each in view.documents.list(_GROUP)),
    )


def keep_member(tx: Transaction, member: Member, *, by: str) -> None:
    """Keep a member's new state."""
    tx.documents.put(_MEMBER, member.id, member_json(member), by=by)


def keep_group(tx: Transaction, group: Group, *, by: str) -> None:
    """Keep a group's new state."""
    tx.documents.put(_GROUP, group.id, group_json(group), by=by)


def keep_invitation(tx: Transaction, secret: str, invited: Invited, *, by: str) -> None:
    """Keep an invitation under the hash of its secret."""
    body: JsonObject = {
        "kind": str(invited.kind),
        "name": invited.name,
        "expires": rfc3339(invited.expires),
        "used_by": invited.used_by,
    }
    tx.documents.put(_INVITATION, hashed(secret), body, by=by)


def invitation(view: Snapshot, secret: str) -> Invited | None:
    """Return the invitation of this secret."""
    found = view.documents.get(_INVITATION, hashed(secret))
    return None if found is None else _read_invited(found.body)


def _read_invited(body: JsonObject) -> Invited:
    name, used_by = body["name"], body["used_by"]
    return Invited(
        kind=MemberKind(str(body["kind"])),
        name=None if name is None else str(name),
        expires=parse_time(str(body["expires"])),
        used_by=None if used_by is None else str(used_by),
    )


def keep_credential(tx: Transaction, credential: str, member_id: str, *, by: str) -> None:
    """Let `credential` speak for a member; those that it had before end."""
    end_credentials(tx, member_id, by=by)
    body: JsonObject = {"member": member_id, "active": True}
    tx.documents.put(_CREDENTIAL, hashed(credential), body, by=by)


def end_credentials(tx: Transaction, member_id: str, *, by: str) -> int:
    """End every credential of a member; returns how many there were."""
    ended = 0
    for each in tx.documents.list(_CREDENTIAL):
        if each.body["member"] == member_id and each.body["active"]:
            tx.documents.put(_CREDENTIAL, each.id, {**each.body, "active": False}, by=by)
            ended += 1
    return ended


def tokens(view: Snapshot, community: Community) -> list[Token]:
    """Return every invitation and credential, without the secrets, which nobody has here."""
    found: list[Token] = []
    for each in view.documents.list(_INVITATION):
        invited = _read_invited(each.body)
        found.append(
            Token(
                id=each.id[:12],
                what=_INVITATION,
                name=invited.name,
                member=invited.used_by,
                expires=invited.expires,
                is_open=invited.used_by is None,
            )
        )
    for each in view.documents.list(_CREDENTIAL):
        member = community.members.get(str(each.body["member"]))
        found.append(
            Token(
                id=each.id[:12],
                what=_CREDENTIAL,
                name=member.name if member else None,
                member=str(each.body["member"]),
                expires=None,
                is_open=each.body["active"] is True,
            )
        )
    return found


def bearer(view: Snapshot, credential: str) -> Member | None:
    """Return the active member that a credential speaks for."""
    found = view.documents.get(_CREDENTIAL, hashed(credential))
    if found is None or found.body["active"] is not True:
        return None
    member = view.documents.get(_MEMBER, str(found.body["member"]))
    if member is None:
        return None
    read = read_member(member.body)
    return read if read.active else None


def keep_submitter(tx: Transaction, object_ids: Iterable[str], member_id: str, *, by: str) -> None:
    """Remember who sent objects whose author is not named on them; nobody else learns it."""
    said: JsonObject = {"member": member_id}
    tx.documents.put_all(_SUBMISSION, [(each, said) for each in object_ids], by=by)


def submitters_of(view: Snapshot, object_ids: Iterable[str]) -> dict[str, str]:
    """Return, by id, who sent the objects whose author is not named on them."""
    found = view.documents.get_all(_SUBMISSION, object_ids)
    return {key: str(each.body["member"]) for key, each in found.items()}


def keep_deletion(tx: Transaction, object_id: str, *, by: str) -> None:
    """Remember that an author deleted an object: nobody sees it again, in no version."""
    tx.documents.put(_DELETION, object_id, {"deleted": True}, by=by)


def deleted(view: Snapshot, object_ids: Iterable[str]) -> set[str]:
    """Return those of these ids whose author deleted the object."""
    return set(view.documents.get_all(_DELETION, object_ids))


def directory_for(
    vault: Vault, convened: Convened, member_id: str | None, now: datetime
) -> Directory:
    """Return a member's present view, with a version that counts this view's changes only.

    A counter of all changes would tell of groups that the member is not in.
    """
    with vault.read() as view:
        directory, _, is_known = _draft(view, convened, member_id, now)
    if is_known:
        return directory

    def remember(tx: Transaction) -> Directory:
        directory, digest, is_known = _draft(tx, convened, member_id, now)
        if not is_known:
            tx.settings.set(_view_key(member_id), {"version": directory.version, "digest": digest})
        return directory

    return vault.write(remember)


def _draft(
    view: Snapshot, convened: Convened, member_id: str | None, now: datetime
) -> tuple[Directory, str, bool]:
    draft = Directory(
        community=seen_by(community_of(view, convened), member_id),
        member=member_id,
        version=0,
        issued=now,
        convenor_keys=(convened.key.to_text(),),
        log_origin=convened.log_origin,
    )
    digest = hashlib.sha256(canonical({**draft.to_json(), "issued": None})).hexdigest()
    known = view.settings.get(_view_key(member_id))
    said = known if isinstance(known, dict) else {}
    version = said.get("version")
    counted = version if isinstance(version, int) else 0
    is_known = said.get("digest") == digest
    return evolve(draft, version=counted if is_known else counted + 1), digest, is_known


def _view_key(member_id: str | None) -> str:
    return f"{_VIEW}:{member_id or 'everyone'}"

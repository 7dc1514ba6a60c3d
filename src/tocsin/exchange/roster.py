"""What the exchange keeps of its community: members, groups, invitations.

Private documents of the exchange's vault, so that every change is a logged revision; of secrets
only hashes. Reading takes a snapshot or a transaction: the same functions serve both.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
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
from tocsin.exchange.mixing import minutes_of
from tocsin.foundation import JsonObject, canonical, parse_time, rfc3339
from tocsin.records import Community, EscrowPerson, Group, Member, MemberKind
from tocsin.trust import VerifyKey
from tocsin.vault import Snapshot, Transaction, Vault

_MEMBER: Final = "member"
_GROUP: Final = "group"
_INVITATION: Final = "invitation"
_SUBMISSION: Final = "submission"
_DELETION: Final = "deletion"
_ESCROW: Final = "escrow-person"
_VIEW: Final = "directory"
RESTORED: Final = "exchange.restored"
"""Name of the setting that tells of the last restore."""


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
        name: the organisation it was meant for, as the convenor wrote it: a note, but a former
            member whose keys are lost comes back only by one that names it.
        used_by: id of the member that joined with it.
        is_guest: it admits a guest.
    """

    kind: MemberKind
    name: str | None
    expires: datetime
    used_by: str | None = None
    is_guest: bool = False


def community_of(view: Snapshot, convened: Convened) -> Community:
    """Return everybody and every group, former members included as inactive."""
    return Community.of(
        convened.id,
        convened.name,
        (read_member(each.body) for each in view.documents.list(_MEMBER)),
        (
            read_group(each.body)
            for each in view.documents.list(_GROUP)
            if each.body.get("deleted") is not True
        ),
        escrow_persons(view).values(),
    )


def last_change(view: Snapshot) -> datetime:
    """Return when a member or a group was last changed."""
    found = (*view.documents.list(_MEMBER), *view.documents.list(_GROUP))
    return max((each.at for each in found), default=datetime.min.replace(tzinfo=UTC))


def keep_member(tx: Transaction, member: Member, *, by: str) -> None:
    """Keep a member's new state."""
    tx.documents.put(_MEMBER, member.id, member_json(member), by=by)


def history_of(view: Snapshot, member_id: str) -> list[tuple[datetime, Member]]:
    """Return every state of a member, each with the time since when, the first one first."""
    found = view.documents.history(_MEMBER, member_id)
    return [(each.at, read_member(each.body)) for each in found]


def keep_group(tx: Transaction, group: Group, *, by: str) -> None:
    """Keep a group's new state."""
    tx.documents.put(_GROUP, group.id, group_json(group), by=by)


def delete_group(tx: Transaction, group: Group, *, by: str) -> None:
    """Let a group be no more; its id is never used again, its name may be."""
    body: JsonObject = {**group_json(evolve(group, members=frozenset())), "deleted": True}
    tx.documents.put(_GROUP, group.id, body, by=by)


def escrow_persons(view: Snapshot) -> dict[str, EscrowPerson]:
    """Return who opens unnamed authorship, dismissed ones as well, by sealing key id."""
    found = sorted(view.documents.list(_ESCROW), key=lambda each: each.id)
    return {each.id: EscrowPerson.from_json(each.body) for each in found}


def keep_escrow_person(tx: Transaction, key_id: str, person: EscrowPerson, *, by: str) -> None:
    """Keep that somebody is appointed, or no longer is."""
    tx.documents.put(_ESCROW, key_id, person.to_json(), by=by)


def keep_invitation(tx: Transaction, secret: str, invited: Invited, *, by: str) -> None:
    """Keep an invitation under the hash of its secret."""
    body: JsonObject = {
        "kind": str(invited.kind),
        "name": invited.name,
        "expires": rfc3339(invited.expires),
        "used_by": invited.used_by,
        "guest": invited.is_guest,
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
        is_guest=body.get("guest") is True,
    )


def invitations(view: Snapshot) -> list[tuple[str, Invited]]:
    """Return every invitation by the hash of its secret, used and expired ones as well."""
    return [(each.id, _read_invited(each.body)) for each in view.documents.list(_INVITATION)]


def end_invitation(tx: Transaction, key: str, now: datetime, *, by: str) -> None:
    """End an invitation that nobody has used yet; it stays in the list as expired."""
    found = tx.documents.get(_INVITATION, key)
    if found is not None:
        body: JsonObject = {**found.body, "expires": rfc3339(now)}
        tx.documents.put(_INVITATION, key, body, by=by)


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
        epoch=restore_epoch(view),
        mix=minutes_of(view),
    )
    digest = hashlib.sha256(canonical({**draft.to_json(), "issued": None})).hexdigest()
    known = view.settings.get(_view_key(member_id))
    said = known if isinstance(known, dict) else {}
    version = said.get("version")
    counted = version if isinstance(version, int) else 0
    is_known = said.get("digest") == digest
    return evolve(draft, version=counted if is_known else counted + 1), digest, is_known


def restore_epoch(view: Snapshot) -> int:
    """Return the number of the exchange's last restore, 0 before the first."""
    said = view.settings.get(RESTORED)
    return int(str(said["epoch"])) if isinstance(said, dict) else 0


def restored_at(view: Snapshot) -> datetime | None:
    """Return when the last restore was, None before the first."""
    said = view.settings.get(RESTORED)
    return parse_time(str(said["at"])) if isinstance(said, dict) else None


def _view_key(member_id: str | None) -> str:
    return f"{_VIEW}:{member_id or 'everyone'}"

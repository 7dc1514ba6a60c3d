"""May this principal do this to this object: the one answer for every route and command."""

from datetime import datetime

from attrs import evolve

from tocsin.policy.border import border_refusals
from tocsin.policy.decision import Decision
from tocsin.policy.principals import TIPSTER_TYPES, Action, Principal
from tocsin.policy.recipients import recipients
from tocsin.records.members import Community, Member, MemberKind
from tocsin.records.sharing import Authorship, Sharing
from tocsin.records.stix import StixObject


def authorize(
    principal: Principal,
    action: Action,
    item: StixObject | None = None,
    *,
    community: Community,
    now: datetime,
    submitted_by: str | None = None,
    existing: StixObject | None = None,
    was_received: bool = False,
) -> Decision:
    """Decide on the loaded object, never on an id.

    Args:
        item: None to ask about the action alone, as a route does before it knows of an object.
        submitted_by: the member that submitted `item` (reading) or `existing` (changing), where
            the author is not visible on it.
        existing: the version that is stored, if any; UPDATE and WITHDRAW need it.
        was_received: reading: the member received an earlier version.
    """
    member = community.members.get(principal.member.id)
    if member is None or not member.active:
        return Decision.no("left", f"{principal.member.name} is not a member here")
    refusal = _out_of_rights(evolve(principal, member=member), action, item)
    if refusal is not None:
        return refusal
    if item is None:
        return Decision.yes("right", f"may {action.right}")
    if action is Action.READ:
        return _reading(member, item, community, now, submitted_by, was_received=was_received)
    if action is Action.SUBMIT:
        return _submission(member, item, existing, community)
    return _change(member, item, existing, submitted_by)


def _out_of_rights(
    principal: Principal, action: Action, item: StixObject | None
) -> Decision | None:
    if action.right not in principal.rights:
        return Decision.no("right", f"this token, or who holds it, may not {action.right}")
    return None if item is None else principal.scope.refusal(item)


def _reading(
    member: Member,
    item: StixObject,
    community: Community,
    now: datetime,
    submitted_by: str | None,
    *,
    was_received: bool,
) -> Decision:
    if member.id in (item.author, submitted_by):
        return Decision.yes("author", "released it")
    if was_received and is_withdrawn(item):
        return Decision.yes("withdrawn", "received what it takes back")
    return recipients(item, community, now=now).decisions[member.id]


def is_withdrawn(item: StixObject) -> bool:
    """Tell whether an object says that it no longer holds."""
    return item.is_revoked or bool(item.sharing and item.sharing.withdrawal)


def _submission(
    member: Member, item: StixObject, existing: StixObject | None, community: Community
) -> Decision:
    sharing = item.sharing
    if sharing is None or item.marking is None:
        return Decision.no("private", "it carries no marking or no audience")
    if member.is_guest and member.kind is MemberKind.OTHER and item.type not in TIPSTER_TYPES:
        return Decision.no("tipster", f"a tipster sends tips, not objects of the type {item.type}")
    refusal = _misnamed(member, item, sharing)
    if refusal is not None:
        return refusal
    group = _foreign_group(member, item, sharing, existing, community)
    if group is not None:
        # The same for a group that is not there: its sender must learn nothing of it.
        return Decision.no("group", f"{group} is no group of yours")
    refusals = border_refusals(item, is_known=existing is not None)
    if refusals:
        return Decision.no(refusals[0].rule, "; ".join(each.why for each in refusals))
    return Decision.yes("submit", "is its author")


def _misnamed(member: Member, item: StixObject, sharing: Sharing) -> Decision | None:
    """Return what its author and origin say that is not so, None when they are right."""
    must_say = sharing.authorship is Authorship.NAMED or member.kind is MemberKind.GOVERNMENT
    if must_say and member.kind not in sharing.origins:
        return Decision.no("origin", f"its origin does not say {member.kind}, the sender's kind")
    if sharing.authorship is Authorship.NAMED and item.author != member.id:
        return Decision.no("author", "its author is somebody else")
    if sharing.authorship is not Authorship.NAMED and item.author is not None:
        return Decision.no("author", "it asks not to be named, yet names an author")
    return None


def _foreign_group(
    member: Member,
    item: StixObject,
    sharing: Sharing,
    existing: StixObject | None,
    community: Community,
) -> str | None:
    """Return a group that the member addresses and is not in, None when there is none.

    What it once said to a group it can take back there, also after it has left.
    """
    wanted = sharing.audience.groups
    if existing is not None and existing.sharing is not None and is_withdrawn(item):
        wanted -= existing.sharing.audience.groups
    mine = {group.id for group in community.groups.values() if member.id in group.members}
    return min(wanted - mine, default=None)


def _change(
    member: Member, item: StixObject, existing: StixObject | None, submitted_by: str | None
) -> Decision:
    if existing is None or existing.id != item.id:
        return Decision.no("unknown", "there is no such object to change")
    if member.id not in (existing.author, submitted_by):
        return Decision.no("author", "only its author may change or withdraw it")
    if existing.author != item.author:
        return Decision.no("author", "an update cannot change the author")
    if is_withdrawn(existing) and not is_withdrawn(item):
        return Decision.no("revoked", "it was withdrawn, which is for good")
    if item.version_at < existing.version_at:
        return Decision.no("version", "it is older than what is stored")
    return Decision.yes("author", "is its author")

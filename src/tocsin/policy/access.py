"""May this principal do this to this object: the one answer for every route and command."""

from datetime import datetime
from enum import StrEnum

from attrs import frozen

from tocsin.policy.border import border_refusals
from tocsin.policy.decision import Decision
from tocsin.policy.recipients import recipients
from tocsin.records.members import Community, Member, MemberKind
from tocsin.records.sharing import Authorship
from tocsin.records.stix import StixObject


class Action(StrEnum):
    """What can be done with an object at a border."""

    READ = "read"
    SUBMIT = "submit"
    UPDATE = "update"
    WITHDRAW = "withdraw"


@frozen
class Principal:
    """Who acts: a member organisation, and the person behind the act where one is known."""

    member: Member
    person: str | None = None


def authorize(
    principal: Principal,
    action: Action,
    item: StixObject,
    *,
    community: Community,
    now: datetime,
    submitted_by: str | None = None,
    existing: StixObject | None = None,
) -> Decision:
    """Decide on the loaded object, never on an id.

    Args:
        submitted_by: the member that submitted `item` (reading) or `existing` (changing), where
            the author is not visible on it.
        existing: the version that is stored, if any; UPDATE and WITHDRAW need it.
    """
    member = community.members.get(principal.member.id)
    if member is None or not member.active:
        return Decision.no("left", f"{principal.member.name} is not a member here")
    if action is Action.READ:
        if member.id in (item.author, submitted_by):
            return Decision.yes("author", "released it")
        return recipients(item, community, now=now, sender=submitted_by).decisions[member.id]
    if action is Action.SUBMIT:
        return _submission(member, item, is_known=existing is not None)
    return _change(member, item, existing, submitted_by)


def _submission(member: Member, item: StixObject, *, is_known: bool) -> Decision:
    sharing = item.sharing
    if sharing is None or item.marking is None:
        return Decision.no("private", "it carries no marking or no audience")
    must_say = sharing.authorship is Authorship.NAMED or member.kind is MemberKind.GOVERNMENT
    if must_say and member.kind not in sharing.origins:
        return Decision.no("origin", f"its origin does not say {member.kind}, the sender's kind")
    if sharing.authorship is Authorship.NAMED and item.author != member.id:
        return Decision.no("author", "its author is somebody else")
    if sharing.authorship is not Authorship.NAMED and item.author is not None:
        return Decision.no("author", "it asks not to be named, yet names an author")
    refusals = border_refusals(item, is_known=is_known)
    if refusals:
        return Decision.no(refusals[0].rule, "; ".join(each.why for each in refusals))
    return Decision.yes("submit", "is its author")


def _change(
    member: Member, item: StixObject, existing: StixObject | None, submitted_by: str | None
) -> Decision:
    if existing is None or existing.id != item.id:
        return Decision.no("unknown", "there is no such object to change")
    if member.id not in (existing.author, submitted_by):
        return Decision.no("author", "only its author may change or withdraw it")
    if existing.author != item.author:
        return Decision.no("author", "an update cannot change the author")
    if item.version < existing.version:
        return Decision.no("version", "it is older than what is stored")
    return Decision.yes("author", "is its author")

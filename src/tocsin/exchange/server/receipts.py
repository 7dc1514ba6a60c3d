"""Who has acknowledged what: for its author alone.

It tells of no member that the author could not have known as a recipient: those whom the author's
own view of the community names. A member who came into a group after the author had left it is
not among them.
"""

from datetime import UTC, datetime
from typing import Final

from tocsin.exchange import roster
from tocsin.exchange.directory import seen_by
from tocsin.exchange.placing import submitters_of
from tocsin.exchange.roster import Convened
from tocsin.exchange.server.media import HttpError
from tocsin.foundation import JsonObject, JsonValue, rfc3339
from tocsin.policy import Action, Principal, authorize, recipients
from tocsin.vault import DeliveryState, Snapshot

_BEFORE_ANY_EXPIRY: Final = datetime.min.replace(tzinfo=UTC)


def receipts_of(
    view: Snapshot, object_id: str, principal: Principal, convened: Convened, now: datetime
) -> JsonObject:
    """Return which members have acknowledged which version of an object, and when.

    Raises:
        HttpError: 404 when there is no such object, or the caller did not send it; the same.
    """
    versions = view.shared.versions(object_id)
    last = versions[-1] if versions else None
    me = principal.member.id
    community = roster.community_of(view, convened)
    if last is None or me not in submitters_of(view, [last.object]):
        raise HttpError(404, "there is no such object of yours")
    decision = authorize(
        principal, Action.READ, last.object, community=community, now=now, submitted_by=me
    )
    if not decision.allowed:
        raise HttpError(404, "there is no such object of yours")
    mine = seen_by(community, me)
    known = set(recipients(last.object, mine, now=_BEFORE_ANY_EXPIRY, sender=me).receivers)
    found: list[JsonValue] = [
        {"version": version.version, "member": each.member, "at": rfc3339(each.at)}
        for version in versions
        for each in view.deliveries.of(version.seq)
        if each.state is DeliveryState.ACKNOWLEDGED and each.member in known
    ]
    return {"object": object_id, "receipts": found}

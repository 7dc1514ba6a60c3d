"""An author's bare request that an object be gone, which TAXII's DELETE is (TAXII 2.1 §5.7)."""

from datetime import datetime

from tocsin.exchange import roster
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.notices import holders_of_derived, notify_of_withdrawal
from tocsin.exchange.placing import past_receivers, submitters_of
from tocsin.exchange.republish import as_submitted
from tocsin.policy import Action, Principal, authorize
from tocsin.records import Community
from tocsin.trust import SigningKey
from tocsin.vault import Transaction


def deleter_of(
    tx: Transaction, object_id: str, sender: Principal, community: Community, now: datetime
) -> str | None:
    """Return as whom a sender may delete an object, None when it may not."""
    existing = tx.shared.get(object_id)
    if existing is None or roster.deleted(tx, [object_id]):
        return None
    item = as_submitted(existing.object)
    (submitter,) = submitters_of(tx, [existing.object])
    decision = authorize(
        sender,
        Action.WITHDRAW,
        item,
        community=community,
        now=now,
        submitted_by=submitter,
        existing=item,
    )
    if not decision.allowed:
        return None
    return sender.member.id if existing.object.author == sender.member.id else UNNAMED


def delete(
    tx: Transaction,
    object_id: str,
    author: str,
    community: Community,
    *,
    by: str,
    key: SigningKey,
    now: datetime,
) -> None:
    """Hide an object in every version and tell whom it concerns.

    Recipients, and holders of what it led to, get the convenor's word for it instead of the
    author's signature.

    Args:
        author: the member that deletes it, who needs no telling.
        by: who the log says did.
    """
    concerned = holders_of_derived(tx, object_id)
    for member in past_receivers(tx, object_id, community):
        concerned.setdefault(member, set()).add(object_id)
    concerned.pop(author, None)
    roster.keep_deletion(tx, object_id, by=by)
    tx.visibility.set_all({each.seq: () for each in tx.shared.versions(object_id)})
    notify_of_withdrawal(tx, object_id, community, concerned, key=key, now=now)

"""From `recipients()` to rows: who sees a stored object, and how that follows the membership.

The rule for what was shared before: an audience names a group, a kind or the community, not the
people of that day. Who joins sees what is still live in it; who leaves sees nothing more. Who
must not follow that rule names members one by one. A withdrawn object stays visible to everyone
who ever saw it, so that the withdrawal reaches them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from attrs import frozen

from tocsin.exchange import roster
from tocsin.policy import Reach, recipients
from tocsin.records import Authorship, Community, StixObject
from tocsin.vault import Shared, Snapshot, Transaction


@frozen
class Placed:
    """Who sees one version of an object.

    Attributes:
        receivers: whom policy lets receive it, and past receivers of what it withdraws.
        submitter: its sender, who sees it as well; None for what the convenor made.
    """

    receivers: tuple[str, ...]
    submitter: str | None

    @property
    def members(self) -> frozenset[str]:
        """Everybody who sees it."""
        return frozenset(self.receivers) | ({self.submitter} if self.submitter else frozenset())


def place(
    view: Snapshot,
    item: StixObject,
    submitter: str | None,
    community: Community,
    now: datetime,
) -> Placed:
    """Return who is to see `item`; nothing is written."""
    reach = reach_of(view, item, submitter, community, now)
    receivers = set(reach.receivers)
    if is_withdrawn(item):
        receivers |= past_receivers(view, item.id, community) - {submitter}
    return Placed(tuple(sorted(receivers)), submitter)


def reach_of(
    view: Snapshot, item: StixObject, submitter: str | None, community: Community, now: datetime
) -> Reach:
    """Return policy's answer, with the sources that the exchange holds."""
    return recipients(item, community, now=now, sender=submitter, sources=sources_of(view, item))


def sources_of(view: Snapshot, item: StixObject) -> list[StixObject]:
    """Return the objects that `item` says it is derived from, as far as they are held here."""
    derived = item.sharing.derived_from if item.sharing else ()
    found = (view.shared.get(source) for source in derived)
    return [each.object for each in found if each is not None]


def recompute(tx: Transaction, community: Community, now: datetime) -> int:
    """Bring every row in line with the present membership; returns how many objects changed."""
    changed = 0
    active = {each.id for each in community.members.values() if each.active}
    for stored in _everything(tx):
        item = stored.object
        submitter = submitter_of(tx, item)
        members = frozenset[str]()
        if not roster.is_deleted(tx, item.id):
            members = place(tx, item, submitter, community, now).members & active
        if members != tx.visibility.of(stored.seq):
            tx.visibility.set(stored.seq, members)
            changed += 1
    return changed


def submitter_of(view: Snapshot, item: StixObject) -> str | None:
    """Return the member that sent a stored object, whether or not its author is named on it."""
    sharing = item.sharing
    if sharing is not None and sharing.authorship is Authorship.NAMED:
        return item.author
    return roster.submitter_of(view, item.id)


def is_withdrawn(item: StixObject) -> bool:
    """Tell whether an object says that it no longer holds."""
    return item.is_revoked or bool(item.sharing and item.sharing.withdrawal)


def past_receivers(view: Snapshot, object_id: str, community: Community) -> set[str]:
    """Return the members of today that ever saw an object or acknowledged it."""
    # Deliveries as well: rows of visibility go when a member leaves a group.
    seen = set(view.deliveries.reached(object_id))
    for version in view.shared.versions(object_id):
        seen |= view.visibility.of(version.seq)
    return {
        member
        for member in seen
        if member in community.members and community.members[member].active
    }


def held_ids(view: Snapshot, ids: Sequence[str], size: int = 500) -> set[str]:
    """Return those of `ids` that are stored in any version."""
    found: set[str] = set()
    for start in range(0, len(ids), size):
        wanted = ids[start : start + size]
        after: int | None = None
        while page := view.shared.page(ids=wanted, versions="all", after=after, limit=size):
            found |= {row.id for row in page}
            after = page[-1].added
    return found


def _everything(view: Snapshot, size: int = 500) -> Iterator[Shared]:
    after: int | None = None
    while page := _page(view, after, size):
        yield from page
        after = page[-1].added


def _page(view: Snapshot, after: int | None, size: int) -> Sequence[Shared]:
    return view.shared.page(after=after, limit=size, versions=("all",))

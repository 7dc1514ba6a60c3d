"""From `recipients()` to rows: who sees a stored object, and how that follows the membership.

The rule for what was shared before: an audience names a group, a kind or the community, not the
people of that day. Who joins sees what is still live in it; who leaves sees nothing more. Who
must not follow that rule names members one by one. A withdrawn object stays visible to everyone
who ever saw it, so that the withdrawal reaches them, and to nobody who comes later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from tocsin.exchange import roster
from tocsin.exchange.lost_sources import lost_sources
from tocsin.exchange.mixing import waiting
from tocsin.policy import Reach, Reaches, is_withdrawn, recipients
from tocsin.records import Authorship, Community, StixObject
from tocsin.vault import EVERYTHING, Shared, Snapshot, Transaction

_BEFORE_ANY_EXPIRY: Final = datetime.min.replace(tzinfo=UTC)


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
    reaches: Reaches,
    sources: Sequence[StixObject],
) -> Placed:
    """Return who is to see `item`, whose sources are these; nothing is written."""
    receivers = set(reaches.of(item, sender=submitter, sources=sources).receivers)
    if is_withdrawn(item):
        receivers |= past_receivers(view, item.id, reaches.community) - {submitter}
    return Placed(tuple(sorted(receivers)), submitter)


def reach_of(
    view: Snapshot, item: StixObject, submitter: str | None, community: Community, now: datetime
) -> Reach:
    """Return policy's answer, with the sources that are held here."""
    sources = Sources.of(view, [item]).behind(item)
    return recipients(item, community, now=now, sender=submitter, sources=sources)


@frozen
class Sources:
    """What some objects say that they are derived from, as far as it is held here, by id.

    What waits to be shown sets its limits already, where nothing of it is shown yet; what a restore
    lost for good still does, where a member has shown it.

    Attributes:
        lost: what was shown of an author that is not the one of what is held under the id.
    """

    held: Mapping[str, StixObject]
    lost: Mapping[str, Sequence[StixObject]]

    @classmethod
    def of(cls, view: Snapshot, items: Iterable[StixObject]) -> "Sources":
        wanted = {source for item in items for source in _derived_from(item)}
        found = {key: each.object for key, each in view.shared.get_all(wanted).items()}
        for each in waiting(view, sorted(wanted - found.keys())):
            if each.item is not None:
                found[each.object_id] = each.item
        return cls(found, lost_sources(view, {each: found.get(each) for each in sorted(wanted)}))

    def behind(self, item: StixObject) -> list[StixObject]:
        """Return those that one of the objects names."""
        names = _derived_from(item)
        held = [self.held[source] for source in names if source in self.held]
        return [*held, *(each for source in names for each in self.lost.get(source, ()))]


def _derived_from(item: StixObject) -> Sequence[str]:
    return item.sharing.derived_from if item.sharing else ()


def recompute(tx: Transaction, community: Community, now: datetime) -> int:
    """Bring every row in line with the present membership; returns how many objects changed.

    Expiry is no matter of rows: reading leaves out what has expired. Were its rows dropped here, a
    change in a group would bring the version before it to light, and tell of that change.
    """
    reaches = Reaches(community, _BEFORE_ANY_EXPIRY)
    return sum(_recompute_page(tx, page, reaches, now) for page in _pages(tx))


def recompute_some(
    tx: Transaction, object_ids: Iterable[str], community: Community, now: datetime
) -> None:
    """Bring the rows of some objects in line."""
    rows = [row for each in sorted(object_ids) for row in tx.shared.versions(each)]
    if rows:
        _recompute_page(tx, rows, Reaches(community, _BEFORE_ANY_EXPIRY), now)


def _recompute_page(
    tx: Transaction, page: Sequence[Shared], reaches: Reaches, now: datetime
) -> int:
    items = [stored.object for stored in page]
    submitters = submitters_of(tx, items)
    sources, gone = Sources.of(tx, items), roster.deleted(tx, (item.id for item in items))
    active = {each.id for each in reaches.community.members.values() if each.active}
    changed: dict[int, frozenset[str]] = {}
    before = tx.visibility.of_all(stored.seq for stored in page)
    last = tx.shared.get_all(item.id for item in items)
    count = 0
    for stored, item, submitter in zip(page, items, submitters, strict=True):
        if is_withdrawn(item):
            # It also goes to who sees other versions: those must be up to date.
            tx.visibility.set_all(changed)
            changed = {}
        members = frozenset[str]()
        if item.id not in gone:
            placed = place(tx, item, submitter, reaches, sources.behind(item))
            members = placed.members & active
            if _has_expired(item, now) or is_withdrawn(last[item.id].object):
                # Nobody new gets it; who got it, or sent it, and comes back, hears how it ended.
                knowing = before[stored.seq] | ({submitter} if submitter else set())
                reached = tx.deliveries.reached(item.id) if is_withdrawn(item) else []
                members &= knowing.union(reached)
        if members != before[stored.seq]:
            changed[stored.seq] = members
            count += 1
    tx.visibility.set_all(changed)
    return count


def _has_expired(item: StixObject, now: datetime) -> bool:
    sharing = item.sharing
    return sharing is not None and sharing.expires is not None and sharing.expires <= now


def submitters_of(view: Snapshot, items: Sequence[StixObject]) -> list[str | None]:
    """Return the member that sent each stored object, its author named on it or not."""
    unnamed = [item.id for item in items if not _is_named(item)]
    known = roster.submitters_of(view, unnamed)
    missing = [each for each in unnamed if each not in known]
    known |= {each.object_id: each.member for each in waiting(view, missing)}
    return [item.author if _is_named(item) else known.get(item.id) for item in items]


def _is_named(item: StixObject) -> bool:
    return item.sharing is not None and item.sharing.authorship is Authorship.NAMED


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


def keep_to_holders(tx: Transaction, community: Community, entry: int) -> None:
    """Keep withdrawals that came since an entry from who neither has what they end nor may see it.

    A withdrawal goes on to whoever was to see it once. For what came while a restored exchange
    handed nothing out, that may have been a former member, by the exchange's own poor memory.
    """
    reaches = Reaches(community, _BEFORE_ANY_EXPIRY)
    for page in _pages(tx):
        ends = [each for each in page if each.entry > entry and is_withdrawn(each.object)]
        items = [each.object for each in ends]
        before = tx.visibility.of_all(each.seq for each in ends)
        sources = Sources.of(tx, items)
        kept: dict[int, frozenset[str]] = {}
        for each, item, submitter in zip(ends, items, submitters_of(tx, items), strict=True):
            may = reaches.of(item, sender=submitter, sources=sources.behind(item)).receivers
            has = {submitter, *may, *tx.deliveries.reached(each.id)}
            for version in tx.shared.versions(each.id):
                if version.seq != each.seq:
                    has |= tx.visibility.of(version.seq)
            kept[each.seq] = before[each.seq] & has
        tx.visibility.set_all({seq: who for seq, who in kept.items() if who != before[seq]})


def _pages(view: Snapshot, size: int = 500) -> Iterator[Sequence[Shared]]:
    after: int | None = None
    while page := view.shared.page(EVERYTHING, after=after, limit=size):
        yield page
        after = page[-1].added

"""Who receives an object, who does not, and why: the one answer for preview, wire and log.

What is derived is never laxer than its sources, so the two questions are one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import frozen

from tocsin.policy.decision import Decision
from tocsin.records.audience import Audience
from tocsin.records.markings import Tlp
from tocsin.records.members import Community, Member, MemberKind
from tocsin.records.sharing import Sharing
from tocsin.records.stix import StixObject


@frozen
class Reach:
    """The decision for every member of a community, by member id, in the order of names."""

    decisions: dict[str, Decision]

    @property
    def receivers(self) -> tuple[str, ...]:
        """Ids of those who receive."""
        return tuple(member for member, each in self.decisions.items() if each.allowed)

    @property
    def others(self) -> tuple[str, ...]:
        """Ids of those who do not."""
        return tuple(member for member, each in self.decisions.items() if not each.allowed)


def recipients(
    item: StixObject,
    community: Community,
    *,
    now: datetime,
    sender: str | None = None,
    sources: Sequence[StixObject] = (),
) -> Reach:
    """Decide for every member whether it receives `item`.

    Args:
        item: carries marking and sharing; without either it is private and nobody receives it.
        sender: id of the member that released it, when that is not (or not visibly) its author.
        sources: the objects it is derived from, as far as the caller has them.

    The rules, first match wins: `private`, `sender`, `left`, `expired`, `guest`, `audience`,
    `red`, `derived`.
    """
    sharing, marking = item.sharing, item.marking
    limit = derived_limit(sources, community, now)
    decisions: dict[str, Decision] = {}
    for member in sorted(community.members.values(), key=lambda each: (each.name, each.id)):
        if sharing is None or marking is None:
            decisions[member.id] = Decision.no("private", "it has no audience and stays here")
            continue
        decision = _by_audience(
            member, sharing, marking.tlp, community, now, sender=sender or item.author
        )
        if decision.allowed:
            decision = _by_sources(member, decision, limit.allowed, limit.narrowest)
        decisions[member.id] = decision
    return Reach(decisions)


def _by_audience(
    member: Member,
    sharing: Sharing,
    tlp: Tlp,
    community: Community,
    now: datetime,
    *,
    sender: str | None,
) -> Decision:
    if member.id == sender:
        return Decision.no("sender", "releases it")
    if not member.active:
        return Decision.no("left", "is no longer a member")
    if sharing.expires is not None and sharing.expires <= now:
        return Decision.no("expired", "the release has expired")
    named = _how_named(member, sharing.audience, community)
    if named is None:
        return _unnamed(member)
    if tlp is Tlp.RED and member.id not in sharing.audience.members:
        return Decision.no("red", "TLP:RED goes only to members named one by one")
    return Decision.yes("audience", named)


def _unnamed(member: Member) -> Decision:
    if member.is_guest:
        return Decision.no("guest", "is a guest, who receives only what names it")
    return Decision.no("audience", "is not in the audience")


def _how_named(member: Member, audience: Audience, community: Community) -> str | None:
    if member.id in audience.members:
        return "is named"
    if member.is_guest:
        return None
    for group_id in sorted(audience.groups):
        group = community.groups.get(group_id)
        if group and member.id in group.members and group.compartment.admits(member.kind):
            return f"is in the group {group.name}"
    if member.kind in audience.kinds:
        return f"is of the kind {member.kind}"
    return "is in the community" if audience.community else None


def _by_sources(
    member: Member, granted: Decision, allowed: frozenset[str] | None, narrowest: str | None
) -> Decision:
    if allowed is None or member.id in allowed:
        return granted
    return Decision.no("derived", f"its source {narrowest} was not shared with this member")


@frozen
class DerivedLimit:
    """The most that something derived from given sources may be.

    Attributes:
        tlp: at least this strict.
        allowed: member ids that may receive it, None for no limit.
        narrowest: name of the source that narrows `allowed`, for the sentence.
        origins: kinds that must stay visible on it.
        expires: not later than this.
    """

    tlp: Tlp
    allowed: frozenset[str] | None
    narrowest: str | None
    origins: frozenset[MemberKind]
    expires: datetime | None


def derived_limit(
    sources: Iterable[StixObject], community: Community, now: datetime
) -> DerivedLimit:
    """Return the limit that all `sources` set together.

    TLP:CLEAR and TLP:GREEN may be told to everybody in the community. From TLP:AMBER on, an
    object stays with those who were its recipients, and its author: what a member receives it may
    answer, but not hand on. A source without a marking counts as TLP:AMBER.
    """
    tlp, allowed, narrowest = Tlp.CLEAR, None, None
    origins: set[MemberKind] = set()
    expiries: list[datetime] = []
    for source in sources:
        marking, sharing = source.marking, source.sharing
        colour = marking.tlp if marking else Tlp.AMBER
        tlp = max(tlp, colour, key=lambda each: each.rank)
        if sharing:
            origins |= sharing.origins
            expiries += [sharing.expires] if sharing.expires else []
        if colour.rank < Tlp.AMBER.rank:
            continue
        reach = recipients(source, community, now=now)
        mine = frozenset(reach.receivers) | ({source.author} if source.author else set())
        if allowed is None or not allowed <= mine:
            narrowest = source.name
        allowed = mine if allowed is None else allowed & mine
    return DerivedLimit(tlp, allowed, narrowest, frozenset(origins), min(expiries, default=None))

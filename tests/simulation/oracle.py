"""Who should get what, told by plain sets of names: none of the product's code is asked.

The terms are those of FIRST's TLP 2.0 and of docs: an audience names the community, groups, kinds
or members; TLP:RED goes only to members named one by one; from TLP:AMBER on, what is derived
stays with those who might have its source, and its author; nothing goes to its own sender, to a
former member, or out after it has expired.
"""

from datetime import datetime

from attrs import define, evolve, field, frozen

STRICT = frozenset({"amber", "amber+strict", "red"})


@frozen
class Membership:
    """The community at one time; names only."""

    kinds: dict[str, str]
    groups: dict[str, frozenset[str]]
    left: frozenset[str] = frozenset()

    def with_group(self, group: str, members: frozenset[str]) -> "Membership":
        return evolve(self, groups={**self.groups, group: members})

    def without(self, name: str) -> "Membership":
        groups = {group: members - {name} for group, members in self.groups.items()}
        return evolve(self, groups=groups, left=self.left | {name})


@define
class Fact:
    """One object as its author meant it.

    Attributes:
        audience: entries such as `community`, `group:north`, `kind:platform`, `member:alpha`.
        wire_id: the id under which it travels: another one when it is sealed.
        versions: by version text, when its author's clock lets it leave.
        last: the author's latest version.
        accepted: versions that the exchange has taken.
        left: versions that it had taken before it was put back: their hold time is over for good.
        once: who might have seen it at any time since the exchange took it.
        ever: who might have seen it before the exchange was put back.
        is_cancelled: taken back before its hold time was over, so that it never leaves.
    """

    id: str
    wire_id: str
    author: str
    tlp: str
    audience: frozenset[str]
    is_named: bool
    expires: datetime | None
    sources: tuple["Fact", ...]
    versions: dict[str, datetime] = field(factory=dict)
    last: str = ""
    withdrawn: str | None = None
    accepted: set[str] = field(factory=set)
    left: set[str] = field(factory=set)
    once: set[str] = field(factory=set)
    ever: set[str] = field(factory=set)
    is_cancelled: bool = False

    @property
    def groups(self) -> set[str]:
        """Names of the groups that it is addressed to."""
        return {each.partition(":")[2] for each in self.audience if each.startswith("group:")}

    def is_over(self, now: datetime) -> bool:
        """A withdrawal does not expire."""
        return self.expires is not None and self.expires <= now and not self.is_withdrawn

    @property
    def is_withdrawn(self) -> bool:
        """Whether the exchange knows that it was taken back."""
        return self.withdrawn is not None and self.withdrawn in self.accepted


def remembered(history: list[Membership], base: int, told: dict[str, int]) -> Membership:
    """What an exchange that was put back to `history[base]` can know of its community.

    Args:
        told: by member, since which membership it had its directory.
    """
    now = history[base]
    latest = max([base, *(told[name] for name in told)])
    left = history[latest].left
    groups: dict[str, frozenset[str]] = {}
    for group in now.groups:
        seen = [index for name, index in told.items() if name in history[index].groups[group]]
        age = max([base, *seen])
        groups[group] = frozenset(
            name
            for name in history[age].groups[group] - left
            if not (told[name] > age and name not in history[told[name]].groups[group])
        )
    return evolve(now, groups=groups, left=left)


def meant_for(fact: Fact, name: str, membership: Membership, now: datetime) -> bool:
    """Whether a member may receive an object now."""
    if name == fact.author or name in membership.left or fact.is_over(now):
        return False
    if not _is_addressed(fact, name, membership):
        return False
    return all(
        source.tlp not in STRICT or _might_have(source, name, membership, now)
        for source in fact.sources
    )


def _might_have(source: Fact, name: str, membership: Membership, now: datetime) -> bool:
    if source.is_named and name == source.author:
        return True
    if name in membership.left or source.is_over(now):
        return False
    return _is_addressed(source, name, membership)


def _is_addressed(fact: Fact, name: str, membership: Membership) -> bool:
    if f"member:{name}" in fact.audience:
        return True
    if fact.tlp == "red":
        return False
    return (
        "community" in fact.audience
        or f"kind:{membership.kinds[name]}" in fact.audience
        or any(name in membership.groups[group] for group in fact.groups)
    )

"""Who acts: an organisation, a person at one, or a guest; by which token; and what that allows.

Rights only ever shrink: an organisation has those of its kind, a person those of its role among
them, a token those of its scope among those. docs/reference/policy.md has the tables.
"""

from enum import StrEnum
from typing import Final

from attrs import field, frozen

from tocsin.policy.decision import Decision
from tocsin.records.markings import Tlp
from tocsin.records.members import Member, MemberKind
from tocsin.records.stix import StixObject

TIP_TYPE: Final = "x-tocsin-tip"
_SEALED_TYPE: Final = "x-tocsin-sealed"


class Action(StrEnum):
    """What can be done at a border."""

    READ = "read"
    SUBMIT = "submit"
    UPDATE = "update"
    WITHDRAW = "withdraw"
    OVERLAP = "overlap"
    ADMINISTER = "administer"

    @property
    def right(self) -> "Action":
        """The right that it takes: who may submit may submit new versions of its own."""
        return Action.SUBMIT if self is Action.UPDATE else self


RIGHTS: Final = frozenset(each.right for each in Action)
"""All rights there are: what a token can be scoped to."""


class Role(StrEnum):
    """What a person does at its organisation."""

    READER = "reader"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    STEWARD = "steward"


_ROLES: Final = {
    Role.READER: frozenset({Action.READ}),
    Role.ANALYST: frozenset({Action.READ, Action.SUBMIT}),
    Role.REVIEWER: RIGHTS - {Action.ADMINISTER},
    Role.STEWARD: RIGHTS,
}

_INFORMS: Final = RIGHTS - {Action.OVERLAP}
_GUESTS: Final = {
    MemberKind.GOVERNMENT: _INFORMS,
    MemberKind.TARGET: _INFORMS,
    MemberKind.RESEARCH: frozenset({Action.READ, Action.ADMINISTER}),
    MemberKind.OTHER: _INFORMS,
}
GUEST_KINDS: Final = frozenset(_GUESTS)
"""Kinds that can be guests; a guest of the kind `other` is a tipster."""

TIPSTER_TYPES: Final = frozenset({TIP_TYPE, _SEALED_TYPE})
"""All that a tipster may submit; what is sealed, its recipient looks into."""


@frozen(kw_only=True)
class Scope:
    """What a token is limited to.

    Attributes:
        rights: see `RIGHTS`.
        types: STIX types that may be read and sent, None for all. A sealed object counts as
            `x-tocsin-sealed`, whatever it holds.
        tlp: the strictest marking that may be read and sent.
    """

    rights: frozenset[Action] = RIGHTS
    types: frozenset[str] | None = None
    tlp: Tlp = Tlp.RED

    @property
    def tlps(self) -> frozenset[Tlp] | None:
        """The markings within it, None for all."""
        if self.tlp is Tlp.RED:
            return None
        return frozenset(each for each in Tlp if each.rank <= self.tlp.rank)

    def refusal(self, item: StixObject) -> Decision | None:
        """Return why an object is out of this scope, None when it is not."""
        if self.types is not None and item.type not in self.types:
            return Decision.no("scope", f"this token is not for objects of the type {item.type}")
        if item.marking is not None and item.marking.tlp.rank > self.tlp.rank:
            return Decision.no("scope", f"this token ends at {self.tlp.label}")
        return None


@frozen
class Principal:
    """Who acts.

    Attributes:
        member: the organisation, a guest among them.
        person: the name of the person, None for the organisation's own node.
        role: the person's, None for the organisation's own node.
        token: id of the token that spoke for it, None where none was needed.
    """

    member: Member
    person: str | None = None
    role: Role | None = None
    scope: Scope = field(factory=Scope)
    token: str | None = None

    @property
    def id(self) -> str:
        """Tells principals apart: the organisation's id, with the person's name behind it."""
        return self.member.id if self.person is None else f"{self.member.id} {self.person}"

    @property
    def rights(self) -> frozenset[Action]:
        """What it may do, whatever the object."""
        return organisation_rights(self.member) & role_rights(self.role) & self.scope.rights


def role_rights(role: Role | None) -> frozenset[Action]:
    """Return the rights of a person's role; all of them for an organisation's own node."""
    return RIGHTS if role is None else _ROLES[role]


def organisation_rights(member: Member) -> frozenset[Action]:
    """Return what an organisation may do, whoever acts for it."""
    if not member.active:
        return frozenset()
    return _GUESTS.get(member.kind, frozenset()) if member.is_guest else RIGHTS

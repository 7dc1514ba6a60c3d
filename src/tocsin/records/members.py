"""Who takes part: member organisations, their groups, and the community that holds them."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from tocsin.foundation import BadInputError
from tocsin.records.escrow import EscrowPerson

MAX_NAME_LENGTH: Final = 200


class MemberKind(StrEnum):
    """What an organisation is; the government boundary and compartments depend on it."""

    PLATFORM = "platform"
    RESEARCH = "research"
    AGENCY = "agency"
    GOVERNMENT = "government"
    TARGET = "target"
    OTHER = "other"


class Compartment(StrEnum):
    """Which kinds a group admits."""

    MIXED = "mixed"
    INDUSTRY = "industry"

    def admits(self, kind: MemberKind) -> bool:
        """Tell whether a member of `kind` can be in a group of this compartment."""
        return self is Compartment.MIXED or kind is MemberKind.PLATFORM


@frozen(kw_only=True)
class StolenKey:
    """A verify key with which somebody else may sign.

    Attributes:
        key: its text, as among the member's verify keys.
        since: what the exchange took later, by its own clock, does not count.
        reported: when the convenor said so; from then on nothing signed with it is taken.
        why: for every member to read.
    """

    key: str
    since: datetime
    reported: datetime
    why: str


@frozen(kw_only=True)
class Member:
    """A member organisation as the directory knows it.

    Attributes:
        id: a STIX identity id.
        verify_keys: texts of the Ed25519 keys whose signatures count, the current one last.
        sealing_key: text of the X25519 key to seal to, None when it has announced none.
        active: False once it has left or was revoked.
        is_guest: no member of the community: receives only what names it, is in no group.
        stolen_keys: those of the verify keys that count only for what came before their theft.
    """

    id: str
    name: str
    kind: MemberKind
    verify_keys: tuple[str, ...] = ()
    sealing_key: str | None = None
    active: bool = True
    is_guest: bool = False
    stolen_keys: tuple[StolenKey, ...] = ()

    @property
    def good_keys(self) -> tuple[str, ...]:
        """The verify keys with which it may sign at present."""
        stolen = {each.key for each in self.stolen_keys}
        return tuple(key for key in self.verify_keys if key not in stolen)

    def __attrs_post_init__(self) -> None:
        if not self.id.startswith("identity--"):
            raise BadInputError(f"member id {self.id!r} is no STIX identity id")
        if not self.name.strip() or len(self.name) > MAX_NAME_LENGTH:
            raise BadInputError(
                "a member's name is empty or longer than 200 characters", hint="give a short name"
            )


@frozen(kw_only=True)
class Group:
    """A circle inside a community. Its id is opaque: a name would tell outsiders of it."""

    id: str
    name: str
    compartment: Compartment = Compartment.MIXED
    members: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Community:
    """Everybody an exchange serves, as one node or the exchange sees it.

    Attributes:
        id: the convenor's identity id.
        members: by member id, the convenor not among them.
        groups: those that the holder of this view is in (the exchange: all).
        escrow: who opens unnamed authorship, two together, dismissed persons included.
    """

    id: str
    name: str
    members: dict[str, Member] = field(factory=dict)
    groups: dict[str, Group] = field(factory=dict)
    escrow: tuple[EscrowPerson, ...] = ()

    @classmethod
    def of(
        cls,
        convenor: str,
        name: str,
        members: Iterable[Member],
        groups: Iterable[Group] = (),
        escrow: Iterable[EscrowPerson] = (),
    ) -> "Community":
        """Build a community from its parts, keyed by id."""
        return cls(
            id=convenor,
            name=name,
            members={member.id: member for member in members},
            groups={group.id: group for group in groups},
            escrow=tuple(escrow),
        )

    @property
    def escrow_now(self) -> tuple[EscrowPerson, ...]:
        """Those to whom authorship is sealed at present."""
        return tuple(each for each in self.escrow if each.active)

    def find(self, name_or_id: str) -> Member:
        """Return the member of that id or name (names compared without case).

        Raises:
            BadInputError: when there is none, or several of that name.
        """
        if name_or_id in self.members:
            return self.members[name_or_id]
        wanted = name_or_id.strip().casefold()
        found = [member for member in self.members.values() if member.name.casefold() == wanted]
        if len(found) == 1:
            return found[0]
        names = ", ".join(sorted(member.name for member in self.members.values()))
        problem = "is the name of several members" if found else "is no member of this community"
        raise BadInputError(
            f"{name_or_id!r} {problem}", hint=f"members are: {names}; run `tocsin sync` for news"
        )

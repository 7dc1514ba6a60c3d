"""What the convenor does at the exchange: make it, invite, group, revoke; all of it logged."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

from attrs import evolve, frozen

from tocsin.exchange import roster, tokens
from tocsin.exchange.credentials import Invitation
from tocsin.exchange.placing import recompute
from tocsin.exchange.roster import Convened, Invited
from tocsin.foundation import BadInputError, Clock, Entropy, RefusedError, UsageError
from tocsin.foundation.entropy import uuid4
from tocsin.policy import GUEST_KINDS
from tocsin.records import Community, Compartment, Group, Member, MemberKind
from tocsin.vault import Home, PostgresAddress, Role, Transaction

INVITATION_LASTS: Final = timedelta(days=14)

T = TypeVar("T")


def create_exchange(
    folder: Path,
    name: str,
    *,
    clock: Clock,
    entropy: Entropy,
    passphrase: str | None = None,
    database: PostgresAddress | None = None,
) -> Home:
    """Make an exchange's home; its vault lies in a file of it, or in `database`.

    Raises:
        RefusedError: when `folder` or `database` has something in it.
    """
    return Home.create(
        folder,
        name=name,
        kind=MemberKind.OTHER,
        role=Role.EXCHANGE,
        clock=clock,
        entropy=entropy,
        passphrase=passphrase,
        database=database,
    )


def convened_by(home: Home) -> Convened:
    """Return the identity under which an exchange speaks.

    Raises:
        UsageError: when the home is a member's node.
    """
    if home.card.role is not Role.EXCHANGE:
        raise UsageError(
            f"{home.folder} is a member's node, not an exchange",
            hint="make an exchange with `tocsin exchange init DIR --name NAME`",
        )
    return Convened(
        id=home.id,
        name=home.card.name,
        key=home.keyring.signing.public,
        log_origin=home.vault.origin,
    )


@frozen
class Convenor:
    """Acts on an exchange's community.

    Attributes:
        by: the person who acts, for the log.
    """

    home: Home
    clock: Clock
    entropy: Entropy
    by: str = "convenor"

    def community(self) -> Community:
        """Return everybody and every group."""
        with self.home.vault.read() as view:
            return roster.community_of(view, convened_by(self.home))

    def members(self) -> list[Member]:
        """Return all members, former ones as inactive, by name."""
        return sorted(self.community().members.values(), key=lambda each: (each.name, each.id))

    def groups(self) -> list[Group]:
        """Return all groups by name."""
        return sorted(self.community().groups.values(), key=lambda each: (each.name, each.id))

    def invite(
        self,
        kind: MemberKind,
        name: str | None = None,
        lasts: timedelta = INVITATION_LASTS,
        *,
        is_guest: bool = False,
    ) -> str:
        """Return a token that admits one organisation of this kind.

        Args:
            name: for whom it is, as a note; the organisation names itself when it joins.
            is_guest: it receives only what names it, and may do what a guest of its kind may.

        Raises:
            RefusedError: for a kind that cannot be a guest.
        """
        if is_guest and kind not in GUEST_KINDS:
            raise RefusedError(
                f"a {kind} cannot be a guest", hint=f"guests are {', '.join(sorted(GUEST_KINDS))}"
            )
        made = Invitation.new(convened_by(self.home).key, self.entropy)
        invited = Invited(
            kind=MemberKind(kind), name=name, expires=self.clock.now() + lasts, is_guest=is_guest
        )
        self.home.vault.write(
            lambda tx: roster.keep_invitation(tx, made.secret, invited, by=self.by)
        )
        return made.to_text()

    def create_group(
        self,
        name: str,
        members: Iterable[str] = (),
        compartment: Compartment = Compartment.MIXED,
    ) -> Group:
        """Make a group under an opaque id; `members` are names or ids.

        Raises:
            BadInputError: for an unknown member.
            RefusedError: when the compartment does not admit one, or the name is taken.
        """
        if not name.strip():
            raise BadInputError("a group needs a name")
        opaque = str(uuid4(self.entropy))
        wanted = list(members)

        def change(community: Community) -> Group:
            if any(name.casefold() == each.name.casefold() for each in community.groups.values()):
                raise RefusedError(f"there is a group {name!r} already", hint="use another name")
            found = [community.find(each) for each in wanted]
            group = Group(id=opaque, name=name.strip(), compartment=Compartment(compartment))
            return _with(group, found)

        return self._change_group(change)

    def add_to_group(self, group: str, member: str) -> Group:
        """Let a member into a group; it sees what is still live there."""
        return self._change_group(
            lambda community: _with(_group(community, group), [community.find(member)])
        )

    def remove_from_group(self, group: str, member: str) -> Group:
        """Take a member out of a group; withdrawals of what it got still reach it."""

        def change(community: Community) -> Group:
            found = _group(community, group)
            return evolve(found, members=found.members - {community.find(member).id})

        return self._change_group(change)

    def delete_group(self, group: str) -> Group:
        """End a group: what was said to it alone, nobody sees any more but who said it."""

        def work(tx: Transaction) -> Group:
            convened = convened_by(self.home)
            found = _group(roster.community_of(tx, convened), group)
            roster.delete_group(tx, found, by=self.by)
            recompute(tx, roster.community_of(tx, convened), self.clock.now())
            return found

        return self.home.vault.write(work)

    def revoke(self, member: str) -> Member:
        """End a membership: no reading, no writing, no new objects from now on, in no group."""

        def work(tx: Transaction) -> Member:
            convened = convened_by(self.home)
            community = roster.community_of(tx, convened)
            left = evolve(community.find(member), active=False)
            roster.keep_member(tx, left, by=self.by)
            tokens.end_tokens(tx, left.id, by=self.by)
            for group in community.groups.values():
                if left.id in group.members:
                    rest = evolve(group, members=group.members - {left.id})
                    roster.keep_group(tx, rest, by=self.by)
            recompute(tx, roster.community_of(tx, convened), self.clock.now())
            return left

        return self.home.vault.write(work)

    def _change_group(self, change: Callable[[Community], Group]) -> Group:
        def work(tx: Transaction) -> Group:
            convened = convened_by(self.home)
            group = change(roster.community_of(tx, convened))
            roster.keep_group(tx, group, by=self.by)
            recompute(tx, roster.community_of(tx, convened), self.clock.now())
            return group

        return self.home.vault.write(work)


def _with(group: Group, members: Iterable[Member]) -> Group:
    found = list(members)
    for member in found:
        if member.is_guest:
            raise RefusedError(f"{member.name} is a guest", hint="name it in each audience instead")
        if not group.compartment.admits(member.kind):
            raise RefusedError(
                f"{member.name} is of the kind {member.kind}, which the {group.compartment} "
                f"group {group.name} does not admit",
                hint="use a mixed group",
            )
        if not member.active:
            raise RefusedError(f"{member.name} is no longer a member", hint="invite it again")
    return evolve(group, members=group.members | {member.id for member in found})


def _group(community: Community, name_or_id: str) -> Group:
    for group in community.groups.values():
        if name_or_id == group.id or name_or_id.casefold() == group.name.casefold():
            return group
    names = ", ".join(sorted(each.name for each in community.groups.values())) or "none"
    raise BadInputError(f"there is no group {name_or_id!r}", hint=f"groups are: {names}")

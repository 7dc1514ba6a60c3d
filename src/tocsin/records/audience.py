"""An audience: the members an author meant an object for."""

from collections.abc import Iterable

from attrs import frozen

from tocsin.foundation import BadInputError
from tocsin.records.members import MemberKind


@frozen(kw_only=True)
class Audience:
    """A union of the whole community, groups, kinds of member and single members.

    On the wire it is a sorted list of texts: `community`, `group:ID`, `kind:KIND`, `member:ID`.
    An empty audience reaches nobody.
    """

    community: bool = False
    groups: frozenset[str] = frozenset()
    kinds: frozenset[MemberKind] = frozenset()
    members: frozenset[str] = frozenset()

    def to_list(self) -> list[str]:
        """Return the wire form."""
        named = [f"group:{each}" for each in self.groups]
        named += [f"kind:{each}" for each in self.kinds]
        named += [f"member:{each}" for each in self.members]
        return sorted(named + (["community"] if self.community else []))

    @classmethod
    def from_list(cls, entries: Iterable[object]) -> "Audience":
        """Read the wire form.

        Raises:
            BadInputError: for an entry that is none of the four forms; an audience that is not
                understood must not be guessed.
        """
        community = False
        found: dict[str, set[str]] = {"group": set(), "kind": set(), "member": set()}
        for entry in entries:
            scope, _, value = str(entry).partition(":")
            if entry == "community":
                community = True
            elif scope in found and value:
                found[scope].add(value)
            else:
                raise BadInputError(
                    f"audience entry {entry!r} is not understood",
                    hint="use community, group:ID, kind:KIND or member:ID",
                )
        try:
            kinds = frozenset(MemberKind(kind) for kind in found["kind"])
        except ValueError as error:
            raise BadInputError(f"audience: {error}") from None
        return cls(
            community=community,
            groups=frozenset(found["group"]),
            kinds=kinds,
            members=frozenset(found["member"]),
        )

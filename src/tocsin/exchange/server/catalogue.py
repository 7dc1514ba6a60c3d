"""The collections that one reader may open: everything visible, one a kind, one a group.

A collection is a view: an object stands in as many as it fits, with one date added for a reader.
Kinds stand in everybody's list, filled or not. A group's collection exists for its members only:
for anyone else its id, which nobody can compute, is one that was never given out.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid5

from attrs import evolve, frozen

from tocsin.exchange import roster
from tocsin.exchange.roster import Convened
from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.policy import Action, Principal
from tocsin.records import OBSERVABLE_TYPES, Audience, Group, StixObject
from tocsin.vault import Lens, Snapshot

STIX: Final = "application/stix+json;version=2.1"
EVERYTHING: Final = "visible"
"""Alias of the collection of everything that the reader may see."""

_EARLIER: Final = UUID("0d6f2f6e-4a0b-5e0f-8d61-7e0f8e7c2b10")
_SIGHTINGS: Final = frozenset({"sighting", "observed-data"})
_OPERATIONS: Final = frozenset(
    {
        "attack-pattern",
        "campaign",
        "course-of-action",
        "identity",
        "incident",
        "infrastructure",
        "intrusion-set",
        "location",
        "malware",
        "malware-analysis",
        "threat-actor",
        "tool",
        "vulnerability",
    }
)
KINDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "indicators": ("Indicators", frozenset({"indicator"})),
    "sightings": ("Sightings and observed data", _SIGHTINGS),
    "observables": ("Observables", OBSERVABLE_TYPES),
    "reports": ("Cases and reports", frozenset({"grouping", "note", "opinion", "report"})),
    "operations": ("Operations and who or what is behind them", _OPERATIONS),
    "relationships": ("Relationships", frozenset({"relationship"})),
}
"""Title and STIX types by alias. Of types named nowhere, as Tocsin's own, only `visible` and the
groups' collections hold objects: a type that is not known yet belongs to no kind."""


@frozen(kw_only=True)
class Collection:
    """One collection as a reader meets it.

    Attributes:
        types: what it holds; None for any.
        group: id of the group that what it holds must name; None for whatever is visible.
    """

    id: str
    alias: str | None = None
    title: str
    description: str
    types: frozenset[str] | None = None
    group: str | None = None

    def resource(self, principal: Principal) -> JsonObject:
        """Return the collection resource (TAXII 2.1 §5.2.1) with what the caller may do."""
        said: JsonObject = {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "can_read": Action.READ in principal.rights,
            "can_write": Action.SUBMIT in principal.rights,
            "media_types": [STIX],
        }
        return said if self.alias is None else {**said, "alias": self.alias}

    def narrowed(self, lens: Lens) -> Lens:
        """Return the lens with what is outside this collection left out."""
        types = self.types
        if types is not None and lens.types is not None:
            types &= lens.types
        return evolve(lens, group=self.group, types=lens.types if types is None else types)

    def refusal(self, body: JsonValue) -> str | None:
        """Return why an object cannot be added here, None when it can as far as this goes."""
        if not isinstance(body, dict):
            return None
        if self.types is not None and str(body.get("type")) not in self.types:  # may be any JSON
            return f"{self.alias} takes no such type: send it to the collection {EVERYTHING!r}"
        if self.group is not None and self.group not in _audience(body).groups:
            return f"its audience does not name group:{self.group}, whose collection this is"
        return None


@frozen(repr=False)
class Catalogue:
    """Finds collections.

    Attributes:
        secret: of the exchange, the same in all its processes; groups' ids are made from it.
    """

    convened: Convened
    secret: bytes

    def all(self, view: Snapshot, reader: Principal) -> list[Collection]:
        """Return what the reader may open, always in the same order (§3.3)."""
        return [*self._for_everybody(), *self._of_groups(view, reader)]

    def find(self, view: Snapshot, reader: Principal, name: str) -> Collection | None:
        """Return the collection with this id or alias; the same None for another's group."""
        if name == earlier_id(self.convened.id):
            name = EVERYTHING
        for each in self._for_everybody():
            if name in (each.id, each.alias):
                return each
        return next((each for each in self._of_groups(view, reader) if each.id == name), None)

    def _for_everybody(self) -> list[Collection]:
        everything = Collection(
            id=open_id(self.convened.id, EVERYTHING),
            alias=EVERYTHING,
            title="Everything visible to you",
            description="All that its authors meant for you, of whatever kind.",
        )
        return [
            everything,
            *(
                Collection(
                    id=open_id(self.convened.id, alias),
                    alias=alias,
                    title=title,
                    description=f"Of all that is visible to you: {', '.join(sorted(types))}.",
                    types=types,
                )
                for alias, (title, types) in KINDS.items()
            ),
        ]

    def _of_groups(self, view: Snapshot, reader: Principal) -> list[Collection]:
        groups = roster.community_of(view, self.convened).groups.values()
        mine = [each for each in groups if reader.member.id in each.members]
        return [self._of_group(each) for each in sorted(mine, key=_by_name)]

    def _of_group(self, group: Group) -> Collection:
        return Collection(
            id=_identifier(hmac.digest(self.secret, f"group {group.id}".encode(), sha256)),
            title=group.name,
            description=f"What is visible to you and names the group {group.name}.",
            group=group.id,
        )


def open_id(community_id: str, alias: str) -> str:
    """Return the id of a collection that every member finds; members can work it out."""
    return _identifier(sha256(f"collection {community_id} {alias}".encode()).digest())


def earlier_id(community_id: str) -> str:
    """Return the id that nodes of before 0.1.0 know the one collection by, which they had."""
    return str(uuid5(_EARLIER, community_id))


def _identifier(drawn: bytes) -> str:
    """Return a version 4 UUID, as §2 wants identifiers, that is the same at every start."""
    return str(UUID(bytes=drawn[:16], version=4))


def _by_name(group: Group) -> tuple[str, str]:
    return group.name, group.id


def _audience(body: JsonObject) -> Audience:
    """Return whom an object is for; nobody when that cannot be read, which is refused later."""
    try:
        sharing = StixObject.of(body).sharing
    except BadInputError:
        return Audience()
    return sharing.audience if sharing is not None else Audience()

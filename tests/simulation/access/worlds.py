"""An exchange with everybody who could call it and every kind of object, built once, then copied.

Two times matter: BEFORE, when objects are sent and fetched, and NOW, after `goer` has left the
group "core", `comer` has entered it and `left` has left the community. The states of an object:

live, updated (two versions), derived (from something only some received), expired,
withdrawn before and after those changes, deleted by its author, erased at the exchange, and held:
still in its author's outbox, so never sent.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from tests.simulation.access.oracle import EVERY_RIGHT, TLPS, Plain
from tocsin.exchange import create_exchange, tokens
from tocsin.exchange.convenor import Convenor
from tocsin.exchange.relay import Relay
from tocsin.exchange.roster import keep_member
from tocsin.exchange.tokens import Grant
from tocsin.foundation import ManualClock, SeededEntropy
from tocsin.policy import Action, Principal, Role, Scope
from tocsin.records import (
    Audience,
    Authorship,
    Compartment,
    Marking,
    Member,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    named_id,
    stix_time,
)
from tocsin.records.stix import SCO_NAMESPACE
from tocsin.trust import SigningKey, sign_object
from tocsin.vault import DeliveryState, Home, Transaction

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
CERTIFICATE = "ab" * 32
GROUPS = {"core": "mixed", "trade": "industry"}
STATES = [
    "live",
    "updated",
    "derived",
    "expired",
    "withdrawn before",
    "withdrawn after",
    "deleted",
    "erased",
    "held",
]
_TYPES = ["indicator", "infrastructure"]

# name: kind, is a guest, groups before, groups now
ORGANISATIONS: dict[str, tuple[str, bool, str, str]] = {
    "author": ("platform", False, "core trade", "core trade"),
    "peer": ("platform", False, "core trade", "core trade"),
    "goer": ("platform", False, "core", ""),
    "comer": ("platform", False, "", "core"),
    "outsider": ("platform", False, "", ""),
    "left": ("platform", False, "core", ""),
    "lab": ("research", False, "core", "core"),
    "agency": ("agency", False, "", ""),
    "ministry": ("government", False, "", ""),
    "guest state": ("government", True, "", ""),
    "guest target": ("target", True, "", ""),
    "guest lab": ("research", True, "", ""),
    "tipster": ("other", True, "", ""),
}
NAMED = ["peer", "goer", "guest state", "tipster", "left"]
AUDIENCES: list[list[str]] = [
    ["community"],
    ["group:core"],
    ["group:trade"],
    ["kind:research"],
    ["kind:government"],
    [f"member:{name}" for name in NAMED],
    ["group:core", "member:outsider", "member:guest target"],
    [],
]


def org_id(name: str) -> str:
    return named_id("identity", SCO_NAMESPACE, "matrix", name)


@frozen
class Cell:
    """A token and what the oracle needs to know of it."""

    name: str
    token: str
    who: Plain


@define
class World:
    """An exchange, its callers and the objects that were sent to it."""

    folder: Path
    clock: ManualClock
    home: Home
    keys: dict[str, SigningKey]
    organisations: dict[str, Plain]
    groups: dict[str, str]
    callers: list[Cell] = field(factory=list)
    items: list[Plain] = field(factory=list)
    made: dict[str, StixObject] = field(factory=dict)

    def close(self) -> None:
        self.home.close()

    def words(self, audience: Iterable[str]) -> list[str]:
        """Return an audience with ids in place of names."""
        found = []
        for word in audience:
            scope, _, name = word.partition(":")
            of = {"group": self.groups, "member": {key: org_id(key) for key in ORGANISATIONS}}
            found.append(f"{scope}:{of[scope].get(name, name)}" if scope in of else word)
        return found

    def draft(self, item: Plain, version: int = 0, *, withdrawn: bool = False) -> StixObject:
        """Return an object, unsigned, as its author would send it."""
        made = START + timedelta(seconds=version)
        body = {
            "type": item["type"],
            "spec_version": "2.1",
            "id": item["id"],
            "created": stix_time(START),
            "modified": stix_time(made),
            "object_marking_refs": [*Marking(Tlp(item["tlp"])).refs],
            "name": f"v{version}",
            **({"created_by_ref": item["created_by"]} if item["created_by"] else {}),
            **({"revoked": True} if withdrawn else {}),
        }
        if item["type"] == "indicator":
            body |= {"pattern": "[domain-name:value = 'a.example']", "pattern_type": "stix",
                     "valid_from": stix_time(START)}  # fmt: skip
        return StixObject.of(body).with_sharing(
            Sharing(
                audience=Audience.from_list(item["audience"]),
                authorship=Authorship(item["authorship"]),
                expires=START + timedelta(days=1) if item["state"] == "expired" else None,
                origins=frozenset(map(MemberKind, item["origins"])),
                derived_from=(item["source"]["id"],) if item["source"] else (),
                withdrawal=Withdrawal(why="wrong", at=made) if withdrawn else None,
            )
        )

    def signed(self, author: str, item: StixObject) -> StixObject:
        return sign_object(item, self.keys[author])

    def send(self, author: str, bodies: Iterable[StixObject]) -> None:
        """Hand objects in by an organisation's own node; all must be taken."""
        member = Member(**self.organisations[author]["made"])
        ready = [dict(self.signed(author, each).body) for each in bodies]
        outcomes = Relay(self.home, self.clock).take(Principal(member), ready)
        refused = [each.why for each in outcomes if each.why]
        assert not refused, refused[:3]


def build(folder: Path) -> World:
    """Make the world; nothing of it is under test, only what it answers afterwards."""
    clock, entropy = ManualClock(START), SeededEntropy(11)
    home = create_exchange(folder, "Hub", clock=clock, entropy=entropy)
    world = World(folder, clock, home, {}, {}, {})
    for name, (kind, guest, *_) in ORGANISATIONS.items():
        _enrol(world, name, kind, guest=guest)
    convenor = Convenor(home, clock, entropy)
    for name, compartment in GROUPS.items():
        inside = [org for org, row in ORGANISATIONS.items() if name in row[2].split()]
        world.groups[name] = convenor.create_group(name, inside, Compartment(compartment)).id
    for name, (_, _, *when) in ORGANISATIONS.items():
        said = [{world.groups[each] for each in text.split()} for text in when]
        world.organisations[name]["groups"] = said
    home.vault.write(lambda tx: world.callers.extend(_tokens(world, tx)))
    _fill(world)
    _fetched_by_all(world)
    _withdraw(world, "withdrawn before")
    convenor.remove_from_group("core", "goer")
    convenor.add_to_group("core", "comer")
    convenor.revoke("left")
    world.organisations["left"]["active"] = False
    _withdraw(world, "withdrawn after")
    for item in world.items:
        if item["state"] == "erased":
            home.vault.write(
                lambda tx, gone=item["id"]: tx.shared.erase(gone, why="asked for", by="convenor")  # type: ignore[misc]
            )
        elif item["state"] == "deleted":
            author = Member(**world.organisations["author"]["made"])
            assert Relay(home, clock).withdraw(Principal(author), item["id"])
    clock.advance(days=2)
    return world


def new_item(  # noqa: PLR0917 - the axes of the matrix, in their order
    world: World,
    name: str,
    author: str,
    tlp: str,
    audience: list[str],
    authorship: str,
    state: str = "live",
    **more: Any,
) -> Plain:
    """Return an object as the oracle knows it."""
    kind = "x-tocsin-sealed" if tlp == "red" else _TYPES[len(name) % 2]
    type_ = more.pop("type", kind)
    opaque = named_id(type_, SCO_NAMESPACE, "matrix", name)
    return {
        # As for any object of a member's: a random id, which says nothing.
        "id": opaque[:-22] + "4" + opaque[-21:-17] + "8" + opaque[-16:],
        "type": type_,
        "tlp": tlp,
        "audience": world.words(audience),
        "author": org_id(author),
        "by": author,
        "authorship": authorship,
        "created_by": org_id(author) if authorship == "named" else None,
        "origins": [ORGANISATIONS[author][0]] if authorship == "named" else [],
        "state": state,
        "versions": 2 if state == "updated" or state.startswith("withdrawn") else 1,
        "source": None,
        **more,
    }


def _enrol(world: World, name: str, kind: str, *, guest: bool) -> None:
    key = SigningKey.generate()
    made: Plain = {"id": org_id(name), "name": name, "kind": MemberKind(kind), "is_guest": guest,
            "verify_keys": (key.public.to_text(),)}  # fmt: skip
    world.keys[name] = key
    world.organisations[name] = {
        "id": org_id(name), "kind": kind, "guest": guest, "active": True, "made": made,
    }  # fmt: skip
    world.home.vault.write(lambda tx: keep_member(tx, Member(**made), by="test"))


def _tokens(world: World, tx: Transaction) -> Iterator[Cell]:
    for name in ORGANISATIONS:
        yield _caller(world, tx, f"{name}'s node", name)
    for org, role in product(("author", "peer", "tipster"), Role):
        yield _caller(world, tx, f"{org}'s {role}", org, role=role)
    yield _caller(world, tx, "peer, indicators", "peer", types={"indicator"})
    yield _caller(world, tx, "peer, to amber", "peer", tlp="amber")
    yield _caller(world, tx, "peer, to clear", "peer", tlp="clear")
    yield _caller(world, tx, "peer, sending alone", "peer", rights={"submit"})
    yield _caller(world, tx, "author, to green", "author", tlp="green")
    yield _caller(world, tx, "author, infrastructure", "author", types={"infrastructure"})
    yield _caller(world, tx, "author, withdrawing alone", "author", rights={"withdraw"})
    day = START + timedelta(days=1)
    yield _caller(world, tx, "peer, expired", "peer", works=False, expires=day)
    yield _caller(world, tx, "peer, revoked", "peer", works=False, is_active=False)
    yield _caller(world, tx, "peer, no certificate", "peer", works=False, certificate=CERTIFICATE)
    nobody = {"org": world.organisations["peer"], "role": None, "rights": EVERY_RIGHT,
              "types": None, "tlp": "red", "works": False}  # fmt: skip
    yield Cell("nobody", "", nobody)
    yield Cell("a stranger", "tocsin-member-invented", nobody)


def _caller(
    world: World,
    tx: Transaction,
    name: str,
    org: str,
    *,
    role: Role | None = None,
    rights: set[str] | None = None,
    types: set[str] | None = None,
    tlp: str = "red",
    works: bool = True,
    **more: Any,
) -> Cell:
    may = EVERY_RIGHT if rights is None else rights
    scope = Scope(
        rights=frozenset(map(Action, may)),
        types=None if types is None else frozenset(types),
        tlp=Tlp(tlp),
    )
    person = None if name.endswith("node") else name
    grant = Grant(member=org_id(org), person=person, role=role, scope=scope, **more)
    secret = f"tocsin-member-{name}".replace(" ", "-").replace("'", "").replace(",", "")
    tokens.keep_token(tx, secret, grant, by="test")
    who = {"org": world.organisations[org], "role": role and str(role), "rights": may,
           "types": types, "tlp": tlp, "works": works}  # fmt: skip
    return Cell(name, secret, who)


def _fill(world: World) -> None:
    """Send every combination of marking, audience, authorship and state by one author."""
    narrow = {
        tlp: new_item(world, f"source {tlp}", "author", tlp, ["member:peer", "member:lab"], "named")
        for tlp in TLPS
    }
    world.send("author", [world.draft(each) for each in narrow.values()])
    for state, tlp, audience, authorship in product(
        STATES, TLPS, AUDIENCES, ("named", "member", "none")
    ):
        name = f"{state} {tlp} {audience} {authorship}"
        more = {}
        if state == "derived":
            kinds = ORGANISATIONS["author"][0]
            more = {"source": narrow[tlp], "origins": [kinds]}
        world.items.append(
            new_item(world, name, "author", tlp, audience, authorship, state, **more)
        )
    sent = [each for each in world.items if each["state"] != "held"]
    world.send("author", [world.draft(each) for each in sent])
    updated = [each for each in sent if each["state"] == "updated"]
    world.send("author", [world.draft(each, 1) for each in updated])


def _fetched_by_all(world: World) -> None:
    """Let every organisation acknowledge all that it sees."""

    def work(tx: Transaction) -> None:
        numbers = tx.shared.numbers(each["id"] for each in world.items)
        seen = tx.visibility.of_all(numbers.values())
        got = [(seq, member) for seq, members in seen.items() for member in members]
        tx.deliveries.record_all(got, DeliveryState.ACKNOWLEDGED)

    world.home.vault.write(work)


def _withdraw(world: World, state: str) -> None:
    items = [each for each in world.items if each["state"] == state]
    world.send("author", [world.draft(each, 1, withdrawn=True) for each in items])

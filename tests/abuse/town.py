"""A filled exchange with everybody who could attack it, and requests that are sound.

An outsider without a token, a stranger with an invented one, a guest, members, a person who may
only read, and a steward, who may do all that a member's convening person may. Sound requests are
made by the nodes' own code; the tests break them in one place at a time.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field, frozen
from starlette.applications import Starlette

from tests.unit.exchange.world import URL, World
from tests.unit.exchange_overlap.circle import domains, hold
from tocsin.exchange import build_app, join, tokens
from tocsin.exchange.admission import JOIN_PAYLOAD, KEYS_PAYLOAD, join_request
from tocsin.exchange.credentials import Invitation
from tocsin.exchange.membership import find_membership, signed_directories
from tocsin.exchange.overlap import overlap_routes
from tocsin.exchange.overlap.epochs import epoch_of
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.refilling import REFILL_PAYLOAD
from tocsin.exchange.tokens import Grant
from tocsin.foundation import BadInputError, JsonObject, SeededEntropy, canonical
from tocsin.policy import Role
from tocsin.records import SHARING_EXTENSION, Audience, Authorship, MemberKind, Tlp
from tocsin.records.stix import SCO_NAMESPACE, named_id, signed_part
from tocsin.trust import OBJECT_PAYLOAD, Asking, KeyRing, SigningKey, cosign, sign, sign_object
from tocsin.vault import Home, Lens, Transaction

COLLECTION = "/taxii2/community/collections/visible/"
OBJECTS = COLLECTION + "objects/"
OWN = "/tocsin/v1/"
TAXII = "application/taxii+json;version=2.1"
ASKING = named_id("x-tocsin-overlap", SCO_NAMESPACE, "abuse", "asking")


@frozen
class Sound:
    """A request that is answered with 2xx as it is.

    Attributes:
        said: the part that is signed, where one is.
        wrapped: makes the whole body of it, signed anew: a broken part is then refused for what
            is wrong with it and not for its signature.
    """

    name: str
    method: str
    path: str
    caller: str
    said: JsonObject
    wrapped: Callable[[JsonObject], JsonObject]

    @property
    def media_type(self) -> str:
        return TAXII if self.path.startswith("/taxii2/") else "application/json"


@define
class Town:
    """The exchange, its application, and what each caller and request needs to be sound."""

    world: World
    tokens: dict[str, str] = field(factory=dict)
    ids: dict[str, str] = field(factory=dict)

    @classmethod
    def build(cls, folder: Path) -> "Town":
        """Make members and a guest, fill the exchange, and let one member ask another."""
        with World(folder) as world:
            hold(world.member("alpha").vault, dict.fromkeys(domains(1, 2, 3)))
            hold(world.member("beta").vault, dict.fromkeys(domains(2, 3, 4)))
            world.member("gamma", MemberKind.RESEARCH)
            guest = world.node("guest", MemberKind.GOVERNMENT)
            token = world.convenor.invite(MemberKind.GOVERNMENT, "guest", is_guest=True)
            join(guest, URL, token, connect=world.connect)
            world.convenor.create_group("pair", ["alpha", "beta"])
            world.sync_all()
            _fill(world)
            world.exchange.vault.write(lambda tx: _persons(world, tx))
            world.sync_all()
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> "Town":
        """Open what `build` made."""
        town = cls(World(folder, entropy=SeededEntropy(9)))
        for name, caller in _NODES.items():
            town.tokens[caller] = _membership_token(town.world.nodes[name])
        town.tokens |= {"outsider": "", "stranger": "tocsin-member-invented", **_PERSONS_TOKENS}
        town.ids = _known_ids(town)
        return town

    @property
    def app(self) -> Starlette:
        """The whole application, as `tocsin exchange serve` builds it."""
        world = self.world
        routes = overlap_routes(world.exchange, world.clock, world.entropy)
        return build_app(world.exchange, world.clock, world.entropy, extra_routes=routes)

    def close(self) -> None:
        for home in (*self.world.nodes.values(), self.world.exchange):
            home.close()

    def sound(self) -> Iterator[Sound]:
        """Yield a sound request for every route that takes a body."""
        yield from _sound(self)


@contextmanager
def copied(made: Path, folder: Path) -> Iterator[Town]:
    """Open a copy of a town, to be changed by one test."""
    shutil.copytree(made, folder)
    town = Town.open(folder)
    try:
        yield town
    finally:
        town.close()


_NODES = {"alpha": "member", "beta": "peer", "guest": "guest"}
_PERSONS_TOKENS = {
    "reader": "tocsin-member-" + "r" * 43,
    "convening steward": "tocsin-member-" + "s" * 43,
}
CALLERS = ["outsider", "stranger", "member", "peer", "guest", *_PERSONS_TOKENS]


def _membership_token(home: Home) -> str:
    with home.vault.read() as view:
        found = find_membership(view)
    assert found is not None
    return found.credential


def _persons(world: World, tx: Transaction) -> None:
    alpha = world.nodes["alpha"].id
    for person, role in (("reader", Role.READER), ("convening steward", Role.STEWARD)):
        grant = Grant(member=alpha, person=person, role=role)
        tokens.keep_token(tx, _PERSONS_TOKENS[person], grant, by="test")


def _fill(world: World) -> None:
    everyone, alpha = Audience(community=True), world.nodes["alpha"]
    for at in range(6):
        world.release("alpha", world.draft(alpha, everyone, value=f"seen-{at}.example"))
    unnamed = world.draft(alpha, everyone, authorship=Authorship.NONE, value="unnamed.example")
    world.release("alpha", unnamed)
    sealed = Audience.from_list([f"member:{world.nodes['beta'].id}"])
    world.release("alpha", world.draft(alpha, sealed, tlp=Tlp.RED, value="sealed.example"))
    world.sync("alpha")


def _known_ids(town: Town) -> dict[str, str]:
    with town.world.exchange.vault.read() as view:
        rows = view.shared.page(Lens(), limit=100)
        status = next(iter(view.settings.all("status:")), "")
    return {
        "collection": "visible",
        "object_id": rows[0].id,
        "status_id": status or "none",
        "id": ASKING,
        "kind": "asking",
        "asker": town.world.nodes["alpha"].id,
        "name": "0" * 20,
        "part": "0",
    }


def _sound(town: Town) -> Iterator[Sound]:
    world = town.world
    alpha, beta = world.nodes["alpha"], world.nodes["beta"]
    key, fresh = alpha.keyring.signing, KeyRing.generate(world.clock.now())
    item = sign_object(world.draft(alpha, Audience(community=True)), key)
    yield Sound(
        "objects", "POST", OBJECTS, "member", dict(item.body), lambda body: _posted(body, key)
    )
    yield Sound(
        "join",
        "POST",
        OWN + "join",
        "outsider",
        _joining(world, fresh),
        lambda said: _signed(JOIN_PAYLOAD, said, fresh.signing),
    )
    yield Sound(
        "keys",
        "PUT",
        OWN + "keys",
        "peer",
        {"keys": fresh.public.to_json()},
        lambda said: {
            **_signed(KEYS_PAYLOAD, said, beta.keyring.signing),
            "possession": _signature(KEYS_PAYLOAD, said, fresh.signing),
        },
    )
    with alpha.vault.read() as view:
        directory, roster = signed_directories(view)
    refilling: JsonObject = {
        "member": alpha.id,
        "directory": directory,
        "roster": roster,
        "credential": town.tokens["member"],
        "is_done": True,
    }
    yield Sound(
        "refill",
        "POST",
        OWN + "refill",
        "outsider",
        refilling,
        lambda said: _signed(REFILL_PAYLOAD, said, key),
    )
    with world.exchange.vault.read() as view:
        note = view.log.latest_checkpoint() or ""
    cosigned = note + cosign(note, alpha.id, key, world.clock.now())
    yield Sound("witness", "POST", OWN + "witness", "member", {"note": cosigned}, dict)
    objects: JsonObject = {"objects": [{"id": town.ids["object_id"], "version": item.version}]}
    yield Sound("receipts", "POST", OWN + "receipts", "peer", objects, dict)
    yield from _sound_overlap(town, key)


def _sound_overlap(town: Town, key: SigningKey) -> Iterator[Sound]:
    world, overlap = town.world, OWN + "overlap/"
    letter = asking_letter(world)

    def lettered(said: JsonObject) -> JsonObject:
        whole = letter.to_json()
        kind = LetterKind.ASKING.payload_type
        return {"letter": {**whole, "said": said, "signature": _signature(kind, said, key)}}

    yield Sound("letters", "POST", overlap + "letters", "member", letter.said, lettered)
    outputs: JsonObject = {"attempt": 1, "outputs": "AAAAAAAAAAAAAA=="}
    where = f"{overlap}askings/{ASKING}/"
    yield Sound("outputs", "PUT", where + "outputs", "member", outputs, dict)
    tags: JsonObject = {"parts": 1, "tags": ""}
    place = f"{overlap}tags/{town.ids['asker']}/{town.ids['name']}/0"
    yield Sound("tags", "PUT", place, "peer", tags, dict)
    yield Sound("refusal", "POST", where + "refusal", "peer", {"why": "not now"}, dict)


def asking_letter(world: World) -> Letter:
    """Return alpha's asking of beta, signed."""
    alpha, asking = (
        world.nodes["alpha"],
        Asking.begin([f"domain:site{at}.example".encode() for at in range(20)]),
    )
    said: JsonObject = {
        "id": ASKING,
        "asker": alpha.id,
        "holder": world.nodes["beta"].id,
        "epoch": epoch_of(world.clock.now()),
        "kinds": ["domain"],
        "elements": 20,
        "attempt": 1,
    }
    return Letter.write(LetterKind.ASKING, said, asking.wire, alpha.keyring.signing)


def _joining(world: World, keys: KeyRing) -> JsonObject:
    invitation = Invitation.from_text(world.convenor.invite(MemberKind.PLATFORM, "delta"))
    identity = world.nodes["alpha"].identity.replaced(
        id=named_id("identity", SCO_NAMESPACE, "abuse", "delta"), name="delta"
    )
    return join_request(invitation.secret, identity, "platform", keys.public, invitation.convenor)


def _posted(body: JsonObject, key: SigningKey) -> JsonObject:
    """Return an envelope with the object, signed anew as far as there is anything to sign."""
    extensions = body.get("extensions")
    sharing = extensions.get(SHARING_EXTENSION) if isinstance(extensions, dict) else None
    if not isinstance(sharing, dict) or not isinstance(extensions, dict):
        return {"objects": [body]}
    made = _signature(OBJECT_PAYLOAD, signed_part(body), key)
    signed: JsonObject = {**sharing, "signatures": [made]}
    return {"objects": [{**body, "extensions": {**extensions, SHARING_EXTENSION: signed}}]}


def _signed(payload_type: str, said: JsonObject, key: SigningKey) -> JsonObject:
    return {"said": said, "signature": _signature(payload_type, said, key)}


def _signature(payload_type: str, said: JsonObject, key: SigningKey) -> JsonObject:
    try:
        return sign(payload_type, canonical(said), key).to_json()
    except BadInputError:  # what has no canonical form has no signature: any other will do
        return sign(payload_type, b"", key).to_json()

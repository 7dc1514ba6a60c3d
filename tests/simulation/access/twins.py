"""Two worlds that differ only in a secret, and everything that one caller can read of each.

What happens in public happens in both, at the same times and from the same randomness; secrets
happen in the left one alone. Keys, ids and tokens are those of one template that both were copied
from.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

from attrs import define, field, frozen

from tests.simulation.access.asgi import Answer, Door, Loop
from tocsin.exchange import build_app, create_exchange, tokens
from tocsin.exchange.convenor import Convenor
from tocsin.exchange.overlap import overlap_routes
from tocsin.exchange.overlap.blobs import MemoryBlobs
from tocsin.exchange.overlap.notices import Notice
from tocsin.exchange.overlap.shelf import Shelf, Shelved
from tocsin.exchange.relay import Relay
from tocsin.exchange.roster import keep_member
from tocsin.exchange.token_desk import TokenDesk
from tocsin.exchange.tokens import Grant
from tocsin.foundation import JsonObject, ManualClock
from tocsin.policy import Principal, Role, Scope
from tocsin.records import (
    Audience,
    Authorship,
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
from tocsin.vault import Home

START = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
KINDS = {
    "anna": ("platform", False),
    "bert": ("platform", False),
    "carl": ("platform", False),
    "dora": ("research", False),
    "eve": ("government", False),
    "guest": ("target", True),
    "tipster": ("other", True),
}
ROOT = "/taxii2/community/"
OWN = "/tocsin/v1/"
LATEST = {"checkpoint", "consistency", "witness"}
"""Routes of the log, whose size and head change with every act: see the page on what it tells."""


class StepEntropy:
    """Randomness that begins anew at each step, so that a secret leaves the next step's alone."""

    def __init__(self) -> None:
        self.begin("start")

    def begin(self, step: str) -> None:
        self._random = Random(step)  # noqa: S311 - repeatable on purpose

    def take(self, size: int) -> bytes:
        return self._random.randbytes(size)


def member_id(name: str) -> str:
    return str(named_id("identity", SCO_NAMESPACE, "twins", name))


def random_id(type_: str, random: Random) -> str:
    return f"{type_}--{UUID(bytes=random.randbytes(16), version=4)}"


@frozen
class Template:
    """An exchange with members and tokens, to be copied: all its copies have the same keys."""

    folder: Path
    keys: dict[str, SigningKey]
    readers: dict[str, str]

    @classmethod
    def make(cls, folder: Path) -> "Template":
        clock, entropy = ManualClock(START), StepEntropy()
        keys = {name: SigningKey.generate() for name in KINDS}
        readers = {name: f"tocsin-member-{name}" for name in KINDS}
        with create_exchange(folder, "Hub", clock=clock, entropy=entropy) as home:
            for name in KINDS:
                made = member_of(name, keys)
                home.vault.write(lambda tx, made=made: keep_member(tx, made, by="test"))  # type: ignore[misc]
                grant = Grant(member=made.id)
                home.vault.write(
                    lambda tx, name=name, grant=grant: tokens.keep_token(  # type: ignore[misc]
                        tx, readers[name], grant, by="test"
                    )
                )
            amber = Scope(tlp=Tlp.GREEN)
            grant = Grant(member=member_id("carl"), person="green", role=Role.READER, scope=amber)
            readers["carl, to green"] = "tocsin-member-green"
            home.vault.write(
                lambda tx: tokens.keep_token(tx, readers["carl, to green"], grant, by="test")
            )
            build_app(home, clock, entropy)
        return cls(folder, keys, readers)


def member_of(name: str, keys: dict[str, SigningKey]) -> Member:
    kind, is_guest = KINDS[name]
    return Member(
        id=member_id(name),
        name=name,
        kind=MemberKind(kind),
        verify_keys=(keys[name].public.to_text(),),
        is_guest=is_guest,
    )


@define
class Twin:
    """One of the two worlds."""

    folder: Path
    template: Template
    loop: Loop
    clock: ManualClock = field(factory=lambda: ManualClock(START))
    entropy: StepEntropy = field(factory=StepEntropy)
    home: Home = field(init=False)
    door: Door = field(init=False)
    blobs: MemoryBlobs = field(factory=MemoryBlobs)

    def __attrs_post_init__(self) -> None:
        shutil.copytree(self.template.folder, self.folder)
        self.home = Home.open(self.folder, clock=self.clock, entropy=self.entropy)
        extra = overlap_routes(self.home, self.clock, self.entropy)
        app = build_app(self.home, self.clock, self.entropy, extra_routes=extra)
        self.door = Door(app, self.loop)

    def close(self) -> None:
        self.home.close()
        shutil.rmtree(self.folder)

    @property
    def convenor(self) -> Convenor:
        return Convenor(self.home, self.clock, self.entropy)

    @property
    def desk(self) -> TokenDesk:
        return TokenDesk(self.home, self.clock, self.entropy)

    def send(self, author: str, item: StixObject) -> str | None:
        """Hand an object in; returns why it was not taken."""
        signed = sign_object(item, self.template.keys[author])
        sender = Principal(member_of(author, self.template.keys))
        (outcome,) = Relay(self.home, self.clock).take(sender, [dict(signed.body)])
        return outcome.why

    def delete(self, author: str, object_id: str) -> None:
        sender = Principal(member_of(author, self.template.keys))
        Relay(self.home, self.clock).withdraw(sender, object_id)

    def ask(self, asker: str, holder: str, asking_id: str) -> None:
        """Put an asking between two members on the shelf, as its first letter would."""
        notice = Notice(
            id=asking_id, asker=member_id(asker), holder=member_id(holder), epoch=1,
            kinds=("domain",), elements=20, attempt=1, posted=self.clock.now(),
        )  # fmt: skip
        shelf = Shelf(self.blobs)
        self.home.vault.write(lambda tx: shelf.put(tx, Shelved(notice), by="test"))

    def fetch(self, reader: str) -> None:
        """Let a member read its feed and acknowledge it, as its node does."""
        token = self.template.readers[reader]
        said = self.door.call("GET", f"{ROOT}collections/visible/objects/", token).said
        got = [
            {"id": each["id"], "version": each.get("modified", "")}
            for each in said.get("objects", [])
        ]
        self.door.call("POST", OWN + "receipts", token, "", {"objects": got})


def draft(
    object_id: str,
    author: str,
    at: datetime,
    audience: Sequence[str],
    *,
    tlp: str = "green",
    authorship: str = "named",
    version: int = 0,
    withdrawn: bool = False,
    expires: datetime | None = None,
    derived_from: Sequence[str] = (),
    origins: Sequence[str] | None = None,
) -> StixObject:
    """Return an object, unsigned."""
    is_named = authorship == "named"
    kind, _ = KINDS[author]
    said = [kind] if is_named or kind == "government" else []
    body: JsonObject = {
        "type": object_id.partition("--")[0],
        "spec_version": "2.1",
        "id": object_id,
        "created": stix_time(START),
        "modified": stix_time(at + timedelta(milliseconds=version)),
        "object_marking_refs": [*Marking(Tlp(tlp)).refs],
        "name": f"v{version}",
        **({"created_by_ref": member_id(author)} if is_named else {}),
        **({"revoked": True} if withdrawn else {}),
    }
    return StixObject.of(body).with_sharing(
        Sharing(
            audience=Audience.from_list(audience),
            authorship=Authorship(authorship),
            expires=expires,
            origins=frozenset(map(MemberKind, said if origins is None else origins)),
            derived_from=tuple(derived_from),
            withdrawal=Withdrawal(why="wrong", at=at) if withdrawn else None,
        )
    )


Look = Callable[[Twin], Answer]


def everything(reader: str, token: str, known_ids: Sequence[str], rng: Random) -> list[Look]:
    """Return the looks of one caller: by every route, whole and in pages, for known ids and others.

    Args:
        known_ids: of objects, groups' audiences excepted, hidden ones among them: an outsider may
            have heard of an id by another way.
    """
    limit = rng.choice([1, 2, 3, 1000])
    looks: list[Look] = []

    def look(method: str, path: str, query: str = "", said: object = None) -> None:
        looks.append(lambda twin: twin.door.call(method, path, token, query, said))

    look("GET", "/taxii2/")
    look("GET", ROOT)
    look("GET", ROOT + "collections/")
    for collection in ("visible", "indicators", "operations", "reports"):
        base = f"{ROOT}collections/{collection}/"
        look("GET", base)
        for path in ("objects/", "manifest/"):
            looks += [_page(base + path, token, limit, number) for number in range(3)]
        look("GET", base + "objects/", "match[version]=all")
        look("GET", base + "objects/", "match[version]=first&match[type]=indicator,infrastructure")
    after = stix_time(START + timedelta(seconds=rng.randrange(60)))
    look("GET", f"{ROOT}collections/visible/objects/", f"added_after={after}")
    for object_id in known_ids:
        one = f"{ROOT}collections/visible/objects/{object_id}/"
        look("GET", one)
        look("HEAD", one)
        look("GET", one + "versions/")
        if reader != "author":
            look("GET", f"{ROOT}collections/visible/objects/", f"match[id]={object_id}")
    look("GET", ROOT + "status/00000000-0000-4000-8000-000000000000/")
    look("GET", OWN + "clock")
    look("GET", OWN + "directory")
    look("GET", OWN + "overlap/askings", "after=0")
    look("GET", OWN + "overlap/askings", f"id={ASKING}")
    look("GET", f"{OWN}overlap/askings/{ASKING}/letters/asking")
    look("GET", f"{OWN}overlap/tags/{member_id('anna')}/{'0' * 64}")
    look("POST", f"{OWN}overlap/askings/{ASKING}/approval", "", {})
    look("POST", f"{OWN}overlap/askings/{ASKING}/refusal", "", {"why": "no"})
    receipts = [{"id": each, "version": stix_time(START)} for each in known_ids]
    look("POST", OWN + "receipts", "", {"objects": receipts})
    return looks


ASKING = "x-tocsin-overlap--00000000-0000-4000-8000-000000000001"


def _page(path: str, token: str, limit: int, number: int) -> Look:
    """Return a look at one page, found by walking to it."""

    def look(twin: Twin) -> Answer:
        query = f"limit={limit}"
        answer = twin.door.call("GET", path, token, query)
        for _ in range(number):
            if answer.status != 200 or not answer.said.get("more"):
                break
            query = f"limit={limit}&next={answer.said['next']}"
            answer = twin.door.call("GET", path, token, query)
        return answer

    return look


def numbered(prefix: str) -> Iterator[str]:
    """Yield names that were not used before."""
    number = 0
    while True:
        number += 1
        yield f"{prefix}-{number}"

"""A batch comes to the same as its objects one after another, at the exchange and at a node."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.exchange.world import World
from tocsin.exchange.incoming import Door, Taken
from tocsin.exchange.membership import find_directory
from tocsin.exchange.outcome import Outcome
from tocsin.exchange.relay import Relay
from tocsin.exchange.runs import runs
from tocsin.foundation import JsonValue, SeededEntropy
from tocsin.policy import Principal
from tocsin.records import (
    Audience,
    Authorship,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    stix_time,
)
from tocsin.trust import SigningKey, sign_object
from tocsin.vault import EVERYTHING, Home, Lens

EVERYONE = Audience(community=True)
MEMBERS = ("alpha", "beta", "gamma")


def _note(number: int, *, derived_from: Sequence[int], withdrawn: bool) -> StixObject:
    item = StixObject.of({"type": "note", "id": _id(number), "revoked": withdrawn})
    sources = tuple(_id(each) for each in derived_from)
    return item.with_sharing(Sharing(audience=EVERYONE, derived_from=sources))


def _id(number: int) -> str:
    return f"note--00000000-0000-4000-8000-{number:012d}"


@given(
    st.lists(
        st.builds(
            _note,
            st.integers(0, 6),
            derived_from=st.lists(st.integers(0, 6), max_size=2),
            withdrawn=st.booleans(),
        )
    )
)
def test_runs_keep_the_order_and_nothing_in_one_bears_on_another(items: list[StixObject]) -> None:
    cut = list(runs(items))

    assert [item for run in cut for item in run] == items
    for run in cut:
        assert run
        ids = [item.id for item in run]
        assert len(set(ids)) == len(ids)
        for at, item in enumerate(run):
            assert item.sharing is not None
            assert not set(item.sharing.derived_from) & set(ids[:at])
            assert not item.is_revoked or at == len(run) - 1


@pytest.fixture
def worlds(made_once: Path, tmp_path: Path) -> Callable[[], World]:
    """Make equal worlds."""
    made = iter(range(10))

    def make() -> World:
        folder = tmp_path / f"world-{next(made)}"
        shutil.copytree(made_once, folder)
        return World(folder, entropy=SeededEntropy(8))

    return make


def _signed(world: World, item: StixObject, name: str = "alpha") -> StixObject:
    return sign_object(item, world.nodes[name].keyring.signing)


def _changed(world: World, item: StixObject, *, withdrawn: bool = False) -> StixObject:
    world.clock.advance(milliseconds=5)
    now = world.clock.now()
    sharing = item.sharing
    assert sharing is not None
    taken_back = Withdrawal(why="wrong", at=now) if withdrawn else None
    return item.replaced(
        modified=stix_time(now), **({"revoked": True} if withdrawn else {})
    ).with_sharing(evolve(sharing, withdrawal=taken_back, signatures=()))


def _mixed(world: World) -> list[JsonValue]:
    """New, changed, withdrawn, unnamed, derived, repeated and bad objects, all in one batch."""
    alpha = world.nodes["alpha"]

    def draft(audience: Audience = EVERYONE, **terms: Any) -> StixObject:
        return world.draft(alpha, audience, **terms)

    (pair,) = (each.id for each in world.convenor.groups())
    plain, unnamed = draft(), draft(authorship=Authorship.MEMBER)
    grouped = draft(Audience(groups=frozenset({pair})))
    derived = draft(derived_from=[plain.id])
    laxer = draft(tlp=Tlp.CLEAR, derived_from=[plain.id])
    changed, unnamed_changed = _changed(world, plain), _changed(world, unnamed)
    withdrawn = _changed(world, changed, withdrawn=True)
    late = draft(derived_from=[plain.id])
    forged = _signed(world, draft()).replaced(name="other.example")
    items = [
        *(_signed(world, each) for each in (plain, unnamed, grouped, derived, laxer, grouped)),
        forged,
        sign_object(draft(), SigningKey.from_raw(bytes(range(32)))),
        *(_signed(world, each) for each in (changed, plain, unnamed_changed)),
        _signed(world, changed.replaced(name="third.example")),
        _signed(world, draft(Audience(groups=frozenset({"group--none"})))),
        *(_signed(world, each) for each in (withdrawn, late, changed, draft())),
    ]
    bodies: list[JsonValue] = [dict(item.body) for item in items]
    return [*bodies[:3], "no object", *bodies[3:]]


def _feeds(home: Home, members: Sequence[str]) -> list[list[bytes]]:
    with home.vault.read() as view:
        return [
            [
                row.body
                for row in view.shared.page(Lens(reader=each, versions=("all",)), limit=1_000)
            ]
            for each in members
        ]


def _relayed(world: World) -> list[Any]:
    with world.exchange.vault.read() as view:
        return [(each.by, each.said) for each in view.log.entries(kind="relayed")]


def test_a_post_of_many_equals_posts_of_one(worlds: Callable[[], World]) -> None:
    found = []
    for is_one_post in (True, False):
        with worlds() as world:
            bodies = _mixed(world)
            sender = Principal(world.convenor.community().members[world.nodes["alpha"].id])
            relay = Relay(world.exchange, world.clock)
            posts = [bodies] if is_one_post else [[body] for body in bodies]
            outcomes: list[Outcome] = []
            for post in posts:
                outcomes += relay.take(sender, post)
            members = [world.nodes[name].id for name in MEMBERS]
            found.append((outcomes, _feeds(world.exchange, members), _relayed(world)))
    together, single = found
    assert together == single
    whys = [each.why for each in together[0]]
    assert whys.count(None) == 11
    reasons = ("no JSON object", "laxer", "changed on the way", "a stranger", "same version")
    for reason in (*reasons, "no group of yours", "was withdrawn"):
        assert any(reason in why for why in whys if why), reason


def test_a_page_of_many_equals_pages_of_one(worlds: Callable[[], World]) -> None:
    found = []
    for is_one_page in (True, False):
        with worlds() as world:
            bodies = _for_beta(world)
            door = _door(world)
            taken = Taken()
            pages = [bodies] if is_one_page else [[body] for body in bodies]
            for page in pages:
                taken.add(_take(world, door, page))
            with world.nodes["beta"].vault.read() as view:
                rows = view.shared.page(EVERYTHING, limit=1_000)
                kept = [(row.seq, row.id, row.version, row.author) for row in rows]
                refused = [(each.id, each.body) for each in view.documents.list("refusal")]
            found.append((taken.received, taken.receipts, taken.flagged, kept, sorted(refused)))
            assert {each.id for each in taken.refused} == {each for each, _ in refused}
    together, single = found
    assert together == single
    assert together[2]
    assert len(together[4]) == 3


def _take(world: World, door: Door, bodies: list[JsonValue]) -> Taken:
    return world.nodes["beta"].vault.write(lambda tx: door.take(tx, bodies))


def _door(world: World) -> Door:
    beta = world.nodes["beta"]
    world.sync("beta")
    with beta.vault.read() as view:
        directory = find_directory(view)
    assert directory is not None
    return Door(directory, beta.id, beta.keyring, world.clock.now())


def _for_beta(world: World) -> list[JsonValue]:
    alpha = world.nodes["alpha"]
    plain = world.draft(alpha, EVERYONE)
    own = world.release("beta", world.draft(world.nodes["beta"], EVERYONE))
    derived = world.draft(alpha, EVERYONE, derived_from=[plain.id])
    changed = _changed(world, plain)
    withdrawn = _changed(world, changed, withdrawn=True)
    for_gamma = world.draft(alpha, Audience(members=frozenset({world.nodes["gamma"].id})))
    items = [
        *(_signed(world, each) for each in (plain, derived, changed, for_gamma)),
        own,
        own.replaced(name="other.example"),
        _signed(world, changed.replaced(name="third.example")),
        *(_signed(world, each) for each in (withdrawn, plain, world.draft(alpha, EVERYONE))),
    ]
    return [dict(item.body) for item in items]


def test_what_comes_back_of_ones_own_is_passed_over_and_a_forgery_of_it_refused(
    world: World,
) -> None:
    own = world.release("beta", world.draft(world.nodes["beta"], EVERYONE))
    door = _door(world)
    forged = own.replaced(name="other.example")

    taken = _take(world, door, [dict(own.body), dict(forged.body)])

    assert (taken.received, taken.receipts) == ([], [])
    assert [each.id for each in taken.refused] == [own.id]


def test_one_sync_asks_for_as_large_pages_as_the_exchange_gives(world: World) -> None:
    for _ in range(3):
        world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE))
    world.sync("alpha")
    world.transport.seen.clear()

    assert len(world.sync("beta").received) == 3

    (page,) = [each for each in world.transport.seen if each.url.path.endswith("/objects/")]
    assert page.url.params["limit"] == "1000"


def test_a_receipt_counts_only_for_what_the_member_sees(world: World) -> None:
    alpha, beta, gamma = (world.nodes[name] for name in MEMBERS)
    for_both = world.release("alpha", world.draft(alpha, EVERYONE))
    for_beta = world.release(
        "alpha", world.draft(alpha, Audience(members=frozenset({beta.id})), tlp=Tlp.AMBER)
    )
    world.sync_all()
    with world.exchange.vault.read() as view:
        numbers = view.shared.numbers([for_both.id, for_beta.id])
        got = {
            key[0]: [(each.member, str(each.state)) for each in view.deliveries.of(seq)]
            for key, seq in numbers.items()
        }
    assert got == {
        for_both.id: sorted([(beta.id, "acknowledged"), (gamma.id, "acknowledged")]),
        for_beta.id: [(beta.id, "acknowledged")],
    }

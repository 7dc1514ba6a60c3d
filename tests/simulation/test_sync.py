"""Five members and an exchange, in one process: who receives what, what a withdrawal reaches."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from zlib import crc32

import pytest
from attrs import frozen

from tests.unit.exchange.world import World
from tocsin.exchange import community_of, withdraw
from tocsin.policy import is_withdrawn, recipients
from tocsin.records import Audience, Authorship, MemberKind, StixObject, Tlp
from tocsin.trust import sealed_id_of
from tocsin.vault import EVERYTHING, Home

KINDS = {
    "alpha": "platform",
    "beta": "platform",
    "gamma": "research",
    "delta": "government",
    "epsilon": "agency",
}
GROUPS = {"north": {"alpha", "beta", "gamma"}, "south": {"gamma", "delta", "epsilon"}}
AUDIENCES: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"community"}),
    frozenset({"group:north"}),
    frozenset({"group:south"}),
    frozenset({"kind:platform"}),
    frozenset({"kind:government"}),
    frozenset({"member:beta", "member:delta"}),
    frozenset({"group:south", "member:beta"}),
)


def expected(author: str, tlp: str, audience: frozenset[str]) -> set[str]:
    """The oracle: plain sets of names, none of the product's code.

    TLP:RED is for named individuals (FIRST, TLP 2.0): here members named one by one. All other
    colours go to the audience; nobody receives what it sent itself.
    """
    meant = set()
    for name, kind in KINDS.items():
        is_named = f"member:{name}" in audience
        is_in_a_group = any(f"group:{g}" in audience and name in GROUPS[g] for g in GROUPS)
        is_meant = "community" in audience or f"kind:{kind}" in audience or is_in_a_group
        if is_named or (is_meant and tlp != "red"):
            meant.add(name)
    return meant - {author}


def may_address(author: str, audience: frozenset[str]) -> bool:
    """A member knows only the groups it is in."""
    return all(author in GROUPS[g] for g in GROUPS if f"group:{g}" in audience)


@frozen
class Sent:
    author: str
    item: StixObject
    expected: set[str]
    preview: set[str]
    label: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("five")) as made:
        for name, kind in KINDS.items():
            made.member(name, MemberKind(kind))
        for name, members in GROUPS.items():
            made.convenor.create_group(name, sorted(members))
        made.sync_all()
        yield made


@pytest.fixture(scope="module")
def sent(world: World) -> list[Sent]:
    """One object for every author, TLP, audience and authorship, all of it synced everywhere."""
    made: list[Sent] = []
    for author, tlp, audience, authorship in product(
        ("alpha", "gamma", "delta"), Tlp, AUDIENCES, Authorship
    ):
        meant = expected(author, tlp, audience)
        if not may_address(author, audience) or (tlp is Tlp.RED and not meant):
            continue
        made.append(_release(world, author, (tlp, audience, authorship), meant))
        world.clock.advance(milliseconds=3)
    world.sync_all()
    world.sync_all()
    return made


def _release(
    world: World,
    author: str,
    terms: tuple[Tlp, frozenset[str], Authorship],
    meant: set[str],
) -> Sent:
    tlp, audience, authorship = terms
    home = world.nodes[author]
    label = f"{author} {tlp} {sorted(audience)} {authorship}"
    item = world.draft(
        home,
        _audience(world, audience),
        tlp=tlp,
        authorship=authorship,
        value=f"{crc32(label.encode())}.example",
    )
    names = {each.id: name for name, each in world.nodes.items()}
    community = community_of(home)
    reach = recipients(item, community, now=world.clock.now(), sender=home.id)
    preview = {names[member] for member in reach.receivers}
    return Sent(author, world.release(author, item), meant, preview, label)


def _audience(world: World, words: frozenset[str]) -> Audience:
    groups = {each.name: each.id for each in world.convenor.groups()}
    entries = []
    for word in words:
        scope, _, name = word.partition(":")
        if scope == "group":
            entries.append(f"group:{groups[name]}")
        elif scope == "member":
            entries.append(f"member:{world.nodes[name].id}")
        else:
            entries.append(word)
    return Audience.from_list(entries)


def test_the_preview_equals_the_oracle(sent: list[Sent]) -> None:
    assert len(sent) > 200
    assert {each.label: each.preview for each in sent} == {
        each.label: each.expected for each in sent
    }


def test_what_each_node_holds_after_sync_equals_the_oracle(world: World, sent: list[Sent]) -> None:
    held = {name: world.received(name) for name in KINDS}
    got = {each.label: {name for name in KINDS if each.item.id in held[name]} for each in sent}
    assert got == {each.label: each.expected for each in sent}


def test_the_exchange_log_says_the_same_receivers(world: World, sent: list[Sent]) -> None:
    names = {each.id: name for name, each in world.nodes.items()}
    logged: dict[str, set[str]] = {}
    with world.exchange.vault.read() as view:
        for entry in view.log.entries(kind="relayed"):
            receivers = entry.said["receivers"]
            assert isinstance(receivers, list)
            logged[str(entry.said["id"])] = {names[str(each)] for each in receivers}
    for each in sent:
        is_red = each.item.marking is not None and each.item.marking.tlp is Tlp.RED
        travelled = sealed_id_of(each.item.id) if is_red else each.item.id
        assert logged[travelled] == each.expected, each.label


def test_no_recipient_sees_the_author_of_an_unnamed_object(world: World, sent: list[Sent]) -> None:
    for each in sent:
        sharing = each.item.sharing
        assert sharing is not None
        author = world.nodes[each.author]
        if sharing.authorship is Authorship.NAMED or author.id in sharing.audience.members:
            continue  # an audience that lists its own author shows it, whatever we do
        for name in each.expected:
            with world.nodes[name].vault.read() as view:
                held = view.shared.get(each.item.id)
            assert held is not None
            assert author.id.encode() not in held.body
            assert author.keyring.signing.key_id.encode() not in held.body


def test_the_exchange_holds_no_readable_red_object(world: World, sent: list[Sent]) -> None:
    red = [each for each in sent if each.item.marking and each.item.marking.tlp is Tlp.RED]
    assert red
    stored = world.exchange.vault.path.read_bytes()
    for each in red:
        assert str(each.item.body["name"]).encode() not in stored


def test_a_withdrawal_flags_every_recipient_and_what_rests_on_it_two_hops_away(
    tmp_path: Path,
) -> None:
    with World(tmp_path) as world:
        alpha, beta, gamma, delta = (
            world.member(name, MemberKind(KINDS[name]))
            for name in ("alpha", "beta", "gamma", "delta")
        )
        world.sync_all()
        first = world.release("alpha", world.draft(alpha, _to(beta)))
        world.sync_all()
        second = _rest_on(world, "beta", first, _to(gamma))
        third = _rest_on(world, "gamma", second, _to(delta))
        world.clock.advance(minutes=1)
        done = withdraw(alpha, first.id, "the registrar was mistaken", world.clock, by="ada")
        world.sync("alpha")
        for name in ("beta", "gamma", "delta"):
            world.sync(name)
        assert done.reached == ("beta",)
        assert world.flagged("beta") == {first.id, second.id}
        assert world.flagged("gamma") == {second.id, third.id}
        assert world.flagged("delta") == {third.id}
        assert not _text_of(delta).count(str(first.body["name"]).encode())


def test_a_member_that_left_the_group_still_learns_of_the_withdrawal(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        alpha, beta = world.member("alpha"), world.member("beta")
        group = world.convenor.create_group("pair", ["alpha", "beta"])
        item = world.release("alpha", world.draft(alpha, Audience(groups=frozenset({group.id}))))
        world.sync_all()
        world.convenor.remove_from_group("pair", "beta")
        withdraw(alpha, item.id, "wrong", world.clock, by="ada")
        world.sync_all()
        assert world.flagged("beta") == {item.id}
        del beta


@pytest.mark.parametrize("authorship", list(Authorship))
def test_red_whose_only_receiver_has_gone_is_withdrawn_and_its_envelope_names_no_hidden_author(
    tmp_path: Path, authorship: Authorship
) -> None:
    with World(tmp_path) as world:
        alpha, beta = world.member("alpha"), world.member("beta")
        world.member("gamma")
        draft = world.draft(alpha, _to(beta), tlp=Tlp.RED, authorship=authorship)
        item = world.release("alpha", draft)
        world.sync_all()
        assert world.received("beta") == {item.id}
        world.convenor.revoke("beta")
        world.sync("alpha")
        withdraw(alpha, item.id, "the registrar was mistaken", world.clock, by="ada")
        assert world.sync("alpha").sent
        with world.exchange.vault.read() as view:
            envelope = view.shared.get(sealed_id_of(item.id))
        assert envelope is not None
        assert is_withdrawn(envelope.object)
        is_shown = authorship is Authorship.NAMED
        for shown in (alpha.id, alpha.keyring.sealing.key_id):
            assert (shown.encode() in envelope.body) is is_shown


def test_two_syncs_in_a_row_bring_nothing_new(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        alpha = world.member("alpha")
        world.member("beta")
        world.release("alpha", world.draft(alpha, Audience(community=True)))
        assert world.sync("alpha").sent
        assert world.sync("beta").received
        assert not world.sync("alpha").sent
        assert not world.sync("beta").received


def test_work_done_while_the_exchange_was_down_arrives_when_it_is_back(tmp_path: Path) -> None:
    with World(tmp_path) as world:
        alpha, beta = world.member("alpha"), world.member("beta")
        world.transport.is_up = False
        items = []
        for hour in range(24):
            author = (alpha, beta)[hour % 2]
            name = ("alpha", "beta")[hour % 2]
            items.append(world.release(name, world.draft(author, Audience(community=True))))
            with pytest.raises(Exception, match="does not answer"):
                world.sync(name)
            world.clock.advance(hours=1)
        world.transport.is_up = True
        world.sync_all()
        world.sync_all()
        assert world.received("alpha") == {each.id for each in items[1::2]}
        assert world.received("beta") == {each.id for each in items[0::2]}


def _to(*homes: Home) -> Audience:
    return Audience(members=frozenset(each.id for each in homes))


def _rest_on(world: World, name: str, source: StixObject, audience: Audience) -> StixObject:
    world.clock.advance(minutes=1)
    sharing = source.sharing
    assert sharing is not None
    home = world.nodes[name]
    item = world.draft(
        home,
        audience,
        derived_from=[source.id],
        origins=sharing.origins | {home.card.kind},
        value=f"{name}.example",
    )
    made = world.release(name, item)
    world.sync_all()
    return made


def _text_of(home: Home) -> bytes:
    with home.vault.read() as view:
        rows = view.shared.page(EVERYTHING, limit=1_000)
    return b"".join(row.body for row in rows)

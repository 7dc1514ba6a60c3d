"""Invitations, joining, keys, and what a node believes of its exchange."""

import json
from collections.abc import Callable

import httpx
import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import (
    community_of,
    join,
    membership_of,
    sync,
    withdraw,
)
from tocsin.exchange.credentials import Invitation
from tocsin.foundation import BadInputError, RefusedError, TrustError, UsageError
from tocsin.records import Audience, Compartment, MemberKind
from tocsin.vault import Home

EVERYONE = Audience(community=True)


def _join(world: World, home: Home, token: str, connect: object = None) -> None:
    join(home, URL, token, connect=world.connect if connect is None else connect)  # type: ignore[arg-type]


def test_a_member_knows_the_others_and_only_its_own_groups(world: World) -> None:
    world.sync_all()
    alpha, gamma = (community_of(world.nodes[name]) for name in ("alpha", "gamma"))
    assert {each.name for each in alpha.members.values()} == {"alpha", "beta", "gamma"}
    assert {each.name for each in alpha.groups.values()} == {"pair"}
    assert not gamma.groups


def test_a_change_in_a_group_leaves_an_outsiders_directory_as_it_was(world: World) -> None:
    world.sync("gamma")
    before = _raw_directory(world, "gamma")
    world.convenor.create_group("secret", ["alpha"])
    assert _raw_directory(world, "gamma") == before


def test_a_token_serves_one_organisation_once(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    first, second = world.node("first"), world.node("second")
    _join(world, first, token)
    with pytest.raises(RefusedError, match="used already"):
        _join(world, second, token)


def test_joining_can_be_repeated_when_the_answer_was_lost(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    node = world.node("first")
    _join(world, node, token)
    lost = membership_of(node).credential
    _join(world, node, token)
    assert membership_of(node).credential != lost
    assert world.sync("first").log_size is not None


def test_an_expired_token_is_refused(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    world.clock.advance(days=15)
    with pytest.raises(RefusedError, match="expired"):
        _join(world, world.node("late"), token)


def test_a_token_for_another_kind_is_refused(world: World) -> None:
    token = world.convenor.invite(MemberKind.RESEARCH)
    with pytest.raises(RefusedError, match="research"):
        _join(world, world.node("first", MemberKind.GOVERNMENT), token)


@pytest.mark.parametrize("name", ["alpha", "ALPHA", "Hub", "A member"])
def test_a_name_that_is_taken_is_refused(world: World, name: str) -> None:
    node = Home.create(
        world.folder / "other",
        name=name,
        kind=MemberKind.PLATFORM,
        clock=world.clock,
        entropy=world.entropy,
    )
    with node, pytest.raises(RefusedError, match="already"):
        _join(world, node, world.convenor.invite(MemberKind.PLATFORM))


@pytest.mark.parametrize("change", [lambda t: t[:-3], lambda t: "x" + t, lambda _: "", str.upper])
def test_a_token_that_was_not_copied_whole_is_said_so(
    world: World, change: Callable[[str], str]
) -> None:
    token = change(world.convenor.invite(MemberKind.PLATFORM))
    with pytest.raises(BadInputError, match="token"):
        _join(world, world.node("first"), token)


def test_an_exchange_that_is_not_the_inviting_one_is_noticed(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    other = Invitation(Invitation.from_text(token).secret, bytes(32))
    with pytest.raises(RefusedError, match="another exchange"):
        _join(world, world.node("first"), other.to_text())


def test_secrets_are_kept_as_hashes_only(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    secret = Invitation.from_text(token).secret
    credential = membership_of(world.nodes["alpha"]).credential
    with world.exchange.vault.read() as view:
        kept = [
            json.dumps(each.body)
            for kind in ("member", "invitation", "credential")
            for each in view.documents.list(kind)
        ]
    assert kept
    assert not [text for text in kept if secret in text or credential in text]


def test_an_industry_group_admits_platforms_only(world: World) -> None:
    with pytest.raises(RefusedError, match="does not admit"):
        world.convenor.create_group("trade", ["alpha", "gamma"], Compartment.INDUSTRY)
    made = world.convenor.create_group("trade", ["alpha", "beta"], Compartment.INDUSTRY)
    assert "trade" not in made.id


def test_who_joins_a_group_sees_what_is_live_in_it_and_who_leaves_sees_it_no_more(
    world: World,
) -> None:
    (pair,) = world.convenor.groups()
    alpha = world.nodes["alpha"]
    first = world.release("alpha", world.draft(alpha, Audience(groups=frozenset({pair.id}))))
    world.sync_all()
    assert first.id not in world.received("gamma")
    world.convenor.add_to_group("pair", "gamma")
    assert first.id in world.sync("gamma").received
    world.convenor.remove_from_group("pair", "gamma")
    second = world.draft(alpha, Audience(groups=frozenset({pair.id})), value="b.example")
    world.release("alpha", second)
    world.sync("alpha")
    assert not world.sync("gamma").received


def test_a_directory_that_the_convenor_did_not_sign_is_refused(world: World) -> None:
    world.sync("alpha")
    with pytest.raises(TrustError, match="not signed by the convenor"):
        _sync_through(world, "alpha", _forge_directory)


def test_an_older_directory_is_refused(world: World) -> None:
    old = world.connect(URL).get("/tocsin/v1/directory", headers=_bearer(world, "alpha"))
    world.member("delta")
    world.sync("alpha")
    with pytest.raises(TrustError, match="old member directory"):
        _sync_through(
            world,
            "alpha",
            lambda request, answer: (
                old.content if request.url.path.endswith("directory") else answer
            ),
        )


def test_a_withdrawal_without_a_reason_or_of_anothers_object_is_refused(world: World) -> None:
    alpha, beta = world.nodes["alpha"], world.nodes["beta"]
    item = world.release("alpha", world.draft(alpha, EVERYONE))
    world.sync_all()
    with pytest.raises(BadInputError, match="reason"):
        withdraw(alpha, item.id, " ", world.clock, by="ada")
    with pytest.raises(RefusedError, match="not something this node released"):
        withdraw(beta, item.id, "wrong", world.clock, by="bo")


def test_withdrawing_twice_makes_one_version(world: World) -> None:
    alpha = world.nodes["alpha"]
    item = world.release("alpha", world.draft(alpha, EVERYONE))
    world.sync_all()
    first = withdraw(alpha, item.id, "wrong", world.clock, by="ada")
    assert withdraw(alpha, item.id, "wrong again", world.clock, by="ada") == first
    with alpha.vault.read() as view:
        assert len(view.shared.versions(item.id)) == 2


@pytest.mark.parametrize(
    "url", ["http://exchange.example:80", "ftp://127.0.0.1", "127.0.0.1:80", "http://u:p@127.0.0.1"]
)
def test_an_address_that_would_leave_the_machine_in_the_clear_is_refused(
    world: World, url: str
) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    with pytest.raises(UsageError):
        join(world.node("first"), url, token)


def test_a_revoked_member_is_told_by_its_next_sync(world: World) -> None:
    world.convenor.revoke("beta")
    with pytest.raises(RefusedError, match="credential"):
        world.sync("beta")


def _bearer(world: World, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {membership_of(world.nodes[name]).credential}"}


def _raw_directory(world: World, name: str) -> object:
    answer = world.connect(URL).get("/tocsin/v1/directory", headers=_bearer(world, name))
    return answer.json()["directory"]


def _forge_directory(request: httpx.Request, answer: bytes) -> bytes:
    if not request.url.path.endswith("directory"):
        return answer
    said = json.loads(answer)
    said["directory"]["signatures"][0]["keyid"] = "ed25519:" + "0" * 32
    return json.dumps(said).encode()


def _sync_through(world: World, name: str, change: Callable[[httpx.Request, bytes], bytes]) -> None:
    """Sync over a line on which somebody changes the answers."""

    class Tampered(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = world.transport.handle_request(request)
            return httpx.Response(
                answer.status_code,
                headers={"content-type": "application/json"},
                content=change(request, answer.read()),
            )

    sync(
        world.nodes[name],
        world.clock,
        connect=lambda url: httpx.Client(transport=Tampered(), base_url=url),
        sleep=lambda _: None,
    )

"""After a restore no token works that was revoked since the backup."""

from pathlib import Path

import httpx
import pytest
from attrs import evolve

from tests.unit.exchange.restoring import put_back
from tests.unit.exchange.world import URL, InProcess, World
from tocsin.exchange import TokenDesk, join, membership_of, rotate_keys
from tocsin.exchange.membership import keep_membership
from tocsin.exchange.refilling import declare_restored
from tocsin.foundation import TocsinError
from tocsin.records import MemberKind
from tocsin.vault import backup


def desk(world: World) -> TokenDesk:
    return TokenDesk(world.exchange, world.clock, world.entropy)


def asked(world: World, secret: str) -> int:
    with world.connect(URL) as client:
        answer: httpx.Response = client.get(
            "/tocsin/v1/directory", headers={"Authorization": f"Bearer {secret}"}
        )
    return answer.status_code


@pytest.fixture
def issued(world: World, tmp_path: Path) -> str:
    """A token that was issued before the backup and revoked after it."""
    world.sync_all()
    made = desk(world).issue("beta", person="bo")
    backup(world.exchange.folder, tmp_path / "yesterday.tar")
    assert asked(world, made.secret) == 200
    desk(world).revoke(made.token.id)
    assert asked(world, made.secret) == 401
    world.clock.advance(hours=1)
    put_back(world, tmp_path / "yesterday.tar")
    return made.secret


def test_an_issued_token_ends_with_the_restore(world: World, issued: str) -> None:
    declare_restored(world.exchange, world.clock, by="convenor")
    world.sync_all()
    assert asked(world, issued) == 401


def test_a_convenor_who_is_sure_may_keep_them(world: World, issued: str) -> None:
    declare_restored(world.exchange, world.clock, by="convenor", keeps_tokens=True)
    world.sync_all()
    assert asked(world, issued) == 200


def test_a_node_s_own_credential_works_once_the_node_has_shown_it(
    world: World, issued: str
) -> None:
    del issued
    declare_restored(world.exchange, world.clock, by="convenor")
    own = membership_of(world.nodes["beta"]).credential
    assert asked(world, own) == 503
    world.sync("beta")
    assert asked(world, own) == 200


def test_it_works_after_two_restores_in_a_row(world: World, issued: str) -> None:
    del issued
    for _ in range(2):
        world.clock.advance(hours=1)
        declare_restored(world.exchange, world.clock, by="convenor")
    world.sync("beta")
    assert asked(world, membership_of(world.nodes["beta"]).credential) == 200


def test_another_member_s_credential_is_not_taken_over(world: World, issued: str) -> None:
    """Alpha has stolen beta's, and shows it as its own."""
    del issued
    declare_restored(world.exchange, world.clock, by="convenor")
    alpha, beta = world.nodes["alpha"], world.nodes["beta"]
    stolen = membership_of(beta).credential
    lying = evolve(membership_of(alpha), credential=stolen)
    alpha.vault.write(lambda tx: keep_membership(tx, lying, by="ada"))
    with pytest.raises(TocsinError):
        world.sync("alpha")
    assert asked(world, stolen) == 503
    world.sync("beta")
    assert asked(world, stolen) == 200


def test_an_open_invitation_ends_as_well(world: World, issued: str) -> None:
    del issued
    token = world.convenor.invite(MemberKind.RESEARCH)
    declare_restored(world.exchange, world.clock, by="convenor")
    home = world.node("delta", MemberKind.RESEARCH)
    with pytest.raises(TocsinError, match="expired"):
        join(home, URL, token, connect=world.connect)


def test_a_node_whose_new_keys_the_exchange_took_unheard_comes_in_with_them(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exchange's answer was lost, then it was put back: it knows keys that the node awaits."""
    world.sync_all()
    answered = InProcess.handle_request

    def unheard(self: InProcess, request: httpx.Request) -> httpx.Response:
        answer = answered(self, request)
        if request.method == "PUT":
            raise httpx.ReadTimeout("timed out", request=request)
        return answer

    beta = world.nodes["beta"]
    with monkeypatch.context() as patch:
        patch.setattr(InProcess, "handle_request", unheard)
        rotate_keys(beta, world.clock, connect=world.connect, sleep=lambda _: None)
    assert beta.keyring.coming is not None
    backup(world.exchange.folder, tmp_path / "yesterday.tar")
    put_back(world, tmp_path / "yesterday.tar")
    declare_restored(world.exchange, world.clock, by="convenor")
    world.sync_all()
    assert asked(world, membership_of(beta).credential) == 200
    assert world.nodes["beta"].keyring.coming is None

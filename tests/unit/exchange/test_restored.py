"""An exchange put back to yesterday's backup: noticed, vouched for, refilled, and equal again."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.unit.exchange.restoring import declare, put_back, release, saved
from tests.unit.exchange.world import URL, InProcess, World
from tocsin.exchange import membership_of, rotate_keys, withdraw
from tocsin.exchange.membership import signed_directories
from tocsin.exchange.refilling import reopen
from tocsin.foundation import ConnectionFailedError, JsonValue, TrustError
from tocsin.records import Audience, MemberKind, Tlp
from tocsin.vault import Home
from tocsin.vault.verify import verify_vault


def relayed(world: World) -> set[tuple[str, str]]:
    """What the exchange holds from its members."""
    with world.exchange.vault.read() as view:
        rows = view.shared.iterate()
        return {(each.id, each.version) for each in rows if each.type != "note"}


def test_each_node_notices_that_entries_are_gone_and_sends_nothing(
    world: World, tmp_path: Path
) -> None:
    world.sync_all()
    file = saved(world, tmp_path)
    release(world, "alpha")
    world.sync_all()
    put_back(world, file)
    before = relayed(world)
    release(world, "alpha")
    for name in ("alpha", "beta"):
        with pytest.raises(TrustError, match=r"forgot \d+ entries since 2026-11-0\dT.*nobody says"):
            world.sync(name)
    assert relayed(world) == before


def test_after_the_convenor_says_so_the_nodes_refill_it(world: World, tmp_path: Path) -> None:
    old = release(world, "alpha")
    world.sync_all()
    world.sync_all()
    file = saved(world, tmp_path)
    release(world, "beta")
    withdraw(world.nodes["alpha"], old, "wrong", world.clock, by="ada")
    world.sync_all()
    world.sync_all()
    held, known = {name: world.received(name) for name in world.nodes}, relayed(world)
    put_back(world, file)
    declare(world)
    warnings = [each for name in world.nodes for each in world.sync(name).warnings]
    world.sync_all()
    assert any("forgot" in each and "sends again" in each for each in warnings)
    assert relayed(world) == known
    assert {name: world.received(name) for name in world.nodes} == held
    assert not world.sync("alpha").warnings
    found = verify_vault(world.exchange.vault.path)
    assert found.ok, found
    release(world, "alpha")
    world.sync_all()
    assert len(world.received("beta")) == len(held["beta"]) + 1


def test_nothing_is_handed_out_before_all_have_been_heard(world: World, tmp_path: Path) -> None:
    world.sync_all()
    file = saved(world, tmp_path)
    release(world, "alpha")
    world.sync_all()
    put_back(world, file)
    declare(world)
    new = release(world, "beta")
    assert world.sync("beta").sent
    assert any("still to sync" in each for each in world.sync("beta").warnings)
    asked = world.connect(URL).get(
        "/taxii2/community/collections/visible/objects/",
        headers={"Authorization": f"Bearer {membership_of(world.nodes['alpha']).credential}"},
    )
    assert (asked.status_code, asked.headers["Retry-After"]) == (503, "60")
    world.sync("gamma")
    world.sync("alpha")
    assert new in world.received("alpha")
    assert not world.sync("beta").warnings


def test_the_convenor_may_wait_no_longer(world: World, tmp_path: Path) -> None:
    file = saved(world, tmp_path)
    put_back(world, file)
    declare(world)
    new = release(world, "alpha")
    world.sync("alpha")
    left = reopen(world.exchange, world.clock, by="convenor")
    assert set(left) == {world.nodes["beta"].id, world.nodes["gamma"].id}
    world.sync("beta")
    assert new in world.received("beta")


def test_who_was_revoked_since_the_backup_does_not_come_back(world: World, tmp_path: Path) -> None:
    world.sync_all()
    file = saved(world, tmp_path)
    world.convenor.revoke("gamma")
    world.sync("alpha")
    put_back(world, file)
    declare(world)
    secret = release(world, "alpha")
    world.sync("gamma")
    for name in ("alpha", "beta"):
        world.sync(name)
    with pytest.raises(Exception, match="credential"):
        world.sync("gamma")
    assert secret not in world.received("gamma")
    assert secret in world.received("beta")


def test_who_left_a_group_since_the_backup_stays_outside(world: World, tmp_path: Path) -> None:
    (group,) = world.convenor.groups()
    world.sync_all()
    file = saved(world, tmp_path)
    world.convenor.remove_from_group("pair", "beta")
    world.sync_all()
    put_back(world, file)
    declare(world)
    release(world, "alpha", Audience(groups=frozenset({group.id})))
    world.sync_all()
    world.sync_all()
    assert world.received("beta") == set()
    assert [each.members for each in world.convenor.groups()] == [{world.nodes["alpha"].id}]


@pytest.mark.parametrize("rotates", [False, True])
def test_a_restore_in_the_midst_of_a_sync_loses_nothing_that_the_node_knew(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, rotates: bool
) -> None:
    """Its poor directory reaches the node before the node has shown it the better one."""
    world.sync_all()
    file = saved(world, tmp_path)
    world.convenor.add_to_group("pair", "gamma")
    world.sync("beta")  # nobody else has heard of it
    answer = InProcess.handle_request

    def put_back_first(self: InProcess, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/directory"):
            monkeypatch.undo()
            put_back(world, file)
            declare(world)
        return answer(self, request)

    monkeypatch.setattr(InProcess, "handle_request", put_back_first)
    with suppress(TrustError, ConnectionFailedError):
        world.sync("beta")
    if rotates:  # the directory from before the restore does not know this key
        with suppress(ConnectionFailedError):  # it is to come and sync first
            rotate_keys(
                world.nodes["beta"], world.clock, connect=world.connect, sleep=lambda _: None
            )
    world.sync_all()
    world.sync_all()
    assert [each.members for each in world.convenor.groups()] == [
        {world.nodes[name].id for name in ("alpha", "beta", "gamma")}
    ]
    with world.nodes["beta"].vault.read() as view:
        directory, _ = signed_directories(view)
    assert directory == view_of(world.nodes["beta"]), "what was known before is not kept for ever"


def test_who_read_since_the_backup_and_left_its_group_still_hears_of_a_withdrawal(
    world: World, tmp_path: Path
) -> None:
    """The restored exchange has forgotten that it ever sent the object."""
    (group,) = world.convenor.groups()
    world.sync_all()
    shared = release(world, "alpha", Audience(groups=frozenset({group.id})))
    world.sync("alpha")
    file = saved(world, tmp_path)
    world.sync("beta")
    assert shared in world.received("beta")
    world.convenor.remove_from_group("pair", "beta")
    world.sync_all()
    put_back(world, file)
    declare(world)
    world.sync_all()
    world.sync_all()
    withdraw(world.nodes["alpha"], shared, "wrong", world.clock, by="ada")
    world.sync("alpha")
    world.sync("beta")
    with world.nodes["beta"].vault.read() as view:
        held = view.shared.get(shared)
    assert held is not None
    assert held.object.body["revoked"] is True


def view_of(home: Home) -> JsonValue:
    """The signed directory that a node decides by."""
    with home.vault.read() as view:
        return view.settings.get("exchange.directory")


def test_who_joined_since_the_backup_is_a_member_still(world: World, tmp_path: Path) -> None:
    file = saved(world, tmp_path)
    world.member("delta", MemberKind.RESEARCH)
    world.sync_all()
    mine = release(world, "delta")
    world.sync_all()
    put_back(world, file)
    declare(world)
    world.sync("delta")
    world.sync_all()
    world.sync_all()
    assert mine in world.received("alpha")
    assert not world.sync("delta").warnings


def test_what_the_convenor_does_after_the_restore_stands(world: World, tmp_path: Path) -> None:
    world.sync_all()
    file = saved(world, tmp_path)
    world.convenor.create_group("other", ["alpha"])
    world.sync_all()
    put_back(world, file)
    declare(world)
    world.convenor.revoke("gamma")
    world.sync("alpha")
    world.sync("beta")
    assert not world.sync("alpha").warnings
    active = {each.name for each in world.convenor.members() if each.active}
    assert active == {"alpha", "beta"}


def test_another_history_is_refused_even_with_the_convenors_word(
    world: World, tmp_path: Path
) -> None:
    file = saved(world, tmp_path)
    release(world, "alpha")
    world.sync_all()
    put_back(world, file)
    world.convenor.create_group("else", ["alpha"])
    for _ in range(12):
        world.convenor.invite(MemberKind.PLATFORM)
    declare(world)  # at a size where its entries are others than those that were witnessed
    with pytest.raises(TrustError, match="rewritten"):
        world.sync("alpha")


def test_a_restore_that_is_itself_forgotten_is_noticed(world: World, tmp_path: Path) -> None:
    world.sync_all()
    file = saved(world, tmp_path)
    release(world, "alpha")
    world.sync_all()
    put_back(world, file)
    declare(world)
    world.sync_all()
    world.sync_all()
    put_back(world, file)
    with pytest.raises(TrustError, match="put back once more"):
        world.sync("beta")
    world.clock.advance(minutes=1)
    declare(world)
    known = relayed(world)
    world.sync_all()
    world.sync_all()
    assert len(relayed(world)) == len(known) + 1


def test_what_is_sent_again_counts_as_out_though_the_author_s_clock_was_set_back(
    world: World, tmp_path: Path
) -> None:
    """A withdrawal would be kept back with it, as of something that nobody has."""
    world.sync_all()
    file = saved(world, tmp_path)
    shared = release(world, "alpha")
    world.sync_all()
    put_back(world, file)
    declare(world)
    with suppress(ConnectionFailedError):
        world.sync("alpha")
    world.nodes["alpha"].vault.write(lambda tx: tx.outbox.send_again())
    world.clock.advance(hours=-6)
    withdraw(world.nodes["alpha"], shared, "wrong", world.clock, by="ada")
    world.clock.advance(hours=6)
    world.sync_all()
    world.sync_all()
    assert world.flagged("beta") == {shared}


def test_a_withdrawal_that_comes_before_all_are_heard_goes_to_no_former_member_of_a_group(
    world: World, tmp_path: Path
) -> None:
    """beta alone knows that it is of the pair no more, and speaks last."""
    (group,) = world.convenor.groups()
    world.sync_all()
    file = saved(world, tmp_path)
    world.convenor.remove_from_group("pair", "beta")
    world.sync("beta")
    put_back(world, file)
    declare(world)
    secret = release(world, "alpha", Audience(groups=frozenset({group.id})))
    world.sync("alpha")
    withdraw(world.nodes["alpha"], secret, "wrong", world.clock, by="ada")
    for name in ("alpha", "gamma"):
        world.sync(name)
    # Handed what is none of its business, a node refuses it and says so.
    assert [world.sync("beta").refused for _ in range(2)] == [(), ()]


def test_it_goes_to_who_has_what_expired_while_the_exchange_was_away(
    world: World, tmp_path: Path
) -> None:
    """TLP:RED is not shown by its hash; who it names is known without."""
    world.sync_all()
    file = saved(world, tmp_path)
    beta = Audience(members=frozenset({world.nodes["beta"].id}))
    soon = world.clock.now() + timedelta(hours=2)
    red = world.draft(world.nodes["alpha"], beta, tlp=Tlp.RED, expires=soon)
    item = world.release("alpha", red)
    world.sync_all()
    assert world.received("beta") == {item.id}
    world.clock.advance(hours=3)
    put_back(world, file)
    declare(world)
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    for _ in range(2):
        world.sync_all()
    assert world.flagged("beta") == {item.id}

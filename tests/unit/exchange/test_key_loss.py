"""A member whose keys are lost: new ones by a new invitation, the old signatures stay good."""

from pathlib import Path

import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import join, membership_of, rotate_keys, unread
from tocsin.foundation import RefusedError, StorageError
from tocsin.records import Audience, MemberKind, Tlp
from tocsin.vault import Home, replace_keys
from tocsin.vault.verify import verify_vault

EVERYONE = Audience(community=True)


def _reopen(world: World, name: str) -> Home:
    world.nodes[name] = Home.open(world.folder / name, clock=world.clock, entropy=world.entropy)
    return world.nodes[name]


def _lose(world: World, name: str) -> Home:
    """Lose a node's keys and make new ones."""
    home = world.nodes[name]
    home.close()
    (home.folder / "keys.json").unlink()
    with pytest.raises(StorageError, match=r"keys\.json") as told:
        _reopen(world, name)
    assert "tocsin key replace" in told.value.hint
    assert replace_keys(home.folder, clock=world.clock, entropy=world.entropy) is None
    return _reopen(world, name)


def _return(world: World, home: Home, name: str | None) -> None:
    world.convenor.revoke(home.card.name)
    join(home, URL, world.convenor.invite(home.card.kind, name), connect=world.connect)


def _sealed(world: World, value: str) -> str:
    """Beta releases something to alpha alone, sealed."""
    to_alpha = Audience(members=frozenset({world.nodes["alpha"].id}))
    beta = world.nodes["beta"]
    return world.release("beta", world.draft(beta, to_alpha, tlp=Tlp.RED, value=value)).id


def test_a_member_that_lost_its_keys_goes_on_by_a_new_invitation(world: World) -> None:
    old = world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE))
    world.sync("alpha")
    early, late = _sealed(world, "early.example"), ""
    world.sync("beta")
    alpha = _lose(world, "alpha")

    with pytest.raises(RefusedError, match="does not know the keys") as told:
        world.sync("alpha")
    assert "revoke" in told.value.hint
    _return(world, alpha, "alpha")
    new = world.release("alpha", world.draft(alpha, EVERYONE, value="b.example"))
    report = world.sync("alpha")
    world.sync("beta")
    late = _sealed(world, "late.example")
    world.sync("beta")

    assert report.sent == (new.id,)
    assert world.received("beta") >= {old.id, new.id}
    assert world.sync("alpha").received == (late,)
    with alpha.vault.read() as view:
        (lost,) = unread(view)
    assert lost.id.partition("--")[2] == early.partition("--")[2]
    assert "not sealed for us" in lost.why
    assert verify_vault(alpha.folder / "vault.db").ok


def test_what_was_sealed_to_lost_keys_is_no_longer_named_once_it_came_sealed_anew(
    world: World,
) -> None:
    alpha = _lose(world, "alpha")
    world.sync("beta")
    early = _sealed(world, "early.example")
    world.sync("beta")
    _return(world, alpha, "alpha")
    world.sync("alpha")
    world.sync("beta")
    with world.nodes["beta"].vault.read() as view:
        item = view.shared.get(early)
    assert item is not None
    world.later(hours=1)
    again = item.object.replaced(modified="2026-11-03T20:00:00.000000Z")
    world.release("beta", again)
    world.sync("beta")

    assert world.sync("alpha").received == (early,)
    with alpha.vault.read() as view:
        assert unread(view) == ()


def test_a_former_members_place_is_not_taken_by_an_invitation_to_another(world: World) -> None:
    alpha = _lose(world, "alpha")
    for name in (None, "somebody else"):
        with pytest.raises(RefusedError, match="names it not"):
            _return(world, alpha, name)
    assert not world.convenor.community().members[alpha.id].active


def test_a_former_member_that_has_its_keys_needs_no_name_on_the_invitation(world: World) -> None:
    alpha = world.nodes["alpha"]
    rotate_keys(alpha, world.clock, connect=world.connect)
    keys = world.convenor.community().members[alpha.id].verify_keys
    _return(world, alpha, None)
    assert world.convenor.community().members[alpha.id].verify_keys == keys
    assert world.sync("alpha").warnings == ()


def test_a_used_token_brings_no_revoked_member_back(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    node = world.node("delta")
    join(node, URL, token, connect=world.connect)
    world.convenor.revoke("delta")

    with pytest.raises(RefusedError, match="was ended"):
        join(node, URL, token, connect=world.connect)
    assert not world.convenor.community().members[node.id].active


def test_joining_again_after_a_rotation_keeps_the_keys_of_before(world: World) -> None:
    token = world.convenor.invite(MemberKind.PLATFORM)
    node = world.node("delta")
    join(node, URL, token, connect=world.connect)
    rotate_keys(node, world.clock, connect=world.connect)
    keys = world.convenor.community().members[node.id].verify_keys
    before = membership_of(node).credential

    join(node, URL, token, connect=world.connect)

    assert membership_of(node).credential != before
    assert world.convenor.community().members[node.id].verify_keys == keys
    assert len(keys) == 2


def test_keys_that_open_are_not_replaced(world: World) -> None:
    alpha = world.nodes["alpha"]
    with pytest.raises(RefusedError, match="open") as told:
        replace_keys(alpha.folder, clock=world.clock, entropy=world.entropy)
    assert "key rotate" in told.value.hint


def test_protected_keys_are_replaced_under_a_new_passphrase_only_and_kept(
    world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "protected"
    Home.create(
        folder, name="p", kind=MemberKind.OTHER, clock=world.clock, entropy=world.entropy,
        passphrase="forgotten",
    ).close()  # fmt: skip
    old = (folder / "keys.json").read_bytes()
    with pytest.raises(RefusedError) as told:
        replace_keys(folder, clock=world.clock, entropy=world.entropy)
    assert "TOCSIN_PASSPHRASE_FILE" in told.value.hint

    kept = replace_keys(folder, clock=world.clock, entropy=world.entropy, passphrase="new")

    assert kept is not None
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (old, 0o600)
    Home.open(folder, clock=world.clock, entropy=world.entropy, passphrase="new").close()

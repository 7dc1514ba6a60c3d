"""File bundles: the same result as the wire, by the same checks."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.exchange.world import World
from tocsin.exchange import read_bundle, withdraw, write_bundle
from tocsin.foundation import BadInputError, RefusedError, StorageError, TocsinError
from tocsin.records import Audience, Authorship, StixObject, Tlp
from tocsin.trust import SigningKey, sign_object
from tocsin.vault import EVERYTHING

EVERYONE = Audience(community=True)


def _release_some(world: World) -> list[StixObject]:
    """Every marking to everyone, to the pair, and to gamma alone; all named."""
    (pair,) = world.convenor.groups()
    gamma = world.nodes["gamma"].id
    made = []
    for tlp in Tlp:
        for audience in (
            EVERYONE,
            Audience(groups=frozenset({pair.id})),
            Audience(members=frozenset({gamma})),
        ):
            if tlp is Tlp.RED and not audience.members:
                continue
            item = world.draft(world.nodes["alpha"], audience, tlp=tlp)
            made.append(world.release("alpha", item))
    return made


def _write(world: World, path: Path) -> dict[str, Any]:
    write_bundle(world.nodes["alpha"], path, world.clock, world.entropy)
    said: dict[str, Any] = json.loads(path.read_bytes())
    return said


def test_a_bundle_gives_each_member_what_the_wire_would(world: World, tmp_path: Path) -> None:
    world.sync_all()
    _release_some(world)
    path = tmp_path / "to-all.json"
    _write(world, path)
    by_file = {}
    for name in ("beta", "gamma"):
        report = read_bundle(world.nodes[name], path, world.clock)
        assert not report.left_out
        by_file[name] = world.received(name)
    world.sync("alpha")
    for name in ("beta", "gamma"):
        before = _versions(world, name)
        assert not world.sync(name).received
        assert _versions(world, name) == before
        assert world.received(name) == by_file[name]
    assert len(by_file["beta"]) == 8
    assert len(by_file["gamma"]) == 9


def test_only_what_everyone_may_read_stands_openly_in_the_file(
    world: World, tmp_path: Path
) -> None:
    world.sync("alpha")
    for tlp in (Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT):
        item = world.draft(world.nodes["alpha"], EVERYONE, tlp=tlp, value="secret.example")
        world.release("alpha", item)
    world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE, tlp=Tlp.CLEAR))
    _write(world, tmp_path / "bundle.json")
    text = (tmp_path / "bundle.json").read_bytes()
    assert b"secret.example" not in text
    assert b"evil.example" in text


def test_what_an_unnamed_author_released_is_left_out_and_named(
    world: World, tmp_path: Path
) -> None:
    world.sync("alpha")
    kept = world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE))
    left = [
        world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE, authorship=each))
        for each in (Authorship.MEMBER, Authorship.NONE)
    ]
    path = tmp_path / "bundle.json"
    report = write_bundle(world.nodes["alpha"], path, world.clock, world.entropy)
    assert report.objects == (kept.id,)
    assert {each.id for each in report.left_out} == {each.id for each in left}
    assert all("convenor" in each.why for each in report.left_out)
    assert all(each.id.encode() not in path.read_bytes() for each in left)


def test_what_is_held_back_does_not_leave_by_file_either(world: World, tmp_path: Path) -> None:
    world.sync("alpha")
    world.clock.advance(hours=1)
    world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE))
    world.clock.advance(hours=-1)
    report = write_bundle(
        world.nodes["alpha"], tmp_path / "bundle.json", world.clock, world.entropy
    )
    assert not report.objects


def test_a_withdrawal_travels_by_file(world: World, tmp_path: Path) -> None:
    world.sync("alpha")
    (pair,) = world.convenor.groups()
    audience = Audience(groups=frozenset({pair.id}))
    item = world.release("alpha", world.draft(world.nodes["alpha"], audience))
    path = tmp_path / "bundle.json"
    _write(world, path)
    world.sync("beta")
    read_bundle(world.nodes["beta"], path, world.clock)
    withdraw(world.nodes["alpha"], item.id, "wrong", world.clock, by="ada")
    _write(world, path)
    report = read_bundle(world.nodes["beta"], path, world.clock)
    assert report.flagged == (item.id,)


def test_reading_a_bundle_twice_adds_nothing(world: World, tmp_path: Path) -> None:
    world.sync("alpha")
    _release_some(world)
    path = tmp_path / "bundle.json"
    _write(world, path)
    world.sync("beta")
    assert read_bundle(world.nodes["beta"], path, world.clock).objects
    again = read_bundle(world.nodes["beta"], path, world.clock)
    assert not again.objects
    assert not again.left_out


def test_a_changed_byte_is_refused_and_the_rest_is_kept(world: World, tmp_path: Path) -> None:
    world.sync("alpha")
    world.sync("beta")
    for number in range(3):
        item = world.draft(
            world.nodes["alpha"], EVERYONE, tlp=Tlp.CLEAR, value=f"n{number}.example"
        )
        world.release("alpha", item)
    path = tmp_path / "bundle.json"
    _write(world, path)
    path.write_bytes(path.read_bytes().replace(b'"n1.example"', b'"n9.example"'))
    report = read_bundle(world.nodes["beta"], path, world.clock)
    assert len(report.objects) == 2
    (refused,) = report.left_out
    assert "changed" in refused.why


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_flipped_byte_ever_lets_a_changed_object_in(
    world_with_bundle: tuple[World, bytes, set[bytes]], data: st.DataObject
) -> None:
    world, whole, bodies = world_with_bundle
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path = world.folder.parent / "flipped.json"
    path.write_bytes(bytes(flipped))
    with suppress(TocsinError):  # anything else is no clear refusal
        read_bundle(world.nodes["beta"], path, world.clock)
    with world.nodes["beta"].vault.read() as view:
        held = {row.body for row in view.shared.page(EVERYTHING, limit=100)}
    assert held <= bodies


@pytest.fixture
def world_with_bundle(world: World, tmp_path: Path) -> tuple[World, bytes, set[bytes]]:
    world.sync("alpha")
    world.sync("beta")
    items = _release_some(world)
    path = tmp_path / "bundle.json"
    _write(world, path)
    return world, path.read_bytes(), {each.to_json() for each in items}


def test_a_strangers_object_in_a_bundle_is_refused(world: World, tmp_path: Path) -> None:
    world.sync("alpha")
    world.sync("beta")
    world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE, tlp=Tlp.CLEAR))
    path = tmp_path / "bundle.json"
    said = _write(world, path)
    stranger = sign_object(
        world.draft(world.nodes["alpha"], EVERYONE, tlp=Tlp.CLEAR), SigningKey.generate()
    )
    said["objects"].append(dict(stranger.body))
    path.write_text(json.dumps(said))
    report = read_bundle(world.nodes["beta"], path, world.clock)
    assert len(report.objects) == 1
    assert [each.id for each in report.left_out] == [stranger.id]
    assert "stranger" in report.left_out[0].why


def test_a_newer_directory_in_the_bundle_makes_its_members_known(
    world: World, tmp_path: Path
) -> None:
    world.sync("beta")
    delta = world.member("delta")
    world.sync("delta")
    world.release("delta", world.draft(delta, EVERYONE, tlp=Tlp.CLEAR))
    path = tmp_path / "bundle.json"
    world.clock.advance(minutes=1)
    world.sync("delta")
    write_bundle(delta, path, world.clock, world.entropy)
    world.transport.is_up = False
    report = read_bundle(world.nodes["beta"], path, world.clock)
    assert len(report.objects) == 1
    assert not report.left_out


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b'{"type": "bundle", "objects": [', BadInputError),
        (b'{"type": "bundle"}', BadInputError),
        (b"[]", BadInputError),
        (b'{"type": "bundle", "type": "bundle", "objects": []}', BadInputError),
        (None, StorageError),
    ],
)
def test_a_file_that_is_no_bundle_is_said_so(
    world: World, tmp_path: Path, content: bytes | None, error: type[Exception]
) -> None:
    path = tmp_path / "bundle.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=r"bundle\.json"):
        read_bundle(world.nodes["beta"], path, world.clock)


def test_a_node_that_joined_nothing_can_write_and_read_no_bundle(
    world: World, tmp_path: Path
) -> None:
    lone = world.node("lone")
    with pytest.raises(RefusedError, match="joined no community"):
        write_bundle(lone, tmp_path / "bundle.json", world.clock, world.entropy)
    with pytest.raises(RefusedError, match="joined no community"):
        read_bundle(lone, tmp_path / "bundle.json", world.clock)


def _versions(world: World, name: str) -> set[tuple[str, str]]:
    with world.nodes[name].vault.read() as view:
        rows = view.shared.page(EVERYTHING, limit=1_000)
    return {(row.id, row.version) for row in rows}

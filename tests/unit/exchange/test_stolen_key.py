"""A stolen key: what came after the theft counts nowhere any more, what came before stands."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.exchange.world import URL, World
from tocsin.exchange import (
    ExchangeClient,
    join,
    membership_of,
    read_bundle,
    rotate_keys,
    withdraw,
    write_bundle,
)
from tocsin.exchange.keys import replace_stolen_keys
from tocsin.exchange.reaffirm import in_question, reaffirm
from tocsin.exchange.server.taxii import VISIBLE
from tocsin.exchange.stolen import Theft, report_stolen, touched_by
from tocsin.foundation import BadInputError, JsonObject, RefusedError
from tocsin.records import Audience, Authorship, StixObject, Tlp
from tocsin.vault import Home
from tocsin.vault.verify import verify_vault

EVERYONE = Audience(community=True)


def _stolen(world: World, tmp_path: Path) -> Home:
    """Let a thief copy alpha's whole node, keys and credential; returns the copy."""
    world.nodes["alpha"].close()
    shutil.copytree(world.folder / "alpha", tmp_path / "thief")
    world.nodes["alpha"] = _open(world, world.folder / "alpha")
    world.nodes["thief"] = _open(world, tmp_path / "thief")
    return world.nodes["thief"]


def _open(world: World, folder: Path) -> Home:
    return Home.open(folder, clock=world.clock, entropy=world.entropy)


def _post(world: World, name: str, value: str, **more: object) -> StixObject:
    item = world.draft(world.nodes[name], EVERYONE, value=value, **more)  # type: ignore[arg-type]
    released = world.release(name, item)
    world.sync(name)
    return released


def _report(world: World, since: datetime, *, with_unnamed: bool = False) -> Theft:
    return report_stolen(
        world.exchange,
        world.clock,
        "alpha",
        None,
        since,
        why="a laptop was taken",
        by="convenor",
        with_unnamed=with_unnamed,
    )


def _return(world: World) -> Home:
    """Give alpha new keys and a new invitation by its name."""
    alpha = world.nodes["alpha"]
    replace_stolen_keys(alpha, world.clock)
    token = world.convenor.invite(alpha.card.kind, "alpha")
    join(alpha, URL, token, connect=world.connect)
    return alpha


def _held(world: World, name: str) -> set[str]:
    """Ids of what counts at a node from others, notices left out."""
    with world.nodes[name].vault.read() as view:
        return {each.id for each in view.shared.iterate() if each.type not in ("note",)}


def _last(world: World, name: str, object_id: str) -> str | None:
    with world.nodes[name].vault.read() as view:
        found = view.shared.get(object_id)
    return None if found is None else found.version


def _check_logs(world: World) -> None:
    for home in (*world.nodes.values(), world.exchange):
        assert verify_vault(home.folder / "vault.db").ok


def test_what_came_after_the_theft_is_rolled_back_and_what_came_before_stands(
    world: World, tmp_path: Path
) -> None:
    genuine = _post(world, "alpha", "a.example")
    world.sync("beta")
    thief = _stolen(world, tmp_path)
    world.later(hours=1)
    since = world.clock.now()
    world.later(hours=1)
    planted = _post(world, "thief", "planted.example")
    withdraw(thief, genuine.id, "false", world.clock, by="thief")
    world.sync("thief")
    world.sync("beta")
    assert planted.id in _held(world, "beta")
    assert genuine.id in world.flagged("beta")

    theft = _report(world, since)
    assert theft.rolled_back == 2
    report = world.sync("beta")

    assert planted.id not in _held(world, "beta")
    assert _last(world, "beta", genuine.id) == genuine.version
    assert genuine.id not in world.flagged("beta")
    assert planted.id in world.flagged("beta")
    assert any("stolen" in each for each in report.warnings)
    _check_logs(world)


def test_the_list_says_what_a_key_signed_by_the_exchanges_own_time(
    world: World, tmp_path: Path
) -> None:
    _post(world, "alpha", "a.example")
    world.sync("beta")
    _stolen(world, tmp_path)
    world.later(hours=2)
    theft = world.clock.now()
    world.later(seconds=1)
    back_dated = world.draft(world.nodes["thief"], EVERYONE, value="planted.example").replaced(
        created="2026-11-03T19:00:00.000Z", modified="2026-11-03T19:00:00.000Z"
    )
    world.release("thief", back_dated)
    world.sync("thief")

    _, late = touched_by(world.exchange, "alpha").touched

    assert late.shared.added_at > theft
    assert (late.received_by, late.is_void) == (("beta", "gamma"), False)
    assert _report(world, theft).rolled_back == 1  # whatever time the thief wrote into it


def test_a_thief_can_do_nothing_more_with_the_key(world: World, tmp_path: Path) -> None:
    since = world.clock.now()
    thief = _stolen(world, tmp_path)
    _report(world, since)

    with pytest.raises(RefusedError):
        world.sync("thief")
    token = world.convenor.invite(thief.card.kind, "alpha")
    with pytest.raises(RefusedError, match="reported stolen"):
        join(thief, URL, token, connect=world.connect)


def test_nothing_by_a_stolen_key_comes_in_after_the_member_is_back(
    world: World, tmp_path: Path
) -> None:
    old = _post(world, "alpha", "old.example")
    world.later(hours=1)
    thief = _stolen(world, tmp_path)
    planted = _post(world, "thief", "planted.example")
    _report(world, world.clock.now() - timedelta(minutes=30))
    membership = membership_of(_return(world))
    new = world.release("thief", world.draft(thief, EVERYONE, value="more.example"))

    # As if the thief had got hold of the new credential as well, yet not of the new key.
    with ExchangeClient(
        URL, credential=membership.credential, connect=world.connect, sleep=lambda _: None
    ) as client:
        envelope: JsonObject = {"objects": [dict(planted.body), dict(new.body)]}
        status = client.post(f"{VISIBLE}objects/", envelope, is_taxii=True)

    assert status["failure_count"] == 2
    assert "reported stolen" in str(status["failures"])
    world.sync("beta")
    assert _held(world, "beta") == {old.id}


def test_a_rotation_that_the_thief_announced_is_void_with_all_that_it_signed(
    world: World, tmp_path: Path
) -> None:
    since = world.clock.now()
    world.later(hours=1)
    thief = _stolen(world, tmp_path)
    rotate_keys(thief, world.clock, connect=world.connect, sleep=lambda _: None)
    planted = _post(world, "thief", "planted.example")
    world.sync("beta")
    first = next(iter(world.nodes["alpha"].keyring.verify_keys))

    theft = report_stolen(
        world.exchange, world.clock, "alpha", first, since, why="taken", by="convenor"
    )
    world.sync("beta")

    assert len(theft.member.stolen_keys) == 2
    assert not theft.member.active
    assert planted.id not in _held(world, "beta")


def test_a_retired_key_can_be_stolen_while_the_present_one_goes_on(
    world: World, tmp_path: Path
) -> None:
    _stolen(world, tmp_path)
    retired = world.nodes["alpha"].keyring.signing.key_id
    rotate_keys(world.nodes["alpha"], world.clock, connect=world.connect, sleep=lambda _: None)
    world.later(hours=1)
    since = world.clock.now()
    world.later(hours=1)
    planted = _post(world, "thief", "planted.example")
    genuine = _post(world, "alpha", "genuine.example")
    world.sync("beta")

    theft = report_stolen(
        world.exchange, world.clock, "alpha", retired, since, why="an old disk", by="convenor"
    )
    world.sync("beta")

    assert theft.member.active
    assert (planted.id in _held(world, "beta"), genuine.id in _held(world, "beta")) == (False, True)


def test_a_member_stands_by_its_own_under_a_new_key(world: World, tmp_path: Path) -> None:
    since = world.clock.now()
    world.later(hours=1)
    mine = _post(world, "alpha", "mine.example")
    sealed_to = Audience(members=frozenset({world.nodes["beta"].id}))
    red = world.release("alpha", world.draft(world.nodes["alpha"], sealed_to, tlp=Tlp.RED))
    world.sync("alpha")
    world.sync("beta")
    _report(world, since)
    world.sync("beta")
    assert _held(world, "beta") == set()

    alpha = _return(world)
    report = world.sync("alpha")
    assert any("reaffirm" in each for each in report.warnings)
    with alpha.vault.read() as view:
        questioned = in_question(view, alpha.id)
    assert questioned == tuple(sorted((mine.id, red.id)))
    world.later(minutes=1)
    assert set(reaffirm(alpha, questioned, world.clock, by="analyst").objects) == {mine.id, red.id}
    world.sync("alpha")
    world.sync("beta")

    assert _held(world, "beta") == {mine.id, red.id}
    assert reaffirm(alpha, questioned, world.clock, by="analyst").objects == ()
    _check_logs(world)


def test_a_report_that_is_repeated_changes_nothing_and_an_earlier_time_widens_it(
    world: World,
) -> None:
    early = world.clock.now()
    world.later(hours=1)
    _post(world, "alpha", "one.example")
    world.later(hours=1)
    late = world.clock.now()
    world.later(hours=1)
    _post(world, "alpha", "two.example")

    assert [_report(world, late).rolled_back for _ in range(2)] == [1, 0]
    assert _report(world, early).rolled_back == 1
    again = _report(world, late)

    assert (again.rolled_back, len(again.touched)) == (0, 2)
    assert again.member.stolen_keys[0].since == early


def test_a_node_that_was_away_hears_of_it_later(world: World, tmp_path: Path) -> None:
    _stolen(world, tmp_path)
    since = world.clock.now()
    world.later(hours=1)
    planted = _post(world, "thief", "planted.example")
    world.sync("gamma")
    _report(world, since)
    world.later(days=40)

    world.sync("gamma")

    assert planted.id not in _held(world, "gamma")


def test_a_file_brings_the_news_and_a_file_of_the_thief_brings_nothing(
    world: World, tmp_path: Path
) -> None:
    before = _post(world, "alpha", "before.example")
    world.sync("gamma")
    thief = _stolen(world, tmp_path)
    world.later(hours=1)
    since = world.clock.now()
    in_transit = _post(world, "thief", "planted.example")
    world.sync("gamma")
    _report(world, since)
    world.later(hours=1)
    world.sync("beta")
    write_bundle(world.nodes["beta"], tmp_path / "beta.json", world.clock, world.entropy)
    by_file = world.draft(thief, EVERYONE, value="by-file.example", tlp=Tlp.CLEAR)
    world.release("thief", by_file)
    write_bundle(thief, tmp_path / "thief.json", world.clock, world.entropy)

    read_bundle(world.nodes["gamma"], tmp_path / "beta.json", world.clock)
    taken = read_bundle(world.nodes["gamma"], tmp_path / "thief.json", world.clock)

    assert in_transit.id not in _held(world, "gamma")
    assert _held(world, "gamma") == {before.id}
    assert taken.objects == ()
    assert any("reported stolen" in each.why for each in taken.left_out)


def test_what_was_only_in_doubt_stands_again_once_the_exchange_can_be_asked(
    world: World, tmp_path: Path
) -> None:
    genuine = _post(world, "alpha", "genuine.example")
    world.later(hours=1)
    since = world.clock.now()
    world.later(hours=1)
    world.sync("gamma")  # it came here after the theft, and the exchange had it before
    world.later(minutes=1)
    _report(world, since)
    world.sync("beta")
    write_bundle(world.nodes["beta"], tmp_path / "beta.json", world.clock, world.entropy)

    read_bundle(world.nodes["gamma"], tmp_path / "beta.json", world.clock)
    assert _held(world, "gamma") == set()
    world.sync("gamma")

    assert _held(world, "gamma") == {genuine.id}
    assert world.flagged("gamma") == set()


def test_unnamed_objects_are_left_until_the_convenor_says_so_too(world: World) -> None:
    since = world.clock.now()
    world.later(hours=1)
    hidden = _post(world, "alpha", "hidden.example", authorship=Authorship.MEMBER)
    world.sync("beta")

    first = _report(world, since)
    world.sync("beta")
    assert (first.rolled_back, first.left_unnamed) == (0, 1)
    assert hidden.id in _held(world, "beta") - world.flagged("beta")

    assert _report(world, since, with_unnamed=True).rolled_back == 1
    world.sync("beta")
    assert hidden.id in world.flagged("beta")


def test_what_rests_on_something_planted_is_flagged(world: World, tmp_path: Path) -> None:
    since = world.clock.now()
    _stolen(world, tmp_path)
    world.later(hours=1)
    planted = _post(world, "thief", "planted.example")
    world.sync("beta")
    derived = _post(world, "beta", "derived.example", derived_from=[planted.id])
    world.sync("gamma")

    _report(world, since)
    world.sync("gamma")

    assert derived.id in world.flagged("gamma")


def test_a_report_needs_a_known_key_a_past_time_and_a_reason(world: World) -> None:
    now = world.clock.now()
    with pytest.raises(BadInputError, match="never had a key"):
        report_stolen(world.exchange, world.clock, "alpha", "other", now, why="x", by="c")
    with pytest.raises(RefusedError, match="still to come"):
        _report(world, now + timedelta(hours=1))
    with pytest.raises(BadInputError, match="reason"):
        report_stolen(world.exchange, world.clock, "alpha", None, now, why=" ", by="c")

"""What a restore lost for good, its author having left, still limits what was derived from it."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from attrs import frozen

from tests.unit.exchange.restoring import EVERYONE, declare, put_back, saved
from tests.unit.exchange.world import World
from tocsin.exchange import lost_sources
from tocsin.records import Audience, StixObject, Tlp
from tocsin.trust import sign_object

_UNKNOWN = "indicator--00000000-0000-4000-8000-000000000001"


@frozen
class Lost:
    """An exchange, put back to before gamma's strict object, what alpha derived from it, and gamma.

    Attributes:
        source: gamma's, for alpha alone.
        derived: alpha's, for everyone; beta may not have it.
    """

    world: World
    source: StixObject
    derived: StixObject

    def forged(self, by: str, audience: Audience) -> StixObject:
        """Return words of somebody else under the id of the source."""
        draft = self.world.draft(self.world.nodes[by], audience, tlp=Tlp.AMBER)
        return sign_object(draft.replaced(id=self.source.id), self.world.nodes[by].keyring.signing)


@pytest.fixture
def lost(world: World, tmp_path: Path) -> Lost:
    world.sync_all()
    file = saved(world, tmp_path)
    alpha = Audience(members=frozenset({world.nodes["alpha"].id}))
    strict = world.draft(world.nodes["gamma"], alpha, tlp=Tlp.AMBER, value="gamma.example")
    source = world.release("gamma", strict)
    world.sync("gamma")
    world.sync("alpha")
    world.clock.advance(minutes=1)
    rests_on = world.draft(
        world.nodes["alpha"], EVERYONE, tlp=Tlp.AMBER, derived_from=[source.id], value="own.example"
    )
    derived = world.release("alpha", rests_on)
    world.sync_all()
    assert world.received("beta") == set()
    put_back(world, file)
    declare(world)
    world.convenor.revoke("gamma")
    return Lost(world, source, derived)


def let_show(patch: pytest.MonkeyPatch, *requests: Iterable[StixObject]) -> None:
    """Let whoever syncs show these, and not what its own objects rest on."""
    said = [[{**each.body} for each in request] for request in requests]
    patch.setattr("tocsin.exchange.recovery.sources_to_show", lambda _: said)


@pytest.mark.parametrize("is_shown", [True, False])
def test_it_goes_to_nobody_who_may_not_have_its_source(
    lost: Lost, monkeypatch: pytest.MonkeyPatch, *, is_shown: bool
) -> None:
    if not is_shown:  # the test's own test: nothing else keeps it from beta
        let_show(monkeypatch)
    for _ in range(2):
        lost.world.sync("alpha")
        lost.world.sync("beta")
    assert lost.world.received("beta") == (set() if is_shown else {lost.derived.id})


@pytest.mark.parametrize("shower", ["alpha", "beta"])
def test_laxer_words_under_the_same_id_take_no_limit_away(
    lost: Lost, monkeypatch: pytest.MonkeyPatch, shower: str
) -> None:
    """Whether beta shows its own, or somebody shows them for it before the author's."""
    forged = lost.forged("beta", EVERYONE)
    with monkeypatch.context() as patch:
        let_show(patch, [forged], [lost.source] if shower == "alpha" else [])
        lost.world.sync(shower)
    for name in ("alpha", "beta", "beta"):
        lost.world.sync(name)
    assert lost.world.received("beta") == set()


def test_another_s_object_under_the_same_id_takes_no_limit_away(lost: Lost) -> None:
    forged = lost.forged("beta", EVERYONE)
    for name in ("alpha", "beta"):
        lost.world.sync(name)
    lost.world.clock.advance(minutes=1)
    assert lost.world.release("beta", forged).id == lost.source.id
    for name in ("beta", "alpha", "beta"):
        lost.world.sync(name)
    with lost.world.exchange.vault.read() as view:
        held = view.shared.get(lost.source.id)
    assert held is not None
    assert held.object.author == lost.world.nodes["beta"].id
    assert lost.derived.id not in lost.world.received("beta")


def test_of_an_author_s_versions_the_last_counts(
    lost: Lost, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = lost.world
    everyone = lost.forged("gamma", EVERYONE)
    finer = lost.source.version.replace("Z", "001Z")  # by its text the earlier one
    last = sign_object(everyone.replaced(modified=finer), world.nodes["gamma"].keyring.signing)
    let_show(monkeypatch, [last], [lost.source])
    for _ in range(2):
        world.sync("alpha")
        world.sync("beta")
    assert world.received("beta") == {lost.derived.id}


@pytest.mark.parametrize("author", ["beta", "gamma"])
def test_nobody_limits_what_others_derived_by_words_of_its_own_making(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, author: str
) -> None:
    """beta signs and shows: its own words, or words that gamma never signed."""
    world.sync_all()
    file = saved(world, tmp_path)
    derived = world.release(
        "alpha", world.draft(world.nodes["alpha"], EVERYONE, derived_from=[_UNKNOWN])
    )
    world.sync_all()
    put_back(world, file)
    narrow = Audience(members=frozenset({world.nodes[author].id}))
    made = world.draft(world.nodes[author], narrow, tlp=Tlp.AMBER)
    forged = sign_object(made.replaced(id=_UNKNOWN), world.nodes["beta"].keyring.signing)
    declare(world)
    with monkeypatch.context() as patch:
        let_show(patch, [forged])
        world.sync("beta")
    world.sync_all()
    with world.exchange.vault.read() as view:
        found = view.shared.get(derived.id)
        assert found is not None
        seen_by = view.visibility.of(found.seq)
    assert seen_by == {world.nodes[name].id for name in ("alpha", "beta", "gamma")}


def test_many_are_shown_in_several_requests_and_large_ones_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.sync_all()
    sources = [
        world.release("gamma", world.draft(world.nodes["gamma"], EVERYONE, value=f"g{n}.example"))
        for n in range(5)
    ]
    world.sync("gamma")
    world.sync("alpha")
    world.clock.advance(minutes=1)
    names = [each.id for each in sources]
    world.release("alpha", world.draft(world.nodes["alpha"], EVERYONE, derived_from=names))

    def shown() -> list[list[str]]:
        with world.nodes["alpha"].vault.read() as view:
            requests = list(lost_sources.sources_to_show(view))
        return [[StixObject.of(each).id for each in request] for request in requests]  # type: ignore[arg-type]

    first, second, third, fourth, fifth = sorted(names)
    assert shown() == [[first, second, third, fourth, fifth]]
    with monkeypatch.context() as patch:
        patch.setattr(lost_sources, "AT_ONCE", 2)
        assert shown() == [[first, second], [third, fourth], [fifth]]
    with monkeypatch.context() as patch:
        patch.setattr(lost_sources, "BYTES_AT_ONCE", 1)
        assert shown() == [[first], [second], [third], [fourth], [fifth]]

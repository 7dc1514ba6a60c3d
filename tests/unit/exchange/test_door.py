"""What the exchange refuses to take, each with a message that says why."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.exchange.world import World
from tocsin.exchange.outcome import Outcome
from tocsin.exchange.relay import Relay
from tocsin.exchange.server.listing import may_be_over
from tocsin.foundation import JsonObject, canonical, parse_time
from tocsin.policy import Principal
from tocsin.records import Audience, Authorship, MemberKind, Sharing, StixObject, Tlp
from tocsin.trust import SigningKey, sign_object

EVERYONE = Audience(community=True)
_MOMENTS = st.integers(0, 10**12).map(
    lambda micros: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(microseconds=micros)
)


def _post(world: World, name: str, *items: StixObject | JsonObject) -> list[Outcome]:
    sender = Principal(world.convenor.community().members[world.nodes[name].id])
    bodies = [dict(each.body) if isinstance(each, StixObject) else each for each in items]
    return Relay(world.exchange, world.clock).take(sender, [*bodies])


def _signed(world: World, name: str, item: StixObject) -> StixObject:
    return sign_object(item, world.nodes[name].keyring.signing)


def _draft(world: World, name: str = "alpha", **terms: object) -> StixObject:
    return world.draft(world.nodes[name], EVERYONE, **terms)  # type: ignore[arg-type]


def _why(outcomes: list[Outcome]) -> str:
    (only,) = outcomes
    assert only.why is not None
    return only.why


def test_a_sound_object_is_taken(world: World) -> None:
    (outcome,) = _post(world, "alpha", _signed(world, "alpha", _draft(world)))
    assert outcome.is_taken


def test_an_object_signed_by_a_stranger_is_refused(world: World) -> None:
    item = sign_object(_draft(world), SigningKey.generate())
    assert "signed by a stranger" in _why(_post(world, "alpha", item))


def test_an_object_without_a_signature_is_refused(world: World) -> None:
    assert "not signed" in _why(_post(world, "alpha", _draft(world)))


def test_an_object_changed_after_signing_is_refused(world: World) -> None:
    item = _signed(world, "alpha", _draft(world)).replaced(name="other.example")
    assert "changed" in _why(_post(world, "alpha", item))


def test_an_object_in_anothers_name_is_refused(world: World) -> None:
    item = sign_object(_draft(world, "beta"), world.nodes["alpha"].keyring.signing)
    assert "somebody else" in _why(_post(world, "alpha", item))


def test_anothers_signed_object_cannot_be_replayed_as_ones_own(world: World) -> None:
    item = _signed(world, "beta", _draft(world, "beta"))
    assert "signed by a stranger" in _why(_post(world, "alpha", item))


def test_an_unnamed_object_cannot_be_claimed_by_replaying_it(world: World) -> None:
    item = _signed(world, "alpha", _draft(world, authorship=Authorship.NONE))
    assert _post(world, "alpha", item)[0].is_taken
    again = sign_object(
        item.with_sharing(evolve(_sharing(item), signatures=())),
        world.nodes["beta"].keyring.signing,
    )
    assert "only its author may change" in _why(_post(world, "beta", again))


def test_posting_the_same_object_twice_stores_it_once(world: World) -> None:
    for authorship in Authorship:
        item = _signed(world, "alpha", _draft(world, authorship=authorship))
        first, second, third = _post(world, "alpha", item, item, item)
        assert first.is_taken
        assert second.is_taken
        assert third.is_taken
        with world.exchange.vault.read() as view:
            assert len(view.shared.versions(item.id)) == 1


def test_another_content_under_the_same_version_is_refused(world: World) -> None:
    item = _draft(world)
    assert _post(world, "alpha", _signed(world, "alpha", item))[0].is_taken
    other = _signed(world, "alpha", item.replaced(name="other.example"))
    assert "under the same version" in _why(_post(world, "alpha", other))


def test_an_older_version_is_refused_after_a_newer_one(world: World) -> None:
    item = _draft(world)
    newer = item.replaced(modified="2026-11-03T19:00:01.000Z")
    assert _post(world, "alpha", _signed(world, "alpha", newer))[0].is_taken
    assert "older" in _why(_post(world, "alpha", _signed(world, "alpha", item)))


def test_an_update_cannot_change_the_author(world: World) -> None:
    item = _draft(world)
    assert _post(world, "alpha", _signed(world, "alpha", item))[0].is_taken
    taken_over = item.replaced(
        created_by_ref=world.nodes["beta"].id, modified="2026-11-03T19:00:01.000Z"
    )
    assert "only its author" in _why(_post(world, "beta", _signed(world, "beta", taken_over)))


def test_a_readable_red_object_is_refused(world: World) -> None:
    beta = world.nodes["beta"]
    item = world.draft(world.nodes["alpha"], Audience(members=frozenset({beta.id})), tlp=Tlp.RED)
    assert "sealed" in _why(_post(world, "alpha", _signed(world, "alpha", item)))


def test_an_object_from_a_clock_two_hours_ahead_is_refused_with_a_hint_at_the_clock(
    world: World,
) -> None:
    world.clock.advance(hours=2)
    item = _signed(world, "alpha", _draft(world))
    world.clock.advance(hours=-2)
    why = _why(_post(world, "alpha", item))
    assert "120 minutes in the future" in why
    assert "clock" in why


def test_a_clock_four_minutes_ahead_is_let_pass(world: World) -> None:
    world.clock.advance(minutes=4)
    item = _signed(world, "alpha", _draft(world))
    world.clock.advance(minutes=-4)
    assert _post(world, "alpha", item)[0].is_taken


def test_an_object_without_marking_or_audience_is_refused(world: World) -> None:
    bare = _draft(world).replaced(extensions=None)
    assert "audience" in _why(_post(world, "alpha", bare))
    unmarked = _signed(world, "alpha", _draft(world).replaced(object_marking_refs=None))
    assert "marking" in _why(_post(world, "alpha", unmarked))


def test_a_group_that_the_sender_is_not_in_is_refused_alike_whether_it_exists(
    world: World,
) -> None:
    (pair,) = world.convenor.groups()
    answers = []
    for group in (pair.id, "00000000-0000-4000-8000-000000000000"):
        item = world.draft(world.nodes["gamma"], Audience(groups=frozenset({group})))
        why = _why(_post(world, "gamma", _signed(world, "gamma", item)))
        answers.append(why.replace(item.id, "ID").replace(group, "GROUP"))
    assert answers[0] == answers[1]


def test_a_good_object_beside_a_bad_one_is_taken(world: World) -> None:
    good, bad = _signed(world, "alpha", _draft(world)), _draft(world)
    outcomes = _post(world, "alpha", bad, good, {"id": "nonsense"})
    assert [each.is_taken for each in outcomes] == [False, True, False]


def test_what_is_derived_cannot_be_marked_laxer_than_its_source(world: World) -> None:
    beta = world.nodes["beta"]
    source = _signed(world, "alpha", _draft(world, tlp=Tlp.AMBER))
    assert _post(world, "alpha", source)[0].is_taken
    derived = world.draft(
        beta, EVERYONE, tlp=Tlp.GREEN, derived_from=[source.id], value="other.example"
    )
    assert "laxer" in _why(_post(world, "beta", _signed(world, "beta", derived)))


def test_a_source_that_the_sender_never_received_is_not_told_of_yet_holds(world: World) -> None:
    beta = world.nodes["beta"]
    to_beta = Audience(members=frozenset({beta.id}))
    secret = world.draft(world.nodes["alpha"], to_beta, tlp=Tlp.AMBER)
    assert _post(world, "alpha", _signed(world, "alpha", secret))[0].is_taken
    derived = world.draft(
        world.nodes["gamma"], EVERYONE, derived_from=[secret.id], value="other.example"
    )
    assert _post(world, "gamma", _signed(world, "gamma", derived))[0].is_taken
    world.member("delta")
    with world.exchange.vault.read() as view:
        kept = view.shared.get(derived.id)
        assert kept is not None
        seen = view.visibility.of(kept.seq)
    assert seen == {world.nodes[name].id for name in ("alpha", "beta", "gamma")}


def test_a_governments_origin_cannot_be_dropped_on_the_way(world: World) -> None:
    ministry = world.member("ministry", MemberKind.GOVERNMENT)
    source = _signed(world, "ministry", world.draft(ministry, EVERYONE))
    assert _post(world, "ministry", source)[0].is_taken
    derived = _draft(world, "beta", derived_from=[source.id])
    assert "origin" in _why(_post(world, "beta", _signed(world, "beta", derived)))


def test_a_revoked_member_can_submit_nothing(world: World) -> None:
    sender = Principal(world.convenor.community().members[world.nodes["alpha"].id])
    world.convenor.revoke("alpha")
    item = _signed(world, "alpha", _draft(world))
    (outcome,) = Relay(world.exchange, world.clock).take(sender, [dict(item.body)])
    assert outcome.why is not None
    assert "not a member" in outcome.why


@pytest.mark.parametrize("authorship", [Authorship.MEMBER, Authorship.NONE])
def test_an_unnamed_author_can_update_and_withdraw_its_object(
    world: World, authorship: Authorship
) -> None:
    item = _draft(world, authorship=authorship)
    assert _post(world, "alpha", _signed(world, "alpha", item))[0].is_taken
    world.clock.advance(minutes=1)
    changed = item.replaced(name="other.example", modified="2026-11-03T19:01:00.000Z")
    assert _post(world, "alpha", _signed(world, "alpha", changed))[0].is_taken


def test_an_expired_object_is_shown_to_nobody(world: World) -> None:
    item = _draft(world, expires=world.clock.now() + timedelta(days=1))
    world.release("alpha", item)
    world.sync("alpha")
    world.clock.advance(days=2)
    world.sync("beta")
    assert not world.received("beta")


@pytest.mark.parametrize("early", [True, False])
def test_expiry_counts_to_the_microsecond(world: World, early: bool) -> None:
    moment = world.clock.now() + timedelta(days=1, microseconds=500_000)
    item = world.release("alpha", _draft(world, expires=moment))
    assert not world.sync("alpha").refused
    seen_at = moment - timedelta(microseconds=1) if early else moment
    world.clock.advance(seconds=(seen_at - world.clock.now()) / timedelta(seconds=1))
    world.sync("beta")
    assert world.received("beta") == ({item.id} if early else set())


@given(
    moment=_MOMENTS,
    now=_MOMENTS,
    zone=st.sampled_from(["Z", "z", "+02:00", "-13:30"]),
)
def test_no_spelling_of_a_time_hides_that_an_object_has_expired(
    moment: datetime, now: datetime, zone: str
) -> None:
    said = moment.replace(tzinfo=None).isoformat() + zone
    body = canonical({"a": 1, "expires": said, "x": {"expires": "2026-12-01T00:00:00Z"}})
    assert may_be_over(body, now) or parse_time(said) > now


def _sharing(item: StixObject) -> Sharing:
    assert item.sharing is not None
    return item.sharing

"""Innocent explanations: what each predicts, what contradicts it, and what is not known."""

from typing import Final

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.innocent_worlds import (
    PASSES,
    RIGHT,
    SMALL,
    around,
    fitting,
    group_of,
    shares_of,
    tried_on,
    with_shares,
)
from tests.worlds.organic import DAY, HOUR
from tests.worlds.planted import planted
from tocsin.detect.coordination import Edges, Shares
from tocsin.detect.coordination.innocent import NAMES, Surroundings, explanations
from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.crowd import Crowd
from tocsin.detect.coordination.innocent.declared import BOTS, claims
from tocsin.detect.coordination.innocent.signs import Sign, weigh
from tocsin.foundation import UsageError

WORLD: Final = planted(SMALL, 1)
RNG: Final = np.random.default_rng(1)

Signs = st.lists(st.builds(Sign, st.sampled_from([True, False, None]), st.just("a sign")))


def objects_from(domain: str) -> list[int]:
    return [number for number, each in enumerate(WORLD.domain) if each == domain]


def ordinary(n: int) -> list[int]:
    return [number for number, name in enumerate(WORLD.group) if not name][:n]


# How signs are weighed


@given(Signs, st.integers(0, 9), st.booleans())
def test_knowing_more_turns_unknown_into_an_answer_and_never_one_answer_into_the_other(
    signs: list[Sign], place: int, learnt: bool
) -> None:
    before = weigh("x", signs).fits
    missing = [k for k, each in enumerate(signs) if each.holds is None]
    if missing:
        signs[missing[place % len(missing)]] = Sign(learnt, "learnt")

    assert before is None or weigh("x", signs).fits is before


@given(Signs)
def test_one_contradiction_is_enough_and_all_signs_are_needed(signs: list[Sign]) -> None:
    fits = weigh("x", signs).fits

    assert (fits is False) == any(each.holds is False for each in signs)
    assert (fits is True) == (bool(signs) and all(each.holds for each in signs))


def test_the_answer_tells_what_contradicts_before_what_speaks_for_it() -> None:
    said = weigh("x", [Sign(True, "one owner"), Sign(False, "40 domains"), Sign(None, "no hours")])

    assert said.why == "contradicted: 40 domains. Speaks for it: one owner"


# What is tried, and when nothing is known


def test_every_explanation_is_tried_in_one_order_whatever_is_known() -> None:
    members = WORLD.members("quick")
    for known in (Surroundings(), around(WORLD)):
        assert tuple(tried_on(WORLD, members, known=known)) == NAMES


@pytest.mark.parametrize("name", ["syndication", "newsroom", "alert-bots", "fandom"])
def test_without_outside_knowledge_what_needs_it_cannot_be_told_and_says_what_to_give(
    name: str,
) -> None:
    tried = tried_on(WORLD, WORLD.members(name), known=Surroundings())[RIGHT[name]]

    assert tried.fits is None
    assert tried.why.startswith("cannot be told:")
    assert "give --accounts" in tried.why


@pytest.mark.parametrize("name", ["syndication", "newsroom", "alert-bots", "fandom"])
def test_where_objects_come_from_must_be_known_to_explain_by_a_source(name: str) -> None:
    for official in (frozenset[str](), frozenset({"warnings.example"})):
        known = evolve(around(WORLD), domain={}, alert_domains=official)

        tried = tried_on(WORLD, WORLD.members(name), known=known)[RIGHT[name]]

        assert tried.fits is None
        assert "it is not known where 100 % of it comes from" in tried.why


def test_behaviour_alone_is_enough_for_a_protest_and_for_one_viral_object() -> None:
    protest = tried_on(WORLD, WORLD.members("protest"), known=Surroundings())

    assert fitting(protest) == {"protest or mutual aid"}


def test_accounts_that_never_met_are_not_explained() -> None:
    shares = Shares.of(np.array([0, 1], np.int32), np.array([0, 1], np.int32), np.array([0, 0]))

    tried = explanations(shares, Edges.none(), group_of(np.array([0, 1])), Surroundings(), 60)

    assert {each.fits for each in tried} == {None}


def test_a_group_of_other_shares_is_refused() -> None:
    with pytest.raises(UsageError, match="not of these shares"):
        explanations(
            shares_of(WORLD), Edges.none(), group_of(np.array([5_000])), Surroundings(), 60
        )


def test_repeated_shares_change_nothing() -> None:
    members = WORLD.members("fandom")
    later = with_shares(WORLD, WORLD.acc.tolist(), WORLD.obj.tolist(), (WORLD.ts + DAY).tolist())
    repeated = Shares.of(
        later.obj.astype(np.int32), later.acc.astype(np.int32), later.ts, first_only=False
    )
    known = around(WORLD)

    # The protest looks at how far the data reach, which repeats of the last day extend.
    answers = [
        [
            (each.name, each.fits)
            for each in explanations(s, Edges.none(), group_of(members), known, 60)
        ]
        for s in (shares_of(WORLD), repeated)
    ]

    assert answers[0] == answers[1]


# Declared owners


def test_accounts_that_do_not_declare_the_owner_are_named() -> None:
    owner = around(WORLD).owner
    members = WORLD.members("syndication")
    known = evolve(around(WORLD), owner={**owner, str(members[3]): "Somebody Else"})

    tried = tried_on(WORLD, members, known=known)["declared owner"]

    assert tried.fits
    assert (
        f"19 of 20 accounts declare the owner Example Media Group (not {members[3]})" in tried.why
    )


def test_two_owners_are_not_one() -> None:
    owner = dict(around(WORLD).owner)
    members = WORLD.members("syndication")
    owner |= {str(each): "Somebody Else" for each in members[:8]}

    tried = tried_on(WORLD, members, known=evolve(around(WORLD), owner=owner))["declared owner"]

    assert tried.fits is False
    assert "only 12 of 20 accounts declare the owner" in tried.why


def test_an_owner_that_the_site_does_not_name_contradicts() -> None:
    known = evolve(around(WORLD), domain_owner={"group.example": "Somebody Else"})

    tried = tried_on(WORLD, WORLD.members("syndication"), known=known)["declared owner"]

    assert tried.fits is False
    assert "from sites that do not name it, such as group.example (Somebody Else)" in tried.why


def test_an_owner_that_the_site_names_confirms_however_it_is_written() -> None:
    known = evolve(around(WORLD), domain_owner={"group.example": " EXAMPLE media  group "})

    tried = tried_on(WORLD, WORLD.members("syndication"), known=known)["declared owner"]

    assert tried.fits
    assert "from sites that name Example Media Group" in tried.why


def test_an_owner_of_many_sites_needs_the_sites_word() -> None:
    domain = {
        label: f"town{int(label) % 30}.example" if each == "group.example" else each
        for label, each in around(WORLD).domain.items()
    }
    members = WORLD.members("syndication")
    named = {f"town{k}.example": "Example Media Group" for k in range(30)}

    unknown = tried_on(WORLD, members, known=evolve(around(WORLD), domain=domain))
    known = tried_on(WORLD, members, known=evolve(around(WORLD), domain=domain, domain_owner=named))

    assert unknown["declared owner"].fits is None
    assert "it is not known whose these are" in unknown["declared owner"].why
    assert known["declared owner"].fits


def test_owners_who_also_push_something_else_together_are_not_explained() -> None:
    members = WORLD.members("syndication")
    strange = int(WORLD.obj.max()) - 1  # of the march
    world = with_shares(
        WORLD, members.tolist(), [strange] * 20, [int(WORLD.posted[strange]) + DAY] * 20
    )

    site = {"group.example": "Example Media Group"}
    known = evolve(around(WORLD), domain_owner=site)
    tried = tried_on(world, members, known=known)["declared owner"]
    unknown = tried_on(world, members)["declared owner"]

    assert (tried.fits, unknown.fits) == (False, None)
    assert "20 of 20 accounts came together on an object that is not from sites of" in tried.why


def test_the_few_who_act_on_something_else_again_and_again_are_named() -> None:
    members = WORLD.members("fandom")
    few, elsewhere = members[:6], objects_from("march.example")[:12]
    world = with_shares(
        WORLD,
        np.tile(few, 12).tolist(),
        np.repeat(elsewhere, 6).tolist(),
        np.repeat(WORLD.posted[elsewhere] + 10 * HOUR, 6).tolist(),
    )

    tried = tried_on(world, members)["fandom"]

    assert tried.fits is False
    assert "6 of 80 accounts came together again and again" in tried.why


def test_what_everybody_shares_at_the_time_is_no_act_of_the_groups_own() -> None:
    members = WORLD.members("syndication")
    public = RNG.permutation([*ordinary(60), *members.tolist()]).tolist()
    number = int(WORLD.obj.max()) - 1
    at = int(WORLD.posted[number]) + DAY
    world = with_shares(
        WORLD, public, [number] * len(public), [at + k % 40 for k in range(len(public))]
    )

    assert "declared owner" in fitting(tried_on(world, members))


# Newsrooms and machines


def test_a_newsroom_that_never_sleeps_is_none() -> None:
    members = WORLD.members("syndication")
    known = around(WORLD)
    kind = {**known.kind} | {str(each): "journalist" for each in members}

    tried = tried_on(WORLD, members, known=evolve(known, kind=kind))["newsroom"]

    assert tried.fits is False
    assert tried.why.startswith("contradicted: at work around the clock")


def test_machines_that_sleep_at_night_are_no_alert_bots() -> None:
    members = WORLD.members("newsroom")
    known = around(WORLD)
    kind = {**known.kind} | {str(each): "bot" for each in members}

    tried = tried_on(WORLD, members, known=evolve(known, kind=kind))["alert bots"]

    assert tried.fits is False
    assert "hours in a row each day, as machines are not" in tried.why


@pytest.mark.parametrize(
    ("official", "fits"), [("warnings.example", True), ("weather.example", False)]
)
def test_where_official_services_are_known_alert_bots_repeat_one_of_them(
    official: str, fits: bool
) -> None:
    known = evolve(around(WORLD), alert_domains=frozenset({official}))

    assert tried_on(WORLD, WORLD.members("alert-bots"), known=known)["alert bots"].fits is fits


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("bot", True),
        ("Weather BOT, unofficial", True),
        ("I am not a bot", False),
        ("ich bin kein Bot", False),
        ("botanist", False),
        ("", False),
    ],
)
def test_a_word_is_a_claim_unless_it_is_denied(text: str, claimed: bool) -> None:
    assert claims(text, BOTS) is claimed


def test_what_accounts_say_of_themselves_is_shown_without_hidden_characters_and_cut() -> None:
    owner = "Honest \u202emedia" + "x" * 200
    known = around(WORLD)
    members = WORLD.members("syndication")
    said = tried_on(
        WORLD,
        members,
        known=evolve(known, owner={**known.owner} | {str(each): owner for each in members}),
    )["declared owner"].why

    assert "Honest \\u202emedia" in said
    assert "x" * 61 not in said


# Crowds


@pytest.mark.parametrize(("sayers", "fits"), [(50, True), (30, False)])
def test_half_of_a_fandom_is_enough_to_say_so(sayers: int, fits: bool) -> None:
    members = WORLD.members("fandom")
    known = around(WORLD)
    silent = {str(each): "" for each in members[sayers:]}

    tried = tried_on(WORLD, members, known=evolve(known, kind={**known.kind} | silent))["fandom"]

    assert tried.fits is fits
    assert f"{sayers} of 80 accounts say that they are fans" in tried.why


def test_fans_whose_accounts_were_created_in_one_week_are_no_fandom() -> None:
    members = WORLD.members("fandom")
    created = {str(each): 40 * k * HOUR // 24 for k, each in enumerate(members)}
    spread = {label: at * 300 for label, at in created.items()}

    batch = tried_on(WORLD, members, known=evolve(around(WORLD), created=created))["fandom"]
    people = tried_on(WORLD, members, known=evolve(around(WORLD), created=spread))["fandom"]

    assert (batch.fits, people.fits) == (False, True)
    assert "half the accounts were created within" in batch.why


def test_a_few_of_a_protest_are_explained_by_the_crowd_around_them() -> None:
    some = RNG.permutation(WORLD.members("protest"))[:8]

    tried = tried_on(WORLD, some, 600)["protest or mutual aid"]

    assert tried.fits
    assert "of them outside of the group" in tried.why


def hidden(n: int) -> tuple[list[int], list[int], list[int]]:
    """Return shares of ordinary accounts that follow each other within 20 s through a protest."""
    march = objects_from("march.example")
    start = WORLD.posted[march] + RNG.exponential(900, len(march))
    rows = [
        (account, number, int(at + RNG.uniform(0, 20)))
        for number, at in zip(march, start, strict=True)
        for account in ordinary(n)
        if RNG.random() < 0.7
    ]
    acc, obj, ts = zip(*rows, strict=True)
    return list(acc), list(obj), list(ts)


@pytest.mark.parametrize("window_s", [60, 600, 3_600])
def test_an_operation_hidden_in_a_protest_is_named_as_its_inner_circle(window_s: int) -> None:
    world = with_shares(WORLD, *hidden(8))
    together = np.concatenate([WORLD.members("protest"), np.array(ordinary(8))])

    tried = tried_on(world, together, window_s)["protest or mutual aid"]

    assert tried.fits is False
    assert "8 of 88 accounts meet each other far more than the others do" in tried.why


@pytest.mark.parametrize("window_s", [60, 600, 3_600])
def test_an_operation_hidden_in_a_protest_is_closer_than_any_part_of_it(window_s: int) -> None:
    world = with_shares(WORLD, *hidden(8))

    tried = tried_on(world, np.array(ordinary(8)), window_s)["protest or mutual aid"]

    assert tried.fits is False
    assert "more than any part of the crowd around it would" in tried.why


def test_the_part_of_a_crowd_that_was_never_late_is_no_closer_than_luck() -> None:
    """One who is late meets nobody: pairs are no independent trials."""
    draw = np.random.default_rng(5)
    there = draw.random((20, 70)) < 0.4
    obj, acc = np.nonzero(there)
    late = draw.random(len(obj)) < 0.1
    ts = obj * DAY + draw.integers(0, 3_000, len(obj)) + late * 3 * HOUR
    shares = Shares.of(obj.astype(np.int32), acc.astype(np.int32), ts)
    punctual = np.setdiff1d(np.arange(70), acc[late])

    crowd = Crowd.of(shares, Acts.of(shares, group_of(punctual), HOUR), HOUR)

    assert crowd.has_tip
    assert crowd.luck > np.log(1e-3)


def test_protesters_who_met_again_and_again_before_are_no_crowd() -> None:
    members = WORLD.members("protest")
    early = objects_from("warnings.example")[::6]
    few = members[:5]
    world = with_shares(
        WORLD,
        np.tile(few, len(early)).tolist(),
        np.repeat(early, 5).tolist(),
        np.repeat(WORLD.posted[early] + 5 * HOUR, 5).tolist(),
    )

    tried = tried_on(world, members, 600)["protest or mutual aid"]

    assert tried.fits is False
    assert "5 of 80 accounts also came together again and again before or after" in tried.why


def test_a_burst_in_data_of_a_few_days_cannot_be_told_from_every_day() -> None:
    members = WORLD.members("protest")
    at = WORLD.ts[np.isin(WORLD.obj, objects_from("march.example"))]
    rows = (WORLD.ts >= at.min() - DAY) & (WORLD.ts <= at.max())
    short = evolve(WORLD, acc=WORLD.acc[rows], obj=WORLD.obj[rows], ts=WORLD.ts[rows])

    tried = tried_on(short, members, 600)["protest or mutual aid"]

    assert tried.fits is None
    assert "before and after are missing" in tried.why


# Digests and single objects


def digests(strangers: int) -> tuple[Shares, list[int]]:
    """Ten accounts meet at full hours on thirty objects; so do others, each of them once."""
    rows = []
    for hour in range(30):
        at = hour * 4 * HOUR
        rows += [(account, hour, at + account) for account in range(10) if (account + hour) % 3]
        rows += [(100 + hour * strangers + k, hour, at + k) for k in range(strangers)]
        rows += [(5_000 + k, hour, at + 700 + 97 * k) for k in range(20)]
    acc, obj, ts = (np.array(column) for column in zip(*rows, strict=True))
    return Shares.of(obj.astype(np.int32), acc.astype(np.int32), ts), list(range(10))


@pytest.mark.parametrize(("strangers", "fits"), [(5, True), (0, False)])
def test_full_hours_are_a_digest_only_where_strangers_share_the_same_at_the_same_minute(
    strangers: int, fits: bool
) -> None:
    shares, members = digests(strangers)

    tried = explanations(shares, Edges.none(), group_of(np.array(members)), Surroundings(), 60)

    assert next(each for each in tried if each.name == "platform digest").fits is fits


def test_the_other_half_of_an_operation_with_a_scheduler_is_no_stranger() -> None:
    shares, members = digests(0)

    tried = explanations(shares, Edges.none(), group_of(np.array(members[:5])), Surroundings(), 60)
    digest = next(each for each in tried if each.name == "platform digest")

    assert digest.fits is False
    assert "0 accounts that are seldom there" in digest.why


def viral(objects: int) -> Shares:
    acc, obj = np.meshgrid(np.arange(8), np.arange(objects))
    ts = obj * 5 * HOUR + acc * 3
    return Shares.of(obj.ravel().astype(np.int32), acc.ravel().astype(np.int32), ts.ravel())


@pytest.mark.parametrize(("objects", "fits"), [(1, True), (2, True), (3, False), (9, False)])
def test_a_group_that_stands_on_one_or_two_stories_falls_without_them(
    objects: int, fits: bool
) -> None:
    tried = explanations(viral(objects), Edges.none(), group_of(np.arange(8)), Surroundings(), 60)

    assert next(each for each in tried if each.name == "one viral object").fits is fits


@pytest.mark.parametrize(
    ("copied", "known"),
    [
        ("declared owner", Surroundings(domain_owner={"h.example": "Another"})),
        ("alert bots", Surroundings(alert_domains=frozenset({"weather.example"}))),
        ("fandom", Surroundings(created={str(k): 0 for k in range(1_000)})),
        ("protest or mutual aid", Surroundings(created={str(k): 0 for k in range(1_000)})),
    ],
)
def test_one_more_fact_from_outside_stops_what_copies_all_else(
    copied: str, known: Surroundings
) -> None:
    world = planted(SMALL, 500, (PASSES[copied],), controls=False)
    more = evolve(
        around(world),
        domain_owner=known.domain_owner,
        alert_domains=known.alert_domains,
        created=known.created,
    )

    assert tried_on(world, world.members("copy"), known=more)[copied].fits is False

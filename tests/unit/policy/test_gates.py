"""The gates for people, government and private overlap."""

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from tocsin.foundation import BadInputError, SeededEntropy
from tocsin.policy import (
    MAX_PERSONAL_ITEMS,
    Action,
    OverlapLimits,
    OverlapUse,
    PersonalItems,
    Principal,
    audience_of,
    authorize,
    overlap_decision,
    people_refusals,
)
from tocsin.records import (
    Audience,
    Authorship,
    Community,
    Group,
    Marking,
    Member,
    MemberKind,
    Review,
    Sharing,
    StixObject,
    Tlp,
    new_object,
)

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
PLATFORM = Member(
    id="identity--00000001-0000-4000-8000-000000000000", name="Pigeon", kind=MemberKind.PLATFORM
)
STATE = Member(
    id="identity--00000002-0000-4000-8000-000000000000", name="Bureau", kind=MemberKind.GOVERNMENT
)
COMMUNITY = Community.of(
    "identity--99999999-0000-4000-8000-000000000000",
    "Example",
    [PLATFORM, STATE],
    [Group(id="g1", name="Core", members=frozenset({PLATFORM.id}))],
)
APPROVED = Sharing(
    audience=Audience(community=True),
    purpose="find the rest of the network",
    expires=NOW + timedelta(days=30),
    review=Review(
        finding="grouping--11111111-1111-4111-8111-111111111111",
        approved_by=("ada", "grace"),
        contact="desk",
    ),
)


def test_accounts_with_everything_in_place_may_leave() -> None:
    assert not people_refusals(PersonalItems({"account": 40}, is_reviewed=True), APPROVED)


@pytest.mark.parametrize(
    ("missing", "rule"),
    [
        ({"purpose": None}, "people-purpose"),
        ({"purpose": "  "}, "people-purpose"),
        ({"expires": None}, "people-expiry"),
        ({"review": None}, "people-finding"),
        ({"review": Review(finding="x", approved_by=("ada", "ada"), contact="d")}, "people-second"),
        (
            {"review": Review(finding="x", approved_by=("ada", " ADA"), contact="d")},
            "people-second",
        ),
        ({"review": Review(finding="x", approved_by=("ada", " "), contact="d")}, "people-second"),
        ({"review": Review(finding="x", approved_by=("ada", "bo"))}, "people-contact"),
        (
            {"review": Review(finding="x", approved_by=("ada", "bo"), contact=" ")},
            "people-contact",
        ),
        ({"review": Review(finding="x", approved_by=("ada", "bo"), contact="")}, "people-contact"),
    ],
)
def test_each_missing_safeguard_is_named(missing: dict[str, object], rule: str) -> None:
    sharing = evolve(APPROVED, **missing)  # type: ignore[arg-type]
    found = people_refusals(PersonalItems({"account": 1}, is_reviewed=True), sharing)
    assert rule in {each.rule for each in found}


def test_an_unreviewed_finding_and_a_list_too_long_are_refused() -> None:
    many = PersonalItems({"account": MAX_PERSONAL_ITEMS, "phone": 1}, is_reviewed=False)
    assert {each.rule for each in people_refusals(many, APPROVED)} == {
        "people-finding",
        "people-cap",
    }


def test_what_holds_no_person_needs_no_approval() -> None:
    bare = Sharing(audience=Audience(community=True))
    assert not people_refusals(PersonalItems({"account": 0}, is_reviewed=False), bare)


def released(sharing: Sharing, author: str | None) -> StixObject:
    return new_object(
        "indicator",
        now=NOW,
        entropy=SeededEntropy(4),
        author=author,
        marking=Marking(Tlp.GREEN),
        fields={},
    ).with_sharing(sharing)


def test_a_governments_origin_must_stay_visible_even_without_a_name() -> None:
    hidden = Sharing(audience=Audience(community=True), authorship=Authorship.NONE)
    shown = evolve(hidden, origins=frozenset({MemberKind.GOVERNMENT}))
    asked = {
        "community": COMMUNITY,
        "now": NOW,
    }
    refused = authorize(Principal(STATE), Action.SUBMIT, released(hidden, None), **asked)  # type: ignore[arg-type]
    granted = authorize(Principal(STATE), Action.SUBMIT, released(shown, None), **asked)  # type: ignore[arg-type]
    assert refused.rule == "origin"
    assert granted.allowed


def test_nobody_submits_or_changes_anothers_object() -> None:
    sharing = Sharing(audience=Audience(community=True), origins=frozenset({MemberKind.PLATFORM}))
    item = released(sharing, PLATFORM.id)
    foreign = authorize(Principal(STATE), Action.SUBMIT, item, community=COMMUNITY, now=NOW)
    change = authorize(
        Principal(STATE), Action.WITHDRAW, item, community=COMMUNITY, now=NOW, existing=item
    )
    stolen = authorize(
        Principal(PLATFORM),
        Action.UPDATE,
        item.replaced(created_by_ref=STATE.id),
        community=COMMUNITY,
        now=NOW,
        existing=item,
    )
    assert not foreign.allowed
    assert (change.allowed, change.rule) == (False, "author")
    assert (stolen.allowed, stolen.rule) == (False, "author")


def test_reading_follows_recipients_and_the_author_reads_its_own() -> None:
    sharing = Sharing(
        audience=Audience(groups=frozenset({"g1"})), origins=frozenset({MemberKind.GOVERNMENT})
    )
    item = released(sharing, STATE.id)
    for member, may in ((STATE, True), (PLATFORM, True)):
        asked = authorize(Principal(member), Action.READ, item, community=COMMUNITY, now=NOW)
        assert asked.allowed is may
    to_nobody = released(Sharing(audience=Audience()), STATE.id)
    outside = authorize(Principal(PLATFORM), Action.READ, to_nobody, community=COMMUNITY, now=NOW)
    assert not outside.allowed


@pytest.mark.parametrize("kind", ["account", "email", "phone"])
def test_a_government_member_cannot_ask_overlap_on_people(kind: str) -> None:
    decision = overlap_decision(STATE, ["domain", kind], 100, OverlapUse(), OverlapLimits())
    assert decision.rule == "government"
    assert overlap_decision(PLATFORM, [kind], 100, OverlapUse(), OverlapLimits()).allowed


@pytest.mark.parametrize(
    ("elements", "used", "rule"),
    [
        (637, OverlapUse(), "quota"),
        (1, OverlapUse(), "minimum"),
        (637, OverlapUse(4, 100), "queries"),
        (637, OverlapUse(1, 20_000), "elements"),
    ],
)
def test_askings_are_held_to_minimum_and_quota(elements: int, used: OverlapUse, rule: str) -> None:
    decision = overlap_decision(PLATFORM, ["domain"], elements, used, OverlapLimits())
    assert decision.rule == rule


def test_audience_words_name_the_community_groups_kinds_and_members() -> None:
    assert audience_of(["community"], COMMUNITY) == Audience(community=True)
    assert audience_of(["core", "bureau"], COMMUNITY) == Audience(
        groups=frozenset({"g1"}), members=frozenset({STATE.id})
    )
    assert audience_of(["kind:platform"], COMMUNITY).kinds == {MemberKind.PLATFORM}


@pytest.mark.parametrize("word", ["nobody", "group:nobody", "kind:nobody", "member:nobody", ""])
def test_a_word_that_names_nothing_is_refused(word: str) -> None:
    with pytest.raises(BadInputError):
        audience_of([word], COMMUNITY)


def test_no_word_at_all_is_refused() -> None:
    with pytest.raises(BadInputError, match="no audience"):
        audience_of([], COMMUNITY)

"""What a person reads of each decision: the rule's name and its sentence, kept word for word.

The sentences are golden: written here by hand from docs/reference/policy.md, since members quote
them in threads and a changed rule name breaks whoever counts refusals by it.
"""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.unit.policy.test_attribution import claim, crossing
from tests.unit.policy.test_principals import (
    COMMUNITY,
    LAB,
    NOW,
    OTHER,
    PLATFORM,
    STATE,
    TIPSTER,
    asked,
    item,
    member,
    withdrawn,
)
from tocsin.foundation import SeededEntropy
from tocsin.policy import (
    Action,
    Decision,
    Principal,
    Role,
    Scope,
    authorize,
    recipients,
)
from tocsin.records import (
    Audience,
    Authorship,
    Marking,
    Member,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    new_object,
)

MINE, THEIRS = item(PLATFORM), item(OTHER)
ME = Principal(PLATFORM)
READER = Principal(PLATFORM, "ada", Role.READER)
NARROW = Principal(PLATFORM, scope=Scope(types=frozenset({"indicator"})))
OPEN = Principal(PLATFORM, scope=Scope(tlp=Tlp.CLEAR))
UNMARKED = new_object("malware", now=NOW, entropy=SeededEntropy(4), author=PLATFORM.id, fields={})
UNSHARED = UNMARKED.replaced(object_marking_refs=[*Marking(Tlp.GREEN).refs])
TERMS = Sharing(audience=Audience(community=True), origins=frozenset({MemberKind.PLATFORM}))


def said(of: StixObject, **terms: Any) -> StixObject:
    """The same object under other terms."""
    assert of.sharing is not None
    return of.with_sharing(evolve(of.sharing, **terms))


def words(decision: Decision) -> tuple[bool, str, str]:
    return decision.allowed, decision.rule, decision.why


@pytest.mark.parametrize(
    ("principal", "action", "about", "answer"),
    [
        (ME, Action.OVERLAP, None, (True, "right", "may overlap")),
        (ME, Action.UPDATE, None, (True, "right", "may submit")),
        (
            READER,
            Action.SUBMIT,
            None,
            (False, "right", "this token, or who holds it, may not submit"),
        ),
        (
            Principal(member(8, MemberKind.PLATFORM)),
            Action.READ,
            None,
            (False, "left", "member 8 is not a member here"),
        ),
        (
            NARROW,
            Action.READ,
            MINE,
            (False, "scope", "this token is not for objects of the type malware"),
        ),
        (OPEN, Action.READ, MINE, (False, "scope", "this token ends at TLP:CLEAR")),
        (ME, Action.READ, MINE, (True, "author", "released it")),
        (
            Principal(LAB),
            Action.READ,
            withdrawn(MINE),
            (True, "withdrawn", "received what it takes back"),
        ),
    ],
)
def test_reading_is_answered_with_a_rule_and_a_sentence(
    principal: Principal,
    action: Action,
    about: StixObject | None,
    answer: tuple[bool, str, str],
) -> None:
    assert words(asked(principal, action, about, was_received=True)) == answer


@pytest.mark.parametrize(
    ("principal", "about", "allowed", "rule", "why"),
    [
        (ME, MINE, True, "submit", "is its author"),
        (ME, UNMARKED, False, "private", "it carries no marking or no audience"),
        (ME, UNSHARED, False, "private", "it carries no marking or no audience"),
        (
            ME,
            UNMARKED.with_sharing(TERMS),
            False,
            "private",
            "it carries no marking or no audience",
        ),
        (
            Principal(TIPSTER),
            item(TIPSTER),
            False,
            "tipster",
            "a tipster sends tips, not objects of the type malware",
        ),
        (
            ME,
            said(MINE, origins=frozenset({MemberKind.AGENCY})),
            False,
            "origin",
            "its origin does not say platform, the sender's kind",
        ),
        (ME, THEIRS, False, "author", "its author is somebody else"),
        (
            ME,
            said(MINE, authorship=Authorship.MEMBER),
            False,
            "author",
            "it asks not to be named, yet names an author",
        ),
        (
            ME,
            item(PLATFORM, Audience(groups=frozenset({"far"}))),
            False,
            "group",
            "far is no group of yours",
        ),
    ],
)
def test_a_submission_is_answered_with_a_rule_and_a_sentence(
    principal: Principal, about: StixObject, allowed: bool, rule: str, why: str
) -> None:
    assert words(asked(principal, Action.SUBMIT, about)) == (allowed, rule, why)


def test_an_unnamed_object_of_industry_need_not_say_its_origin_and_a_governments_must() -> None:
    hidden = {"authorship": Authorship.MEMBER, "origins": frozenset[MemberKind]()}
    nobody = MINE.replaced(created_by_ref=None)
    assert asked(ME, Action.SUBMIT, said(nobody, **hidden)).allowed
    assert asked(Principal(STATE), Action.SUBMIT, said(nobody, **hidden)).rule == "origin"


OLDER = MINE.replaced(modified="2026-11-03T18:00:00.000Z")
# By their texts the first of these is the later one.
SECOND = MINE.replaced(modified="2026-11-03T19:00:00Z")
FINER = MINE.replaced(modified="2026-11-03T19:00:00.000001Z")


@pytest.mark.parametrize(
    ("about", "existing", "allowed", "rule", "why"),
    [
        (MINE, OLDER, True, "author", "is its author"),
        (MINE, MINE, True, "author", "is its author"),
        (withdrawn(MINE), withdrawn(MINE), True, "author", "is its author"),
        (MINE, None, False, "unknown", "there is no such object to change"),
        (
            MINE,
            MINE.replaced(id="malware--33333333-3333-4333-8333-333333333333"),
            False,
            "unknown",
            "there is no such object to change",
        ),
        (THEIRS, THEIRS, False, "author", "only its author may change or withdraw it"),
        (
            MINE.replaced(created_by_ref=OTHER.id),
            MINE,
            False,
            "author",
            "an update cannot change the author",
        ),
        (MINE, withdrawn(MINE), False, "revoked", "it was withdrawn, which is for good"),
        (OLDER, MINE, False, "version", "it is older than what is stored"),
        (SECOND, FINER, False, "version", "it is older than what is stored"),
        (FINER, SECOND, True, "author", "is its author"),
    ],
)
def test_a_change_is_answered_with_a_rule_and_a_sentence(
    about: StixObject, existing: StixObject | None, allowed: bool, rule: str, why: str
) -> None:
    for action in (Action.UPDATE, Action.WITHDRAW):
        assert words(asked(ME, action, about, existing=existing)) == (allowed, rule, why)


def test_either_sign_of_a_withdrawal_counts() -> None:
    revoked = MINE.replaced(revoked=True)
    told = said(MINE, withdrawal=Withdrawal(why="wrong", at=NOW))
    for stored in (revoked, told):
        assert asked(ME, Action.UPDATE, MINE, existing=stored).rule == "revoked"
        outsider = asked(Principal(LAB), Action.READ, stored, was_received=True)
        assert outsider.rule == "withdrawn"


def test_an_unnamed_author_reads_changes_and_does_not_receive_what_it_submitted() -> None:
    hidden = said(MINE.replaced(created_by_ref=None), authorship=Authorship.NONE)
    asks: dict[str, Any] = {"community": COMMUNITY, "now": NOW, "submitted_by": PLATFORM.id}
    for action, existing in ((Action.READ, None), (Action.UPDATE, hidden)):
        mine = authorize(ME, action, hidden, existing=existing, **asks)
        assert (mine.allowed, mine.rule) == (True, "author")
    other = authorize(Principal(OTHER), Action.UPDATE, hidden, existing=hidden, **asks)
    assert (other.allowed, other.rule) == (False, "author")


def test_nobody_counts_as_a_recipient_of_before_unless_the_caller_says_so() -> None:
    back = withdrawn(MINE)
    said_nothing = authorize(Principal(LAB), Action.READ, back, community=COMMUNITY, now=NOW)
    assert said_nothing.rule == "guest"


def test_rights_are_those_of_the_kind_that_the_community_knows_now() -> None:
    claims_more = Principal(evolve(LAB, kind=MemberKind.PLATFORM, is_guest=False))
    assert not asked(claims_more, Action.SUBMIT).allowed


def test_a_guest_of_a_kind_that_cannot_be_one_may_do_nothing() -> None:
    assert Principal(member(7, MemberKind.PLATFORM, is_guest=True)).rights == frozenset()


def test_a_new_object_that_takes_itself_back_is_held_to_the_border_and_a_known_one_is_not() -> None:
    public = crossing(claim(), Tlp.CLEAR, withdrawal=Withdrawal(why="wrong", at=NOW))
    lab = evolve(LAB, id=str(public.author), is_guest=False)
    town = evolve(COMMUNITY, members={lab.id: lab})
    asks: dict[str, Any] = {"community": town, "now": NOW}
    fresh = authorize(Principal(lab), Action.SUBMIT, public, **asks)
    known = authorize(Principal(lab), Action.SUBMIT, public, existing=public, **asks)
    assert (fresh.rule, known.rule) == ("attribution-second", "submit")


def test_a_refusal_at_the_border_gives_all_its_reasons_in_one_sentence() -> None:
    public = crossing(claim(right_of_reply=None), Tlp.CLEAR)
    lab = evolve(LAB, id=str(public.author), is_guest=False)
    town = evolve(COMMUNITY, members={lab.id: lab})
    refusal = authorize(Principal(lab), Action.SUBMIT, public, community=town, now=NOW)
    assert refusal.why == (
        "naming Example Agency in public needs a second person: "
        "nobody has reviewed it as it stands now; "
        "no record that Example Agency was offered a reply"
    )


GONE = member(6, MemberKind.AGENCY)
EVERYBODY = Audience(community=True)
ONE = Audience(members=frozenset({OTHER.id}))
PLATFORMS = Audience(kinds=frozenset({MemberKind.PLATFORM}))
TOWN = evolve(COMMUNITY, members={**COMMUNITY.members, GONE.id: evolve(GONE, active=False)})


@pytest.mark.parametrize(
    ("audience", "tlp", "reader", "answer"),
    [
        (EVERYBODY, Tlp.GREEN, OTHER, (True, "audience", "is in the community")),
        (EVERYBODY, Tlp.GREEN, PLATFORM, (False, "sender", "releases it")),
        (EVERYBODY, Tlp.GREEN, GONE, (False, "left", "is no longer a member")),
        (
            EVERYBODY,
            Tlp.GREEN,
            LAB,
            (False, "guest", "is a guest, who receives only what names it"),
        ),
        (
            EVERYBODY,
            Tlp.RED,
            OTHER,
            (False, "red", "TLP:RED goes only to members named one by one"),
        ),
        (ONE, Tlp.RED, OTHER, (True, "audience", "is named")),
        (PLATFORMS, Tlp.GREEN, OTHER, (True, "audience", "is of the kind platform")),
        (Audience(), Tlp.GREEN, OTHER, (False, "audience", "is not in the audience")),
    ],
)
def test_each_member_is_told_why_it_receives_or_does_not(
    audience: Audience, tlp: Tlp, reader: Member, answer: tuple[bool, str, str]
) -> None:
    reach = recipients(item(PLATFORM, audience, tlp=tlp), TOWN, now=NOW)
    assert words(reach.decisions[reader.id]) == answer


def test_a_member_of_a_group_is_told_the_groups_name() -> None:
    reach = recipients(item(OTHER, Audience(groups=frozenset({"core"}))), COMMUNITY, now=NOW)
    assert reach.decisions[PLATFORM.id].why == "is in the group Core"


def test_what_has_no_audience_stays_here_for_every_member() -> None:
    for private in (UNMARKED, UNSHARED, UNMARKED.with_sharing(TERMS)):
        reach = recipients(private, COMMUNITY, now=NOW)
        assert set(reach.others) == set(COMMUNITY.members)
        assert {words(each) for each in reach.decisions.values()} == {
            (False, "private", "it has no audience and stays here")
        }


def test_a_release_ends_at_the_very_moment_it_names() -> None:
    for early, rule in ((timedelta(0), "expired"), (timedelta(microseconds=1), "audience")):
        ends = said(MINE, expires=NOW + early)
        assert recipients(ends, COMMUNITY, now=NOW).decisions[OTHER.id].rule == rule
    over = recipients(said(MINE, expires=NOW), COMMUNITY, now=NOW).decisions[OTHER.id]
    assert over.why == "the release has expired"

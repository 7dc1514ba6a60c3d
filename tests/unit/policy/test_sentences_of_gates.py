"""What a person reads where a gate refuses: naming operators, people, overlap, borders.

Golden, as in `test_sentences.py`.
"""

from typing import Any

import pytest
from attrs import evolve

from tests.unit.policy.test_attribution import attributed, claim, refused
from tests.unit.policy.test_principals import LAB, NOW, PLATFORM, STATE
from tests.unit.policy.test_sentences import TERMS, UNMARKED, UNSHARED, words
from tocsin.foundation import SeededEntropy
from tocsin.policy import (
    Grounds,
    OverlapLimits,
    OverlapUse,
    PersonalItems,
    attribution_refusals,
    border_refusals,
    overlap_decision,
    people_refusals,
)
from tocsin.records import Audience, Member, Review, Sharing, StixObject, Tlp, new_object


def test_what_says_in_public_who_is_behind_it_is_told_so_in_one_sentence() -> None:
    (found,) = attribution_refusals(attributed("identity"), Tlp.CLEAR, None)
    assert found.why == "a relationship says in public who is behind it; only a claim may"
    assert refused(attributed("identity--x"), None) == ["attribution-claim"]


@pytest.mark.parametrize(
    ("told", "what"),
    [
        (claim(), "naming Example Agency"),
        (claim(operator=None, right_of_reply=None), "a claim"),
        (
            new_object("report", now=NOW, entropy=SeededEntropy(1), author=LAB.id, fields={}),
            "a report",
        ),
    ],
)
def test_the_refusal_says_what_is_told_and_who_is_missing(told: StixObject, what: str) -> None:
    (found,) = attribution_refusals(told, Tlp.CLEAR, None)
    assert found.why == (
        f"{what} in public needs a second person: nobody has reviewed it as it stands now"
    )


def test_several_reviewers_who_all_recorded_it_are_named_together() -> None:
    review = Review(finding="x", approved_by=("ada", "bo", "carol"))
    (found,) = attribution_refusals(claim(), Tlp.CLEAR, review, recorded_by=["carol", "bo"])
    assert found.why.endswith(": bo and carol recorded it and cannot review it as well")


def test_a_missing_reply_and_an_unreadable_claim_are_told_as_such() -> None:
    review = Review(finding="x", approved_by=("ada", "bo"))
    (silent,) = attribution_refusals(claim(right_of_reply=None), Tlp.CLEAR, review)
    assert silent.why == "no record that Example Agency was offered a reply"
    (garbled,) = attribution_refusals(claim().replaced(operator=[]), Tlp.CLEAR, review)
    assert garbled.why.startswith("whom it accuses cannot be read: ")
    assert "operator" in garbled.why


def test_all_that_people_lack_is_said_at_once_and_in_a_fixed_order() -> None:
    bare = Sharing(audience=Audience(community=True))
    items = PersonalItems({"phone": 2, "email": 0, "account": 5_000}, is_reviewed=False)
    assert [(each.rule, each.why) for each in people_refusals(items, bare)] == [
        (rule, f"5000 account, 2 phone: {why}")
        for rule, why in (
            ("people-finding", "there is no reviewed finding behind it"),
            ("people-second", "a second person has not approved it"),
            ("people-purpose", "no purpose is stated"),
            ("people-expiry", "it has no expiry"),
            ("people-contact", "no contact for corrections is given"),
            ("people-cap", "the list is longer than 5000"),
        )
    ]


def test_the_case_behind_people_says_what_it_lacks_and_the_command_that_gives_it() -> None:
    bare = Grounds(case="Borrowed voices", findings=(), hypotheses=None, reviewers=())
    given = Sharing(audience=Audience(), purpose="find them", expires=NOW)
    items = PersonalItems({"account": 1}, is_reviewed=False, grounds=bare, contact="desk")
    assert [(each.rule, each.why) for each in people_refusals(items, given)] == [
        (
            "people-finding",
            (
                "1 account: the case holds no coordination finding: "
                "`tocsin case add 'Borrowed voices' --finding FILE`"
            ),
        ),
        (
            "people-assessment",
            (
                "1 account: nobody has assessed the case: `tocsin case assess 'Borrowed voices' "
                "--hypothesis ... --innocent ... --confidence ...`"
            ),
        ),
        (
            "people-review",
            (
                "1 account: a second person has not approved the case yet: `tocsin case review "
                "'Borrowed voices' --decision approve --why ... --as NAME`"
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        ({"findings": (("ten at once", ("it has no q-value",)),)}, "people-finding",
         "no finding of the case is a ground: of 'ten at once', it has no q-value: "),
        ({"hypotheses": 1}, "people-assessment", "its assessment weighs 1 of 2 hypotheses: "),
        ({"reviewers": (), "was_approved": True}, "people-review",
         "a second person has not approved the case since it changed: "),
        ({"untold": ("newsroom", "alert bots")}, "people-untold",
         ("its review does not speak of what could not be told: newsroom, alert bots: "
          "`tocsin case review x --decision approve --why ... --as NAME --untold newsroom "
          "--untold 'alert bots'`")),
    ],
)  # fmt: skip
def test_each_flaw_of_the_case_behind_people_is_told_as_such(
    change: dict[str, Any], rule: str, says: str
) -> None:
    sound = Grounds(
        case="x", findings=(("bad", ("q",)), ("good", ())), hypotheses=2, reviewers=("bo",)
    )
    assert sound.refusals == ()
    ((found, why),) = evolve(sound, **change).refusals
    assert found == rule
    assert why.startswith(says)


def test_a_first_review_is_asked_to_speak_of_what_could_not_be_told_at_once() -> None:
    unseen = Grounds(
        case="x", findings=(("good", ()),), hypotheses=2, reviewers=(), untold=("newsroom",)
    )
    ((rule, why),) = unseen.refusals
    assert rule == "people-review"
    assert why.endswith("--as NAME --untold newsroom`")


def test_who_reviewed_alone_does_not_release_accounts_on_sound_grounds() -> None:
    sound = Grounds(case="x", findings=(("good", ()),), hypotheses=2, reviewers=("bo",))
    items = PersonalItems({"account": 1}, is_reviewed=True, grounds=sound)
    for approved_by, rules in ((("bo", "bo"), ["people-second"]), (("ada", "bo"), [])):
        terms = Sharing(
            audience=Audience(),
            purpose="find them",
            expires=NOW,
            review=Review(finding="x", approved_by=approved_by, contact="desk"),
        )
        assert [each.rule for each in people_refusals(items, terms)] == rules


def test_a_list_of_just_the_longest_length_is_not_too_long() -> None:
    bare = Sharing(audience=Audience(community=True))
    rules = [
        each.rule
        for each in people_refusals(PersonalItems({"account": 5_000}, is_reviewed=True), bare)
    ]
    assert "people-cap" not in rules


LIMITS = OverlapLimits(min_elements=20, max_queries=4, max_elements=100)


@pytest.mark.parametrize(
    ("asker", "kinds", "elements", "used", "answer"),
    [
        (PLATFORM, ["email"], 20, OverlapUse(), ("quota", "within the quota")),
        (PLATFORM, ["email"], 100, OverlapUse(), ("quota", "within the quota")),
        (PLATFORM, ["email"], 20, OverlapUse(3, 80), ("quota", "within the quota")),
        (PLATFORM, ["email"], 20, (3, 80), ("quota", "within the quota")),
        (STATE, ["domain"], 20, OverlapUse(), ("quota", "within the quota")),
        (
            STATE,
            ["phone", "domain", "account"],
            20,
            OverlapUse(),
            ("government", "a government member cannot ask about account, phone"),
        ),
        (
            PLATFORM,
            ["email"],
            19,
            OverlapUse(),
            ("minimum", "19 elements are fewer than the minimum of 20"),
        ),
        (PLATFORM, ["email"], 20, (4, 0), ("queries", "4 askings in this epoch are used up")),
        (
            PLATFORM,
            ["email"],
            21,
            OverlapUse(3, 80),
            ("elements", "21 more elements pass the 100 of this epoch"),
        ),
    ],
)
def test_an_asking_is_answered_with_a_rule_and_a_sentence(
    asker: Member,
    kinds: list[str],
    elements: int,
    used: OverlapUse | tuple[int, int],
    answer: tuple[str, str],
) -> None:
    decision = overlap_decision(asker, kinds, elements, used, LIMITS)
    assert words(decision) == (answer[0] == "quota", *answer)


def test_a_border_says_what_is_missing() -> None:
    for private in (UNMARKED, UNSHARED, UNMARKED.with_sharing(TERMS)):
        (found,) = border_refusals(private)
        assert words(found) == (False, "private", "it carries no marking or no audience")

"""Who may say in public who is behind an operation, and what anybody at a border can check."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from tocsin.foundation import SeededEntropy
from tocsin.policy import (
    Action,
    Decision,
    Principal,
    attribution_refusals,
    authorize,
    border_refusals,
)
from tocsin.records import (
    Audience,
    Claim,
    Community,
    EvidenceClass,
    Marking,
    Member,
    MemberKind,
    Review,
    Sharing,
    StixObject,
    Tlp,
    Withdrawal,
    new_object,
)
from tocsin.records.observables import read_value

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
LAB = Member(
    id="identity--00000001-0000-4000-8000-000000000000", name="Lab", kind=MemberKind.RESEARCH
)
TOWN = Community.of("identity--99999999-0000-4000-8000-000000000000", "Town", [LAB])
FINDING = "grouping--11111111-1111-4111-8111-111111111111"
REPLY = "by letter on 2026-10-01, no answer"


def claim(**more: Any) -> StixObject:
    """What ada recorded: that Example Agency runs it."""
    said: dict[str, Any] = {
        "statement": "run by Example Agency",
        "operator": "Example Agency",
        "right_of_reply": REPLY,
        **more,
    }
    made = Claim(
        claimant="Example Lab",
        evidence=EvidenceClass.INFRASTRUCTURE,
        stated_on=NOW,
        confidence=70,
        **said,
    )
    return made.to_object(now=NOW, entropy=SeededEntropy(3), author=LAB.id, marking=None)


def thing(type_: str, **fields: Any) -> StixObject:
    return new_object(type_, now=NOW, entropy=SeededEntropy(5), author=LAB.id, fields=fields)


def attributed(target: str, said: str = "attributed-to") -> StixObject:
    return thing(
        "relationship",
        relationship_type=said,
        source_ref="campaign--11111111-1111-4111-8111-111111111111",
        target_ref=f"{target}--22222222-2222-4222-8222-222222222222",
    )


def approved(*names: str) -> Review:
    return Review(finding=FINDING, approved_by=names)


def rules(found: Sequence[Decision]) -> list[str]:
    return [each.rule for each in found]


def refused(item: StixObject, review: Review | None, *recorders: str) -> list[str]:
    return rules(attribution_refusals(item, Tlp.CLEAR, review, recorded_by=recorders))


def test_a_second_person_who_neither_recorded_nor_releases_it_lets_it_out() -> None:
    assert refused(claim(), approved("ada", "bo"), "ada") == []
    assert refused(claim(), approved("ada", "bo"), "carol") == []


@pytest.mark.parametrize(
    ("review", "recorder", "because"),
    [
        (None, "ada", "nobody has reviewed it as it stands now"),
        (approved("ada"), "ada", "nobody has reviewed it as it stands now"),
        (approved("bo", "bo"), "ada", "bo reviewed it and cannot release it as well"),
        (approved("ada", "bo"), "bo", "bo recorded it and cannot review it as well"),
        (approved("ada", " "), "ada", "ada reviewed it and cannot release it as well"),
        (approved(" ", "bo"), "ada", "nobody has reviewed it as it stands now"),
    ],
)
def test_nobody_else_does_and_the_sentence_says_why(
    review: Review | None, recorder: str, because: str
) -> None:
    (found,) = attribution_refusals(claim(), Tlp.CLEAR, review, recorded_by=[recorder])
    assert found.rule == "attribution-second"
    assert found.why == f"naming Example Agency in public needs a second person: {because}"


@pytest.mark.parametrize(
    "spelling",
    [
        "BO LEFÈVRE",
        " bo  lefèvre ",
        "bo\u00a0lefe\u0300vre",
        "\uff42\uff4f lefèvre",  # full width
        "bo\u200b lefèvre",
        "bolefèvre",
        "bo lefèvre\ufe0f",
    ],
)
def test_another_spelling_is_no_other_person(spelling: str) -> None:
    assert refused(claim(), approved("Bo Lefèvre", spelling), "ada") == ["attribution-second"]
    assert refused(claim(), approved("ada", spelling), "Bo Lefèvre") == ["attribution-second"]


def test_one_of_several_reviewers_is_enough() -> None:
    assert refused(claim(), approved("ada", "bo", "carol"), "bo") == []
    assert refused(claim(), approved("ada", "bo", "ada"), "bo") == ["attribution-second"]


@pytest.mark.parametrize("reply", [None, "", "  "])
def test_the_right_of_reply_is_on_record(reply: str | None) -> None:
    item = claim(right_of_reply=reply)
    assert refused(item, approved("ada", "bo"), "ada") == ["attribution-reply"]
    assert refused(item, None) == ["attribution-second", "attribution-reply"]


@pytest.mark.parametrize("tlp", [each for each in Tlp if each is not Tlp.CLEAR])
def test_only_what_is_public_is_held_to_it(tlp: Tlp) -> None:
    for item in (claim(), thing("threat-actor", name="X"), attributed("identity")):
        assert attribution_refusals(item, tlp, None) == ()


def test_a_claim_that_names_nobody_in_its_field_needs_the_second_person_all_the_same() -> None:
    hidden = claim(operator=None, right_of_reply=None, statement="Example Agency runs it")
    assert refused(hidden, None) == ["attribution-second"]
    assert refused(hidden, approved("ada", "bo"), "ada") == []


@pytest.mark.parametrize(
    "garbled",
    [{"operator": ["Example Agency"]}, {"right_of_reply": {}}, {"stated_on": None}],
)
def test_a_claim_that_cannot_be_read_does_not_leave(garbled: dict[str, Any]) -> None:
    item = claim().replaced(**garbled)
    assert refused(item, approved("ada", "bo")) == ["attribution-claim"]


@pytest.mark.parametrize(
    "item",
    [
        thing("threat-actor", name="Example Agency"),
        attributed("identity"),
        attributed("threat-actor"),
        attributed("identity", "Attributed-To"),
        attributed("threat-actor", "authored-by"),
    ],
)
def test_nothing_but_a_claim_attributes_in_public_whoever_reviewed_it(item: StixObject) -> None:
    assert refused(item, approved("ada", "bo"), "ada") == ["attribution-claim"]


@pytest.mark.parametrize(
    "type_", ["campaign", "grouping", "incident", "intrusion-set", "note", "opinion", "report"]
)
def test_what_tells_of_an_operation_in_words_needs_the_second_person(type_: str) -> None:
    item = thing(type_, name="Example Agency's campaign")
    assert refused(item, None) == ["attribution-second"]
    assert refused(item, approved("ada", "bo"), "ada") == []


@pytest.mark.parametrize(
    "item",
    [
        thing("indicator", pattern="[domain-name:value = 'x.example']"),
        thing("identity", name="Example Agency"),
        attributed("intrusion-set"),
        thing("relationship", relationship_type="targets", target_ref="identity--x"),
    ],
)
def test_what_attributes_nothing_is_free(item: StixObject) -> None:
    assert refused(item, None) == []


def crossing(item: StixObject, tlp: Tlp, **more: Any) -> StixObject:
    sharing = Sharing(
        audience=Audience(community=True), origins=frozenset({MemberKind.RESEARCH}), **more
    )
    return item.replaced(object_marking_refs=[*Marking(tlp).refs]).with_sharing(sharing)


def test_a_border_checks_that_two_persons_and_the_reply_are_named() -> None:
    alone = crossing(claim(), Tlp.CLEAR)
    twice = crossing(claim(), Tlp.CLEAR, review=approved("ada", "Ada"))
    silent = crossing(claim(right_of_reply=None), Tlp.CLEAR, review=approved("ada", "bo"))
    whole = crossing(claim(), Tlp.CLEAR, review=approved("ada", "bo"))
    inner = crossing(claim(), Tlp.GREEN)
    found = [rules(border_refusals(each)) for each in (alone, twice, silent, whole, inner)]
    assert found == [["attribution-second"]] * 2 + [["attribution-reply"], [], []]


def test_the_exchange_refuses_at_submission_what_a_border_refuses() -> None:
    asked: dict[str, Any] = {"community": TOWN, "now": NOW}
    for item, allowed in (
        (crossing(claim(), Tlp.CLEAR), False),
        (crossing(claim(), Tlp.CLEAR, review=approved("ada", "bo")), True),
    ):
        decision = authorize(Principal(LAB), Action.SUBMIT, item, **asked)
        assert decision.allowed is allowed
        assert ("needs a second person" in decision.why) is not allowed


def test_an_amber_claim_does_not_become_public_by_a_new_version() -> None:
    before = crossing(claim(), Tlp.AMBER)
    after = crossing(claim(), Tlp.CLEAR).replaced(modified="2026-11-04T00:00:00.000Z")
    decision = authorize(
        Principal(LAB), Action.SUBMIT, after, community=TOWN, now=NOW, existing=before
    )
    assert decision.rule == "attribution-second"


def test_taking_back_what_was_let_in_is_never_refused_and_lets_nothing_new_in() -> None:
    taken_back = crossing(claim(), Tlp.CLEAR, withdrawal=Withdrawal(why="wrong", at=NOW))
    assert border_refusals(taken_back, is_known=True) == ()
    assert rules(border_refusals(taken_back)) == ["attribution-second"]


ACCOUNT = "[user-account:account_type = 'telegram' AND user-account:account_login = 'a_person']"
COMPLETE = Sharing(
    audience=Audience(community=True),
    purpose="find the rest",
    expires=NOW + timedelta(days=30),
    review=Review(finding=FINDING, approved_by=("ada", "bo"), contact="desk"),
)


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        (ACCOUNT, "account"),
        ("[email-addr:value = 'a@person.example']", "email"),
        (
            "[email-addr:value = 'a@person.example' OR domain-name:value = 'x.example']",
            "email",
        ),
    ],
)
def test_a_border_asks_of_people_what_a_release_asks(pattern: str, kind: str) -> None:
    item = thing("indicator", pattern=pattern).replaced(
        object_marking_refs=[*Marking(Tlp.AMBER).refs]
    )
    bare = border_refusals(item.with_sharing(Sharing(audience=Audience(community=True))))
    assert {"people-second", "people-purpose", "people-expiry", "people-contact"} <= set(
        rules(bare)
    )
    assert all(each.why.startswith(f"1 {kind}: ") for each in bare)
    assert border_refusals(item.with_sharing(COMPLETE)) == ()
    gone = evolve(COMPLETE, expires=None, withdrawal=Withdrawal(why="wrong", at=NOW))
    assert border_refusals(item.with_sharing(gone)) == ()


def test_a_border_searches_the_words_of_a_claim_for_people() -> None:
    item = claim(statement="run from t.me/a_person", right_of_reply=None, operator=None)
    bare = border_refusals(crossing(item, Tlp.AMBER))
    assert "people-purpose" in rules(bare)
    amber = item.replaced(object_marking_refs=[*Marking(Tlp.AMBER).refs])
    assert border_refusals(amber.with_sharing(COMPLETE)) == ()


def test_an_account_that_cannot_be_read_is_an_account_all_the_same() -> None:
    item = thing("indicator", pattern="[user-account:account_login LIKE '%']")
    assert "people-purpose" in rules(border_refusals(crossing(item, Tlp.AMBER)))


def test_a_border_asks_nothing_of_what_names_no_person() -> None:
    for written in ("x.example", "UA-12345678-1"):
        (observable,) = read_value(written).observables
        item = thing("indicator", pattern=observable.pattern)
        assert border_refusals(crossing(item, Tlp.GREEN)) == ()


def test_what_carries_no_terms_crosses_no_border() -> None:
    assert rules(border_refusals(claim())) == ["private"]

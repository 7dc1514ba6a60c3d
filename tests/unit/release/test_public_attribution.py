"""Naming an operator under TLP:CLEAR: whose review counts, of what, and for how long."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.release.desk_work import outbox, previewed, released, terms
from tests.unit.release_desk import START, Desk
from tocsin.cases import Case, Verdict
from tocsin.foundation import RefusedError
from tocsin.policy import border_refusals
from tocsin.records import Authorship, Claim, EvidenceClass, StixObject, Tlp
from tocsin.release import Preview, Recalled, recall
from tocsin.vault import Holding


def claim(desk: Desk, **more: Any) -> StixObject:
    """An attribution of this organisation's own, not yet held."""
    said: dict[str, Any] = {
        "statement": "run by Example Agency",
        "claimant": "Pigeon",
        "operator": "Example Agency",
        "right_of_reply": "by letter on 2026-10-01, no answer",
        **more,
    }
    made = Claim(evidence=EvidenceClass.INFRASTRUCTURE, stated_on=START, confidence=80, **said)
    return made.to_object(
        now=desk.clock.now(), entropy=desk.entropy, author=desk.author.id, marking=None
    )


def hold(desk: Desk, item: StixObject, *, by: str = "ada") -> str:
    desk.vault.write(lambda tx: tx.private.hold([Holding(item)], by=by))
    return item.id


def case_of(desk: Desk, *items: str) -> Case:
    return desk.book.open("Attribution", by="ada", items=items)


def public(desk: Desk, case: Case, *, by: str = "ada") -> Preview:
    return previewed(desk, case, terms(desk, "community", tlp=Tlp.CLEAR), by=by)


def rules(preview: Preview) -> list[str]:
    return [each.rule for each in preview.refusals]


def test_it_waits_for_a_review_and_carries_it(desk: Desk) -> None:
    case = case_of(desk, hold(desk, claim(desk)))
    assert rules(public(desk, case)) == ["attribution-second"]
    with pytest.raises(RefusedError, match="naming Example Agency in public") as caught:
        released(desk, public(desk, case))
    assert "case review" in caught.value.hint
    released(desk, public(desk, desk.approved(case)))
    (left,) = outbox(desk)
    sharing = left.object.sharing
    assert sharing is not None
    assert sharing.review is not None
    assert sharing.review.approved_by == ("ada", "bo")
    assert border_refusals(left.object) == ()


def test_inside_a_marking_it_needs_no_review_and_carries_none(desk: Desk) -> None:
    case = case_of(desk, hold(desk, claim(desk)))
    amber = previewed(desk, case, terms(desk, "community", tlp=Tlp.AMBER))
    assert amber.refusals == ()
    released(desk, amber)
    (left,) = outbox(desk)
    assert left.object.sharing is not None
    assert left.object.sharing.review is None


def test_what_left_as_amber_is_held_to_the_rule_when_it_becomes_public(desk: Desk) -> None:
    case = case_of(desk, hold(desk, claim(desk)))
    released(desk, previewed(desk, case, terms(desk, "community", tlp=Tlp.AMBER)))
    assert rules(public(desk, case)) == ["attribution-second"]


def test_who_recorded_the_claim_is_not_its_second_person(desk: Desk) -> None:
    case = case_of(desk, hold(desk, claim(desk), by="Bo"))
    preview = public(desk, desk.approved(case))
    (refusal,) = preview.refusals
    assert refusal.why.endswith("bo recorded it and cannot review it as well")
    carols = desk.book.review(case, by="carol", verdict=Verdict.APPROVED, why="read it")
    assert public(desk, carols).refusals == ()


def test_who_reviewed_it_does_not_release_it(desk: Desk) -> None:
    case = desk.approved(case_of(desk, hold(desk, claim(desk))))
    (refusal,) = public(desk, case, by="BO ").refusals
    assert refusal.why.endswith("reviewed it and cannot release it as well")
    assert public(desk, case, by="carol").refusals == ()


def test_a_claim_that_changed_after_the_review_needs_a_new_one(desk: Desk) -> None:
    item = claim(desk)
    case = desk.approved(case_of(desk, hold(desk, item)))
    desk.clock.advance(days=1)
    changed = item.replaced(operator="Another Agency", modified="2026-11-04T19:42:07.000Z")
    hold(desk, changed)
    assert rules(public(desk, case)) == ["attribution-second"]
    assert not desk.book.find(case.title).is_reviewed
    again = public(desk, desk.approved(case))
    assert again.refusals == ()
    assert [draft.fields["operator"] for draft in again.drafts] == ["Another Agency"]


def test_whoever_recorded_any_version_is_not_its_second_person(desk: Desk) -> None:
    item = claim(desk)
    case = case_of(desk, hold(desk, item, by="bo"))
    hold(desk, item.replaced(confidence=60, modified="2026-11-04T19:42:07.000Z"), by="ada")
    assert rules(public(desk, desk.approved(case))) == ["attribution-second"]


def test_a_rejection_ends_every_approval_before_it(desk: Desk) -> None:
    case = desk.approved(case_of(desk, hold(desk, claim(desk))))
    desk.book.review(case, by="carol", verdict=Verdict.REJECTED, why="the host is shared")
    assert rules(public(desk, case)) == ["attribution-second"]
    desk.approved(case)
    assert public(desk, case).refusals == ()


def test_a_review_taken_back_after_the_preview_lets_nothing_leave(desk: Desk) -> None:
    case = desk.approved(case_of(desk, hold(desk, claim(desk))))
    preview = public(desk, case)
    desk.book.review(case, by="bo", verdict=Verdict.REJECTED, why="no")
    with pytest.raises(RefusedError, match="changed after the preview"):
        released(desk, preview)
    assert outbox(desk) == []


def test_a_claim_of_somebody_elses_is_held_to_the_rule_here_too(desk: Desk) -> None:
    theirs = claim(desk, claimant="Example Lab").replaced(
        created_by_ref=desk.lab.id, approved_by=["their ann", "their ben"]
    )
    case = case_of(desk, hold(desk, theirs))
    assert rules(public(desk, case)) == ["attribution-second"]
    released(desk, public(desk, desk.approved(case)))
    (left,) = outbox(desk)
    assert b"their ann" not in left.body
    assert left.object.body["claimant"] == "Example Lab"


def test_a_claim_that_another_supersedes_stays(desk: Desk) -> None:
    first = hold(desk, claim(desk))
    second = hold(desk, claim(desk, statement="run by nobody known", supersedes=(first,)))
    preview = public(desk, desk.approved(case_of(desk, first, second)))
    assert [each.of for each in preview.drafts] == [second]
    assert [(each.id, each.why) for each in preview.held] == [
        (first, "a later claim supersedes it")
    ]


def test_another_claimant_supersedes_nothing(desk: Desk) -> None:
    first = hold(desk, claim(desk))
    second = hold(desk, claim(desk, claimant="Example Lab", supersedes=(first,)))
    preview = public(desk, desk.approved(case_of(desk, first, second)))
    assert {each.of for each in preview.drafts} == {first, second}


def test_a_superseding_claim_needs_a_review_of_its_own(desk: Desk) -> None:
    first = hold(desk, claim(desk))
    case = desk.approved(case_of(desk, first))
    second = hold(desk, claim(desk, supersedes=(first,)))
    grown = desk.book.add(case, [second], by="ada")
    assert rules(public(desk, grown)) == ["attribution-second"]


@pytest.mark.parametrize("authorship", [Authorship.MEMBER, Authorship.NONE])
def test_an_unnamed_release_names_no_person_and_still_passes_the_border(
    desk: Desk, authorship: Authorship
) -> None:
    case = desk.approved(case_of(desk, hold(desk, claim(desk))))
    unnamed = terms(desk, "community", tlp=Tlp.CLEAR, authorship=authorship)
    released(desk, previewed(desk, case, unnamed))
    (left,) = outbox(desk)
    sharing = left.object.sharing
    assert sharing is not None
    assert sharing.review is not None
    assert sharing.review.approved_by == ("person 1", "person 2")
    assert border_refusals(left.object) == ()


def test_two_releases_of_a_case_share_no_id_of_a_finding(desk: Desk) -> None:
    case = desk.approved(case_of(desk, hold(desk, claim(desk))))
    for authorship in (Authorship.NAMED, Authorship.NONE):
        chosen = terms(desk, "community", tlp=Tlp.CLEAR, authorship=authorship)
        released(desk, previewed(desk, case, chosen))
    reviews = [each.object.sharing.review for each in outbox(desk) if each.object.sharing]
    findings = {review.finding for review in reviews if review}
    assert len(findings) == 2
    assert case.id not in findings


def test_other_objects_that_name_an_operator_have_no_form_that_leaves(desk: Desk) -> None:
    actor = StixObject.of(
        {
            "type": "threat-actor",
            "spec_version": "2.1",
            "id": "threat-actor--11111111-1111-4111-8111-111111111111",
            "name": "Example Agency",
        }
    )
    case = case_of(desk, hold(desk, actor), hold(desk, claim(desk)))
    preview = public(desk, desk.approved(case))
    assert [(each.id, each.why) for each in preview.held] == [
        (actor.id, "a private threat-actor has no form that leaves")
    ]


def test_a_claim_that_cannot_be_read_is_named_and_does_not_leave(desk: Desk) -> None:
    garbled = claim(desk).replaced(evidence_class="rumour")
    case = desk.approved(case_of(desk, hold(desk, garbled)))
    (refusal,) = public(desk, case).refusals
    assert refusal.rule == "attribution-claim"
    assert garbled.id in refusal.why


def test_a_claim_whose_words_name_an_account_is_held_to_the_rule_for_people(desk: Desk) -> None:
    named = claim(desk, statement="run by info@agency.example from t.me/borrowed_voice")
    case = case_of(desk, hold(desk, named), *desk.case("one.example").items)
    case = desk.approved(desk.grounded(case))
    amber = terms(desk, "community", tlp=Tlp.AMBER)
    bare = previewed(desk, case, amber)
    assert rules(bare) == ["people-purpose", "people-expiry", "people-contact"]
    assert all(each.why.startswith("1 account, 1 email: ") for each in bare.refusals)
    without = previewed(desk, case, amber, without_people=True)
    assert without.refusals == ()
    assert [each.why for each in without.held] == [
        "a finding stays with who found it",
        "left out: a personal identifier",
    ]
    full = terms(
        desk, "community", tlp=Tlp.AMBER, purpose="find the rest",
        expires=START + timedelta(days=90), contact="desk of Pigeon",
    )  # fmt: skip
    released(desk, previewed(desk, case, full))
    assert all(border_refusals(each.object) == () for each in outbox(desk))


def test_a_claim_names_what_it_replaces_to_those_who_got_that(desk: Desk) -> None:
    first = hold(desk, claim(desk))
    case = desk.approved(case_of(desk, first))
    out = released(desk, public(desk, case)).objects
    middle = hold(desk, claim(desk, supersedes=(first,)))
    last = hold(desk, claim(desk, statement="run by nobody known", supersedes=(middle,)))
    grown = desk.approved(desk.book.add(case, [middle, last], by="ada"))
    made = released(desk, public(desk, grown))
    (item,) = (each.object for each in outbox(desk) if each.id in made.objects)
    assert item.body["supersedes_refs"] == [*out]
    assert made.replaced == out
    assert not any(private.encode() in item.to_json() for private in (first, middle))
    with desk.vault.read() as view:
        assert view.shared.derived_from(out) == set()


def test_a_claim_names_nothing_that_left_on_other_terms(desk: Desk) -> None:
    first = hold(desk, claim(desk))
    case = desk.approved(case_of(desk, first))
    released(desk, public(desk, case))
    last = hold(desk, claim(desk, supersedes=(first,)))
    grown = desk.approved(desk.book.add(case, [last], by="ada"))
    unnamed = terms(desk, "community", tlp=Tlp.CLEAR, authorship=Authorship.NONE)
    made = released(desk, previewed(desk, grown, unnamed))
    (item,) = (each.object for each in outbox(desk) if each.id in made.objects)
    assert "supersedes_refs" not in item.body


def test_a_claim_that_changed_leaves_as_a_new_version_and_the_same_one_not_again(
    desk: Desk,
) -> None:
    item = claim(desk)
    case = desk.approved(case_of(desk, hold(desk, item)))
    first = released(desk, public(desk, case))
    assert released(desk, public(desk, case)).known == 1
    hold(desk, item.replaced(confidence=40, modified="2026-11-04T19:42:07.000Z"))
    again = released(desk, public(desk, desk.approved(case)))
    assert (again.objects, again.known) == (first.objects, 0)
    before, after = (each.object for each in outbox(desk))
    assert after.body["confidence"] == 40
    assert after.body["created"] == before.body["created"]
    assert after.version > before.version


def test_a_new_version_that_was_stopped_leaves_later_under_the_same_id(desk: Desk) -> None:
    item = claim(desk)
    case = desk.approved(case_of(desk, hold(desk, item)))
    (out,) = released(desk, public(desk, case)).objects
    desk.vault.write(
        lambda tx: tx.outbox.mark_all_sent([row.seq for row in tx.outbox.rows()], START)
    )
    hold(desk, item.replaced(confidence=40, modified="2026-11-04T19:42:07.000Z"))
    changed = desk.approved(case)
    assert released(desk, public(desk, changed)).objects == (out,)
    rejected = desk.book.review(changed, by="bo", verdict=Verdict.REJECTED, why="no")
    assert recall(rejected, desk.vault, by="bo") == Recalled(stopped=(out,), left=(out,))
    assert outbox(desk) == []
    again = released(desk, public(desk, desk.approved(case)))
    assert (again.objects, again.known) == ((out,), 0)
    assert [each.id for each in outbox(desk)] == [out]
    assert released(desk, public(desk, desk.approved(case))).known == 1

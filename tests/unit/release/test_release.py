"""What leaves is what was previewed: signed, marked, addressed, and nothing beside it."""

import json
from datetime import timedelta

import pytest

from tests.unit.release.desk_work import outbox, previewed, released, terms
from tests.unit.release_desk import SECRET_COMMENT, START, Desk
from tocsin.foundation import RefusedError, TrustError
from tocsin.records import Authorship, Marking, Tlp
from tocsin.trust import SEALED_TYPE, KeyRing, open_object, verify_object
from tocsin.vault import Standing


def test_a_release_is_signed_addressed_and_waiting(desk: Desk) -> None:
    case = desk.case("one[.]example", "two.example")
    made = released(desk, previewed(desk, case, terms(desk, "community")))
    waiting = outbox(desk)
    assert [each.id for each in waiting] == list(made.objects)
    for each in waiting:
        verify_object(each.object, desk.keyring.verify_keys)
        assert each.object.author == desk.author.id
        assert each.object.marking == Marking(Tlp.GREEN)
    patterns = {each.object.body["pattern"] for each in waiting}
    assert patterns == {
        "[domain-name:value = 'one.example']",
        "[domain-name:value = 'two.example']",
    }


def test_comments_and_sources_stay_and_techniques_leave(desk: Desk) -> None:
    case = desk.case("one.example")
    preview = previewed(desk, case, terms(desk, "community"))
    released(desk, preview)
    (left,) = outbox(desk)
    assert SECRET_COMMENT.encode() not in left.body
    assert b"partner.csv" not in left.body
    assert b"T0146" in left.body
    leaves = preview.to_json()["leaves"]
    assert isinstance(leaves, list)
    (fields,) = [each["fields"] for each in leaves]  # type: ignore[index, call-overload]
    assert "external_references" in fields  # type: ignore[operator]


def test_the_preview_names_everybody_with_a_reason(desk: Desk) -> None:
    preview = previewed(desk, desk.case("one.example"), terms(desk, "Core"))
    said = preview.to_json()
    assert [(each["member"], each["why"]) for each in said["recipients"]] == [  # type: ignore[index, union-attr, call-overload]
        ("Example Lab", "is in the group Core")
    ]
    others = {each["member"]: each["rule"] for each in said["not_recipients"]}  # type: ignore[index, union-attr, call-overload]
    assert others == {"Pigeon": "sender", "Ministry": "audience"}


def test_releasing_twice_sends_nothing_twice(desk: Desk) -> None:
    case = desk.case("one.example")
    first = released(desk, previewed(desk, case, terms(desk, "community")))
    desk.clock.advance(days=1)
    second = released(desk, previewed(desk, case, terms(desk, "community")))
    assert second.objects == first.objects
    assert (first.known, second.known) == (0, 1)
    assert len(outbox(desk)) == 1


def test_the_same_identifier_leaves_once(desk: Desk) -> None:
    case = desk.case("one.example")
    again = desk.book.open(case.title, by="ada", items=case.items)
    preview = previewed(desk, again, terms(desk, "community"))
    assert len(preview.drafts) == 1


def test_a_hold_time_keeps_the_outbox_shut_until_it_is_over(desk: Desk) -> None:
    case = desk.case("one.example")
    held = terms(desk, "community", hold=timedelta(minutes=10))
    released(desk, previewed(desk, case, held))
    desk.clock.advance(minutes=9, seconds=59)
    assert outbox(desk) == []
    desk.clock.advance(seconds=1)
    assert len(outbox(desk)) == 1


def test_tlp_red_leaves_sealed_and_only_its_recipient_opens_it(desk: Desk) -> None:
    case = desk.case("one.example")
    released(desk, previewed(desk, case, terms(desk, "Example Lab", tlp=Tlp.RED)))
    (left,) = outbox(desk)
    assert left.type == SEALED_TYPE
    assert b"one.example" not in left.body
    opened = open_object(left.object, desk.lab_keyring)
    assert opened.body["pattern"] == "[domain-name:value = 'one.example']"
    with pytest.raises(TrustError, match="not sealed for us"):
        open_object(left.object, KeyRing.generate(START))


def test_tlp_red_to_a_group_reaches_nobody_and_is_refused(desk: Desk) -> None:
    preview = previewed(desk, desk.case("one.example"), terms(desk, "Core", tlp=Tlp.RED))
    assert {each.rule for each in preview.refusals} == {"nobody"}
    with pytest.raises(RefusedError, match="nobody would receive"):
        released(desk, preview)
    assert outbox(desk) == []


def test_an_account_needs_review_purpose_expiry_and_contact(desk: Desk) -> None:
    case = desk.case("one.example", "https://t.me/borrowed_voice")
    bare = previewed(desk, case, terms(desk, "community"))
    assert {each.rule for each in bare.refusals} >= {"people-finding", "people-expiry"}
    with pytest.raises(RefusedError, match="1 account"):
        released(desk, bare)
    full = terms(
        desk,
        "community",
        purpose="find the rest",
        expires=START + timedelta(days=90),
        contact="desk of Pigeon",
    )
    assert previewed(desk, case, full).refusals
    approved = previewed(desk, desk.approved(desk.grounded(case)), full)
    assert approved.refusals == ()
    released(desk, approved)
    account = next(each for each in outbox(desk) if b"borrowed_voice" in each.body)
    sharing = account.object.sharing
    assert sharing is not None
    assert sharing.review is not None
    assert sharing.review.approved_by == ("ada", "bo")


def test_people_can_be_left_out_and_are_named_as_staying(desk: Desk) -> None:
    case = desk.case("one.example", "https://t.me/borrowed_voice")
    preview = previewed(desk, case, terms(desk, "community"), without_people=True)
    released(desk, preview)
    assert [each.why for each in preview.held] == ["left out: a personal identifier"]
    assert all(b"borrowed_voice" not in each.body for each in outbox(desk))


@pytest.mark.parametrize("authorship", [Authorship.MEMBER, Authorship.NONE])
def test_an_unnamed_release_tells_neither_author_kind_nor_minute(
    desk: Desk, authorship: Authorship
) -> None:
    case = desk.case("one.example")
    released(desk, previewed(desk, case, terms(desk, "community", authorship=authorship)))
    (left,) = outbox(desk)
    said = json.loads(left.body)
    del said["extensions"]  # holds the signature, which the convenor replaces; checked below
    assert desk.author.id not in json.dumps(said)
    assert "19:00:00" in str(said["created"])
    sharing = left.object.sharing
    assert sharing is not None
    assert sharing.origins == frozenset()


def test_what_was_received_is_handed_on_no_wider_and_no_laxer(desk: Desk) -> None:
    case = desk.case("one.example")
    preview = previewed(desk, case, terms(desk, "Pigeon", "Example Lab", tlp=Tlp.AMBER))
    made = released(desk, preview)
    (own,) = outbox(desk)
    onward = desk.book.open("Onward", by="ada", items=made.objects)
    lax = previewed(desk, onward, terms(desk, "community", tlp=Tlp.GREEN))
    assert "derived-marking" in {each.rule for each in lax.refusals}
    wide = previewed(desk, onward, terms(desk, "community", tlp=Tlp.AMBER))
    assert wide.reach[desk.ministry.id].rule == "derived"
    assert wide.reach[desk.lab.id].allowed
    assert own.standing is Standing.OWN


def test_a_case_with_nothing_to_release_says_why(desk: Desk) -> None:
    case = desk.book.open("Empty", by="ada")
    with pytest.raises(RefusedError, match="the case is empty"):
        previewed(desk, case, terms(desk, "community"))


def test_a_withdrawn_object_can_be_released_anew_under_a_new_id(desk: Desk) -> None:
    case = desk.case("one.example")
    first = released(desk, previewed(desk, case, terms(desk, "community")))
    (own,) = outbox(desk)
    desk.clock.advance(hours=1)
    revoked = own.object.replaced(revoked=True, modified="2026-11-03T20:42:07.000Z")
    desk.vault.write(lambda tx: tx.shared.accept(revoked, standing=Standing.OWN, by="ada"))
    second = released(desk, previewed(desk, case, terms(desk, "community")))
    assert second.objects != first.objects
    assert second.known == 0

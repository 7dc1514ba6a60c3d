"""Which people an object names, and that an erasure that still names them crosses no border."""

from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from tests.unit.policy.test_attribution import ACCOUNT, claim, crossing, rules, thing
from tocsin.policy import border_refusals, personal_identifiers
from tocsin.records import Audience, Sharing, StixObject, Tlp, Withdrawal
from tocsin.records.erased import erased_form

NOW = datetime(2026, 11, 3, 19, 0, tzinfo=UTC)
MAIL = "a@person.example"


def named(item: StixObject) -> list[str]:
    return [str(each.kind) for each in personal_identifiers(item)]


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        (thing("channel", name="t.me/a_person"), ["account"]),
        (thing("channel", name="x.example", aliases=["t.me/a_person", MAIL]), ["account", "email"]),
        (thing("channel", name="x.example", aliases="t.me/a_person"), []),
        (thing("channel", name="x.example"), []),
        (thing("channel", aliases=[MAIL]), ["email"]),
        (thing("report", name="t.me/a_person"), []),
        (thing("indicator", pattern=f"[email-addr:value = '{MAIL}']"), ["email"]),
        (thing("indicator", pattern="[domain-name:value = 'x.example']"), []),
        (
            thing(
                "indicator",
                pattern=f"[email-addr:value = '{MAIL}' OR email-addr:value='b@person.example']",
            ),
            ["email", "email"],
        ),
        (thing("indicator"), []),
        (thing("indicator", pattern=7), []),
    ],
)
def test_people_are_found_by_what_an_object_is_about(item: StixObject, kinds: list[str]) -> None:
    assert named(item) == kinds


@pytest.mark.parametrize(
    "field",
    ["statement", "claimant", "answers", "value", "source", "operator", "right_of_reply"],
)
def test_people_are_found_in_each_text_of_a_claim_and_each_once(field: str) -> None:
    quiet = claim(statement="run by somebody", operator=None, right_of_reply=None)
    assert named(quiet) == []
    assert named(quiet.replaced(**{field: f"see {MAIL}, again {MAIL}"})) == ["email"]


def test_each_account_of_an_object_counts_and_one_that_cannot_be_read_counts_once() -> None:
    both = thing("channel", name="t.me/a_person", aliases=["t.me/another_one", MAIL])
    unread = thing("indicator", pattern="[user-account:account_login LIKE '%']")
    for item, what in ((both, "2 account, 1 email"), (unread, "1 account or address")):
        found = border_refusals(crossing(item, Tlp.AMBER))
        assert found
        assert {each.why.partition(": ")[0] for each in found} == {what}


def test_what_mentions_no_person_is_not_asked_for_a_review() -> None:
    for fields in ({}, {"pattern": 7}, {"pattern": "[file:name LIKE 'x.txt']"}):
        assert border_refusals(crossing(thing("indicator", **fields), Tlp.AMBER)) == ()


def test_an_erasure_crosses_when_it_says_nothing_and_is_refused_when_it_says_a_word() -> None:
    person: dict[str, Any] = {"pattern": ACCOUNT, "pattern_type": "stix", "name": "a person"}
    known = crossing(thing("indicator", **person), Tlp.AMBER)
    blank = erased_form(known, "asked for", NOW)
    assert border_refusals(blank) == ()
    assert border_refusals(blank, is_known=True) == ()
    for talks in (blank.replaced(name="a person"), blank.replaced(pattern=ACCOUNT)):
        for is_known in (False, True):
            (found,) = border_refusals(talks, is_known=is_known)
            assert found.rule == "erasure"
            assert found.why == "it asks for erasure, yet says what is to be erased"


def test_a_sealed_erasure_cannot_be_looked_into_and_crosses() -> None:
    gone = Withdrawal(why="asked for", at=NOW, erases=True)
    sealed = crossing(thing("x-tocsin-sealed", box="opaque"), Tlp.AMBER, withdrawal=gone)
    assert border_refusals(sealed) == ()


def test_saying_nothing_without_asking_for_erasure_lets_nothing_public_out() -> None:
    told = crossing(thing("report"), Tlp.CLEAR, withdrawal=Withdrawal(why="wrong", at=NOW))
    assert rules(border_refusals(told)) == ["attribution-second"]
    wordless = erased_form(crossing(thing("report"), Tlp.CLEAR), "wrong", NOW)
    assert wordless.sharing is not None
    kept = wordless.with_sharing(evolve(wordless.sharing, withdrawal=None))
    assert rules(border_refusals(kept)) == ["attribution-second"]
    bare = thing("report").with_sharing(Sharing(audience=Audience(community=True)))
    assert rules(border_refusals(bare)) == ["private"]

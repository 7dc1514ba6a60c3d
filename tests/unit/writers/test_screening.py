"""Who may be named in a file, whatever its format."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from tests.unit.writers.support import (
    NOW,
    domain_object,
    export,
    listed,
    related,
    saying,
    sco,
    terms,
    uid,
    whys,
    written,
)
from tocsin.exchange.writers import People, Saying, screen, writer, writers
from tocsin.foundation import JsonObject, RefusedError
from tocsin.records import CLAIM_TYPE, Marking, Tlp
from tocsin.records.observables import Kind

ACCOUNT = sco("https://t.me/example_channel")
MAIL = sco("info@amc.example")
PHONE = sco("+33 1 99 00 12 34", Kind.PHONE)
HOST = sco("news[.]example")
PUBLIC, INNER = saying(marking=Tlp.CLEAR), saying(marking=Tlp.GREEN)


@pytest.mark.parametrize("format_", sorted(writers()))
@pytest.mark.parametrize("said", [saying(), INNER], ids=["unmarked", "green"])
def test_what_no_source_published_is_left_out_of_every_format(
    format_: str, said: object, tmp_path: Path
) -> None:
    made = listed(ACCOUNT, MAIL, PHONE, HOST, said=said)
    report = writer(format_).write(made, tmp_path / "out")
    assert {ACCOUNT.id, MAIL.id, PHONE.id} <= set(whys(report))
    assert HOST.id not in whys(report)
    raw = report.path.read_bytes()
    for secret in (b"example_channel", b"amc", b"33199001234"):
        assert secret not in raw
    # The id follows from the value: naming it would confirm a guess.
    for item in (ACCOUNT, MAIL, PHONE):
        assert item.id.partition("--")[2].encode() not in raw


def test_what_its_source_published_stays() -> None:
    made = screen(listed(ACCOUNT, MAIL, PHONE, said=PUBLIC))
    assert made.left_out == ()
    marked = sco("https://t.me/example_channel", tlp=Tlp.CLEAR)
    assert screen(export(marked)).left_out == ()


def test_what_this_organisation_wrote_itself_is_not_published_by_its_own_marking() -> None:
    author: JsonObject = dict(domain_object("identity", 1, name="Us").body)
    own = domain_object(
        "channel", 2, name="https://t.me/a_person", created_by_ref=uid("identity", 1)
    )
    made = screen(export(own, author=author))
    assert [each.id for each in made.left_out] == [own.id]


def test_an_unmarked_object_of_a_bundle_that_is_public_throughout_stays() -> None:
    bundle = saying(source="report.json", is_list=False)
    channel = domain_object("channel", 3, None, name="https://t.me/example_channel")
    clear = domain_object("campaign", 4, name="C")
    said = {item.id: (bundle,) for item in (channel, clear)}
    assert screen(export(channel, clear, sayings=said)).left_out == ()


@pytest.mark.parametrize("other", [Tlp.GREEN, Tlp.AMBER, None])
def test_an_unmarked_object_of_any_other_bundle_does_not(other: Tlp | None) -> None:
    bundle = saying(source="report.json", is_list=False)
    channel = domain_object("channel", 5, None, name="https://t.me/example_channel")
    inner = domain_object("campaign", 6, other, name="C")
    clear = domain_object("campaign", 7, name="D")
    objects = (channel, inner, clear) if other else (channel, inner)
    said = {item.id: (bundle,) for item in objects}
    assert [each.id for each in screen(export(*objects, sayings=said)).left_out] == [channel.id]


def test_a_public_bundle_does_not_publish_what_only_a_list_names() -> None:
    clear = domain_object("campaign", 8, name="C")
    said = {
        clear.id: (saying(source="x", is_list=False),),
        ACCOUNT.id: (saying(source="x", is_list=True),),
    }
    made = screen(export(clear, ACCOUNT, sayings=said))
    assert [each.id for each in made.left_out] == [ACCOUNT.id]


def test_an_indicator_on_an_account_is_held_to_the_same_rule() -> None:
    pattern = "[user-account:account_type = 'telegram' AND user-account:account_login = 'a_person']"
    richer = "[email-addr:value = 'info@amc.example' OR domain-name:value = 'a.example']"
    for number, each in enumerate((pattern, richer)):
        made = domain_object(
            "indicator", number, Tlp.GREEN, pattern=each, pattern_type="stix", valid_from="x"
        )
        assert [left.id for left in screen(export(made)).left_out] == [made.id]


def test_nothing_that_stays_mentions_what_was_left_out(tmp_path: Path) -> None:
    campaign = domain_object("campaign", 9, name="C")
    relation = related(10, campaign.id, ACCOUNT.id)
    told = domain_object(
        "report", 11, name="R", published="2026-11-02T08:00:00Z",
        object_refs=[campaign.id, ACCOUNT.id, relation.id], x_seen=[{"ref": ACCOUNT.id}],
    )  # fmt: skip
    made = export(campaign, ACCOUNT, relation, told, sayings={ACCOUNT.id: (saying(),)})
    for format_ in ("stix", "opencti"):
        report, found = written(format_, made, tmp_path)
        assert found[told.id]["object_refs"] == [campaign.id]
        assert ACCOUNT.id not in report.path.read_text()
        assert relation.id in whys(report)


def test_a_published_account_is_told_without_what_was_said_in_confidence() -> None:
    said = (saying(marking=Tlp.AMBER, comment="our mole"), saying(marking=Tlp.CLEAR, comment="pub"))
    made = screen(export(ACCOUNT, sayings={ACCOUNT.id: said}))
    assert [each.comment for each in made.export.said_of(ACCOUNT.id)] == ["pub"]


def test_a_comment_that_names_people_stays_home_unless_it_was_published() -> None:
    said = (
        saying(comment="owner is bob@amc.example"),
        saying(comment="owner is bob@amc.example", marking=Tlp.CLEAR),
        saying(comment="same server as news.example"),
    )
    made = screen(export(HOST, sayings={HOST.id: said}))
    comments = [each.comment for each in made.export.said_of(HOST.id)]
    assert "bob" not in str(comments[0])
    assert comments[1:] == ["owner is bob@amc.example", "same server as news.example"]


def test_people_are_included_on_the_terms_of_a_release() -> None:
    made = listed(ACCOUNT, people=People.INCLUDE, terms=terms())
    assert screen(made).left_out == ()


@pytest.mark.parametrize(
    ("missing", "word"),
    [
        ({"terms": None}, "purpose"),
        ({"reviewed": False}, "reviewed"),
        ({"terms": terms(purpose=None)}, "purpose"),
        ({"terms": terms(expires=None)}, "expiry"),
        ({"terms": terms(review=None)}, "second person"),
        ({"terms": terms(expires=datetime(2026, 1, 1, tzinfo=UTC))}, "expiry"),
    ],
)
def test_people_are_refused_with_every_reason_when_a_term_is_missing(
    missing: dict[str, Any], word: str
) -> None:
    made = evolve(listed(ACCOUNT, people=People.INCLUDE, terms=terms()), **missing)
    with pytest.raises(RefusedError, match=word) as caught:
        screen(made)
    assert caught.value.hint


def test_including_people_asks_for_no_terms_where_there_are_none_to_include() -> None:
    assert screen(listed(HOST, people=People.INCLUDE)).left_out == ()


def test_for_own_use_everything_is_there_and_says_that_it_is_not_for_sharing(
    tmp_path: Path,
) -> None:
    made = listed(ACCOUNT, HOST, for_own_use=True, reviewed=False)
    report, found = written("stix", made, tmp_path)
    assert report.left_out == ()
    assert found[ACCOUNT.id]["object_marking_refs"] == [Tlp.RED.marking_id]
    assert found[HOST.id]["object_marking_refs"] == [Tlp.AMBER.marking_id]
    for format_ in writers():
        raw = writer(format_).write(made, tmp_path / "own")
        if format_ in ("stix", "opencti"):
            assert b"tocsin:not-for-sharing" in raw.path.read_bytes()


CLAIM = domain_object(
    CLAIM_TYPE, 12, statement="X runs it", claimant="a report", operator="X",
    evidence_class="open-reporting", stated_on="2026-10-01T00:00:00Z", confidence=60,
)  # fmt: skip
ANSWERED = CLAIM.replaced(right_of_reply="asked, no answer")


def test_naming_an_operator_in_public_needs_a_second_person_and_a_reply() -> None:
    (left,) = screen(export(CLAIM)).left_out
    assert "second person" in left.why
    assert "offered a reply" in left.why
    assert screen(export(ANSWERED, terms=terms())).left_out == ()
    inner = CLAIM.replaced(object_marking_refs=[Tlp.AMBER.marking_id])
    assert screen(export(inner)).left_out == ()


def test_names_typed_into_a_claim_are_no_second_person() -> None:
    typed = ANSWERED.replaced(approved_by=["analyst-1", "analyst-2"])
    assert [each.id for each in screen(export(typed)).left_out] == [CLAIM.id]


@pytest.mark.parametrize(
    "more",
    [
        {"reviewed": False},
        {"recorded_by": {CLAIM.id: frozenset({"Analyst-2"})}},
        {"terms": None},
    ],
    ids=["reviewed as it was before", "reviewed by who recorded it", "no terms"],
)
def test_a_claim_is_in_no_file_without_a_standing_review_by_another(more: dict[str, Any]) -> None:
    (left,) = screen(evolve(export(ANSWERED, terms=terms()), **more)).left_out
    assert "second person" in left.why


def test_the_default_marking_may_make_a_claim_public_too() -> None:
    unmarked = ANSWERED.replaced(object_marking_refs=None)
    made = export(unmarked, default_marking=Marking(Tlp.CLEAR))
    assert [each.id for each in screen(made).left_out] == [CLAIM.id]


def test_for_own_use_a_claim_that_may_not_be_public_becomes_red() -> None:
    (kept,) = screen(export(CLAIM, for_own_use=True)).export.objects
    assert kept.marking_refs == (Tlp.RED.marking_id,)


def test_what_others_published_stays_their_word_and_ones_own_attribution_is_a_claim() -> None:
    author: JsonObject = dict(domain_object("identity", 1, name="Us").body)
    theirs = domain_object("threat-actor", 15, name="X", created_by_ref=uid("identity", 2))
    ours = domain_object("threat-actor", 16, name="X", created_by_ref=uid("identity", 1))
    made = screen(export(theirs, ours, author=author))
    assert [(each.id, each.why) for each in made.left_out] == [
        (ours.id, "a threat-actor says in public who is behind it; only a claim may")
    ]


def test_a_sealed_object_leaves_in_no_export_not_even_for_own_use() -> None:
    sealed = domain_object("x-tocsin-sealed", 13, Tlp.RED)
    assert screen(export(sealed, for_own_use=True)).left_out[0].id == sealed.id


def test_what_its_author_let_expire_goes_on_in_no_file_but_ones_own() -> None:
    shared = domain_object("campaign", 14, name="C").with_sharing(
        terms(expires=datetime(2026, 11, 1, tzinfo=UTC))
    )
    assert "2026-11-01" in screen(export(shared)).left_out[0].why
    assert screen(export(shared, for_own_use=True)).left_out == ()


@pytest.mark.parametrize(
    ("said", "tlp"),
    [
        ((saying(marking=Tlp.AMBER),), Tlp.AMBER),
        ((saying(marking=Tlp.AMBER), saying(marking=Tlp.GREEN)), Tlp.GREEN),
        ((saying(marking=Tlp.AMBER), saying()), Tlp.CLEAR),
        ((), Tlp.CLEAR),
    ],
)
def test_the_default_marking_loosens_nothing_that_a_source_marked(
    said: tuple[Saying, ...], tlp: Tlp
) -> None:
    made = export(HOST, sayings={HOST.id: said}, default_marking=Marking(Tlp.CLEAR))
    assert made.marking_of(HOST).tlp is tlp
    (kept,) = screen(made).export.objects
    assert screen(made).export.marking_of(kept).tlp is tlp


def test_what_a_stricter_source_said_of_it_is_in_no_file_but_ones_own() -> None:
    said = (saying(marking=Tlp.AMBER, comment="our mole"), saying(marking=Tlp.GREEN, comment="ok"))
    made = screen(export(HOST, sayings={HOST.id: said}, default_marking=Marking(Tlp.CLEAR)))
    assert [each.comment for each in made.export.said_of(HOST.id)] == ["ok"]
    own = screen(export(HOST, sayings={HOST.id: said}, for_own_use=True)).export
    assert len(own.said_of(HOST.id)) == 2
    assert own.marking_of(HOST).tlp is Tlp.AMBER


def test_a_marking_in_words_of_its_own_counts_as_amber() -> None:
    words: JsonObject = {"marking": "internal only"}
    said = Saying.read(words, source="x", recorded_at=NOW, is_list=True)
    assert said.marking is Tlp.AMBER


def test_a_claim_whose_words_name_an_account_is_no_way_round_the_rule_for_people() -> None:
    words = "run from t.me/a_person"
    ours = CLAIM.replaced(object_marking_refs=[Tlp.AMBER.marking_id], statement=words)
    assert [each.id for each in screen(export(ours)).left_out] == [CLAIM.id]
    assert screen(export(ours, people=People.INCLUDE, terms=terms())).left_out == ()

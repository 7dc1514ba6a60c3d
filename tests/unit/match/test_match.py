"""Received indicators against own records: canonical, explained, answered to the author alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from tests.unit.release_desk import Desk
from tocsin.foundation import BadInputError, JsonObject
from tocsin.intake import read_events
from tocsin.match import Match, answer, match_activity, match_received
from tocsin.match.matching import Rule
from tocsin.records import (
    Audience,
    Authorship,
    Marking,
    MemberKind,
    Sharing,
    StixObject,
    Tlp,
    new_object,
    stix_time,
)
from tocsin.records.observables import read_value
from tocsin.vault import Holding, Provenance, Source, Standing, Transaction

SEEN = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def hold(desk: Desk, written: str, **said: str) -> str:
    """Hold what one row of a list names; return the object's id."""
    (observable,) = read_value(written).observables
    item = StixObject.of(observable.to_sco())
    sayings: JsonObject = {**said}

    def work(tx: Transaction) -> None:
        source = tx.private.add_source(Source(name="own.csv", digest="01", format="list", by="ada"))
        keys = (observable.key, *observable.also_keys)
        tx.private.hold([Holding(item, keys, Provenance(source, "row 7", sayings))], by="ada")

    desk.vault.write(work)
    return item.id


def receive(desk: Desk, written: str, *, named: bool = True, tlp: Tlp = Tlp.GREEN) -> StixObject:
    """Take in an indicator that the lab released."""
    (observable,) = read_value(written).observables
    item = new_object(
        "indicator",
        now=desk.clock.now(),
        entropy=desk.entropy,
        author=desk.lab.id if named else None,
        marking=Marking(tlp),
        fields={"pattern": observable.pattern, "pattern_type": "stix"},
    ).with_sharing(
        Sharing(
            audience=Audience(community=True, members=frozenset({desk.author.id})),
            authorship=Authorship.NAMED if named else Authorship.NONE,
            origins=frozenset({MemberKind.RESEARCH}),
        )
    )
    accept(desk, item)
    return item


def accept(desk: Desk, item: StixObject) -> None:
    desk.vault.write(lambda tx: tx.shared.accept(item, standing=Standing.RECEIVED, by="sync"))


def new_id(item: StixObject, number: int) -> StixObject:
    return item.replaced(id=f"{item.type}--00000000-0000-4000-8000-{number:012d}")


def answered(desk: Desk, matches: list[Match]) -> list[StixObject]:
    """Answer and return what waits in the outbox."""
    answer(
        matches,
        member=desk.author,
        community=desk.community,
        vault=desk.vault,
        keyring=desk.keyring,
        clock=desk.clock,
        entropy=desk.entropy,
        by="ada",
    )
    with desk.vault.read() as snapshot:
        return [each.object for each in snapshot.outbox.due(desk.clock.now())]


@pytest.mark.parametrize(
    ("ours", "theirs", "rule"),
    [
        ("one[.]example", "ONE.example.", Rule.EXACT),
        ("www.one.example", "one.example", Rule.WWW),
        ("one.example", "www.one.example", Rule.WWW),
        ("one.example", "https://one.example/story/1", Rule.HOST_OF_URL),
        ("http://one.example/story/1", "https://one.example/story/1", Rule.EXACT),
        ("https://t.me/s/Borrowed_Voice", "https://t.me/borrowed_voice", Rule.EXACT),
    ],
)
def test_what_names_the_same_thing_matches_and_says_how(
    desk: Desk, ours: str, theirs: str, rule: Rule
) -> None:
    record = hold(desk, ours)
    item = receive(desk, theirs)
    (match,) = match_received(desk.vault, now=desk.clock.now())
    assert match.object.id == item.id
    assert [(each.record, each.rule) for each in match.evidence] == [(record, rule)]
    assert match.evidence[0].sources == ("own.csv, row 7",)


def test_another_name_and_a_subdomain_do_not_match(desk: Desk) -> None:
    hold(desk, "news.one.example")
    receive(desk, "one.example")
    receive(desk, "two.example")
    assert match_received(desk.vault, now=desk.clock.now()) == []


def test_what_is_withdrawn_does_not_match(desk: Desk) -> None:
    hold(desk, "one.example")
    item = receive(desk, "one.example")
    accept(desk, item.replaced(revoked=True, modified="2026-11-04T00:00:00.000Z"))
    assert match_received(desk.vault, now=desk.clock.now()) == []


@pytest.mark.parametrize("days", [9, 11])
def test_what_has_expired_or_is_valid_no_longer_does_not_match(desk: Desk, days: int) -> None:
    hold(desk, "one.example")
    item = receive(desk, "one.example")
    now = desk.clock.now()
    assert item.sharing is not None
    bodies = (
        new_id(item.replaced(valid_until=stix_time(now + timedelta(days=10))), 1),
        new_id(item, 2).with_sharing(evolve(item.sharing, expires=now + timedelta(days=10))),
    )
    for each in bodies:
        accept(desk, each)
    later = now + timedelta(days=days)
    matched = {match.object.id for match in match_received(desk.vault, now=later)}
    assert matched == {item.id} | ({each.id for each in bodies} if days < 10 else set())


def test_an_indicator_for_one_of_several_identifiers_matches_each_of_them(desk: Desk) -> None:
    records = [hold(desk, f"{name}.example") for name in ("one", "two")]
    pattern = " OR ".join(
        f"[domain-name:value = '{name}.example']" for name in ("one", "two", "three")
    )
    item = receive(desk, "one.example")
    accept(desk, item.replaced(pattern=pattern, modified="2026-11-04T00:00:00.000Z"))
    matches = match_received(desk.vault, now=desk.clock.now())
    assert [(match.object.id, match.value) for match in matches] == [
        (item.id, "one.example"),
        (item.id, "two.example"),
    ]
    assert [match.evidence[0].record for match in matches] == records
    (sighting,) = answered(desk, matches)
    assert sighting.body["count"] == 2


def test_only_the_named_objects_are_matched_when_asked(desk: Desk) -> None:
    hold(desk, "one.example")
    item = receive(desk, "one.example")
    assert match_received(desk.vault, now=desk.clock.now(), only=[]) == []
    assert len(match_received(desk.vault, now=desk.clock.now(), only=[item.id])) == 1


def test_a_sighting_goes_to_the_author_alone_and_tells_no_source(desk: Desk) -> None:
    hold(desk, "one.example", first_observed="2026-05-01T12:00:00Z", comment="our informant")
    item = receive(desk, "one.example")
    (sighting,) = answered(desk, match_received(desk.vault, now=desk.clock.now()))
    assert sighting.type == "sighting"
    assert sighting.body["sighting_of_ref"] == item.id
    assert sighting.body["first_seen"] == "2026-05-01T12:00:00.000Z"
    assert sighting.sharing is not None
    assert sighting.sharing.audience == Audience(members=frozenset({desk.lab.id}))
    assert sighting.sharing.derived_from == (item.id,)
    assert b"informant" not in sighting.to_json()
    assert b"own.csv" not in sighting.to_json()


def test_a_registration_date_is_no_first_seen(desk: Desk) -> None:
    hold(desk, "one.example", registered_on="2020-01-01T00:00:00Z")
    receive(desk, "one.example")
    (sighting,) = answered(desk, match_received(desk.vault, now=desk.clock.now()))
    assert "first_seen" not in sighting.body


def test_an_answer_is_given_once(desk: Desk) -> None:
    hold(desk, "one.example")
    receive(desk, "one.example")
    assert len(answered(desk, match_received(desk.vault, now=desk.clock.now()))) == 1
    assert len(answered(desk, match_received(desk.vault, now=desk.clock.now()))) == 1


def test_an_unnamed_author_cannot_be_answered_and_that_is_said(desk: Desk) -> None:
    hold(desk, "one.example")
    item = receive(desk, "one.example", named=False)
    done = answer(
        match_received(desk.vault, now=desk.clock.now()),
        member=desk.author,
        community=desk.community,
        vault=desk.vault,
        keyring=desk.keyring,
        clock=desk.clock,
        entropy=desk.entropy,
        by="ada",
    )
    assert done.sightings == ()
    assert done.unanswered == ((item.id, "its author is not named"),)


@pytest.mark.parametrize("tlp", [Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER, Tlp.AMBER_STRICT])
def test_an_answer_is_never_laxer_than_what_it_answers(desk: Desk, tlp: Tlp) -> None:
    hold(desk, "one.example")
    receive(desk, "one.example", tlp=tlp)
    (sighting,) = answered(desk, match_received(desk.vault, now=desk.clock.now()))
    assert sighting.marking is not None
    assert sighting.marking.tlp.rank >= max(tlp.rank, Tlp.AMBER.rank)


def test_rows_of_a_table_of_activity_match_without_being_kept(desk: Desk, tmp_path: Path) -> None:
    item = receive(desk, "one.example")
    table = tmp_path / "posts.csv"
    table.write_text(
        "url,first seen,author\n"
        "https://other.example/a,2026-05-01,x\n"
        "one[.]example,2026-05-02,y\n"
        "www.one.example,2026-05-03,z\n",
        encoding="utf-8",
    )
    (match,) = match_activity(desk.vault, read_events(table), table.name, now=desk.clock.now())
    assert match.object.id == item.id
    assert [each.sources for each in match.evidence] == [
        ("posts.csv, row 3",),
        ("posts.csv, row 4",),
    ]
    assert [each.rule for each in match.evidence] == [Rule.EXACT, Rule.WWW]
    assert match.first_observed == datetime(2026, 5, 2, tzinfo=UTC)
    with desk.vault.read() as snapshot:
        assert snapshot.private.counts() == {}


def test_a_table_of_activity_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"missing\.csv"):
        list(read_events(tmp_path / "missing.csv"))

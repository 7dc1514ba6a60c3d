"""The quota at all three parties, also against an asker whose own node checks nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LONG
from tests.unit.exchange_overlap.circle import Circle, domains
from tests.unit.exchange_overlap.rogue import Rogue
from tocsin.exchange.overlap import State, ask, overlap_limits, set_overlap_limits
from tocsin.foundation import BadInputError, RefusedError
from tocsin.records import MemberKind

QUERIES = 1_000 if LONG else 300


@pytest.fixture
def circle(tmp_path: Path) -> Iterator[Circle]:
    with Circle(tmp_path) as made:
        made.join("ana", domains(*range(700))).join("bo", domains(*range(600, 800)))
        yield made


def test_637_elements_pass_by_default(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        circle.join("ana", domains(*range(637))).join("bo", domains(*range(152, 700)))
        ask(circle.party("ana"), "bo")
        circle.steps("ana", "bo", "ana")

        assert (circle.record("ana").asked, circle.record("ana").common) == (637, 485)


def test_of_hundreds_of_questions_about_one_name_none_is_answered(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    for number in range(QUERIES):
        rogue.post(domains(number))
    circle.step("bo")

    assert rogue.counts(circle) == []
    received = circle.records("bo")
    assert len(received) == QUERIES
    assert {record.state for record in received} == {State.REFUSED}


def test_of_hundreds_of_questions_that_differ_by_one_name_four_are_answered(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    for number in range(QUERIES):
        rogue.post([*domains(*range(20)), f"guess{number}.example"])
    circle.step("bo")
    rogue.finish_all()

    assert len(rogue.counts(circle)) == 4
    assert len(circle.records("bo")) == QUERIES


def test_the_holder_refuses_by_its_own_count_when_the_exchange_does_not(circle: Circle) -> None:
    circle.vaults["exchange"].write(
        lambda tx: set_overlap_limits(tx, "convenor", max_queries=1_000, min_elements=1)
    )
    rogue = Rogue(circle, "ana", "bo")
    for number in range(10):
        rogue.post(domains(*range(number, number + 21)))
    rogue.post(domains(1))
    circle.step("bo")
    rogue.finish_all()

    assert len(rogue.counts(circle)) == 4
    whys = [record.why for record in circle.records("bo") if record.state is State.REFUSED]
    assert len(whys) == 7
    assert "4 askings in this epoch are used up" in whys


def test_elements_are_limited_as_well(circle: Circle) -> None:
    circle.vaults["exchange"].write(lambda tx: set_overlap_limits(tx, "x", max_elements=50))
    rogue = Rogue(circle, "ana", "bo")
    for start in (0, 30, 60):
        rogue.post(domains(*range(start, start + 25)))
    circle.step("bo")
    rogue.finish_all()

    assert len(rogue.counts(circle)) == 2


def test_a_new_epoch_begins_a_new_count(circle: Circle) -> None:
    for _ in range(4):
        ask(circle.party("ana"), "bo")
    with pytest.raises(RefusedError, match="used up"):
        ask(circle.party("ana"), "bo")
    circle.clock.advance(days=7)

    assert ask(circle.party("ana"), "bo").state is State.WAITING


def test_limits_count_for_each_pair_alone(circle: Circle) -> None:
    circle.join("cy", domains(*range(30)))
    for _ in range(4):
        ask(circle.party("ana"), "bo")

    assert ask(circle.party("ana"), "cy").state is State.WAITING
    assert ask(circle.party("cy"), "bo").state is State.WAITING


def test_a_refused_asking_is_logged_at_the_asker(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        circle.join("ana", domains(1, 2)).join("bo")
        with pytest.raises(RefusedError, match="fewer than the minimum of 20"):
            ask(circle.party("ana"), "bo")

        with circle.vaults["ana"].read() as snapshot:
            (entry,) = snapshot.log.entries(kind="overlap")
        assert entry.said["state"] == "refused"
        assert circle.records("ana") == []


def test_government_asks_about_no_accounts_mails_or_phones(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        mails = [f"person{number}@site.example" for number in range(30)]
        circle.join("ministry", mails, MemberKind.GOVERNMENT).join("bo", mails)
        with pytest.raises(RefusedError, match="government member cannot ask about email"):
            ask(circle.party("ministry"), "bo", kinds=["email"])

        rogue = Rogue(circle, "ministry", "bo", kinds=("email",))
        rogue.post([f"email:{mail}" for mail in mails])
        circle.step("bo")
        assert circle.record("bo").state is State.REFUSED


def test_government_that_declares_domains_gets_no_count_of_accounts(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        mails = [f"person{number}@site.example" for number in range(30)]
        circle.join("ministry", (), MemberKind.GOVERNMENT).join("bo", mails)
        rogue = Rogue(circle, "ministry", "bo")
        rogue.post([f"email:{mail}" for mail in mails])
        circle.step("bo")
        rogue.finish_all()

        assert rogue.counts(circle) == [0]


def test_limits_can_be_set_and_are_checked(circle: Circle) -> None:
    circle.vaults["bo"].write(lambda tx: set_overlap_limits(tx, "bo", min_elements=100))
    with circle.vaults["bo"].read() as snapshot:
        assert overlap_limits(snapshot).min_elements == 100
        assert overlap_limits(snapshot).max_queries == 4
    with pytest.raises(BadInputError):
        circle.vaults["bo"].write(lambda tx: set_overlap_limits(tx, "bo", epoch_days=1))
    with pytest.raises(BadInputError):
        circle.vaults["bo"].write(lambda tx: set_overlap_limits(tx, "bo", max_queries=0))

"""Two members find what they share: the whole way through, and what each side sees on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.exchange_overlap.circle import Circle, domains, hold
from tocsin.exchange.overlap import State, approve, ask, list_askings, refuse, show
from tocsin.foundation import BadInputError, RefusedError


@pytest.fixture
def circle(tmp_path: Path) -> Iterator[Circle]:
    with Circle(tmp_path) as made:
        made.join("ana", domains(*range(40))).join("bo", domains(*range(30, 300)))
        yield made


def counted(circle: Circle) -> str:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana", "bo")
    return asking_id


def revealed(circle: Circle) -> str:
    asking_id = counted(circle)
    approve(circle.party("bo", by="carla"), asking_id)
    circle.steps("bo", "ana", "bo")
    return asking_id


def test_both_sides_learn_the_count_and_no_items(circle: Circle) -> None:
    asking_id = counted(circle)

    for name in ("ana", "bo"):
        seen = show(circle.party(name), asking_id)
        assert (seen["asked"], seen["common"], seen["state"]) == (40, 10, "counted")
        assert seen["items"] == []


def test_after_consent_both_sides_see_the_same_items(circle: Circle) -> None:
    asking_id = revealed(circle)

    for name in ("ana", "bo"):
        seen = show(circle.party(name), asking_id)
        assert seen["state"] == "revealed"
        assert seen["answered"] is True
        assert isinstance(seen["items"], list)
        assert [row["value"] for row in seen["items"] if isinstance(row, dict)] == sorted(
            domains(*range(30, 40))
        )
        assert seen["why"] is None


def test_who_saw_first_comes_from_recorded_observations_only(circle: Circle) -> None:
    early, late = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"
    names = domains(30, 31, 32, 33)
    hold(circle.vaults["ana"], dict(zip(names, (early, late, early, late), strict=True)), name="a")
    hold(circle.vaults["bo"], dict(zip(names, (late, early, early, None), strict=True)), name="b")

    asking_id = revealed(circle)

    assert show(circle.party("ana"), asking_id)["first"] == {
        "ours": 1,
        "theirs": 1,
        "same": 1,
        "unknown": 7,
    }
    assert show(circle.party("bo"), asking_id)["first"] == {
        "ours": 1, "theirs": 1, "same": 1, "unknown": 7,
    }  # fmt: skip
    rows = show(circle.party("bo"), asking_id)["items"]
    assert isinstance(rows, list)
    assert {
        "value": "site33.example",
        "kind": "domain",
        "ours_first_seen": None,
        "theirs_first_seen": "2024-02-01T00:00:00.000000Z",
    } in rows


def test_a_refusal_reaches_the_asker_with_its_reason(circle: Circle) -> None:
    asking_id = counted(circle)

    refuse(circle.party("bo", by="carla"), asking_id, "not this month")
    circle.steps("bo", "ana")

    seen = show(circle.party("ana"), asking_id)
    assert (seen["state"], seen["why"], seen["items"]) == ("refused", "not this month", [])
    assert circle.record("bo").state is State.REFUSED


def test_an_asker_can_give_up_its_own_asking(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo")

    refuse(circle.party("ana"), asking_id, "asked by mistake")
    circle.steps("ana", "bo")

    assert circle.record("bo").state is State.REFUSED
    assert circle.record("bo").why == "asked by mistake"


def test_nothing_in_common_is_an_answer_too(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        circle.join("ana", domains(*range(20))).join("bo", ["other.example"])
        asking_id = revealed(circle)

        assert show(circle.party("ana"), asking_id)["common"] == 0
        assert show(circle.party("ana"), asking_id)["items"] == []


def test_a_holder_without_any_item_answers_zero(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        circle.join("ana", domains(*range(20))).join("bo")
        asking_id = counted(circle)

        assert show(circle.party("ana"), asking_id)["common"] == 0


def test_only_the_items_of_a_case_are_asked_for_when_it_is_named(circle: Circle) -> None:
    with circle.vaults["ana"].read() as snapshot:
        found = snapshot.private.find(f"domain:{name}" for name in domains(*range(25)))
    objects = [object_id for ids in found.values() for object_id in ids]

    record = ask(circle.party("ana"), "bo", object_ids=objects)

    assert record.asked == 25


def test_accounts_are_asked_for_only_by_name(tmp_path: Path) -> None:
    with Circle(tmp_path) as circle:
        mails = [f"person{number}@site.example" for number in range(21)]
        circle.join("ana", [*domains(*range(20)), *mails]).join("bo", mails)

        assert ask(circle.party("ana"), "bo").asked == 20
        assert ask(circle.party("ana"), "bo", kinds=["email"]).asked == 21


def test_every_step_can_be_repeated(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    for _ in range(3):
        circle.steps("bo", "ana", "ana", "bo", "bo")
    approve(circle.party("bo"), asking_id)
    for _ in range(3):
        circle.steps("ana", "bo", "bo", "ana")

    assert circle.step("ana") == circle.step("bo") == []
    assert show(circle.party("ana"), asking_id)["state"] == "revealed"
    assert circle.record("bo").is_answered


def test_two_askings_in_one_epoch_share_the_tags(circle: Circle) -> None:
    first, second = ask(circle.party("ana"), "bo").id, ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana")

    assert {show(circle.party("ana"), each)["common"] for each in (first, second)} == {10}
    assert len([name for name in circle.blobs.folders if name.startswith("tags/")]) == 1


def test_the_exchange_keeps_nothing_but_counts_after_the_reveal(circle: Circle) -> None:
    asking_id = revealed(circle)

    kept = {name: set(blobs) for name, blobs in circle.blobs.folders.items() if blobs}
    assert kept == {f"sealed/{asking_id}": {"disclosure-1", "reply-1"}}


def test_the_exchange_keeps_nothing_but_counts_after_a_refusal(circle: Circle) -> None:
    asking_id = counted(circle)
    refuse(circle.party("bo"), asking_id, "no")
    circle.step("bo")

    assert not any(circle.blobs.folders.values())


def test_what_is_never_finished_is_deleted_after_a_week(circle: Circle) -> None:
    counted(circle)
    circle.clock.advance(days=7)
    circle.steps("ana", "bo")

    assert not any(circle.blobs.folders.values())
    assert circle.record("ana").state is State.REFUSED
    assert circle.record("bo").state is State.REFUSED


def test_sealed_letters_are_deleted_after_a_week(circle: Circle) -> None:
    revealed(circle)
    circle.clock.advance(days=7, hours=1)
    circle.step("ana")

    assert not any(circle.blobs.folders.values())


def test_all_three_log_the_asking_and_none_logs_an_item(circle: Circle) -> None:
    revealed(circle)

    for name in ("ana", "bo", "exchange"):
        with circle.vaults[name].read() as snapshot:
            entries = list(snapshot.log.entries(kind="overlap"))
        assert {"counted", "revealed"} <= {
            str(entry.said.get("state") or entry.said.get("stage")) for entry in entries
        }
        assert all("site" not in str(entry.event) for entry in entries)


def test_lists_name_both_directions(circle: Circle) -> None:
    counted(circle)

    (made,), (received,) = list_askings(circle.party("ana")), list_askings(circle.party("bo"))
    assert (made["side"], made["member_name"]) == ("asker", "bo")
    assert (received["side"], received["member_name"]) == ("holder", "ana")


def test_the_asker_forgets_its_questions_when_the_asking_is_over(circle: Circle) -> None:
    asking_id = revealed(circle)

    with circle.vaults["ana"].read() as snapshot:
        assert snapshot.documents.get("overlap-items", asking_id) is None
        assert snapshot.documents.get("overlap-outputs", asking_id) is None


@pytest.mark.parametrize("who", ["ana", "nobody"])
def test_oneself_and_strangers_cannot_be_asked(circle: Circle, who: str) -> None:
    with pytest.raises(BadInputError):
        ask(circle.party("ana"), who)


def test_an_unknown_kind_is_named(circle: Circle) -> None:
    with pytest.raises(BadInputError, match="'password' is no kind"):
        ask(circle.party("ana"), "bo", kinds=["password"])


def test_only_what_is_counted_can_be_approved_and_only_by_the_holder(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo")
    with pytest.raises(RefusedError, match="nothing to approve"):
        approve(circle.party("bo"), asking_id)
    circle.steps("ana", "bo")
    with pytest.raises(RefusedError, match="only the member that was asked"):
        approve(circle.party("ana"), asking_id)
    with pytest.raises(BadInputError):
        approve(circle.party("bo"), "x-tocsin-overlap--unknown")


def test_a_refusal_needs_a_reason_and_something_to_refuse(circle: Circle) -> None:
    asking_id = revealed(circle)
    with pytest.raises(BadInputError, match="reason"):
        refuse(circle.party("bo"), asking_id, " ")
    with pytest.raises(RefusedError, match="already"):
        refuse(circle.party("bo"), asking_id, "too late")


def test_a_page_under_http_and_https_is_one_item(tmp_path: Path) -> None:
    pages = [f"://site{number}.example/story" for number in range(25)]
    with Circle(tmp_path) as circle:
        circle.join("ana", [f"https{page}" for page in pages])
        circle.join("bo", [f"http{page}" for page in pages[:21]])
        asking_id = ask(circle.party("ana"), "bo", kinds=["url"]).id
        circle.steps("ana", "bo", "ana", "bo")
        seen = show(circle.party("ana"), asking_id)
    assert (seen["asked"], seen["common"]) == (25, 21)

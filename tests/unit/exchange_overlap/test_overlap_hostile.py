"""Hostile parties: the asker, the holder, the exchange, a third member, and pairs of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import evolve, frozen

from tests.unit.exchange_overlap.circle import Circle, domains
from tests.unit.exchange_overlap.rogue import Rogue
from tocsin.exchange.overlap import LocalMailbox, State, UnknownAskingError, approve, ask, show
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.exchange.overlap.mailbox import TagSet
from tocsin.exchange.overlap.notices import Notice
from tocsin.exchange.overlap.reveal import Shown, write_sealed
from tocsin.foundation import BadInputError, RefusedError, TocsinError, TrustError
from tocsin.trust import TAG_BYTES, HolderKey, KeyRing, split_tags

GARBAGE = {
    "not canonical": b"\xff" * 32,
    "the identity": bytes(32),
    "negative": bytes([1]) + bytes(31),
}


@pytest.fixture
def circle(tmp_path: Path) -> Iterator[Circle]:
    with Circle(tmp_path) as made:
        made.join("ana", domains(*range(40))).join("bo", domains(*range(30, 100)))
        made.join("cy", domains(*range(1000, 1040)))
        yield made


@frozen
class Meddler:
    """An exchange that changes what it hands to one member; everything else is passed on."""

    inner: LocalMailbox
    letter_as: Callable[[Letter], Letter] = lambda letter: letter
    notice_as: Callable[[Notice], Notice] = lambda notice: notice
    approve_as: Callable[[bytes], bytes] = lambda tags: tags

    def notices(self, after: int) -> tuple[list[Notice], int]:
        found, following = self.inner.notices(after)
        return [self.notice_as(each) for each in found], following

    def notice(self, asking_id: str) -> Notice | None:
        found = self.inner.notice(asking_id)
        return None if found is None else self.notice_as(found)

    def post(self, letter: Letter, tags: TagSet | None = None) -> Notice:
        return self.inner.post(letter, tags)

    def letter(self, asking_id: str, kind: LetterKind) -> Letter:
        return self.letter_as(self.inner.letter(asking_id, kind))

    def tag_parts(self, asker: str, name: str) -> frozenset[int]:
        return self.inner.tag_parts(asker, name)

    def put_tags(self, tags: TagSet, part: int, data: bytes) -> None:
        self.inner.put_tags(tags, part, data)

    def put_outputs(self, asking_id: str, attempt: int, outputs: bytes) -> Notice:
        return self.notice_as(self.inner.put_outputs(asking_id, attempt, outputs))

    def approve(self, asking_id: str) -> bytes:
        return self.approve_as(self.inner.approve(asking_id))

    def refuse(self, asking_id: str, why: str) -> Notice:
        return self.inner.refuse(asking_id, why)


def flipped(letter: Letter) -> Letter:
    data = bytearray(letter.data)
    data[len(data) // 2] ^= 1
    return evolve(letter, data=bytes(data))


# -- the asker ---------------------------------------------------------------------------------


@pytest.mark.parametrize("element", GARBAGE.values(), ids=GARBAGE)
def test_elements_that_are_none_are_refused_by_the_holder(circle: Circle, element: bytes) -> None:
    rogue = Rogue(circle, "ana", "bo")
    notice = rogue.post_raw(element * 25, 25)
    circle.step("bo")

    assert circle.record("bo").state is State.REFUSED
    assert "no usable element" in str(circle.record("bo").why)
    told = circle.mailbox("ana").notice(notice.id)
    assert told is not None
    assert (told.stage, told.refused_by) == ("refused", circle.members["bo"].id)


@pytest.mark.parametrize("size", [0, 1, 31, 33, 24 * 32, 26 * 32])
def test_elements_of_the_wrong_size_are_refused_by_the_exchange(circle: Circle, size: int) -> None:
    with pytest.raises(BadInputError):
        Rogue(circle, "ana", "bo").post_raw(bytes(size), 25)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "../../etc/passwd"},
        {"epoch": 1},
        {"epoch": -1},
        {"kinds": ["everything"]},
        {"kinds": []},
        {"attempt": 2},
        {"attempt": 0},
        {"attempt": True},
        {"elements": 26},
        {"holder": "identity--00000077-0000-4000-8000-000000000000"},
        {"holder": 5},
    ],
    ids=str,
)
def test_an_asking_whose_terms_do_not_hold_is_refused(
    circle: Circle, changed: dict[str, object]
) -> None:
    with pytest.raises(TocsinError):
        Rogue(circle, "ana", "bo").post(domains(*range(25)), **changed)
    assert circle.step("bo") == []


def test_nobody_asks_in_anothers_name(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    with pytest.raises(RefusedError, match="own name only"):
        rogue.post(domains(*range(25)), asker=circle.members["cy"].id)


def test_nobody_asks_itself(circle: Circle) -> None:
    with pytest.raises(RefusedError):
        Rogue(circle, "ana", "ana").post(domains(*range(25)))


@pytest.mark.parametrize("change", ["fewer", "more", "repeated", "odd"])
def test_outputs_must_be_as_many_and_different_as_the_elements(circle: Circle, change: str) -> None:
    rogue = Rogue(circle, "ana", "bo")
    notice = rogue.post(domains(*range(25)))
    circle.step("bo")
    tags = rogue.finish(notice.id)
    wrong = {
        "fewer": tags[:1],
        "more": [*tags, bytes(TAG_BYTES)],
        "repeated": [tags[0]] * 25,
        "odd": [*tags[:-1], b"short"],
    }[change]

    with pytest.raises(BadInputError):
        circle.mailbox("ana").put_outputs(notice.id, 1, b"".join(wrong))


def test_a_count_is_given_once_whatever_is_handed_in_later(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    notice = rogue.post(domains(*range(20, 45)))
    circle.step("bo")
    tags = rogue.finish(notice.id)
    mailbox = circle.mailbox("ana")
    first = mailbox.put_outputs(notice.id, 1, b"".join(tags))
    others = b"".join(bytes([number]) * TAG_BYTES for number in range(25))

    assert first.common == 15
    assert mailbox.put_outputs(notice.id, 1, others) == first


def test_a_further_attempt_cannot_ask_for_something_else(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    notice = rogue.post(domains(*range(25)))
    with pytest.raises(UnknownAskingError):
        rogue.post(domains(*range(26)), id=notice.id, attempt=2)


def test_one_attempt_with_two_sets_of_elements_is_refused(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    notice = rogue.post(domains(*range(25)))
    with pytest.raises(RefusedError, match="not its turn"):
        rogue.post(domains(*range(50, 75)), id=notice.id)


def test_the_holder_evaluates_one_asking_three_times_at_most(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    notice = rogue.post(domains(*range(25)))
    for attempt in (2, 3, 4):
        circle.step("bo")
        notice = rogue.post(domains(*range(25)), id=notice.id, attempt=attempt)

    assert (notice.stage, notice.why) == ("refused", "evaluated 3 times, never read")


# -- the holder --------------------------------------------------------------------------------


def test_a_wrong_proof_ends_the_asking(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.step("ana")
    key, other = (HolderKey(KeyRing.generate(circle.clock.now()).overlap_seed, "b", "a", "1")
                  for _ in range(2))  # fmt: skip
    mailbox = circle.mailbox("bo")
    asked = mailbox.letter(asking_id, LetterKind.ASKING)
    tags = TagSet(circle.members["bo"].id, circle.members["ana"].id, "0" * 20, 1)
    mailbox.put_tags(tags, 0, b"")
    notice = mailbox.notice(asking_id)
    assert notice is not None
    said = {**notice.attempt_terms, "public_key": other.public_key.hex()}
    signing = circle.keyrings["bo"].signing
    answer = Letter.write(LetterKind.ANSWER, said, key.evaluate(asked.data), signing)
    mailbox.post(answer, tags)
    circle.step("ana")

    assert circle.record("ana").state is State.REFUSED
    assert "not to be trusted" in str(circle.record("ana").why)
    assert mailbox.notice(asking_id).stage == "refused"  # type: ignore[union-attr]


def test_a_holder_that_names_items_it_does_not_hold_is_told_nothing(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana", "bo")
    approve(circle.party("bo"), asking_id)
    outputs = circle.blobs.get(f"open/{asking_id}", "outputs-1")
    assert outputs is not None
    _disclose_without_knowing(circle, asking_id, list(split_tags(outputs)))
    circle.step("ana")

    assert show(circle.party("ana"), asking_id)["items"] == []
    assert "without a proof" in str(circle.record("ana").why)
    reply = circle.mailbox("bo").letter(asking_id, LetterKind.REPLY)
    assert len(reply.data) < 3000


def _disclose_without_knowing(circle: Circle, asking_id: str, tags: list[bytes]) -> None:
    """Claim, as a holder that the exchange told all the asker's tags, that it holds them all."""
    mailbox = circle.mailbox("bo")
    mailbox.approve(asking_id)
    notice = mailbox.notice(asking_id)
    assert notice is not None
    shown = [Shown(tag, bytes(16), None) for tag in tags]
    mailbox.post(
        write_sealed(circle.party("bo"), LetterKind.DISCLOSURE, notice, notice.asker, shown)
    )


# -- the exchange ------------------------------------------------------------------------------


def test_an_exchange_cannot_change_what_is_asked(circle: Circle) -> None:
    ask(circle.party("ana"), "bo")
    circle.step("ana")
    circle.step("bo", Meddler(circle.mailbox("bo"), letter_as=flipped))

    assert circle.record("bo").state is State.REFUSED
    assert "changed on the way" in str(circle.record("bo").why)


def test_an_exchange_cannot_change_what_is_answered(circle: Circle) -> None:
    ask(circle.party("ana"), "bo")
    circle.steps("ana", "bo")
    circle.step("ana", Meddler(circle.mailbox("ana"), letter_as=flipped))

    assert circle.record("ana").state is State.REFUSED
    assert circle.record("ana").common is None


def test_an_exchange_cannot_answer_with_a_key_of_its_own(circle: Circle) -> None:
    ask(circle.party("ana"), "bo")
    circle.steps("ana", "bo")
    own = KeyRing.generate(circle.clock.now())

    def answered(letter: Letter) -> Letter:
        return Letter.write(letter.kind, letter.said, letter.data, own.signing)

    circle.step("ana", Meddler(circle.mailbox("ana"), letter_as=answered))

    assert "stranger" in str(circle.record("ana").why)
    assert not any("outputs-1" in blobs for blobs in circle.blobs.folders.values())


def test_an_exchange_cannot_ask_in_a_members_name(circle: Circle) -> None:
    ask(circle.party("ana"), "bo")
    circle.step("ana")
    own = KeyRing.generate(circle.clock.now())

    def asked(letter: Letter) -> Letter:
        return Letter.write(letter.kind, letter.said, letter.data, own.signing)

    circle.step("bo", Meddler(circle.mailbox("bo"), letter_as=asked))

    assert circle.record("bo").state is State.REFUSED


def test_an_old_asking_shown_under_a_new_number_is_refused(circle: Circle) -> None:
    first = ask(circle.party("ana"), "bo").id
    circle.step("ana")
    old = circle.mailbox("bo").letter(first, LetterKind.ASKING)
    circle.step("bo")
    ask(circle.party("ana"), "bo")
    circle.step("ana")
    circle.step("bo", Meddler(circle.mailbox("bo"), letter_as=lambda _: old))

    assert [record.state for record in circle.records("bo")] == [State.COUNTED, State.REFUSED]
    assert "belongs to another asking" in str(circle.records("bo")[1].why)


def test_an_exchange_that_names_all_tags_as_common_gains_no_item_for_the_asker(
    circle: Circle,
) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana")
    (tags,) = (
        blobs["0-of-1"] for name, blobs in circle.blobs.folders.items() if name.startswith("tags/")
    )
    lying = Meddler(
        circle.mailbox("bo"),
        notice_as=lambda notice: evolve(notice, common=40) if notice.common else notice,
        approve_as=lambda _: tags[: 40 * TAG_BYTES],
    )
    circle.step("bo", lying)
    approve(circle.party("bo"), asking_id)
    circle.step("bo", lying)
    circle.step("ana")
    circle.step("bo", lying)

    seen = {row["value"] for row in _items(circle, "ana", asking_id)}
    assert seen <= set(domains(*range(30, 40)))
    assert {row["value"] for row in _items(circle, "bo", asking_id)} == seen
    assert "asker does not know them" in str(circle.record("bo").why)


def test_more_tags_than_the_person_approved_are_not_revealed(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana", "bo")
    approve(circle.party("bo"), asking_id)
    (tags,) = (
        blobs["0-of-1"] for name, blobs in circle.blobs.folders.items() if name.startswith("tags/")
    )
    circle.step("bo", Meddler(circle.mailbox("bo"), approve_as=lambda _: tags))

    assert circle.record("bo").state is State.REFUSED
    assert "70 items where 10 were approved" in str(circle.record("bo").why)


def test_a_count_above_what_was_asked_is_refused(circle: Circle) -> None:
    ask(circle.party("ana"), "bo")
    circle.steps("ana", "bo", "ana")
    too_many = Meddler(
        circle.mailbox("bo"),
        notice_as=lambda notice: evolve(notice, common=41) if notice.common else notice,
    )
    circle.step("bo", too_many)

    assert circle.record("bo").state is State.REFUSED


@pytest.mark.parametrize("kind", [LetterKind.DISCLOSURE, LetterKind.REPLY])
def test_a_changed_seal_is_not_read_and_can_be_fetched_again(
    circle: Circle, kind: LetterKind
) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana", "bo")
    approve(circle.party("bo"), asking_id)
    circle.step("bo")
    name = "ana"
    if kind is LetterKind.REPLY:
        circle.step("ana")
        name = "bo"
    (failed,) = circle.step(name, Meddler(circle.mailbox(name), letter_as=flipped))

    assert "changed on the way" in str(failed.why)
    circle.steps("ana", "bo")
    assert {circle.record(each).is_answered for each in ("ana", "bo")} == {True}


# -- a third member ----------------------------------------------------------------------------


def test_a_third_member_finds_nothing(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana", "bo")
    third = circle.mailbox("cy")
    tags = TagSet(circle.members["cy"].id, circle.members["ana"].id, "0" * 20, 1)

    assert third.notices(0) == ([], 0)
    assert third.notice(asking_id) is None
    for kind in LetterKind:
        with pytest.raises(UnknownAskingError):
            third.letter(asking_id, kind)
    for forbidden in (
        lambda: third.put_outputs(asking_id, 1, bytes(10)),
        lambda: third.approve(asking_id),
        lambda: third.refuse(asking_id, "mine now"),
        lambda: third.put_tags(tags, 0, bytes(10)),
    ):
        with pytest.raises(UnknownAskingError):
            forbidden()
    assert show(circle.party("ana"), asking_id)["state"] == "counted"


def test_each_member_does_its_own_part_only(circle: Circle) -> None:
    asking_id = ask(circle.party("ana"), "bo").id
    circle.steps("ana", "bo", "ana", "bo")
    asker, holder = circle.mailbox("ana"), circle.mailbox("bo")

    for forbidden in (
        lambda: asker.approve(asking_id),
        lambda: asker.letter(asking_id, LetterKind.ASKING),
        lambda: holder.put_outputs(asking_id, 1, bytes(10)),
        lambda: holder.letter(asking_id, LetterKind.ANSWER),
    ):
        with pytest.raises(UnknownAskingError):
            forbidden()


def test_a_letter_of_another_member_is_not_taken(circle: Circle) -> None:
    rogue = Rogue(circle, "ana", "bo")
    said = rogue.said(25)
    letter = Letter.write(LetterKind.ASKING, said, bytes(25 * 32), circle.keyrings["cy"].signing)
    with pytest.raises(TrustError, match="stranger"):
        circle.mailbox("ana").post(letter)


def _items(circle: Circle, name: str, asking_id: str) -> list[dict[str, object]]:
    rows = show(circle.party(name), asking_id)["items"]
    assert isinstance(rows, list)
    return [dict(row) for row in rows if isinstance(row, dict)]

"""Private overlap: RFC 9497's vectors, a second implementation, and everything bent or broken."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voprf import ristretto

from tests.unit.trust import voprf_oracle as oracle
from tocsin.foundation import BadInputError, TrustError, UsageError
from tocsin.foundation.progress import Advance
from tocsin.trust import TAG_BYTES, Asking, HolderKey, element_count, split_tags, tag_set
from tocsin.trust.oprf import BATCH

# RFC 9497 appendix A.1.2, ristretto255-SHA512 in mode VOPRF.
RFC_SEED = b"\xa3" * 32
RFC_INFO = bytes.fromhex("74657374206b6579")
RFC_PRIVATE = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909"
RFC_PUBLIC = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e"
RFC_BLINDS = [
    "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706",
    "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e",
]
RFC_INPUTS = [b"\x00", b"\x5a" * 17]
RFC_BLINDED = [
    "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
    "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
]
RFC_EVALUATED = [
    "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
    "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
]
RFC_OUTPUTS = [
    (
        "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7d"
        "a4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c"
    ),
    (
        "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60"
        "356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6"
    ),
]

SEED = bytes(range(32))
KEY = HolderKey(SEED, "holder", "asker", "2026-11")
# Written out here, so that a change to how keys are derived shows: it would part two nodes of
# different versions without a word.
INFO = (
    b"\0\0\0\x11tocsin/overlap/v1" + b"\0\0\0\x06holder" + b"\0\0\0\x05asker" + b"\0\0\0\x072026-11"
)

items_to_ask = st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=20)


def _domains(count: int) -> list[bytes]:
    return [b"domain:site%d.example" % at for at in range(count)]


def test_the_library_derives_the_key_of_the_rfc() -> None:
    evaluator = ristretto.Evaluator.from_seed(RFC_SEED, RFC_INFO)

    assert bytes(evaluator.public_key.serialize()).hex() == RFC_PUBLIC


def test_the_library_gives_the_outputs_of_the_rfc() -> None:
    evaluator = ristretto.Evaluator.from_seed(RFC_SEED, RFC_INFO)

    assert [evaluator.evaluate_known_input(item).hex() for item in RFC_INPUTS] == RFC_OUTPUTS


def test_the_library_evaluates_the_blinded_elements_of_the_rfc() -> None:
    evaluator = ristretto.Evaluator.from_seed(RFC_SEED, RFC_INFO)
    blinded = [ristretto.BlindedInput.deserialize(bytes.fromhex(text)) for text in RFC_BLINDED]
    wire = bytes(evaluator.evaluate_batch(blinded).serialize())

    assert [wire[64:96].hex(), wire[96:].hex()] == RFC_EVALUATED


def test_the_second_implementation_agrees_with_the_rfc() -> None:
    private = oracle.derive_private_key(RFC_SEED, RFC_INFO)

    assert private.hex() == RFC_PRIVATE
    assert oracle.public_key(private).hex() == RFC_PUBLIC
    assert [oracle.evaluate(private, item).hex() for item in RFC_INPUTS] == RFC_OUTPUTS
    blinded = [
        oracle.multiply(bytes.fromhex(blind), oracle.hash_to_group(item))
        for blind, item in zip(RFC_BLINDS, RFC_INPUTS, strict=True)
    ]
    assert [element.hex() for element in blinded] == RFC_BLINDED
    assert [oracle.multiply(private, element).hex() for element in blinded] == RFC_EVALUATED


@given(items_to_ask)
def test_tags_are_those_of_the_second_implementation(items: list[bytes]) -> None:
    private = oracle.derive_private_key(SEED, INFO)
    expected = b"".join(oracle.evaluate(private, item)[:TAG_BYTES] for item in items)

    assert KEY.public_key == oracle.public_key(private)
    assert KEY.tags(items) == expected


@given(items_to_ask)
def test_evaluated_elements_are_those_of_the_second_implementation(items: list[bytes]) -> None:
    private = oracle.derive_private_key(SEED, INFO)
    wire = Asking.begin(items).wire
    evaluated = KEY.evaluate(wire)

    assert evaluated[64:] == b"".join(
        oracle.multiply(private, wire[at : at + 32]) for at in range(0, len(wire), 32)
    )


@given(items_to_ask)
def test_asker_and_holder_arrive_at_the_same_tags(items: list[bytes]) -> None:
    asking = Asking.begin(items)

    assert asking.finish(KEY.evaluate(asking.wire), KEY.public_key) == [
        KEY.tag(item) for item in items
    ]


@pytest.mark.parametrize("count", [1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 1])
def test_long_askings_go_in_batches_inside_one_wire(count: int) -> None:
    items = _domains(count)
    asking = Asking.begin(items)
    evaluated = KEY.evaluate(asking.wire)

    assert len(asking.wire) == 32 * count
    assert element_count(asking.wire) == count
    assert len(evaluated) == 32 * count + 64 * -(-count // BATCH)
    assert b"".join(asking.finish(evaluated, KEY.public_key)) == KEY.tags(items)


@pytest.mark.parametrize(
    "other",
    [
        HolderKey(bytes(32), "holder", "asker", "2026-11"),
        HolderKey(SEED, "another", "asker", "2026-11"),
        HolderKey(SEED, "holder", "another", "2026-11"),
        HolderKey(SEED, "holder", "asker", "2026-12"),
        HolderKey(SEED, "asker", "holder", "2026-11"),
        HolderKey(SEED, "holdera", "sker", "2026-11"),
        HolderKey(SEED, "holder|asker", "", "2026-11"),
    ],
)
def test_seed_holder_asker_and_epoch_each_make_another_key(other: HolderKey) -> None:
    assert other.public_key != KEY.public_key
    assert other.tag(b"x") != KEY.tag(b"x")


def test_a_key_is_the_same_again_from_the_same_seed() -> None:
    again = HolderKey(SEED, "holder", "asker", "2026-11")

    assert (again.public_key, again.tag(b"x")) == (KEY.public_key, KEY.tag(b"x"))


def test_two_askings_for_the_same_items_have_nothing_in_common() -> None:
    items = _domains(20)
    wires = [Asking.begin(items).wire for _ in range(2)]
    elements = [{wire[at : at + 32] for at in range(0, len(wire), 32)} for wire in wires]

    assert not elements[0] & elements[1]


def test_neither_items_nor_their_group_elements_show_on_the_wire() -> None:
    items = _domains(20)
    wire = Asking.begin(items).wire

    for item in items:
        assert item not in wire
        assert oracle.hash_to_group(item) not in wire


def test_an_answer_made_with_another_key_is_refused() -> None:
    asking = Asking.begin(_domains(3))
    other = HolderKey(bytes(32), "holder", "asker", "2026-11")

    with pytest.raises(TrustError, match="proof does not hold"):
        asking.finish(other.evaluate(asking.wire), KEY.public_key)
    with pytest.raises(TrustError, match="proof does not hold"):
        asking.finish(KEY.evaluate(asking.wire), other.public_key)


def test_an_answer_to_another_asking_is_refused() -> None:
    asking, other = Asking.begin(_domains(3)), Asking.begin(_domains(3))

    with pytest.raises(TrustError, match="proof does not hold"):
        asking.finish(KEY.evaluate(other.wire), KEY.public_key)


def test_an_answer_in_another_order_is_refused() -> None:
    asking = Asking.begin(_domains(2))
    evaluated = KEY.evaluate(asking.wire)
    swapped = evaluated[:64] + evaluated[96:] + evaluated[64:96]

    with pytest.raises(TrustError, match="proof does not hold"):
        asking.finish(swapped, KEY.public_key)


ASKED = Asking.begin(_domains(3))
ANSWERED = KEY.evaluate(ASKED.wire)


@given(st.integers(0, len(ANSWERED) * 8 - 1))
def test_an_answer_with_any_bit_flipped_is_refused(bit: int) -> None:
    bad = bytearray(ANSWERED)
    bad[bit // 8] ^= 1 << bit % 8

    with pytest.raises(TrustError, match="not to be trusted"):
        ASKED.finish(bytes(bad), KEY.public_key)


def test_a_bad_answer_does_not_spoil_the_asking() -> None:
    asking = Asking.begin([b"a", b"b"])
    other = HolderKey(bytes(32), "holder", "asker", "2026-11")
    with pytest.raises(TrustError):
        asking.finish(other.evaluate(asking.wire), KEY.public_key)

    assert asking.finish(KEY.evaluate(asking.wire), KEY.public_key) == [
        KEY.tag(b"a"),
        KEY.tag(b"b"),
    ]


def test_an_interruption_is_not_taken_for_a_bad_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        @staticmethod
        def finalize_batch(*_: object) -> list[bytes]:
            raise KeyboardInterrupt

    monkeypatch.setattr(ristretto, "Client", Interrupted)

    with pytest.raises(KeyboardInterrupt):
        ASKED.finish(ANSWERED, KEY.public_key)


@given(st.binary(min_size=32, max_size=96))
def test_whatever_an_asker_sends_is_answered_or_refused(wire: bytes) -> None:
    try:
        evaluated = KEY.evaluate(wire)
    except BadInputError:
        return
    assert len(evaluated) == 64 + len(wire)


@pytest.mark.parametrize(
    "bad",
    [b"", ANSWERED[:-1], ANSWERED[:-32], ANSWERED + b"\0", ANSWERED + bytes(32), bytes(64)],
    ids=["empty", "a byte short", "one short", "a byte long", "one long", "zeros"],
)
def test_an_answer_of_another_length_is_refused(bad: bytes) -> None:
    with pytest.raises(TrustError, match="length"):
        ASKED.finish(bad, KEY.public_key)


@pytest.mark.parametrize("public_key", [b"", bytes(31), bytes(32), b"\xff" * 32])
def test_a_public_key_that_is_none_is_refused(public_key: bytes) -> None:
    with pytest.raises(TrustError, match="not to be trusted"):
        ASKED.finish(ANSWERED, public_key)


@pytest.mark.parametrize(
    "wire",
    [b"", b"\0", bytes(31), ASKED.wire[:-1], ASKED.wire + b"\0"],
    ids=["empty", "a byte", "31 bytes", "a byte short", "a byte long"],
)
def test_an_asking_of_a_broken_length_is_refused(wire: bytes) -> None:
    with pytest.raises(BadInputError, match="no list of 32-byte elements"):
        KEY.evaluate(wire)
    with pytest.raises(BadInputError, match="no list of 32-byte elements"):
        element_count(wire)


@pytest.mark.parametrize(
    "element",
    [
        bytes(32),  # the identity
        b"\x01" + bytes(31),  # RFC 9496 appendix A.3: a negative field element
        b"\xff" * 32,  # a non-canonical field element
        bytes.fromhex("ed" + "ff" * 30 + "7f"),  # p, which is 0
        bytes.fromhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
    ],
)
@pytest.mark.parametrize("at", [0, 1, BATCH])
def test_an_element_that_is_none_of_the_group_is_refused_by_its_place(
    element: bytes, at: int
) -> None:
    good = ASKED.wire[:32]

    with pytest.raises(BadInputError, match=f"element {at} is no usable element"):
        KEY.evaluate(good * at + element)


@pytest.mark.parametrize("items", [[b""], [b"a", b""], [b"x" * 65536]])
def test_an_item_that_can_not_be_hashed_is_refused_on_both_sides(items: list[bytes]) -> None:
    with pytest.raises(BadInputError, match=f"overlap item {len(items) - 1}"):
        Asking.begin(items)
    with pytest.raises(BadInputError, match=f"overlap item {len(items) - 1}"):
        KEY.tags(items)


def test_the_longest_possible_item_passes() -> None:
    asking = Asking.begin([b"x" * 65535])

    assert asking.finish(KEY.evaluate(asking.wire), KEY.public_key) == [KEY.tag(b"x" * 65535)]


def test_an_asking_for_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="at least one item"):
        Asking.begin([])


def test_no_items_have_no_tags() -> None:
    assert KEY.tags([]) == b""


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_of_another_size_is_refused(seed: bytes) -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        HolderKey(seed, "holder", "asker", "2026-11")


def test_no_secret_and_no_item_shows_in_a_repr() -> None:
    shown = repr(KEY) + repr(Asking.begin([b"domain:secret.example"]))

    assert repr(SEED) not in shown
    assert "secret.example" not in shown
    assert "holder" in shown
    assert "1 items" in shown


@given(st.lists(st.binary(min_size=TAG_BYTES, max_size=TAG_BYTES)))
def test_a_tag_set_is_sorted_and_holds_each_tag_once(tags: list[bytes]) -> None:
    made = list(split_tags(tag_set(b"".join(tags))))

    assert made == sorted(set(tags))


def test_tags_of_a_broken_length_are_refused() -> None:
    with pytest.raises(BadInputError, match="10-byte tags"):
        split_tags(bytes(11))


class Counting:
    """Progress that only adds up."""

    def __init__(self) -> None:
        self.done = 0

    @contextmanager
    def task(self, title: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002
        def advance(done: int = 1, /) -> None:
            self.done += done

        yield advance


def test_progress_counts_every_item() -> None:
    counting = Counting()
    KEY.tags(_domains(12_345), progress=counting)

    assert counting.done == 12_345


def test_several_processes_give_the_same_tags_in_the_same_order() -> None:
    count = 60_001
    here = threading.get_ident()

    def from_a_cursor() -> Iterator[bytes]:
        for item in _domains(count):
            assert threading.get_ident() == here  # a database cursor must not change threads
            yield item

    tags = KEY.tags(from_a_cursor(), workers=2)

    assert len(tags) == count * TAG_BYTES
    for at in (0, 9_999, 10_000, 49_999, 50_000, 60_000):
        assert tags[at * TAG_BYTES : (at + 1) * TAG_BYTES] == KEY.tag(b"domain:site%d.example" % at)

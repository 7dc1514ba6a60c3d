"""Every reader, built in or registered: what an import may rely on."""

import io
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.intake import (
    DEFECT_KINDS,
    Context,
    Event,
    Example,
    Flagged,
    Head,
    Kept,
    Lost,
    Reader,
    readers,
    sniff,
)
from tocsin.records import StixObject

EXAMPLES = [
    pytest.param(reader, example, id=f"{reader.name}-{at}")
    for reader in readers()
    for at, example in enumerate(reader.examples())
]


def read(reader: Reader, data: bytes) -> list[Event]:
    return list(reader.read(io.BytesIO(data), Context(digest="0" * 64)))


def kinds(events: list[Event]) -> Iterator[str]:
    for event in events:
        if isinstance(event, Lost | Flagged):
            yield event.kind
        elif isinstance(event, Kept):
            yield from (flaw.kind for flaw in event.flaws)


def test_names_are_unique_and_every_reader_has_an_example() -> None:
    names = [reader.name for reader in readers()]
    assert len(names) == len(set(names))
    assert all(reader.examples() for reader in readers())


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_a_reader_recognises_its_example_better_than_any_other(
    reader: Reader, example: Example
) -> None:
    assert sniff(Head(example.data, len(example.data))) is reader


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_every_record_of_an_example_is_kept_or_lost(reader: Reader, example: Example) -> None:
    events = read(reader, example.data)
    kept = [event for event in events if isinstance(event, Kept)]
    lost = [event for event in events if isinstance(event, Lost)]
    assert (len(kept) + len(lost), len(kept)) == (example.records, example.kept)
    assert all(event.found for event in kept)


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_reading_twice_gives_the_same_objects_and_every_kind_has_a_rule(
    reader: Reader, example: Example
) -> None:
    first, second = read(reader, example.data), read(reader, example.data)

    def ids(events: list[Event]) -> list[str]:
        return [
            found.object.id for event in events if isinstance(event, Kept) for found in event.found
        ]

    assert ids(first) == ids(second)
    assert set(kinds(first)) <= DEFECT_KINDS.keys()


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_what_is_kept_can_be_stored(reader: Reader, example: Example) -> None:
    for event in read(reader, example.data):
        if isinstance(event, Kept):
            for found in event.found:
                assert StixObject.of(found.object.body).to_json()
                assert all(":" in key for key in found.keys)


@pytest.mark.parametrize(("reader", "example"), EXAMPLES)
def test_a_file_cut_or_changed_anywhere_is_read_without_raising(
    reader: Reader, example: Example
) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable on purpose
    data = example.data
    # Deflated bytes make the cases of a workbook slow, and its library checks them anyway.
    rounds = 20 if data.startswith(b"PK") else 120
    for _ in range(rounds):
        at = chance.randrange(len(data))
        changed = data[:at] if chance.random() < 0.4 else flipped(data, at, chance)
        for event in read(reader, changed):
            if isinstance(event, Kept):
                assert event.found
                for found in event.found:
                    found.object.to_json()


@given(st.binary(max_size=400))
def test_any_bytes_are_sniffed_and_read_without_raising(data: bytes) -> None:
    reader = sniff(Head(data, len(data)))
    if reader is not None:
        assert set(kinds(read(reader, data))) <= DEFECT_KINDS.keys()


def flipped(data: bytes, at: int, chance: random.Random) -> bytes:
    return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]

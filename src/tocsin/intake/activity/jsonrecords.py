"""Records out of JSON: objects one a line, or the arrays of one document of any size.

Whole numbers keep every digit: identifiers past 2^53 stand as numbers in real exports.
"""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO, Final

import orjson

from tocsin.intake.activity.notes import Notes
from tocsin.intake.events import Lost
from tocsin.intake.jsonpieces import Element, Trouble
from tocsin.intake.jsonstream import exact_decoder, read_json
from tocsin.intake.reader import Head

Record = Mapping[str, Any]

MAX_LINE: Final = 64 * 1024 * 1024
"""Bytes of the longest line: twarc puts a page of 500 posts with all they refer to on one."""


def is_lines(head: Head) -> bool:
    """Tell whether the content is JSON objects one a line (one object on one line is too)."""
    first = head.data.lstrip(b"\xef\xbb\xbf \r\n\t")
    if first[:1] != b"{":
        return False
    lines = [line for line in head.data.splitlines() if line.strip()]
    whole = lines[:-1] if head.is_cut else lines
    # Lines of one document that is spread over many are indented, or no objects by themselves.
    sound = sum(1 for line in whole if line.startswith(b"{") and _read(line) is not None)
    return not whole or sound * 2 >= len(whole)


def records_of(
    stream: BinaryIO,
    notes: Notes,
    *,
    arrays: frozenset[str] = frozenset(),
    inside: frozenset[str] = frozenset(),
) -> Iterator[Record | Lost]:
    """Yield the objects of a stream; `notes.place` says where each stands.

    Args:
        arrays: members of a document that hold the records.
        inside: members whose objects are looked into for such arrays.
    """
    head = Head.of(stream)
    if is_lines(head):
        yield from _lines(stream, notes)
        return
    pieces = read_json(stream, head.encoding, arrays=arrays, inside=inside, decoder=exact_decoder())
    for at, piece in enumerate(pieces):
        notes.place = f"element {getattr(piece, 'index', at)}"
        if isinstance(piece, Element):
            if isinstance(piece.value, dict):
                yield piece.value
            else:
                yield notes.lost("not-a-post", json.dumps(piece.value)[:80])
        elif isinstance(piece, Trouble):
            yield notes.lost(piece.kind, f"byte {piece.at}: {piece.text}")


def head_record(head: Head, *, arrays: frozenset[str], inside: frozenset[str]) -> Record:
    """Return the first object that the beginning of a file shows, an empty one for none."""
    found = records_of(BytesIO(head.data), Notes(now=0), arrays=arrays, inside=inside)
    return next((each for each in found if not isinstance(each, Lost)), {})


def dig(record: object, *names: str) -> Any:
    """Return what stands under a path of members, None where one is missing."""
    for name in names:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def dicts(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, an empty list for anything else."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def each_of(value: object, notes: Notes) -> Iterator[dict[str, Any] | Lost]:
    """Yield the objects of a list that holds records; anything else in it is a loss."""
    place = notes.place
    for at, each in enumerate(value if isinstance(value, list) else [value]):
        notes.place = f"{place} post {at + 1}"
        if isinstance(each, dict):
            yield each
        else:
            yield notes.lost("not-a-post", json.dumps(each)[:80])


def _lines(stream: BinaryIO, notes: Notes) -> Iterator[Record | Lost]:
    at = 0
    while line := stream.readline(MAX_LINE + 1):
        at += 1
        notes.place = f"line {at}"
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (more := stream.readline(MAX_LINE)) and not more.endswith(b"\n"):
                pass
            yield notes.lost("too-large")
            continue
        bare = line.strip().removeprefix(b"\xef\xbb\xbf")
        if not bare:
            continue
        record = _read(bare)
        broken = bare[:80].decode("utf-8", "replace")
        yield notes.lost("broken-json", broken) if record is None else record


def _read(line: bytes) -> Record | None:
    try:
        found = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None

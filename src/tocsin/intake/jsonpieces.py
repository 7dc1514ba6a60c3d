"""The pieces of a JSON document, and the short way to them for sound documents of moderate size."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import orjson
from msgspec import Struct

from tocsin.foundation.jsontext import MAX_DEPTH, MAX_SAFE_INTEGER, JsonObject, JsonValue

AT_ONCE: Final = 16 * 1024 * 1024
_LOOK_INSIDE: Final = frozenset({dict, list, float})


class Element(Struct, frozen=True):
    """One element of an array.

    Attributes:
        key: the member that holds the array; empty for a document that is an array itself.
        flaw: a defect kind that did not hinder the reading, such as `wrong-encoding`.
    """

    key: str
    index: int
    value: JsonValue
    flaw: str = ""


class Trouble(Struct, frozen=True):
    """An element or member that could not be read.

    Attributes:
        kind: a defect kind.
        at: offset in bytes, for the message.
    """

    kind: str
    at: int
    index: int
    text: str


class Members(Struct, frozen=True):
    """The members of an object beside its arrays, told when the object ends."""

    values: JsonObject


def document_at_once(stream: BinaryIO) -> JsonValue:
    """Return a document of moderate size that is beyond doubt sound; None to take the long way.

    Dropping a duplicate key drops a `":` too, so equal counts before and after a round trip prove
    that there was none; a text that is spaced or escaped unusually only loses the short cut.
    """
    start = stream.tell()
    raw = stream.read(AT_ONCE + 1)
    stream.seek(start)
    if len(raw) > AT_ONCE:
        return None
    try:
        document: JsonValue = orjson.loads(raw)
        written = orjson.dumps(document, option=orjson.OPT_STRICT_INTEGER)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    is_sound = written.count(b'":') == raw.count(b'":') and _is_plain(document, MAX_DEPTH)
    return document if is_sound and isinstance(document, dict | list) else None


def _is_plain(value: JsonValue, levels: int) -> bool:
    """Tell whether a value nests at most `levels` deep and no integer was rounded to a float."""
    if type(value) is float:
        return abs(value) < MAX_SAFE_INTEGER
    for each in value.values() if type(value) is dict else value:  # type: ignore[union-attr]
        if type(each) in _LOOK_INSIDE and not (levels and _is_plain(each, levels - 1)):
            return False
    return True


def pieces_of(
    document: JsonValue, arrays: frozenset[str], inside: frozenset[str]
) -> Iterator[Element | Trouble | Members]:
    """Yield the pieces of a document that is in memory, as the long way would."""
    if isinstance(document, list):
        yield from (Element("", at, value) for at, value in enumerate(document))
    if not isinstance(document, dict):
        return
    members: JsonObject = {}
    for key, value in document.items():
        if isinstance(value, list) and key in arrays:
            yield from (Element(key, at, each) for at, each in enumerate(value))
        elif isinstance(value, dict) and key in inside:
            yield from pieces_of(value, arrays, inside)
        else:
            members[key] = value
    yield Members(members)

"""The pieces of a JSON document, and the short way to them for sound documents of moderate size."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import orjson
from msgspec import Struct

from tocsin.foundation.jsontext import MAX_DEPTH, MAX_SAFE_INTEGER, JsonObject, JsonValue

AT_ONCE: Final = 16 * 1024 * 1024
_KEY_ENDS: Final = b'":'
_LOOK_INSIDE: Final = frozenset({dict, list, float, int})


class Element(Struct, frozen=True, gc=False):
    """One element of an array.

    Attributes:
        key: the member that holds the array; empty for a document that is an array itself.
        flaw: a defect kind that did not hinder the reading, such as `wrong-encoding`.
    """

    key: str
    index: int
    value: JsonValue
    flaw: str = ""


class Trouble(Struct, frozen=True, gc=False):
    """An element or member that could not be read.

    Attributes:
        kind: a defect kind.
        at: offset in bytes, for the message.
    """

    kind: str
    at: int
    index: int
    text: str


class Members(Struct, frozen=True, gc=False):
    """The members of an object beside its arrays, told when the object ends."""

    values: JsonObject


def document_at_once(stream: BinaryIO) -> JsonValue:
    """Return a document of moderate size that is beyond doubt sound; None to take the long way.

    Each key in the text ends in a quote and a colon, so if there are as many of these places as
    keys in the tree, none was dropped as a duplicate. Texts with quotes before colons are counted
    once more after a round trip, which drops a place with each key and keeps those in texts; a
    document that is spaced or escaped unusually only loses the short cut.
    """
    start = stream.tell()
    raw = stream.read(AT_ONCE + 1)
    stream.seek(start)
    if len(raw) > AT_ONCE:
        return None
    try:
        document: JsonValue = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    keys = _keys_if_plain(document, MAX_DEPTH) if isinstance(document, dict | list) else None
    if keys is None:
        return None
    places = raw.count(_KEY_ENDS)
    is_sound = places == keys or places == orjson.dumps(document).count(_KEY_ENDS)
    return document if is_sound else None


def _keys_if_plain(value: JsonValue, levels: int) -> int | None:
    """Return how many keys a value has; None when it nests too deep or a number is in doubt.

    Integers past what is exact are rounded to floats by the decoder, in silence.
    """
    if type(value) is float or type(value) is int:
        return 0 if -MAX_SAFE_INTEGER < value < MAX_SAFE_INTEGER else None
    keys = 0
    inside = value
    if type(value) is dict:
        keys, inside = len(value), value.values()  # type: ignore[assignment]
    for each in inside:  # type: ignore[union-attr]
        if type(each) in _LOOK_INSIDE:
            more = _keys_if_plain(each, levels - 1) if levels else None
            if more is None:
                return None
            keys += more
    return keys


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

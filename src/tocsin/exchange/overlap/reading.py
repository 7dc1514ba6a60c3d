"""Picking fields out of JSON from outside, one error for all that is not of its form."""

import base64
import binascii
from datetime import datetime

from tocsin.foundation import BadInputError, JsonObject, parse_time

_HINT = "upgrade the node or the exchange that sent it"


def text(said: JsonObject, field: str, *, longest: int = 200) -> str:
    """Return a text of at most `longest` characters."""
    value = said.get(field)
    if not isinstance(value, str) or len(value) > longest:
        raise _malformed(field, "is no text, or too long")
    return value


def count(said: JsonObject, field: str, *, at_least: int = 0) -> int:
    """Return a whole number."""
    value = said.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or value < at_least:
        raise _malformed(field, f"is no count of at least {at_least}")
    return value


def texts(said: JsonObject, field: str) -> tuple[str, ...]:
    """Return a list of texts."""
    value = said.get(field)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _malformed(field, "is no list of texts")
    return tuple(str(each) for each in value)


def objects(said: JsonObject, field: str) -> list[JsonObject]:
    """Return a list of objects."""
    value = said.get(field)
    found = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(found) != len(value):
        raise _malformed(field, "is no list of objects")
    return found


def time_or_none(said: JsonObject, field: str) -> datetime | None:
    """Return an RFC 3339 time, None for null."""
    value = said.get(field)
    return None if value is None else parse_time(text(said, field), field=f"overlap: {field}")


def raw_bytes(said: JsonObject, field: str, *, size: int) -> bytes:
    """Return bytes of exactly `size` that stand there in lower-case hex."""
    value = text(said, field, longest=2 * size)
    try:
        made = bytes.fromhex(value)
    except ValueError:
        made = b""
    if len(made) != size or made.hex() != value:
        raise _malformed(field, f"is not {size} bytes in lower-case hex")
    return made


def base64_bytes(said: JsonObject, field: str) -> bytes:
    """Return bytes that stand there in standard base64."""
    value = said.get(field)
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        raise _malformed(field, "is no base64") from None


def _malformed(field: str, why: str) -> BadInputError:
    return BadInputError(f"overlap message: {field} {why}", hint=_HINT)

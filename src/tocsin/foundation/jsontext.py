"""JSON text in, strictly; canonical JSON (RFC 8785) out.

Traps this module exists for: orjson keeps the last of duplicate keys in silence, the standard
library accepts NaN, `jcs` changes big integers, and ten thousand nested brackets exhaust a stack.
"""

import json
import re
from typing import TypeAlias

import orjson
import rfc8785

from tocsin.foundation.errors import BadInputError

JsonValue: TypeAlias = "None | bool | int | float | str | list[JsonValue] | dict[str, JsonValue]"
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_DEPTH = 64
MAX_SAFE_INTEGER = 2**53 - 1

_PLAIN = frozenset({str, int, bool, type(None)})
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def parse_json(data: bytes | str, *, source: str, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Parse one JSON document strictly.

    Args:
        data: UTF-8 bytes (a byte order mark is allowed) or text.
        source: how to name the input in an error, such as a file's path.
        max_depth: deepest nesting of arrays and objects that is accepted.

    Raises:
        BadInputError: for broken JSON, duplicate keys, NaN or infinity, integers past 2^53,
            lone surrogates, wrong encoding, or nesting beyond `max_depth`.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    _check_depth(raw, source, max_depth)
    try:
        # orjson refuses NaN, bad UTF-8 and lone surrogates; the pairs below see duplicate keys.
        orjson.loads(raw)
        value: JsonValue = json.loads(raw, object_pairs_hook=_unique, parse_int=_safe_integer)
    except _StrictnessError as error:
        raise BadInputError(f"{source}: {error}", hint=error.hint) from None
    except (orjson.JSONDecodeError, ValueError, RecursionError) as error:
        raise BadInputError(
            f"{source}: not valid JSON: {error}",
            hint="check that the file is whole and encoded in UTF-8",
        ) from error
    return value


def canonical(value: object) -> bytes:
    """Return the RFC 8785 (JCS) bytes of `value`.

    Raises:
        BadInputError: for integers past 2^53, NaN, lone surrogates or non-JSON values.
    """
    if _orjson_is_canonical(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        except (TypeError, orjson.JSONEncodeError):
            pass  # let the reference implementation say what is wrong
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise BadInputError(
            f"cannot be written as canonical JSON: {error}",
            hint="integers must stay below 2^53 and text must be valid Unicode",
        ) from error


class _StrictnessError(ValueError):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _StrictnessError(
            f"key {twice!r} stands twice in one object", "keep one of the two and import again"
        )
    return made


def _safe_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
        raise _StrictnessError(
            f"integer {text[:24]} is past 2^53 and would be rounded by other readers",
            "write it as a string",
        )
    return int(text)


def _check_depth(raw: bytes, source: str, max_depth: int) -> None:
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return
    depth = 0
    for byte in _STRINGS.sub(b"", raw):
        if byte in b"[{":
            depth += 1
            if depth > max_depth:
                raise BadInputError(
                    f"{source}: nested deeper than {max_depth} levels",
                    hint="this is no exchange format; ask the sender for the original",
                )
        elif byte in b"]}":
            depth -= 1


def _orjson_is_canonical(value: object) -> bool:
    """Tell whether sorted orjson output equals JCS: no floats, and only ASCII keys.

    JCS sorts keys by UTF-16 code units and writes floats as ECMAScript does; orjson sorts by
    UTF-8 bytes and writes floats its own way.
    """
    # A plain loop: this runs on every object that is stored, signed or sent.
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                return False
            if type(item) not in _PLAIN and not _orjson_is_canonical(item):
                return False
        return True
    if isinstance(value, list | tuple):
        return all(type(item) in _PLAIN or _orjson_is_canonical(item) for item in value)
    return type(value) in _PLAIN

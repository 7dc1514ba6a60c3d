"""JSON text in, strictly; canonical JSON (RFC 8785) out.

Traps this module exists for: orjson keeps the last of duplicate keys and reads an integer past
2^64 as a float, both in silence; the standard library accepts NaN and lone surrogates; `jcs`
changes big integers; ten thousand nested brackets exhaust a stack.

Reading is fast because doubt is rare. orjson decodes; counting proves that no key was lost and
a walk over the tree that no number was rounded. Whatever the count or the walk cannot settle is
read again by the exact reader, whose answer is the definition.
"""

import json
import re
from typing import Any, TypeAlias

import attrs
import orjson
import rfc8785

from tocsin.foundation.errors import BadInputError

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_DEPTH = 64
MAX_SAFE_INTEGER = 2**53 - 1

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# JCS writes a float below this as an integer, which a strict reader then refuses past 2^53.
_SMALLEST_EXPONENT_FORM = 1e21
# The closing quote is optional for text that breaks off.
_STRING = re.compile(rb'"[^"]*+"?')
_BRACKETS = re.compile(rb"[\[{]++|[\]}]++")
_KEY_END = re.compile(rb'"[ \t\n\r]*+:')

_CONTAINERS = frozenset({dict, list})
_TO_SURVEY = _CONTAINERS | {int, float}
_SAME_IN_ORJSON = frozenset({str, int, bool, type(None)})


def parse_json(data: bytes | str, *, source: str, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Parse one JSON document strictly.

    Args:
        data: UTF-8 bytes (a byte order mark is allowed) or text.
        source: how to name the input in an error, such as a file's path.
        max_depth: deepest nesting of arrays and objects that is accepted; at most 1,024.

    Raises:
        BadInputError: for broken JSON, duplicate keys, NaN or infinity, whole numbers past 2^53
            (below 10^21, where the canonical form has an exponent), lone surrogates, wrong
            encoding, or nesting beyond `max_depth`.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else bytes(data)
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        value: JsonValue = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _diagnosis(raw, error, source, max_depth) from error
    survey = _survey(value)
    if survey.depth > max_depth:
        raise _too_deep(source, max_depth)
    if survey.has_doubtful_number or not _every_key_is_kept(raw, survey.keys):
        return _parse_exactly(raw, source)
    return value


def canonical(value: object) -> bytes:
    """Return the RFC 8785 (JCS) bytes of `value`.

    Raises:
        BadInputError: for integers past 2^53, NaN, lone surrogates, values that JSON lacks, or
            nesting that does not end.
    """
    try:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        if type(value) is dict and text.isascii() and _is_flat(value):
            return text
        # orjson has ended, so the value does: it has no cycle for the walk to be caught in.
        if _orjson_is_canonical(value, keys_are_ascii=text.isascii()):
            return text
    except (TypeError, orjson.JSONEncodeError):
        pass  # let the reference implementation say what is wrong
    try:
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise BadInputError(
            f"cannot be written as canonical JSON: {error}",
            hint="integers must stay below 2^53, text must be valid Unicode and nesting must end",
        ) from error


@attrs.frozen
class _Survey:
    """What a decoded tree holds: keys, levels of nesting, and whether a number is in doubt."""

    keys: int
    depth: int
    has_doubtful_number: bool


def _survey(value: JsonValue) -> _Survey:
    """Walk the tree level by level, so that no nesting can exhaust the stack."""
    keys, depth, doubtful = 0, -1, False
    level: list[Any] = [[value]]
    while level:
        depth += 1
        inside: list[Any] = []
        for container in level:
            if type(container) is dict:
                keys += len(container)
                inside += [item for item in container.values() if type(item) in _TO_SURVEY]
            else:
                inside += [item for item in container if type(item) in _TO_SURVEY]
        level = [item for item in inside if type(item) in _CONTAINERS]
        if len(level) < len(inside):
            numbers = [item for item in inside if type(item) not in _CONTAINERS]
            # Whatever orjson rounded was past 64 bits and is a float past this limit now.
            doubtful |= max(numbers) > MAX_SAFE_INTEGER or min(numbers) < -MAX_SAFE_INTEGER
    return _Survey(keys, depth, doubtful)


def _every_key_is_kept(raw: bytes, keys: int) -> bool:
    """Tell whether the text names exactly as many keys as the tree has, so that none is lost.

    The tree never has more than the text. Each key in the text ends in a quote and a colon, so
    these places are at least as many as the keys; text inside strings may add to them
    (`"he said \\": no"`), and only then are the strings cut out and the colons counted.
    """
    if len(_KEY_END.findall(raw)) == keys:
        return True
    return _without_strings(raw).count(b":") == keys


def _without_strings(raw: bytes) -> bytes:
    """Cut out the strings, escapes first: a pattern for both needs memory for every escape."""
    return _STRING.sub(b"", raw.replace(rb"\\", b"").replace(rb"\"", b""))


def _parse_exactly(raw: bytes, source: str) -> JsonValue:
    """Read text that orjson has accepted, several times slower, and name what is wrong."""
    try:
        value: JsonValue = json.loads(
            raw.decode(),
            object_pairs_hook=_unique,
            parse_int=_safe_integer,
            parse_float=_stable_float,
        )
    except _StrictnessError as error:
        raise BadInputError(f"{source}: {error}", hint=error.hint) from None
    return value


class _StrictnessError(ValueError):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise _StrictnessError(
            f"key {twice[:80]!r} stands twice in one object",
            "keep one of the two and import again",
        )
    return made


def _safe_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
        raise _StrictnessError(
            f"integer {text[:24]} is past 2^53 and would be rounded by other readers",
            "write it as a string",
        )
    return int(text)


def _stable_float(text: str) -> float:
    number = float(text)
    if MAX_SAFE_INTEGER < abs(number) < _SMALLEST_EXPONENT_FORM:
        raise _StrictnessError(
            f"number {text[:24]} is past 2^53 and would come back as an integer that is rounded",
            "write it as a string",
        )
    return number


def _diagnosis(
    raw: bytes, error: orjson.JSONDecodeError, source: str, max_depth: int
) -> BadInputError:
    if _nests_deeper(raw, max_depth):
        return _too_deep(source, max_depth)
    try:
        raw.decode()
    except UnicodeDecodeError as broken:
        return BadInputError(
            f"{source}: not UTF-8 at byte {broken.start}",
            hint="save the file with the encoding UTF-8",
        )
    return BadInputError(
        f"{source}: not valid JSON: {error}",
        hint="check that the file is whole and holds one JSON document",
    )


def _too_deep(source: str, max_depth: int) -> BadInputError:
    return BadInputError(
        f"{source}: nested deeper than {max_depth} levels",
        hint="this is no exchange format; ask the sender for the original",
    )


def _nests_deeper(raw: bytes, max_depth: int) -> bool:
    """Tell whether text that does not parse opens more than `max_depth` brackets at some point."""
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return False
    depth = 0
    for run in _BRACKETS.finditer(_without_strings(raw)):
        opens = run[0][0] in b"[{"
        depth += len(run[0]) if opens else -len(run[0])
        if depth > max_depth:
            return True
    return False


def _is_flat(value: dict[Any, Any]) -> bool:
    return _SAME_IN_ORJSON.issuperset(map(type, value.values()))


def _orjson_is_canonical(value: object, *, keys_are_ascii: bool) -> bool:
    """Tell whether sorted orjson output equals JCS: no floats, only ASCII keys, plain types.

    JCS sorts keys by UTF-16 code units and writes floats as ECMAScript does; orjson sorts by
    UTF-8 bytes, writes floats its own way, and writes types that JSON lacks, such as times.
    """
    pending = [value]
    for item in pending:  # grows while it is walked
        if type(item) is dict:
            if not (keys_are_ascii or "".join(item).isascii()):
                return False
            pending += [inner for inner in item.values() if type(inner) not in _SAME_IN_ORJSON]
        elif type(item) is list or type(item) is tuple:
            pending += [inner for inner in item if type(inner) not in _SAME_IN_ORJSON]
        elif type(item) not in _SAME_IN_ORJSON:
            return False
    return True

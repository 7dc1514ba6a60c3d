"""JSON in pieces: one bad element loses that element, a break loses only what comes after it.

The document is read through a window, so an array of any length needs the memory of its largest
element. Strictness is that of `foundation.parse_json`: no duplicate keys, no NaN, bounded depth.
"""

import codecs
import json
import math
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, Never

from attrs import define

from tocsin.foundation.jsontext import MAX_DEPTH, MAX_SAFE_INTEGER, JsonObject, JsonValue
from tocsin.intake.encodings import mend
from tocsin.intake.jsonpieces import Element, Members, Trouble, document_at_once, pieces_of
from tocsin.intake.jsonwindow import CHUNK, Window

MAX_ELEMENT: Final = 16 * 1024 * 1024
MAX_DIGITS: Final = 64

_SCALAR: Final = re.compile(r"[^,\]}\s]+(?=[,\]}\s])")
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|"', re.DOTALL)


def read_json(
    stream: BinaryIO,
    encoding: str,
    *,
    arrays: frozenset[str],
    inside: frozenset[str] = frozenset(),
    decoder: json.JSONDecoder | None = None,
) -> Iterator[Element | Trouble | Members]:
    """Yield the pieces of a document, or of several that follow one another.

    Args:
        arrays: members that are taken apart; other members are read whole.
        inside: members whose objects are looked into for such arrays.
        decoder: other than the strict one for documents that the short way does not settle.
    """
    if encoding == "utf-8" and (document := document_at_once(stream)) is not None:
        yield from pieces_of(document, arrays, inside)
        return
    window = Window(stream, codecs.getincrementaldecoder(encoding)(errors=_errors(encoding)))
    reader = _Pieces(window, arrays, inside, decoder or strict_decoder())
    try:
        while window.skip_space():
            yield from reader.document()
    except _BreakError as error:
        yield Trouble(error.kind, window.offset(), error.index, str(error))


def strict_decoder() -> json.JSONDecoder:
    """Return a decoder that refuses what readers disagree about."""
    return json.JSONDecoder(
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        parse_int=_safe_integer,
        parse_float=_finite,
    )


def exact_decoder() -> json.JSONDecoder:
    """Return a decoder that keeps whole numbers past 2^53, as platforms write identifiers."""
    return json.JSONDecoder(
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        parse_int=_whole_integer,
        parse_float=_finite,
    )


def depth_of(text: str) -> int:
    """Return how deep brackets nest outside strings."""
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        if token[0] in ("[", "{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in ("]", "}"):
            depth -= 1
    return deepest


class _FlawError(ValueError):
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _BreakError(Exception):
    """Nothing after this point can be read."""

    def __init__(self, kind: str, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.index = index


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding.startswith("utf-8") else "replace"


def _unique(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _FlawError("duplicate-key", f"key {twice[:40]!r} stands twice in one object")
    return made


def _refuse_constant(name: str) -> Never:
    raise _FlawError("not-a-number", f"{name} is no JSON number")


def _safe_integer(text: str) -> int:
    if len(text) > 17 or abs(int(text)) > MAX_SAFE_INTEGER:
        raise _FlawError("not-a-number", f"integer {text[:24]} is past 2^53")
    return int(text)


def _whole_integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _FlawError("not-a-number", f"integer {text[:24]}… is no identifier")
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _FlawError("not-a-number", f"number {text[:24]} is past what a float holds")
    return value


@define
class _Pieces:
    """Takes one document apart."""

    _window: Window
    _arrays: frozenset[str]
    _inside: frozenset[str]
    _decoder: json.JSONDecoder

    def document(self) -> Iterator[Element | Trouble | Members]:
        opening = self._window.skip_space()
        if opening == "{":
            yield from self._object()
        elif opening == "[":
            yield from self._array("")
        else:
            raise _BreakError("broken-json", f"{opening!r} begins no object or array")

    def _object(self) -> Iterator[Element | Trouble | Members]:
        window, members = self._window, JsonObject()
        window.at += 1
        while (char := window.skip_space()) != "}":
            if char == ",":
                window.at += 1
                continue
            key = self._key(char)
            opening = window.skip_space()
            if opening == "[" and key in self._arrays:
                yield from self._array(key)
            elif opening == "{" and key in self._inside:
                yield from self._object()
            else:
                value = self._value(key, 0)
                if isinstance(value, Trouble):
                    yield value
                else:
                    members[key] = value.value
        window.at += 1
        yield Members(members)

    def _key(self, char: str) -> str:
        if char != '"':
            self._fail(char, "a member's name")
        key = self._value("", 0)
        if isinstance(key, Trouble) or not isinstance(key.value, str):
            raise _BreakError("broken-json", "a member's name cannot be read")
        colon = self._window.skip_space()
        if colon != ":":
            self._fail(colon, "a colon")
        self._window.at += 1
        return key.value

    def _array(self, key: str) -> Iterator[Element | Trouble]:
        window, index = self._window, 0
        window.at += 1
        while (char := window.skip_space()) != "]":
            if char == ",":
                window.at += 1
                continue
            if char in ("", "}", ":"):
                self._fail(char, "another element or the end of the array", index)
            yield self._value(key, index)
            index += 1
        window.at += 1

    def _value(self, key: str, index: int) -> Element | Trouble:
        """Read one value whole; a bad one is stepped over."""
        window = self._window
        window.skip_space()
        if not self._bring_scalar():
            return self._too_large(index)
        while True:
            try:
                value, end = self._decoder.raw_decode(window.text, window.at)
            except (ValueError, RecursionError) as error:
                if _end_of(window.text, window.at) is not None:
                    return self._step_over(error, index)
                if len(window.text) - window.at > MAX_ELEMENT:
                    return self._too_large(index)
                if not window.fill(max(CHUNK, len(window.text))):
                    raise self._truncated(index) from None
                continue
            return self._made(key, index, value, end)

    def _bring_scalar(self) -> bool:
        """Read on until a number or word stands in the window whole: `0.` is not yet `0.5`.

        Returns:
            False for one that is too large.
        """
        window = self._window
        while window.text[window.at : window.at + 1] not in ("{", "[", '"'):
            if _SCALAR.match(window.text, window.at):
                break
            if len(window.text) - window.at > MAX_ELEMENT:
                return False
            if not window.fill():
                break
        return True

    def _made(self, key: str, index: int, value: JsonValue, end: int) -> Element | Trouble:
        window = self._window
        if end - window.at > MAX_ELEMENT:
            return self._too_large(index)
        raw = window.text[window.at : end]
        if raw.count("[") + raw.count("{") > MAX_DEPTH and depth_of(raw) > MAX_DEPTH:
            trouble = Trouble("too-deep", window.offset(), index, f"deeper than {MAX_DEPTH} levels")
            window.at = end
            return trouble
        flaw = ""
        if not raw.isascii() or "\\u" in raw:
            try:
                value, flaw = self._mended(raw, value)
            except _FlawError as error:
                trouble = Trouble(error.kind, window.offset(), index, str(error))
                window.at = end
                return trouble
        window.at = end
        return Element(key, index, value, flaw)

    def _mended(self, raw: str, value: JsonValue) -> tuple[JsonValue, str]:
        line = mend(raw)
        if line.fault == "wrong-encoding":
            value, raw = self._decoder.decode(line.text), line.text
        try:
            if "\\ud" in raw or "\\uD" in raw:
                json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise _FlawError("lone-surrogate", "text with half a character") from None
        return value, line.fault

    def _too_large(self, index: int) -> Trouble:
        """Pass over the value at hand, so that what comes after it is read."""
        at = self._window.offset()
        if not self._window.pass_over():
            raise self._truncated(index)
        return Trouble("too-large", at, index, f"an element above {MAX_ELEMENT // 2**20} MiB")

    def _truncated(self, index: int) -> _BreakError:
        return _BreakError("truncated", "the file ends inside this element", index)

    def _step_over(self, error: Exception, index: int) -> Trouble:
        window = self._window
        at = window.offset()
        end = _end_of(window.text, window.at)
        window.at = len(window.text) if end is None else max(end, window.at + 1)
        if isinstance(error, _FlawError):
            return Trouble(error.kind, at, index, str(error))
        if isinstance(error, RecursionError):
            return Trouble("too-deep", at, index, f"deeper than {MAX_DEPTH} levels")
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        return Trouble("broken-json", at, index, said)

    def _fail(self, char: str, wanted: str, index: int = 0) -> Never:
        if char == "":
            raise _BreakError("truncated", f"the file ends where {wanted} should stand", index)
        raise _BreakError("broken-json", f"{char!r} stands where {wanted} should", index)


def _end_of(text: str, at: int) -> int | None:
    """Return where the value at `at` ends by its brackets, None when it does not end here."""
    if text[at : at + 1] not in ("[", "{", '"'):
        scalar = _SCALAR.match(text, at)
        return scalar.end() if scalar else None
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token[0] == '"':
            return None
        if token[0] in ("[", "{"):
            depth += 1
        elif token[0] in ("]", "}"):
            depth -= 1
        if depth == 0:
            return token.end()
    return None

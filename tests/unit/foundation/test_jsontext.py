"""JSON text: what is accepted, what is refused and why, and that being fast changes neither.

The oracle of acceptance is written here over the standard library's reader, with every rule
spelled out; the golden canonical forms are RFC 8785's own.
"""

import contextlib
import json
import math
import re
import struct
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from tocsin.foundation import BadInputError, canonical, parse_json
from tocsin.foundation.jsontext import MAX_DEPTH

SAFE = 2**53 - 1

plain_text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
# Characters that a counting reader could trip over.
tricky_text = st.text(alphabet='":\\ {}[],\t\n/éa\U0001f600\ue000', max_size=10)
texts = plain_text | tricky_text
floats = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.integers(-SAFE, SAFE) | floats
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)
white = st.sampled_from(["", "", " ", "\t", "\n", "\r\n", "  \n "])


@st.composite
def written(draw: st.DrawFn) -> str:
    """A value as somebody may write it: odd white space, escapes, and now and then a defect."""
    return "".join([draw(white), _write(draw, draw(values)), draw(white)])


def _write(draw: st.DrawFn, value: Any) -> str:
    if isinstance(value, dict):
        pairs = [(key, _write(draw, item)) for key, item in value.items()]
        if pairs and draw(st.integers(0, 3)) == 0:
            pairs.append((draw(st.sampled_from(pairs))[0], _write(draw, draw(scalars))))
        members = [
            f"{draw(white)}{_string(draw, key)}{draw(white)}:{draw(white)}{item}{draw(white)}"
            for key, item in pairs
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        items = [f"{draw(white)}{_write(draw, item)}{draw(white)}" for item in value]
        return "[" + ",".join(items) + "]"
    if isinstance(value, str):
        return _string(draw, value)
    if value is not None and not isinstance(value, bool) and draw(st.integers(0, 9)) == 0:
        return str(draw(st.integers(-(2**70), 2**70)))
    return json.dumps(value)


def _string(draw: st.DrawFn, text: str) -> str:
    return json.dumps(text, ensure_ascii=draw(st.booleans()))


def oracle(text: str, max_depth: int = MAX_DEPTH) -> Any:
    """Read strictly and slowly; raise ValueError for whatever is not to be accepted."""
    value = json.loads(
        text,
        object_pairs_hook=_pairs,
        parse_int=_integer,
        parse_float=_float,
        parse_constant=_refused,
    )
    json.dumps(value, ensure_ascii=False).encode()  # lone surrogates cannot be encoded
    if _depth(value) > max_depth:
        _refused("depth")
    return value


def _refused(why: str) -> None:
    raise ValueError(why)


def _pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in found}) != len(found):
        _refused("duplicate")
    return dict(found)


def _integer(digits: str) -> int:
    if abs(int(digits)) > SAFE:
        _refused("integer")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    # What ECMAScript writes as an integer must be one that can be read back.
    if math.isinf(number) or 2**53 <= abs(number) < 10**21:
        _refused("float")
    return number


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and from true, and 0.0 from -0.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


def agrees_with_the_oracle(text: str, max_depth: int = MAX_DEPTH) -> None:
    try:
        expected = oracle(text, max_depth)
    except ValueError:
        with pytest.raises(BadInputError):
            parse_json(text, source="sample", max_depth=max_depth)
    else:
        assert same(parse_json(text, source="sample", max_depth=max_depth), expected)


@given(written())
@example('{"a" : 1, "\\": " : 2}')
@example('{"a":{"b":1},"a":{}}')
@example('{"a":1,"\\u0061":2}')
@example("[-0, -0.0, 1e2, 9007199254740993.0, 1e19]")
@example("18446744073709551616")
@example("-9223372036854775809")
@example("1e400")
def test_reading_agrees_with_a_slow_strict_reader(text: str) -> None:
    agrees_with_the_oracle(text)


@given(st.text(alphabet='{}[]":,\\ 0123456789.eE+-truefalsn\n\x00u', max_size=30))
def test_reading_agrees_with_a_slow_strict_reader_on_any_text(text: str) -> None:
    agrees_with_the_oracle(text)


@given(values, st.integers(0, 4))
def test_nesting_is_counted_as_a_slow_reader_counts_it(value: Any, max_depth: int) -> None:
    agrees_with_the_oracle(json.dumps(value), max_depth)


@given(written())
def test_bytes_with_or_without_a_byte_order_mark_read_as_the_text_does(text: str) -> None:
    try:
        expected = parse_json(text, source="sample")
    except BadInputError:
        return
    for form in (text.encode(), b"\xef\xbb\xbf" + text.encode(), "\ufeff" + text):
        assert same(parse_json(form, source="sample"), expected)


@given(st.binary(max_size=40))
def test_no_bytes_raise_anything_but_bad_input(data: bytes) -> None:
    with contextlib.suppress(BadInputError):
        parse_json(data, source="sample")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not valid JSON"),
        (b'{"a": [1, 2', "not valid JSON"),
        (b"[NaN]", "not valid JSON"),
        (b"[-Infinity]", "not valid JSON"),
        (b"[1e400]", "infinity"),
        (b'{"a": 1, "b": {"c": 1, "c": 2}}', "key 'c' stands twice"),
        (b"[9007199254740992]", "past 2^53"),
        (b"-9007199254740992", "past 2^53"),
        (b"[123456789012345678901234567890]", "integer 123456789012345678901234 is past"),
        (b'"\\ud800"', "not valid JSON"),
        ('"Stra\xdfe"'.encode("latin-1"), "not UTF-8 at byte 5"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8 at byte 0"),
        (b'"\xed\xa0\x80"', "not UTF-8 at byte 1"),
        ('"\ud800"', "not UTF-8"),
        (b"[1e17]", "number 1e17 is past 2^53"),
        (b"{} {}", "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
    ],
)
def test_what_is_wrong_is_named_with_its_source(data: bytes | str, says: str) -> None:
    with pytest.raises(BadInputError, match=re.escape(says)) as caught:
        parse_json(data, source="partner.json")
    assert str(caught.value).startswith("partner.json: ")
    assert caught.value.hint


@pytest.mark.parametrize("number", [SAFE, -SAFE, 0])
def test_integers_up_to_2_to_the_53rd_are_kept(number: int) -> None:
    assert parse_json(str(number), source="sample") == number


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_ten_thousand_nested_brackets_are_bad_input(opening: str, closed: bool) -> None:
    closing = "".join(
        {"[": "]", "{": "}"}[sign] for sign in reversed(re.sub(r"[^\[{]", "", opening))
    )
    text = opening * 10_000 + (f"0{closing * 10_000}" if closed else "")
    with pytest.raises(BadInputError, match=f"nested deeper than {MAX_DEPTH}"):
        parse_json(text, source="sample")


def test_nesting_at_the_limit_is_accepted_and_one_more_is_not() -> None:
    for levels in (MAX_DEPTH, MAX_DEPTH + 1):
        agrees_with_the_oracle("[" * levels + "]" * levels)
        agrees_with_the_oracle('{"a":' * levels + "1" + "}" * levels)


def test_brackets_inside_strings_are_no_nesting() -> None:
    inside = "[{" * 10_000 + '"\\'
    assert parse_json(json.dumps({inside: inside}), source="sample") == {inside: inside}


@pytest.mark.parametrize(
    "broken", ["[" * 65 + '"]', '"' + "[" * 20_000, "[" * 64 + '"' + "\\[" * 99]
)
def test_brackets_in_text_that_breaks_off_are_told_from_nesting(broken: str) -> None:
    says = "nested deeper" if broken.startswith("[" * 65) else "not valid JSON"
    with pytest.raises(BadInputError, match=says):
        parse_json(broken, source="sample")


def test_many_keys_with_one_twice_take_time_in_proportion() -> None:
    """Two hundred thousand keys, the last one twice: a quadratic search would run for hours."""
    keys = ",".join(f'"k{number}":{number}' for number in range(200_000))
    with pytest.raises(BadInputError, match="'k199999' stands twice"):
        parse_json("{" + keys + ',"k199999":0}', source="sample")


def test_a_key_that_stands_twice_is_found_behind_a_million_escapes() -> None:
    escapes = json.dumps('\\":' + '"\\' * 500_000)
    assert parse_json(f'{{"a":{escapes},"b":1}}', source="sample")
    with pytest.raises(BadInputError, match="'b' stands twice"):
        parse_json(f'{{"a":{escapes},"b":1,"b":2}}', source="sample")


# RFC 8785, section 3.2.2 (the sample object) and 3.2.3 (sorting by UTF-16 code units).
RFC_SAMPLE = """{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
  "literals": [null, true, false]
}"""
RFC_SAMPLE_FORM = (
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
RFC_SORTING = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\U0001f600": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
}
RFC_SORTED = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_the_sample_of_rfc_8785_gets_its_form() -> None:
    value = parse_json(RFC_SAMPLE, source="RFC 8785")
    assert canonical(value).decode() == RFC_SAMPLE_FORM


def test_keys_sort_by_utf_16_code_units_as_in_rfc_8785() -> None:
    form = canonical(RFC_SORTING).decode()
    assert list(json.loads(form)) == RFC_SORTED


# RFC 8785, appendix B: IEEE 754 bits and the ECMAScript form.
@pytest.mark.parametrize(
    ("bits", "form"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555554", "333333333.33333325"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_floats_get_their_ecmascript_form(bits: str, form: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical([number]).decode() == f"[{form}]"


@given(values)
@example({"\U0001f600": 1, "\ue000": 2})
@example({"a": '\x00\x1f\x7f\u2028\b\f/\\"'})
def test_the_canonical_form_equals_the_reference_implementations(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-SAFE, SAFE) | texts,
        lambda inner: (
            st.lists(inner, max_size=6)
            | st.dictionaries(st.text(alphabet=st.characters(max_codepoint=127)), inner, max_size=6)
        ),
        max_leaves=30,
    )
)
def test_the_fast_path_writes_what_the_reference_implementation_writes(value: Any) -> None:
    """No floats and ASCII keys: the values for which orjson's own text is given out."""
    assert canonical(value) == rfc8785.dumps(value)


@given(written())
def test_what_was_read_has_a_canonical_form_that_reads_back_and_stays(text: str) -> None:
    try:
        value = parse_json(text, source="sample")
    except BadInputError:
        return
    form = canonical(value)
    assert canonical(parse_json(form, source="sample")) == form


def test_keys_outside_ascii_leave_the_fast_path_and_text_does_not() -> None:
    assert canonical({"b": "é", "a": ["\U0001f600"]}) == '{"a":["\U0001f600"],"b":"é"}'.encode()
    assert canonical({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'.encode()


def _cycle() -> list[Any]:
    made: list[Any] = []
    made.append(made)
    return made


def _deep() -> list[Any]:
    made: list[Any] = []
    for _ in range(sys.getrecursionlimit() * 2):
        made = [made]
    return made


@pytest.mark.parametrize(
    "value",
    [
        2**53,
        [-(2**53)],
        {"a": 2**70},
        float("nan"),
        [float("inf")],
        "\ud800",
        {"\udfff": 1},
        {1: 2},
        {"a": {2}},
        b"bytes",
        object(),
        _cycle(),
        _deep(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused_and_not_rounded(value: object) -> None:
    with pytest.raises(BadInputError, match="cannot be written as canonical JSON") as caught:
        canonical(value)
    assert caught.value.hint


def test_types_that_only_orjson_knows_are_refused() -> None:
    for value in (datetime(2026, 1, 1, tzinfo=UTC), UUID(int=0), {"a": UUID(int=0)}):
        with pytest.raises(BadInputError):
            canonical(value)

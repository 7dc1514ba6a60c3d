"""JSON in pieces says what the standard library says, whatever the window's size."""

import io
import json
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tocsin.foundation import JsonValue
from tocsin.intake import jsonstream
from tocsin.intake.jsonpieces import Element, Members, Trouble
from tocsin.intake.jsonstream import read_json
from tocsin.intake.jsonwindow import Window

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def pieces(raw: bytes, chunk: int) -> list[Element | Trouble | Members]:
    """Read the long way, through a window that grows by `chunk` bytes."""
    with (
        patch.object(jsonstream, "CHUNK", chunk),
        patch.object(jsonstream, "document_at_once", lambda _: None),
        patch.object(Window.fill, "__defaults__", (chunk,)),
    ):
        return list(read_json(io.BytesIO(raw), "utf-8", arrays=frozenset({"objects"})))


@given(st.lists(values, max_size=6), st.integers(1, 40), st.booleans())
def test_a_sound_document_is_read_as_json_reads_it(
    elements: list[JsonValue], chunk: int, is_ascii: bool
) -> None:
    document = {"type": "bundle", "objects": elements, "more": {"a": [1]}}
    raw = json.dumps(document, ensure_ascii=is_ascii).encode()
    expected = [Element("objects", at, value) for at, value in enumerate(elements)]
    members = Members({"type": "bundle", "more": {"a": [1]}})
    assert pieces(raw, chunk) == [*expected, members]
    at_once = list(read_json(io.BytesIO(raw), "utf-8", arrays=frozenset({"objects"})))
    assert at_once == [*expected, members]


@given(st.lists(values, min_size=1, max_size=5), st.data())
def test_a_document_cut_anywhere_gives_its_whole_elements_and_names_the_break(
    elements: list[JsonValue], data: st.DataObject
) -> None:
    raw = json.dumps(elements).encode()
    cut = data.draw(st.integers(1, len(raw) - 1))
    read = pieces(raw[:cut], 7)
    whole = [piece for piece in read if isinstance(piece, Element)]
    troubles = [piece for piece in read if isinstance(piece, Trouble)]
    assert len(troubles) == 1
    assert troubles[0].kind == "truncated"
    # A number that is cut may still look whole: `12` of `123`.
    for piece in whole[:-1]:
        assert piece.value == elements[piece.index]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_raising(raw: bytes) -> None:
    for piece in pieces(b"[" + raw, 16):
        assert isinstance(piece, Element | Trouble | Members)


def test_one_broken_element_does_not_touch_its_neighbours() -> None:
    raw = b'[{"a":1},{"a":1,"a":2},{"b" 2},NaN,{"c":3}]'
    read = pieces(raw, 5)
    assert [piece.value for piece in read if isinstance(piece, Element)] == [{"a": 1}, {"c": 3}]
    assert [
        (piece.kind, piece.index, piece.at) for piece in read if isinstance(piece, Trouble)
    ] == [
        ("duplicate-key", 1, 9),
        ("broken-json", 2, 23),
        ("not-a-number", 3, 31),
    ]
    assert list(read_json(io.BytesIO(raw), "utf-8", arrays=frozenset())) == read


def test_the_short_way_refuses_what_the_long_way_names() -> None:
    for bad in (
        b'[{"a":1,"a":2}]',
        b"[90071992547409931]",
        b"[123456789012345678901234]",
        b"[1e999]",
    ):
        read = list(read_json(io.BytesIO(bad), "utf-8", arrays=frozenset()))
        assert [type(piece) for piece in read] == [Trouble], bad


@given(st.lists(values, max_size=6), st.integers(1, 40), st.integers(1, 25))
def test_an_element_that_is_too_large_is_named_and_passed_over(
    elements: list[JsonValue], chunk: int, limit: int
) -> None:
    written = [json.dumps(each, ensure_ascii=False) for each in elements]
    with patch.object(jsonstream, "MAX_ELEMENT", limit):
        read = pieces(f"[{','.join(written)}]".encode(), chunk)
    assert [
        piece.kind if isinstance(piece, Trouble) else piece
        for piece in read
        if not isinstance(piece, Members)
    ] == [
        "too-large" if len(text) > limit else Element("", at, value)
        for at, (text, value) in enumerate(zip(written, elements, strict=True))
    ]


def test_a_file_that_ends_inside_an_element_that_is_too_large_is_truncated() -> None:
    for tail in (b'{"a":"' + b"x" * 500, b"[1," * 200, b"7" * 500, b'"' + b"\\" * 501):
        with patch.object(jsonstream, "MAX_ELEMENT", 100):
            read = pieces(b"[1," + tail, 50)
        assert isinstance(read[-1], Trouble)
        assert read[-1].kind == "truncated"

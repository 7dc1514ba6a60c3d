"""Values that break readers, and places to put them."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from hypothesis import strategies as st

Place: TypeAlias = tuple[str | int, ...]

DEEP: Final = "\x00deep"
"""Stands in a value for ten thousand nested lists, which `json.dumps` cannot write."""

TWICE: Final = "\x00twice"
"""Stands for a key that is written twice."""

VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, 10**400, -(10**400),
    1e308, -1e308, float("nan"), float("inf"), -0.0, 0.1,
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e\u2066evil", "\x1b[2J\x1b]0;t\x07",
    "\r\nSet-Cookie: a=b", "'; DROP TABLE objects; --", "\" OR 1=1 --",
    "%s%n{0.__class__}${7*7}{{7*7}}",
    "../../../../etc/passwd", "..\\..\\x", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:1/",
    "<script>alert(1)</script>", "<!DOCTYPE x [<!ENTITY a \"b\">]>", "@SUM(1)",
    "=cmd|' /C calc'!A0",
    "9999-12-31T23:59:59.999999Z", "0000-00-00T00:00:00Z", "0001-01-01T00:00:00+23:59",
    "2026-11-03T19:00:00." + "9" * 5000 + "Z", "2" * 5000, "-" + "9" * 5000,
    "a" * 70_000, "(" * 5_000, "(a+)+$", "[" * 10_000, "\u00e9" * 30_000, "\U0001f600" * 20_000,
    "identity--00000000-0000-4000-8000-000000000000", "x--y", "--", "a" * 300 + "--",
    "A" * 43 + "=", "====", "ed25519:" + "A" * 44,
    [], {}, [[]], [{}], [None], {"": ""}, {"__proto__": {}}, {"$ref": "#"}, [[[[[]]]]],
    ["x"] * 10_000, [{}] * 6_000, {str(at): at for at in range(5_000)}, DEEP, TWICE,
)  # fmt: skip


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Yield the way to every value in a JSON tree, the tree itself included."""
    yield here
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*here, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from places(inner, (*here, at))


def put(value: Any, place: Place, new: Any) -> Any:
    """Return the tree with one value replaced."""
    if not place:
        return new
    first, *rest = place
    if isinstance(value, dict):
        return {
            key: put(inner, tuple(rest), new) if key == first else inner
            for key, inner in value.items()
        }
    return [
        put(inner, tuple(rest), new) if at == first else inner for at, inner in enumerate(value)
    ]


def cut(value: Any, place: Place) -> Any:
    """Return the tree without one value."""
    if not place:
        return {}
    *above, last = place
    inner = value
    for step in above:
        inner = inner[step]
    rest = (
        {key: each for key, each in inner.items() if key != last}
        if isinstance(inner, dict)
        else [each for at, each in enumerate(inner) if at != last]
    )
    return put(value, tuple(above), rest)


@st.composite
def broken(draw: st.DrawFn, value: Any) -> Any:
    """Return a JSON tree that is broken in one to three places."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from([*places(value)]))
        if draw(st.integers(0, 3)) == 0:
            value = cut(value, place)
        else:
            value = put(value, place, draw(st.sampled_from(VALUES) | st.text(max_size=40)))
    return value


def written(value: Any) -> bytes:
    """Return JSON as an attacker writes it: NaN, lone surrogates, any depth, keys twice."""
    text = json.dumps(value)
    text = text.replace(json.dumps(DEEP), "[" * 10_000 + "]" * 10_000)
    return text.replace(json.dumps(TWICE), '{"a": 1, "a": 2}').encode()

"""What each test verifies: OWASP ASVS 5.0 and the project's own list of hostile inputs.

The table is `asvs.toml`; `python -m tests.abuse.verification` writes the page from it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
PAGE: Final = ROOT / "docs/reference/security-verification.md"

_CHAPTERS: Final = {
    "1": "Encoding and sanitisation",
    "2": "Validation and business logic",
    "3": "Web frontend",
    "4": "API and web service",
    "5": "Files",
    "6": "Authentication",
    "7": "Session management",
    "8": "Authorisation",
    "9": "Self-contained tokens",
    "10": "OAuth and OpenID Connect",
    "11": "Cryptography",
    "12": "Secure communication",
    "13": "Configuration",
    "14": "Data protection",
    "15": "Secure coding and architecture",
    "16": "Logging and errors",
    "17": "WebRTC",
}
GENERATED: Final = 28 * 6 * 120
"""Requests by schemathesis: operations, shards, cases."""

BROKEN: Final = 20 * 400 + 1_600
"""Sound requests that are broken, and objects of any form."""

_HEAD: Final = """\
# Security verification

Made by `python -m tests.abuse.verification` from `tests/abuse/asvs.toml`; a test holds that every
test named here exists, and that every test of `tests/abuse/` is named here.

Of the {whole} requirements of [OWASP ASVS](https://owasp.org/asvs) 5.0.0, {met} are met with the
tests named, {operator} are for who runs an exchange, {open} are open, and {none} do not apply. What
is asked is told in our own words.

`make test-long` sends {cases:,} requests: some that schemathesis makes of
[the description](exchange-openapi.yaml), some that were sound and are broken in a few places and
signed anew, with fixed seeds; `make test` sends some hundred. Each must be answered without a 5xx
and within one CPU second; a shard of them must not take 256 MB.
"""
_STATES: Final = {"open": "**open**", "operator": "operator"}


@frozen
class Item:
    """One requirement and what we answer.

    Attributes:
        state: `met`, `open`, or `operator` where it is for who runs the exchange.
        tests: below tests/, as `path::name`.
    """

    id: str
    about: str
    answer: str
    state: str = "met"
    tests: tuple[str, ...] = ()


@frozen
class Table:
    """All of asvs.toml.

    Attributes:
        none: why a requirement does not apply, by its number.
        ranges: the same by chapters, sections and numbers, as they stand in the file.
        inputs: tests by hostile input.
    """

    numbers: tuple[str, ...]
    items: tuple[Item, ...]
    none: Mapping[str, str]
    ranges: tuple[tuple[str, str], ...]
    inputs: Mapping[str, tuple[str, ...]]

    @property
    def tests(self) -> frozenset[str]:
        """Every test that is named anywhere."""
        named = {test for item in self.items for test in item.tests}
        return frozenset(named.union(*self.inputs.values()))


def table() -> Table:
    """Read asvs.toml."""
    said = tomllib.loads((HERE / "asvs.toml").read_text("utf-8"))
    numbers = tuple(
        f"{section}.{at}" for section, last in said["sections"].items() for at in range(1, last + 1)
    )
    none = {
        number: each["why"]
        for each in said["none"]
        for start in each["ids"]
        for number in numbers
        if f"{number}.".startswith(f"{start}.")
    }
    items = [_item(number, row) for number, row in said["item"].items()]
    return Table(
        numbers,
        tuple(sorted(items, key=lambda each: numbers.index(each.id))),
        none,
        tuple((", ".join(each["ids"]), each["why"]) for each in said["none"]),
        {each["what"]: tuple(each["tests"]) for each in said["input"]},
    )


def page(known: Table) -> str:
    """Return the page."""
    count = {
        state: sum(item.state == state for item in known.items)
        for state in ("met", "operator", "open")
    }
    return "\n".join(
        [
            _HEAD.format(
                whole=len(known.numbers), none=len(known.none), **count, cases=GENERATED + BROKEN
            ),
            "## Hostile inputs",
            "",
            "| Input | Tests |",
            "|---|---|",
            *(f"| {what} | {_listed(tests)} |" for what, tests in known.inputs.items()),
            "",
            *_chapters(known),
            "## What does not apply",
            "",
            "| Requirements | Why |",
            "|---|---|",
            *(f"| {ids} | {why} |" for ids, why in known.ranges),
            "",
        ]
    )


def _chapters(known: Table) -> Iterator[str]:
    for number, title in _CHAPTERS.items():
        items = [each for each in known.items if each.id.partition(".")[0] == number]
        if not items:
            continue
        yield from (f"## {number} {title}", "", "| | What is asked | Answer | Tests |")
        yield "|---|---|---|---|"
        for each in items:
            tests = _listed(each.tests) if each.tests else _STATES[each.state]
            yield f"| {each.id} | {each.about} | {each.answer} | {tests} |"
        yield ""


def _item(number: str, row: Mapping[str, Any]) -> Item:
    tests = tuple(row.get("tests", ()))
    return Item(number, row["about"], row["answer"], row.get("state", "met"), tests)


def _listed(tests: tuple[str, ...]) -> str:
    return "<br>".join(f"`{each}`" for each in tests)


if __name__ == "__main__":
    PAGE.write_text(page(table()), "utf-8")

"""What STIX 2.1 allows where: the table `stix21.json`, and whether a value is of a kind.

Not a validator: it decides what a strict file may hold. `stix2` and the OASIS validator, which
know more and are far slower, check its work in the tests.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Final

import idna
from attrs import frozen

from tocsin.foundation import BadInputError, JsonValue, parse_time
from tocsin.records import is_stix_id

_TIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
# RFC 3986, appendix A: unreserved, reserved and percent-encoded characters; one fragment.
_URI: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2}|\[[0-9A-Fa-f:.]+\])+"
    r"(?:#(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
)
_E_MAIL: Final = re.compile(r"[\x21-\x3f\x41-\x7e]+@[\x21-\x3f\x41-\x7e]+")
_TERM: Final = re.compile(r"[a-z0-9-]+")
_LANGUAGE: Final = re.compile(r"(?:en|fr|de|es|it|pt|nl|pl|ru|uk|ar|zh|cs|sk|ro|bg|el|hu|sv|da|fi)")
_HASHES: Final = {"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128}
_HEX: Final = re.compile(r"[0-9a-fA-F]+")
_SELECTOR_STEP: Final = re.compile(r"\[(\d+)\]")


@frozen
class Shape:
    """One standard type.

    Attributes:
        properties: kind by name, the common ones included; without type, spec_version and id.
    """

    name: str
    is_observable: bool
    required: frozenset[str]
    properties: Mapping[str, str]


@lru_cache(maxsize=1)
def shapes() -> Mapping[str, Shape]:
    """Return the types that a strict file may hold, by name."""
    table = json.loads(files(__package__).joinpath("stix21.json").read_text("utf-8"))
    made = {}
    for name, entry in table["types"].items():
        family = entry["family"]
        always = {"created", "modified"} if family == "domain" else set()
        made[name] = Shape(
            name=name,
            is_observable=family == "observable",
            required=frozenset({*entry["required"], *always}),
            properties={**table["common"][family], **entry["properties"]},
        )
    return made


def fits(kind: str, value: JsonValue) -> bool:
    """Tell whether a value is of a kind of the table."""
    name, _, limits = kind.partition(" ")
    check = _CHECKS.get(name)
    return check is not None and check(value, limits)


def names_allowed(kind: str, ref: str) -> bool:
    """Tell whether a property of a `ref` or `refs` kind may name this object."""
    allowed = kind.split(" ")[1:]
    type_ = ref.partition("--")[0]
    if allowed[:1] == ["not"]:
        return type_ in shapes() and type_ not in allowed[1:]
    if type_ == "marking-definition":
        return type_ in allowed
    shape = shapes().get(type_)
    return shape is not None and (type_ in allowed or _family(shape) in allowed)


def resolves(selector: str, body: Mapping[str, JsonValue]) -> bool:
    """Tell whether a granular marking's selector (§7.2.3.1) names something in the body."""
    here: JsonValue = dict(body)
    for step in selector.split("."):
        index = _SELECTOR_STEP.fullmatch(step)
        if index and isinstance(here, list) and int(index[1]) < len(here):
            here = here[int(index[1])]
        elif not index and isinstance(here, dict) and step in here:
            here = here[step]
        else:
            return False
    return True


def _family(shape: Shape) -> str:
    if shape.is_observable:
        return "sco"
    return "sro" if shape.name in ("relationship", "sighting") else "sdo"


def _is_time(value: JsonValue, _: str) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        parse_time(value)
    except BadInputError:
        return False
    return True


def _is_number(value: JsonValue, limits: str) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    low, high = limits.split(" ") if limits else ("None", "None")
    return (low == "None" or value >= float(low)) and (high == "None" or value <= float(high))


def _is_text(value: JsonValue, _: str) -> bool:
    return isinstance(value, str) and bool(value)


def _are_texts(value: JsonValue, _: str) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(each, "") for each in value)


def _is_host(value: JsonValue, _: str) -> bool:
    try:
        return isinstance(value, str) and bool(idna.encode(value.lower()))
    except (idna.IDNAError, UnicodeError):
        return False


def _is_address(value: JsonValue, version: int) -> bool:
    try:
        return isinstance(value, str) and ipaddress.ip_interface(value).version == version
    except ValueError:
        return False


def _are_hashes(value: JsonValue, _: str) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(
            isinstance(digest, str)
            and len(digest) == _HASHES.get(name)
            and _HEX.fullmatch(digest) is not None
            for name, digest in value.items()
        )
    )


def _are_references(value: JsonValue, _: str) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_reference, value))


def _is_reference(value: JsonValue) -> bool:
    if not isinstance(value, dict) or not _is_text(value.get("source_name"), ""):
        return False
    known = {"source_name", "description", "url", "external_id"}
    if not set(value) <= known or len(value) < 2:
        return False
    if value["source_name"] in ("cve", "capec"):
        return False
    return all(_is_text(each, "") for each in value.values()) and (
        "url" not in value or _URI.fullmatch(str(value["url"])) is not None
    )


def _are_phases(value: JsonValue, _: str) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(each, dict)
            and set(each) == {"kill_chain_name", "phase_name"}
            and all(_is_text(part, "") for part in each.values())
            for each in value
        )
    )


def _is_ref(value: JsonValue, types: str) -> bool:
    return isinstance(value, str) and is_stix_id(value) and names_allowed(f"ref {types}", value)


def _matches(expression: re.Pattern[str]) -> Callable[[JsonValue, str], bool]:
    return lambda value, _: isinstance(value, str) and expression.fullmatch(value) is not None


_CHECKS: Final[Mapping[str, Callable[[JsonValue, str], bool]]] = {
    "string": _is_text,
    "strings": _are_texts,
    "time": _is_time,
    "boolean": lambda value, _: isinstance(value, bool),
    "integer": lambda value, limits: isinstance(value, int) and _is_number(value, limits),
    "number": _is_number,
    "enum": lambda value, choices: value in choices.split(" "),
    "hashes": _are_hashes,
    "references": _are_references,
    "phases": _are_phases,
    "granular": lambda value, _: isinstance(value, list) and bool(value),
    "ref": _is_ref,
    "refs": lambda value, types: (
        isinstance(value, list) and bool(value) and all(_is_ref(each, types) for each in value)
    ),
    "address": _matches(_URI),
    "e-mail": _matches(_E_MAIL),
    "host": _is_host,
    "ipv4": lambda value, _: _is_address(value, 4),
    "ipv6": lambda value, _: _is_address(value, 6),
    "language": _matches(_LANGUAGE),
    "term": _matches(_TERM),
}

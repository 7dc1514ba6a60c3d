"""One object in strict STIX 2.1: what the standard does not know moves into an extension.

Nothing is invented and nothing is lost: a property that is not standard, or not of the kind that
the standard asks for, is kept under `carried` in our property extension. An object whose required
properties are missing or wrong is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from attrs import frozen

from tocsin.exchange.writers.extensions import with_carried
from tocsin.exchange.writers.shapes import Shape, fits, names_allowed, resolves, shapes
from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time, rfc3339
from tocsin.records import StixObject, is_stix_id

_ALWAYS: Final = ("type", "spec_version", "id")
# STIX 2.1: the second must not be before the first; of relationships and indicators it must be
# after it (§5.1.2, §4.7.2).
_ORDERED: Final = {
    "relationship": ("start_time", "stop_time"),
    "indicator": ("valid_from", "valid_until"),
    "observed-data": ("first_observed", "last_observed"),
    "*": ("first_seen", "last_seen"),
}
_STRICTLY: Final = frozenset({"relationship", "indicator"})
# Properties that identify an account or file (STIX 2.1 §6.4, §6.7): one at least must be there.
_ONE_OF: Final = {
    "user-account": ("user_id", "account_login", "account_type"),
    "file": ("hashes", "name"),
    "location": ("region", "country", "latitude"),
    "malware": ("name",),
}


@frozen
class Unfit:
    """Why an object has no strict form."""

    why: str


def conformed(item: StixObject) -> StixObject | Unfit:
    """Return the object in strict form, references aside, or why there is none."""
    shape = shapes().get(item.type)
    if shape is None:
        return Unfit(f"STIX 2.1 export has no form for a {item.type}; the opencti format may have")
    kept: JsonObject = {"type": item.type, "spec_version": "2.1", "id": item.id}
    carried: JsonObject = {}
    for name, value in item.body.items():
        if name in _ALWAYS:
            continue
        plain, rest = _sorted_out(shape, name, value)
        kept.update({} if plain is None else {name: plain})
        carried.update({} if rest is None else {name: rest})
    _order(item.type, kept, carried)
    why = _lacking(shape, kept, item)
    if why is not None:
        return Unfit(why)
    return StixObject.of(with_carried(kept, carried))


def without(item: StixObject, alive: frozenset[str]) -> StixObject | Unfit:
    """Return the object with references to absent objects carried, or why it cannot stand.

    Markings are not touched: a marking is never dropped, whether its definition is here or not.
    """
    shape = shapes().get(item.type)
    kept: JsonObject = dict(item.body)
    carried: JsonObject = {}
    for name, value in item.body.items():
        if name == "object_marking_refs" or not name.endswith(("_ref", "_refs")):
            continue
        present, absent = _split_refs(value, alive)
        if absent is not None:
            carried[name] = absent
            kept.pop(name)
            if present is not None:
                kept[name] = present
    if not carried:
        return item
    required = shape.required if shape else frozenset({"source_ref", "target_ref"})
    gone = sorted(name for name in carried if name in required and name not in kept)
    if gone:
        return Unfit(f"its {' and '.join(gone)} names what is not in the file")
    return StixObject.of(with_carried(kept, carried))


def _split_refs(value: JsonValue, alive: frozenset[str]) -> tuple[JsonValue, JsonValue]:
    if isinstance(value, list):
        present: list[JsonValue] = [each for each in value if _is_there(each, alive)]
        absent: list[JsonValue] = [each for each in value if not _is_there(each, alive)]
        return present or None, absent or None
    return (value, None) if _is_there(value, alive) else (None, value)


def _is_there(ref: JsonValue, alive: frozenset[str]) -> bool:
    return isinstance(ref, str) and ref in alive


def _sorted_out(shape: Shape, name: str, value: JsonValue) -> tuple[JsonValue, JsonValue]:
    """Return what of a property may stay, and what is carried instead."""
    kind = shape.properties.get(name)
    if kind is None or value is None:
        return None, value
    if kind == "extensions":
        return _split_map(value, _is_extension)
    if kind == "hashes" and isinstance(value, dict):
        return _split_map(value, lambda key, each: fits("hashes", {key: each}))
    if kind == "time" and isinstance(value, str) and not fits(kind, value):
        value = _as_time(value)
    if fits(kind, value):
        return value, None
    if isinstance(value, list) and kind.startswith(("refs", "references", "phases", "strings")):
        return _split_list(kind, value)
    return None, value


def _split_list(kind: str, value: list[JsonValue]) -> tuple[JsonValue, JsonValue]:
    """Keep the entries that fit; of an entry with properties too many, keep the standard part."""
    good: list[JsonValue] = []
    bad: list[JsonValue] = []
    for each in value:
        reduced = _reduced(kind, each)
        if reduced != each:
            bad.append(each)
        if fits(kind, [reduced]):
            good.append(reduced)
        elif reduced == each:
            bad.append(each)
    return good or None, bad or None


def _reduced(kind: str, value: JsonValue) -> JsonValue:
    names = {
        "phases": ("kill_chain_name", "phase_name"),
        "references": ("source_name", "description", "url", "external_id"),
    }.get(kind)
    if names is None or not isinstance(value, dict):
        return value
    reduced = {name: value[name] for name in names if value.get(name)}
    if kind == "references" and "url" in reduced and not fits("address", reduced["url"]):
        reduced.pop("url")
    return reduced


def _split_map(
    value: JsonValue, is_good: Callable[[str, JsonValue], bool]
) -> tuple[JsonValue, JsonValue]:
    if not isinstance(value, dict):
        return None, value
    good = {key: each for key, each in value.items() if is_good(key, each)}
    bad = {key: each for key, each in value.items() if key not in good}
    return good or None, bad or None


def _is_extension(key: str, value: JsonValue) -> bool:
    if not isinstance(value, dict) or not key.startswith("extension-definition--"):
        return False
    return is_stix_id(key) and value.get("extension_type") == "property-extension"


def _as_time(text: str) -> JsonValue:
    """Return a time in UTC; STIX knows no offsets (§2.15)."""
    try:
        return rfc3339(parse_time(text))
    except BadInputError:
        return text


def _order(type_: str, kept: JsonObject, carried: JsonObject) -> None:
    """Move the end of a span that does not follow its start: it says nothing."""
    for first, last, strictly in (
        ("created", "modified", False),
        (*_ORDERED.get(type_, _ORDERED["*"]), type_ in _STRICTLY),
    ):
        start, end = kept.get(first), kept.get(last)
        if not isinstance(start, str) or not isinstance(end, str):
            continue
        begun, ended = parse_time(start), parse_time(end)
        if ended < begun or (strictly and ended == begun):
            carried[last] = kept.pop(last)
        elif (end < start) or (strictly and end == start):
            # Validators compare the texts: give both the same number of decimals.
            kept[first], kept[last] = rfc3339(begun), rfc3339(ended)


def _lacking(shape: Shape, kept: Mapping[str, JsonValue], item: StixObject) -> str | None:
    missing = sorted(name for name in shape.required if name not in kept)
    unknown = [name for name in missing if shape.properties[name].startswith("ref")
               and name in item.body]  # fmt: skip
    if unknown:
        return f"its {' and '.join(unknown)} names what STIX 2.1 has no type for"
    if missing:
        return f"STIX 2.1 needs {', '.join(missing)}, which is missing or not of its kind"
    one_of = _ONE_OF.get(item.type)
    if one_of and not any(name in kept for name in one_of):
        return f"STIX 2.1 needs one of {', '.join(one_of)}"
    if item.type == "location" and ("latitude" in kept) != ("longitude" in kept):
        return "a latitude needs a longitude"
    if item.type == "indicator" and "valid_until" in item.body and "valid_until" not in kept:
        return "its valid_until is not after its valid_from: when it holds is unknown"
    return _lost_marking(kept, item)


def _lost_marking(kept: Mapping[str, JsonValue], item: StixObject) -> str | None:
    said = item.body.get("granular_markings")
    marked = [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []
    for each in marked:
        selectors = each.get("selectors")
        names: Iterable[JsonValue] = selectors if isinstance(selectors, list) else ()
        ref = each.get("marking_ref")
        if not all(isinstance(name, str) and resolves(name, kept) for name in names) or not (
            isinstance(ref, str) and names_allowed("ref marking-definition", ref)
        ):
            return "a granular marking on it could not be kept, and no marking is dropped"
    if item.body.get("object_marking_refs") != kept.get("object_marking_refs"):
        return "a marking on it could not be kept, and no marking is dropped"
    return None

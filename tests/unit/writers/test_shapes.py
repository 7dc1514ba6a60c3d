"""The table of what STIX 2.1 allows, against the `stix2` library's classes."""

import stix2.properties
from stix2.registry import STIX2_OBJ_MAPS

from tocsin.exchange.writers.shapes import fits, shapes

# Carried on purpose: see `about` in stix21.json.
NOT_KEPT = {
    "observed-data": {"objects"},
    "directory": {"path_enc"},
    "file": {"name_enc", "magic_number_hex"},
    "software": {"cpe", "languages"},
}
IDENTITY = {"type", "spec_version", "id"}


def test_the_table_names_exactly_the_properties_that_stix2_knows() -> None:
    registry = {**STIX2_OBJ_MAPS["2.1"]["objects"], **STIX2_OBJ_MAPS["2.1"]["observables"]}
    for name, shape in shapes().items():
        theirs = set(registry[name]._properties) - IDENTITY - NOT_KEPT.get(name, set())
        assert set(shape.properties) == theirs, name


def test_every_property_that_stix2_requires_is_required() -> None:
    registry = {**STIX2_OBJ_MAPS["2.1"]["objects"], **STIX2_OBJ_MAPS["2.1"]["observables"]}
    for name, shape in shapes().items():
        theirs = {key for key, each in registry[name]._properties.items() if each.required}
        assert theirs - IDENTITY <= shape.required, name


def test_every_kind_of_the_table_has_a_check() -> None:
    for shape in shapes().values():
        for name, kind in shape.properties.items():
            if kind != "extensions":
                assert not fits(kind, []), (shape.name, name)


def test_references_are_held_to_the_types_that_stix2_accepts() -> None:
    registry = {**STIX2_OBJ_MAPS["2.1"]["objects"], **STIX2_OBJ_MAPS["2.1"]["observables"]}
    uuid = "1c0ffee0-64b4-4f5d-9a53-000000000001"
    for name, shape in shapes().items():
        for key, kind in shape.properties.items():
            if not kind.startswith(("ref ", "refs ")):
                continue
            theirs = registry[name]._properties[key]
            for other in (*shapes(), "marking-definition", "bundle", "channel"):
                ref = f"{other}--{uuid}"
                ours = fits(kind, [ref] if kind.startswith("refs") else ref)
                assert not ours or _accepts(theirs, ref), (name, key, other)


def _accepts(theirs: stix2.properties.Property, ref: str) -> bool:
    value = [ref] if isinstance(theirs, stix2.properties.ListProperty) else ref
    try:
        theirs.clean(value, allow_custom=False)
    except Exception:  # noqa: BLE001 - whatever the library raises is a no
        return False
    return True

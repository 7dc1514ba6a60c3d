"""Tocsin's extensions in exported files, with the definitions that travel beside them."""

from collections.abc import Iterable, Mapping
from typing import Final

from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import SHARING_EXTENSION, StixObject

CARRIED_EXTENSION: Final = "extension-definition--b0c8b7c4-7a50-5b8c-9a55-6f5d2b3c9e17"
"""Holds what an object said that strict STIX 2.1 has no place for, and what it stands for."""

OPENCTI_OBJECT_EXTENSION: Final = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
OPENCTI_OBSERVABLE_EXTENSION: Final = "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82"

TOCSIN_IDENTITY: Final[JsonObject] = {
    "type": "identity",
    "spec_version": "2.1",
    "id": "identity--5c1c9a36-8f0a-5d5e-8c5b-0b7a4a1d2e90",
    "created": "2026-11-01T00:00:00.000Z",
    "modified": "2026-11-01T00:00:00.000Z",
    "name": "Tocsin",
    "description": "The program that wrote this file. It is the author of nothing but its format.",
    "identity_class": "system",
}

_PURPOSES: Final = {
    CARRIED_EXTENSION: (
        "Tocsin carried properties",
        (
            "Properties of the object that STIX 2.1 has no place for (`carried`), and whole "
            "objects that it stands for (`stands_for`), as their author wrote them."
        ),
    ),
    SHARING_EXTENSION: (
        "Tocsin sharing",
        "Audience, authorship, purpose, expiry, origin and signatures of a shared object.",
    ),
}


def with_carried(body: Mapping[str, JsonValue], carried: Mapping[str, JsonValue]) -> JsonObject:
    """Return the body with properties added to what it carries."""
    if not carried:
        return {**body}
    return _extended(body, "carried", {**_mapping(_said(body, "carried")), **carried})


def standing_for(body: Mapping[str, JsonValue], original: Mapping[str, JsonValue]) -> JsonObject:
    """Return the body with one more object that it stands for."""
    return _extended(body, "stands_for", [*stood_for(body), dict(original)])


def stood_for(body: Mapping[str, JsonValue]) -> list[JsonObject]:
    """Return the objects that a body stands for."""
    said = _said(body, "stands_for")
    return [each for each in said if isinstance(each, dict)] if isinstance(said, list) else []


def definitions_for(objects: Iterable[StixObject]) -> list[JsonObject]:
    """Return the definitions of our extensions that the objects use, and their author."""
    used = {
        key for item in objects for key in _mapping(item.body.get("extensions")) if key in _PURPOSES
    }
    made = [_definition(key) for key in sorted(used)]
    return [TOCSIN_IDENTITY, *made] if made else []


def _definition(key: str) -> JsonObject:
    name, purpose = _PURPOSES[key]
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": key,
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "created_by_ref": TOCSIN_IDENTITY["id"],
        "name": name,
        "description": purpose,
        "schema": "docs/reference/exports.md in the source of Tocsin",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def _said(body: Mapping[str, JsonValue], part: str) -> JsonValue:
    return _mapping(_mapping(body.get("extensions")).get(CARRIED_EXTENSION)).get(part)


def _extended(body: Mapping[str, JsonValue], part: str, value: JsonValue) -> JsonObject:
    extensions = _mapping(body.get("extensions"))
    ours = _mapping(extensions.get(CARRIED_EXTENSION))
    said: JsonObject = {"extension_type": "property-extension", **ours, part: value}
    return {**body, "extensions": {**extensions, CARRIED_EXTENSION: said}}


def _mapping(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}

"""Private objects for what a source says that STIX has no observable for.

A count of things that nobody names, a sentence in an indicator's place, an entry of a taxonomy:
they are kept as objects without times, as STIX keeps observables, because their sources give none
and none is made up. Their ids are deterministic, so that a second import finds them. Prose is not
kept as a STIX note: a note must refer to an object and have a time of creation, and a passage of a
list has neither; whoever writes a note from it later refers to the passage's case.
"""

from typing import Final
from uuid import UUID

from tocsin.foundation import JsonObject
from tocsin.records import StixObject, named_id
from tocsin.records.observables import Quantity

QUANTITY_TYPE: Final = "x-tocsin-quantity"
PASSAGE_TYPE: Final = "x-tocsin-passage"
TERM_TYPE: Final = "x-tocsin-term"

KEEPSAKE_TYPES: Final = frozenset({QUANTITY_TYPE, PASSAGE_TYPE, TERM_TYPE})
"""Types that live in the private family only; writers leave them out and say so."""

_NAMESPACE: Final = UUID("0d6f4f0e-6a3c-5b0d-9a55-6d8f2c0b7e31")
_EXTENSION: Final = "extension-definition--3f0c2f55-7a0e-5d31-8d2a-4f1f5f0f6c02"


def quantity_object(
    quantity: Quantity, text: str, *, digest: str, locator: str, about: str | None = None
) -> StixObject:
    """Return a count of things that the source does not name.

    Args:
        about: id of the object whose name is the count, such as a channel `423 X accounts`.
    """
    said: JsonObject = {
        "count": quantity.count,
        "unit": quantity.unit,
        "platform": quantity.platform,
        "is_approximate": quantity.is_approximate,
        "content": text,
        "object_refs": [about] if about else None,
    }
    return _keepsake(QUANTITY_TYPE, said, digest, locator, text)


def passage_object(text: str, *, digest: str, locator: str) -> StixObject:
    """Return a passage of a source that is no identifier."""
    return _keepsake(PASSAGE_TYPE, {"content": text}, digest, locator, text)


def term_object(
    scheme: str,
    code: str,
    name: str,
    *,
    description: str | None = None,
    parent: str | None = None,
    version: str | None = None,
) -> StixObject:
    """Return an entry of a taxonomy; the same scheme and code are the same object."""
    said: JsonObject = {
        "scheme": scheme,
        "code": code,
        "name": name,
        "description": description,
        "parent": parent,
        "scheme_version": version,
    }
    return _keepsake(TERM_TYPE, said, scheme, code)


def _keepsake(type_: str, said: JsonObject, *named: str) -> StixObject:
    body: JsonObject = {
        "type": type_,
        "spec_version": "2.1",
        "id": named_id(type_, _NAMESPACE, *named),
        "extensions": {_EXTENSION: {"extension_type": "new-sco"}},
    }
    body.update({name: value for name, value in said.items() if value is not None})
    return StixObject.of(body)

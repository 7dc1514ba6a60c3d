"""What stays of an object once its author had it erased: that it was there, and nothing it said."""

from datetime import datetime
from typing import Final

from attrs import evolve

from tocsin.foundation import JsonObject, JsonValue
from tocsin.records.sharing import SHARING_EXTENSION, Sharing, Withdrawal
from tocsin.records.stix import StixObject, stix_time

_KEPT: Final = (
    "type", "spec_version", "id", "created", "modified", "created_by_ref", "revoked",
    "object_marking_refs",
)  # fmt: skip
_NEW_TYPE: Final = {"extension_type": "new-sdo"}
_SAYS_NOTHING: Final = "[x-tocsin-erased:id = 'erased']"


def erased_form(item: StixObject, why: str, at: datetime) -> StixObject:
    """Return the version, still unsigned, by which an author asks everybody to erase an object.

    It keeps marking, audience, origins and sources, by which it finds its way to whoever has the
    object, and the ids of what the object was about; every other word of it is gone.

    Raises:
        ValueError: when the object carries no sharing extension.
    """
    sharing = item.sharing
    if sharing is None:
        raise ValueError(f"{item.id} carries no audience")
    asked = evolve(
        sharing,
        withdrawal=Withdrawal(why=why, at=at, erases=True),
        purpose=None,
        expires=None,
        correction=None,
        review=None,
        escrow=None,
        signatures=(),
    )
    return _without_words(item.replaced(revoked=True, modified=stix_time(at)), asked)


def is_erasure(item: StixObject) -> bool:
    """Tell whether an object asks to erase all earlier versions of it."""
    sharing = item.sharing
    return sharing is not None and sharing.withdrawal is not None and sharing.withdrawal.erases


def says_nothing(item: StixObject) -> bool:
    """Tell whether an erasure holds no word but its reason: else it would carry on what it ends."""
    sharing = item.sharing
    if sharing is None or sharing.purpose or sharing.review or sharing.correction:
        return False
    if sharing.escrow is not None:
        return False
    return _without_words(item, sharing).body == item.body


def _without_words(item: StixObject, sharing: Sharing) -> StixObject:
    body: JsonObject = {key: item.body[key] for key in _KEPT if key in item.body}
    body.update({key: value for key, value in item.body.items() if _is_reference(key)})
    body.update(_required(item))
    extensions = item.body.get("extensions")
    said = extensions if isinstance(extensions, dict) else {}
    types: JsonObject = {key: value for key, value in said.items() if value == _NEW_TYPE}
    types.pop(SHARING_EXTENSION, None)
    return StixObject.of({**body, "extensions": types}).with_sharing(sharing)


def _is_reference(key: str) -> bool:
    return key.endswith(("_ref", "_refs"))


def _required(item: StixObject) -> JsonObject:
    """Return what STIX 2.1 requires of the type (§4, §5), in words that say nothing."""
    created: JsonValue = item.body.get("created")
    fields: dict[str, JsonObject] = {
        "indicator": {"pattern": _SAYS_NOTHING, "pattern_type": "stix", "valid_from": created},
        "note": {"content": "erased"},
        "opinion": {"opinion": "neutral"},
        "grouping": {"name": "erased", "context": "unspecified"},
        "relationship": {"relationship_type": "related-to"},
        "sighting": {},
    }
    return fields.get(item.type, {"name": "erased"})

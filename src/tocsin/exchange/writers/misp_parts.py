"""Attributes and objects of a MISP event, by the kind of the identifier."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from uuid import UUID, uuid5

from tocsin.exchange.writers.defang import written
from tocsin.exchange.writers.inert import visible
from tocsin.foundation import JsonObject, JsonValue
from tocsin.records import StixObject
from tocsin.records.observables import Kind, Observable, canonical_host

_AS_OBJECT: Final = frozenset({Kind.ACCOUNT, Kind.AD_ACCOUNT, Kind.TRACKER})


def object_or_attribute(
    observable: Observable, common: JsonObject, event: str, *, is_reviewed: bool
) -> JsonObject:
    """Return an account, ad account or tracker as an object, anything else as an attribute.

    Args:
        common: distribution, timestamp, comment, tags and perhaps first_seen.
        event: the event's uuid; the uuids of its parts follow from it.
        is_reviewed: only what was reviewed may go to an intrusion detection system (`to_ids`).
    """
    if observable.kind in _AS_OBJECT:
        return _account(observable, common, event)
    facts = _table()["attributes"][_attribute_kind(observable)]
    value = written(observable) if observable.kind is not Kind.APP else _bare_app(observable)
    return {
        **common,
        "uuid": _uuid(event, observable.key),
        "type": facts["type"],
        "category": facts["category"],
        "value": value,
        "to_ids": bool(facts["to_ids"]) and is_reviewed,
    }


def narrative(item: StixObject, common: JsonObject, event: str) -> JsonObject:
    """Return a narrative as MISP's object of that name."""
    said = [item.body.get("name"), item.body.get("description")]
    text = "\n\n".join(visible(each) for each in said if isinstance(each, str) and each)
    return _object("narrative", item.id, common, event, {"summary": text or item.id})


def _account(observable: Observable, common: JsonObject, event: str) -> JsonObject:
    platform = observable.platform or ""
    if observable.kind is Kind.TRACKER:
        name = "tracking-id"
    elif observable.kind is Kind.AD_ACCOUNT:
        name, platform = "user-account", f"ad-account-{platform}"
    else:
        name = _table()["by_platform"].get(platform, "user-account")
    address = written(observable)
    handle = observable.handle
    said = {
        "handle": handle or (None if observable.user_id else address),
        "user_id": observable.user_id,
        "display": observable.display,
        "platform": platform,
        "link": address if address.startswith("http") else None,
    }
    return _object(name, observable.key, common, event, said)


def _object(
    name: str, key: str, common: JsonObject, event: str, said: Mapping[str, str | None]
) -> JsonObject:
    template: dict[str, Any] = _table()["templates"][name]
    uuid = _uuid(event, key)
    shared = {part: common[part] for part in ("distribution", "timestamp", "Tag")}
    attributes: list[JsonValue] = [
        {
            **shared,
            "uuid": _uuid(uuid, part),
            "object_relation": template[part],
            "type": "link" if part == "link" else "text",
            "category": "External analysis" if part == "link" else "Other",
            "value": visible(value),
            "to_ids": False,
            "comment": common["comment"],
        }
        for part, value in said.items()
        if value and part in template
    ]
    made: JsonObject = {
        "uuid": uuid,
        "name": name,
        "template_uuid": template["uuid"],
        "template_version": template["version"],
        "meta-category": template["meta-category"],
        "description": template["description"],
        "distribution": common["distribution"],
        "timestamp": common["timestamp"],
        "comment": common["comment"],
        "Attribute": attributes,
    }
    if "first_seen" in common:
        made["first_seen"] = common["first_seen"]
    return made


def _attribute_kind(observable: Observable) -> str:
    if observable.kind is not Kind.DOMAIN:
        return str(observable.kind)
    host = canonical_host(observable.value)
    return "domain" if host is None or host.registrable == host.host else "hostname"


def _bare_app(observable: Observable) -> str:
    return observable.value.partition("/")[2]


def _uuid(event: str, part: str) -> str:
    return str(uuid5(UUID(event), part))


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        files(__package__).joinpath("misp_templates.json").read_text("utf-8")
    )
    return table

"""The `opencti` format: OpenCTI's own types and fields, as its importer (pycti) reads them.

Channels, narratives, events and media contents stay what they are, with the extension by which
OpenCTI declares them; `x_opencti_*` fields stay at the top of the object, where pycti looks first.
TLP 2.0 comes in OASIS' form: pycti reads a marking definition without `definition_type` by its
name, and `TLP:AMBER+STRICT` is the name of its own (pycti, opencti_marking_definition.py).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tocsin.exchange.writers.bundle import write_bundle
from tocsin.exchange.writers.conform import Unfit
from tocsin.exchange.writers.examples import exports
from tocsin.exchange.writers.export import Export, ExportReport
from tocsin.exchange.writers.extensions import (
    OPENCTI_OBJECT_EXTENSION,
    OPENCTI_OBSERVABLE_EXTENSION,
    with_carried,
)
from tocsin.exchange.writers.placing import Profile
from tocsin.exchange.writers.shapes import fits
from tocsin.foundation import JsonObject, parse_time
from tocsin.records import CLAIM_TYPE, StixObject

_DECLARED: Final = {
    "channel": (OPENCTI_OBJECT_EXTENSION, "new-sdo", "Channel"),
    "narrative": (OPENCTI_OBJECT_EXTENSION, "new-sdo", "Narrative"),
    "event": (OPENCTI_OBJECT_EXTENSION, "new-sdo", "Event"),
    "media-content": (OPENCTI_OBSERVABLE_EXTENSION, "new-sco", "Media-Content"),
}


def opencti_form(item: StixObject) -> StixObject | Unfit:
    """Return the object as OpenCTI takes it; a type of Tocsin's own has no form there."""
    if item.type.startswith("x-tocsin-"):
        return Unfit(f"OpenCTI has no type for a {item.type}")
    body: JsonObject = {**item.body, "spec_version": "2.1"}
    declared = _DECLARED.get(item.type)
    if declared is not None:
        key, kind, name = declared
        extensions = body.get("extensions")
        kept = extensions if isinstance(extensions, dict) else {}
        said = kept.get(key)
        told = said if isinstance(said, dict) else {"type": name}
        body["extensions"] = {**kept, key: {**told, "extension_type": kind}}
    return StixObject.of(_ordered(body))


def _ordered(body: JsonObject) -> JsonObject:
    """Carry a stop that does not follow its start: OpenCTI refuses the relationship."""
    start, stop = body.get("start_time"), body.get("stop_time")
    if body.get("type") != "relationship" or not (fits("time", start) and fits("time", stop)):
        return body
    if parse_time(str(stop)) > parse_time(str(start)):
        return body
    kept = {name: value for name, value in body.items() if name != "stop_time"}
    return with_carried(kept, {"stop_time": stop})


PROFILE: Final = Profile(
    finished=opencti_form, as_observable=frozenset(), as_note=frozenset({CLAIM_TYPE})
)


class OpenctiWriter:
    """OpenCTI's profile of STIX 2.1."""

    name = "opencti"
    suffix = ".json"

    def examples(self) -> Mapping[str, Export]:
        return exports()

    def write(self, export: Export, path: Path) -> ExportReport:
        return write_bundle(export, PROFILE, path)

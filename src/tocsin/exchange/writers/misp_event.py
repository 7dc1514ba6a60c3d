"""The `misp` format: one event in MISP's core JSON, for its import or for `pymisp`.

The event goes to nobody: its distribution is 0, your organisation only, and attributes inherit
it. Whoever imports it decides on a wider one; no program of ours does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.exchange.writers.examples import exports
from tocsin.exchange.writers.export import Export, ExportReport, LeftOut, Saying
from tocsin.exchange.writers.files import replacing
from tocsin.exchange.writers.inert import inert_json, visible
from tocsin.exchange.writers.listing import techniques
from tocsin.exchange.writers.marks import UNMARKED
from tocsin.exchange.writers.misp_parts import narrative, object_or_attribute
from tocsin.exchange.writers.screening import screen
from tocsin.exchange.writers.standins import named_observable
from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time
from tocsin.policy import observable_of
from tocsin.records import Marking, StixObject

_T_NUMBER: Final = re.compile(r"T\d{4}(?:\.\d{3})?")
_EVENT_ONLY: Final = "0"
_INHERIT: Final = "5"
# STIX 2.1, appendix A, scale None / Low / Med / High; MISP's words for an analyst's confidence.
_CONFIDENCE: Final = ((70, "high"), (30, "moderate"), (1, "low"))


class MispWriter:
    """MISP core format; attributes by kind, accounts as objects, markings as tags."""

    name = "misp"
    suffix = ".json"

    def examples(self) -> Mapping[str, Export]:
        return exports()

    def write(self, export: Export, path: Path) -> ExportReport:
        event, left = event_of(export)
        with replacing(path) as file:
            file.write(inert_json({"Event": event}))
        count = len(_list(event.get("Attribute"))) + sum(
            len(_list(each.get("Attribute")))
            for each in _list(event.get("Object"))
            if isinstance(each, dict)
        )
        return ExportReport(path, count, left)


@frozen
class _Desk:
    """What every part of the event needs."""

    export: Export
    names: Mapping[str, str]
    uuid: str


def event_of(export: Export) -> tuple[JsonObject, tuple[LeftOut, ...]]:
    """Return the event and what is not in it.

    Raises:
        RefusedError: see `screening.screen`.
    """
    screened = screen(export)
    left = {each.id: each.why for each in screened.left_out}
    uuid = export.named_id("x-misp-event", export.identity).partition("--")[2]
    desk = _Desk(screened.export, _technique_names(screened.export.objects), uuid)
    parts: list[JsonObject] = []
    seen: dict[str, str] = {}
    markings: list[Marking] = []
    for item in screened.export.objects:
        made = _part(desk, item, seen)
        if isinstance(made, str):
            left[item.id] = made
            continue
        parts.append(made)
        markings.append(screened.export.marking_of(item))
    event = _event(desk, markings)
    plain: list[JsonValue] = [each for each in parts if "Attribute" not in each]
    composed: list[JsonValue] = [each for each in parts if "Attribute" in each]
    event.update({"Attribute": plain} if plain else {})
    event.update({"Object": composed} if composed else {})
    return event, tuple(LeftOut(object_id, why) for object_id, why in left.items())


def _event(desk: _Desk, markings: Sequence[Marking]) -> JsonObject:
    export = desk.export
    marking = markings[0] if markings else export.default_marking
    for other in markings[1:]:
        marking = marking.strictest_with(other)
    author = export.author or {}
    event: JsonObject = {
        "uuid": desk.uuid,
        "info": visible(export.title)[:500],
        "date": export.made_at.strftime("%Y-%m-%d"),
        "timestamp": str(int(export.made_at.timestamp())),
        "published": False,
        "threat_level_id": "4",
        "analysis": "2" if export.reviewed else "0",
        "distribution": _EVENT_ONLY,
        "Tag": _tags([*_marking_tags(marking), *_standing_tags(export)]),
    }
    if "name" in author and "id" in author:
        event["Orgc"] = {
            "name": str(author["name"]),
            "uuid": str(author["id"]).partition("--")[2],
        }
    return event


def _part(desk: _Desk, item: StixObject, seen: dict[str, str]) -> JsonObject | str:
    """Return the attribute or object for one STIX object, or why there is none."""
    export = desk.export
    if item.is_revoked:
        return "its author has withdrawn it"
    if item.type in UNMARKED:
        return "a definition; the event names its markings as tags"
    said = export.said_of(item.id)
    common = _common(desk, item, said)
    if item.type == "narrative":
        return narrative(item, common, desk.uuid)
    observable = observable_of(item) or named_observable(item)
    if observable is None:
        return f"a MISP event holds identifiers, and {item.type} is none"
    if observable.key in seen:
        return f"the same identifier is there for {seen[observable.key]}"
    seen[observable.key] = item.id
    return object_or_attribute(observable, common, desk.uuid, is_reviewed=export.reviewed)


def _common(desk: _Desk, item: StixObject, said: Sequence[Saying]) -> JsonObject:
    export = desk.export
    names: list[str] = [
        *_marking_tags(export.marking_of(item)),
        *_standing_tags(export),
        *_confidence_tags(item),
        *(tag for _, code in techniques(said) if _T_NUMBER.fullmatch(code)
          for tag in _technique_tags(code, desk.names)),
    ]  # fmt: skip
    common: JsonObject = {
        "distribution": _INHERIT,
        "timestamp": str(int(_moment(item, said, export.made_at).timestamp())),
        "comment": _comment(export, said),
        "Tag": _tags(names),
    }
    observed = sorted(each.first_observed for each in said if each.first_observed)
    if observed:
        common["first_seen"] = observed[0]
    return common


def _comment(export: Export, said: Sequence[Saying]) -> str:
    lines = [
        "; ".join(part for part in (each.procedure or each.technique, each.comment,
                                    f"source: {each.source}") if part)
        for each in said
    ]  # fmt: skip
    standing = [] if export.reviewed and not export.for_own_use else [export.standing]
    return visible(" | ".join(dict.fromkeys((*standing, *lines))))[:2_000]


def _moment(item: StixObject, said: Sequence[Saying], made_at: datetime) -> datetime:
    try:
        return parse_time(item.version)
    except BadInputError:
        return min((each.recorded_at for each in said), default=made_at)


def _marking_tags(marking: Marking) -> list[str]:
    tags = [f"tlp:{marking.tlp}"]
    # MISP's PAP taxonomy writes its colours in capitals.
    return [*tags, f"PAP:{marking.pap.upper()}"] if marking.pap else tags


def _standing_tags(export: Export) -> list[str]:
    tags = [] if export.reviewed else ['tocsin:review="not-reviewed"', 'workflow:state="draft"']
    return [*tags, 'tocsin:sharing="own-use-only"'] if export.for_own_use else tags


def _confidence_tags(item: StixObject) -> list[str]:
    said = item.body.get("confidence")
    if not isinstance(said, int) or isinstance(said, bool):
        return []
    word = next((word for least, word in _CONFIDENCE if said >= least), None)
    return [f'estimative-language:confidence-in-analytic-judgment="{word}"'] if word else []


def _technique_names(objects: Iterable[StixObject]) -> dict[str, str]:
    """Return the DISARM names that the export's own attack patterns give for T-numbers."""
    return {
        code: item.name
        for item in objects
        if item.type == "attack-pattern"
        and isinstance(code := item.body.get("x_mitre_id"), str)
        and _T_NUMBER.fullmatch(code)
    }


def _technique_tags(code: str, names: Mapping[str, str]) -> list[str]:
    """Return a tag by T-number, and the galaxy's tag where the technique's name is known."""
    tags = [f'disarm:technique="{code}"']
    name = names.get(code, "").replace('"', "'")
    return [*tags, f'misp-galaxy:disarm-techniques="{name}"'] if name else tags


def _tags(names: Iterable[str]) -> list[JsonValue]:
    return [{"name": visible(name)} for name in dict.fromkeys(names)]


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []

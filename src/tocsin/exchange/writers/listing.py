"""What a list names becomes an indicator with its observable, and nothing is made up.

A row of a list says: this identifier belongs to the operation. In STIX that is an `indicator`
(what to look for), the observable itself (what to pivot on), and `based-on` between them. The
indicator is valid from the day the source reported it, else from the day this node took it in: a
registration or creation date is no date of an observation and goes nowhere but into `carried`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from tocsin.exchange.writers.export import Export, Saying
from tocsin.exchange.writers.extensions import with_carried
from tocsin.exchange.writers.inert import visible
from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time, rfc3339
from tocsin.records import StixObject, stix_time
from tocsin.records.observables import Observable, from_sco

KILL_CHAIN: Final = "online-operations-kill-chain"
_DISARM: Final = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_KILL_CHAIN_CODE: Final = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2}){1,2})\b")
_TACTIC_NUMBER: Final = re.compile(r"\s*+\d{0,2}[.\s]*+")
_MAX_DESCRIPTION: Final = 5_000


@frozen
class Listed:
    """An indicator and the relationship to its observable."""

    indicator: StixObject
    based_on: StixObject


def listed(item: StixObject, export: Export) -> Listed | None:
    """Return what a list's observable becomes, None where no list names it."""
    said = [each for each in export.said_of(item.id) if each.is_list]
    observable = from_sco(item.body)
    if not said or observable is None:
        return None
    return of_observable(item, observable, said, export)


def of_observable(
    item: StixObject, observable: Observable, said: Sequence[Saying], export: Export
) -> Listed:
    """Return indicator and relationship for an observable and what lists say of it."""
    since = min(each.recorded_at for each in said)
    stamp = stix_time(since)
    common: JsonObject = {"spec_version": "2.1", "created": stamp, "modified": stamp}
    if export.author_id:
        common["created_by_ref"] = export.author_id
    refs = item.body.get("object_marking_refs")
    if refs:
        common["object_marking_refs"] = refs
    author = export.author_id or ""
    indicator_id = export.named_id("indicator", author, observable.key)
    indicator: JsonObject = {
        "type": "indicator",
        "id": indicator_id,
        **common,
        "name": visible(observable.display or observable.value)[:500],
        "indicator_types": ["unknown"],
        "pattern": observable.pattern,
        "pattern_type": "stix",
        "pattern_version": "2.1",
        "valid_from": rfc3339(_valid_from(said)),
        **_told(said),
    }
    relation: JsonObject = {
        "type": "relationship",
        "id": export.named_id("relationship", "based-on", author, observable.key),
        **common,
        "relationship_type": "based-on",
        "source_ref": indicator_id,
        "target_ref": item.id,
    }
    dated = _dates(said)
    return Listed(
        StixObject.of(with_carried(indicator, {"dates": dated} if dated else {})),
        StixObject.of(relation),
    )


def techniques(said: Iterable[Saying]) -> list[tuple[str, str]]:
    """Return `(framework, code)` of every technique that sources name, each once, sorted."""
    found: set[tuple[str, str]] = set()
    for each in said:
        for text in (each.procedure, each.technique, each.tactic, each.comment):
            found.update(("DISARM", code) for code in _DISARM.findall(text or ""))
        for text in (each.procedure, each.technique):
            code = _KILL_CHAIN_CODE.match(text or "")
            if code:
                found.add((KILL_CHAIN, code[1]))
                break
    return sorted(found)


def _told(said: Sequence[Saying]) -> JsonObject:
    references: list[JsonValue] = [
        {"source_name": framework, "external_id": code} for framework, code in techniques(said)
    ]
    phases = sorted({phase for each in said if (phase := _phase(each.tactic))})
    told: JsonObject = {}
    description = "\n".join(dict.fromkeys(line for each in said if (line := _line(each))))
    if description:
        told["description"] = description[:_MAX_DESCRIPTION]
    if references:
        told["external_references"] = references
    if phases:
        told["kill_chain_phases"] = [
            {"kill_chain_name": KILL_CHAIN, "phase_name": phase} for phase in phases
        ]
    return told


def _line(saying: Saying) -> str:
    parts = [part for part in (saying.procedure or saying.technique, saying.comment) if part]
    return f"{visible(saying.source)}: {visible('; '.join(parts))}" if parts else ""


def _phase(tactic: str | None) -> str | None:
    name = _TACTIC_NUMBER.sub("", tactic or "", count=1)
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or None


def _valid_from(said: Sequence[Saying]) -> datetime:
    reported = [moment for each in said if (moment := _moment(each.reported))]
    return min(reported) if reported else min(each.recorded_at for each in said)


def _moment(text: str | None) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except BadInputError:
        return None


def _dates(said: Sequence[Saying]) -> list[JsonValue]:
    """Return who dated what, one entry per source that gave a date."""
    made: list[JsonValue] = []
    for each in said:
        dated: JsonObject = {
            name: text
            for name in ("registered", "first_observed", "reported")
            if (text := getattr(each, name))
        }
        if dated:
            made.append({"source": each.source, **dated})
    return made

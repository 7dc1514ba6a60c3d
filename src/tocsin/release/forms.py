"""The public form of an identifier or a claim: what a recipient needs, and nothing beside it."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from tocsin.foundation import JsonObject, JsonValue, rfc3339
from tocsin.records.claims import CLAIM_EXTENSION
from tocsin.records.observables import Observable
from tocsin.records.stix import StixObject

_T_NUMBER: Final = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_KILL_CHAIN: Final = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2}){1,2})\b")
_CLAIM_FIELDS: Final = (
    "statement", "claimant", "evidence_class", "stated_on", "answers", "value",
    "confidence", "source_grade", "source", "operator", "right_of_reply",
)  # fmt: skip


def indicator_fields(
    observable: Observable, sayings: Iterable[Mapping[str, JsonValue]], now: datetime
) -> JsonObject:
    """Return an indicator on `observable`; of what sources said, only techniques by number."""
    references = sorted({each for said in sayings for each in _techniques(said)})
    return {
        "name": observable.display or observable.value,
        "indicator_types": ["unknown"],
        "pattern": observable.pattern,
        "pattern_type": "stix",
        "valid_from": rfc3339(now),
        "external_references": [
            {"source_name": source, "external_id": number} for source, number in references
        ]
        or None,
    }


def claim_fields(claim: StixObject) -> JsonObject:
    """Return what a claim says, without ids of private objects and others' extensions."""
    said = {key: claim.body[key] for key in _CLAIM_FIELDS if key in claim.body}
    return {"extensions": {CLAIM_EXTENSION: {"extension_type": "new-sdo"}}, **said}


def says_the_same(fields: Mapping[str, JsonValue], before: StixObject) -> bool:
    """Tell whether a claim that is out already says what these `claim_fields` say."""
    return all(fields.get(key) == before.body.get(key) for key in _CLAIM_FIELDS)


def _techniques(said: Mapping[str, JsonValue]) -> Iterable[tuple[str, str]]:
    for key in ("procedure", "technique"):
        text = said.get(key)
        if not isinstance(text, str):
            continue
        for number in _T_NUMBER.findall(text):
            yield "DISARM", number
        kill_chain = _KILL_CHAIN.match(text)
        if kill_chain:
            yield "online-operations-kill-chain", kill_chain.group(1)

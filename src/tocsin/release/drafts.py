"""What would leave: the public form of each item of a case, and what stays, with the reason."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from attrs import field, frozen

from tocsin.cases import superseded_claims
from tocsin.foundation import JsonObject, JsonValue, rfc3339
from tocsin.records.claims import CLAIM_TYPE
from tocsin.records.observables import Observable, from_pattern, from_sco
from tocsin.records.stix import StixObject
from tocsin.vault import HeldObject, Shared, Snapshot, Traced

_T_NUMBER: Final = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_KILL_CHAIN: Final = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2}){1,2})\b")
_BATCH: Final = 500
_CLAIM_FIELDS: Final = (
    "extensions", "statement", "claimant", "evidence_class", "stated_on", "answers", "value",
    "confidence", "source_grade", "source", "operator", "right_of_reply",
)  # fmt: skip


@frozen(kw_only=True)
class Draft:
    """One object in the form in which it would leave, before author, marking and signature.

    Attributes:
        of: id of the item in the case.
        fields: of the new object, without what every object has.
        observable: the identifier inside, None for other objects.
        sources: received objects that it derives from.
        recorded_by: the persons who recorded a claim here, in any version.
    """

    of: str
    type: str
    fields: Mapping[str, JsonValue]
    observable: Observable | None = None
    sources: tuple[StixObject, ...] = field(default=())
    recorded_by: frozenset[str] = frozenset()

    @property
    def is_personal(self) -> bool:
        """Whether it can name a person: an account, an e-mail address, a phone."""
        return self.observable is not None and self.observable.is_personal

    @property
    def label(self) -> str:
        """What a person recognises it by."""
        for key in ("name", "statement"):
            value = self.fields.get(key)
            if isinstance(value, str):
                return value
        return self.type


@frozen
class Held:
    """An item of the case that stays, and why."""

    id: str
    name: str
    why: str


def drafts_of(
    items: Iterable[str], snapshot: Snapshot, now: datetime
) -> tuple[list[Draft], list[Held]]:
    """Return the drafts for `items` in their order, one per identifier, and what stays."""
    drafts: list[Draft] = []
    held: list[Held] = []
    seen: set[str] = set()
    for made in _made(items, snapshot, now):
        if isinstance(made, Held):
            held.append(made)
            continue
        once = made.observable.key if made.observable else made.of
        if once in seen:
            held.append(Held(made.of, made.label, "the same identifier leaves already"))
            continue
        seen.add(once)
        drafts.append(made)
    return drafts, held


def _made(items: Iterable[str], snapshot: Snapshot, now: datetime) -> Iterator[Draft | Held]:
    remaining = iter(items)
    while batch := tuple(islice(remaining, _BATCH)):
        found = _Found.of(batch, snapshot)
        for item_id in batch:
            yield _draft(item_id, found, now)


@frozen
class _Found:
    """What the vault holds of a case's items, by id.

    Attributes:
        said: what sources said of own ones.
        recorded_by: who recorded own claims.
        superseded: claims that a later one replaces, in this case or outside it.
    """

    received: Mapping[str, Shared]
    own: Mapping[str, HeldObject]
    said: Mapping[str, Sequence[Traced]]
    recorded_by: Mapping[str, frozenset[str]]
    superseded: frozenset[str]

    @classmethod
    def of(cls, items: Sequence[str], snapshot: Snapshot) -> "_Found":
        received = snapshot.shared.get_all(items)
        others = [item for item in items if item not in received]
        own = {each.id: each for each in snapshot.private.iterate(ids=others)}
        claims = [each.id for each in own.values() if each.type == CLAIM_TYPE]
        return cls(
            received,
            own,
            snapshot.private.provenances(own),
            {each: snapshot.private.recorded_by(each) for each in claims},
            superseded_claims(snapshot) if claims else frozenset(),
        )


def _draft(item_id: str, found: _Found, now: datetime) -> Draft | Held:
    received = found.received.get(item_id)
    if received is not None:
        return _onward(received.object, now)
    kept = found.own.get(item_id)
    if kept is None:
        return Held(item_id, item_id, "this node does not hold it")
    item = kept.object
    observable = from_sco(item.body)
    if observable is not None:
        sayings = [each.provenance.said for each in found.said.get(item_id, ())]
        return Draft(
            of=item_id,
            type="indicator",
            fields=_indicator(observable, sayings, now),
            observable=observable,
        )
    if item.type == CLAIM_TYPE:
        return _claim(item, found)
    return Held(item_id, item.name, f"a private {item.type} has no form that leaves")


def _claim(item: StixObject, found: _Found) -> Draft | Held:
    said = {key: item.body[key] for key in _CLAIM_FIELDS if key in item.body}
    draft = Draft(of=item.id, type=CLAIM_TYPE, fields=said, recorded_by=found.recorded_by[item.id])
    if item.id in found.superseded:
        return Held(item.id, draft.label, "a later claim supersedes it")
    return draft


def _onward(received: StixObject, now: datetime) -> Draft | Held:
    if received.is_revoked:
        return Held(received.id, received.name, "its author has withdrawn it")
    pattern = received.body.get("pattern")
    observable = from_pattern(pattern) if isinstance(pattern, str) else None
    if observable is None:
        return Held(received.id, received.name, f"a received {received.type} is not handed on")
    return Draft(
        of=received.id,
        type="indicator",
        fields=_indicator(observable, [], now),
        observable=observable,
        sources=(received,),
    )


def _indicator(
    observable: Observable, sayings: Iterable[Mapping[str, JsonValue]], now: datetime
) -> JsonObject:
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

"""Received indicators against own records, by canonical identifier."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tocsin.foundation import BadInputError, JsonObject, parse_time, rfc3339
from tocsin.intake import Event, Kept
from tocsin.records import StixObject
from tocsin.records.observables import Kind, Observable, from_alternatives
from tocsin.vault import Lens, Snapshot, Standing, Traced, Vault

_PAGE: Final = 1_000


class Rule(StrEnum):
    """Why two identifiers count as a match, the strongest first."""

    EXACT = "exact"
    WWW = "www"
    HOST_OF_URL = "host-of-url"


@frozen(kw_only=True)
class Evidence:
    """One own record that matches.

    Attributes:
        record: id of the private object, or the place of a row in a table of activity.
        rule: how it matches.
        sources: names of the lists or exports that hold it, with the place in each.
        first_observed: earliest recorded observation, None when none is recorded.
    """

    record: str
    rule: Rule
    sources: tuple[str, ...]
    first_observed: datetime | None

    def to_json(self) -> JsonObject:
        """Return the shown form."""
        return {
            "record": self.record,
            "rule": str(self.rule),
            "sources": [*self.sources],
            "first_observed": rfc3339(self.first_observed) if self.first_observed else None,
        }


@frozen
class Match:
    """A received object and the own records that match one of the identifiers it asks for."""

    object: StixObject
    value: str
    evidence: tuple[Evidence, ...]

    @property
    def first_observed(self) -> datetime | None:
        """The earliest recorded observation among the evidence."""
        known = [each.first_observed for each in self.evidence if each.first_observed]
        return min(known, default=None)

    def to_json(self) -> JsonObject:
        """Return the interface's form."""
        return {
            "object": self.object.id,
            "author": self.object.author,
            "value": self.value,
            "evidence": [each.to_json() for each in self.evidence],
        }


def match_received(
    vault: Vault, *, now: datetime, only: Iterable[str] | None = None
) -> list[Match]:
    """Match every received indicator that stands (or those whose ids are in `only`).

    Withdrawn ones are not matched, nor those that have expired or are valid no longer at `now`.
    The order is that of arrival.
    """
    wanted = None if only is None else frozenset(only)
    found: list[Match] = []
    with vault.read() as snapshot:
        for page in _received(snapshot, wanted, now):
            found += _match_page(snapshot, page)
    return found


def match_activity(
    vault: Vault, events: Iterable[Event], table: str, *, now: datetime
) -> list[Match]:
    """Match the rows of an own table of activity against every received indicator that stands.

    Nothing of the table is kept: only which rows name a received identifier is told, in memory
    that grows with the matches alone.

    Args:
        events: what a reader says of the table's rows, see `intake.read_events`.
        table: what to call it in the evidence.
    """
    with vault.read() as snapshot:
        received = [pair for page in _received(snapshot, None, now) for pair in page]
    wanted: dict[str, list[tuple[int, Rule]]] = {}
    for at, (_, observable) in enumerate(received):
        for key, rule in dict(_candidates(observable)).items():
            wanted.setdefault(key, []).append((at, rule))
    rows: dict[int, list[Evidence]] = {}
    for event in events:
        if not isinstance(event, Kept):
            continue
        for key in {key for found in event.found for key in found.keys}:
            for at, rule in wanted.get(key, ()):
                rows.setdefault(at, []).append(_row_evidence(event, rule, table))
    return [
        Match(received[at][0], _shown(received[at][1]), tuple(evidence))
        for at, evidence in sorted(rows.items())
    ]


def _row_evidence(event: Kept, rule: Rule, table: str) -> Evidence:
    seen = [each.said.get("first_observed") for each in event.found]
    times = [parse_time(each) for each in seen if isinstance(each, str)]
    return Evidence(
        record=f"{table}#{event.locator}",
        rule=rule,
        sources=(f"{table}, {event.locator}",),
        first_observed=min(times, default=None),
    )


def _shown(observable: Observable) -> str:
    return observable.display or observable.value


def _received(
    snapshot: Snapshot, wanted: frozenset[str] | None, now: datetime
) -> Iterator[list[tuple[StixObject, Observable]]]:
    after: int | None = None
    received = Lens(standing=frozenset({Standing.RECEIVED}), include_revoked=False)
    while rows := snapshot.shared.page(received, after=after, limit=_PAGE):
        after = rows[-1].added
        page: list[tuple[StixObject, Observable]] = []
        for row in rows:
            item = row.object
            pattern = item.body.get("pattern")
            if (wanted is not None and item.id not in wanted) or _is_over(item, now):
                continue
            if isinstance(pattern, str):
                page += [(item, observable) for observable in from_alternatives(pattern)]
        yield page


def _is_over(item: StixObject, now: datetime) -> bool:
    """Tell whether an indicator may be used no longer, by its sharing or by its own words."""
    if item.sharing and item.sharing.expires and item.sharing.expires <= now:
        return True
    until = item.body.get("valid_until")
    try:
        return isinstance(until, str) and parse_time(until) <= now
    except BadInputError:
        return False


def _match_page(snapshot: Snapshot, page: Sequence[tuple[StixObject, Observable]]) -> list[Match]:
    candidates = [dict(_candidates(observable)) for _, observable in page]
    every = {key for keys in candidates for key in keys}
    held = snapshot.private.find(every)
    seen = snapshot.private.first_observed(set(held))
    told = snapshot.private.provenances(record for records in held.values() for record in records)
    matches: list[Match] = []
    for (item, observable), keys in zip(page, candidates, strict=True):
        found: dict[str, tuple[str, Rule]] = {}
        for key, rule in keys.items():
            for record in held.get(key, ()):
                found.setdefault(record, (key, rule))
        evidence = tuple(
            Evidence(
                record=record,
                rule=rule,
                sources=tuple(_place(each) for each in told.get(record, ())),
                first_observed=seen.get(key),
            )
            for record, (key, rule) in found.items()
        )
        if evidence:
            matches.append(Match(item, _shown(observable), evidence))
    return matches


def _candidates(observable: Observable) -> Iterator[tuple[str, Rule]]:
    yield observable.key, Rule.EXACT
    for key in observable.also_keys:
        yield key, Rule.EXACT
    if observable.kind is Kind.DOMAIN:
        host = observable.value
        other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
        yield f"domain:{other}", Rule.WWW
    elif observable.kind is Kind.URL:
        url_host = urlsplit(observable.value).hostname
        if url_host:
            yield f"domain:{url_host}", Rule.HOST_OF_URL


def _place(told: Traced) -> str:
    return f"{told.source.name}, {told.provenance.locator}"

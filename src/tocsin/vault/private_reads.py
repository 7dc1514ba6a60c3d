"""Reading what the organisation holds. Nothing here has an audience."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, false, func, or_, select

from tocsin.foundation import BadInputError, JsonObject, parse_time
from tocsin.vault import schema
from tocsin.vault.holdings import HeldObject, Provenance, Source, Traced
from tocsin.vault.log import LogReads
from tocsin.vault.prepared import PreparedIn
from tocsin.vault.rows import chunks, from_micros, read_object
from tocsin.vault.session import Session

_objects = schema.private_objects.c
_versions = schema.private_versions.c
_keys = schema.private_keys.c
_provenance = schema.provenance.c
_sources = schema.sources.c

_TRACES: Final = PreparedIn(
    lambda ids: (
        select(
            _objects.object_id,
            _provenance.source_id,
            _provenance.locator,
            _provenance.said,
            _provenance.entry.label("trace_entry"),
            _sources.name,
            _sources.digest,
            _sources.format,
            _sources.by,
            _sources.at,
            _sources.counts,
        )
        .join(schema.private_objects, _objects.number == _provenance.number)
        .join(schema.sources, _sources.source_id == _provenance.source_id)
        .where(_objects.object_id.in_(ids), _provenance.said.is_not(None))
        .order_by(_provenance.trace_id)
    )
)


class PrivateReads:
    """The private family as it stands in this transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def get(self, object_id: str) -> HeldObject | None:
        """Return the current version of an object."""
        return next(self.iterate(ids=[object_id]), None)

    def versions(self, object_id: str) -> list[HeldObject]:
        """Return every version of an object, in the order of arrival."""
        statement = (
            _select_versions(current=False)
            .where(_objects.object_id == object_id)
            .order_by(_versions.revision)
        )
        return [_held(row) for row in self._connection.execute(statement)]

    def recorded_by(self, object_id: str) -> frozenset[str]:
        """Return the persons or programs that recorded any version of an object, by the log."""
        log = LogReads(self._session)
        entries = {each.entry for each in self.versions(object_id)}
        found = (log.entry(index) for index in sorted(entries))
        return frozenset(each.by for each in found if each is not None and each.by)

    def iterate(
        self,
        *,
        type: str | None = None,  # noqa: A002 - STIX's word
        source: int | None = None,
        ids: Iterable[str] | None = None,
    ) -> Iterator[HeldObject]:
        """Yield current versions, in the order of arrival (of `ids`: chunk by chunk).

        Args:
            type: only objects of this STIX type.
            source: only objects that this source speaks of.
            ids: only these objects.
        """
        statement = _select_versions(current=True).order_by(_objects.number)
        if type is not None:
            statement = statement.where(_objects.type == type)
        if source is not None:
            spoken_of = select(_provenance.number).where(_provenance.source_id == source)
            statement = statement.where(_objects.number.in_(spoken_of))
        if ids is None:
            yield from self._stream(statement)
            return
        for chunk in chunks(dict.fromkeys(ids)):
            yield from self._stream(statement.where(_objects.object_id.in_(chunk)))

    def counts(self) -> dict[str, int]:
        """Return how many objects of each type are held."""
        statement = (
            select(_objects.type, func.count())
            .where(_objects.revision > 0)
            .group_by(_objects.type)
            .order_by(_objects.type)
        )
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    def keys(self, kinds: Iterable[str] | None = None) -> Iterator[tuple[str, str]]:
        """Yield (key, object id), sorted by key.

        Args:
            kinds: what stands before the colon, such as `domain`; None for all.
        """
        statement = (
            select(_keys.key, _objects.object_id)
            .join(schema.private_objects, _objects.number == _keys.number)
            .order_by(_keys.key, _keys.number)
        )
        if kinds is not None:
            # The character after the colon closes the range: a range search uses the key's index.
            ranges = [and_(_keys.key >= f"{kind}:", _keys.key < f"{kind};") for kind in kinds]
            statement = statement.where(or_(false(), *ranges))
        for row in self._connection.execute(statement.execution_options(yield_per=1000)):
            yield row[0], row[1]

    def find(self, keys: Iterable[str]) -> dict[str, list[str]]:
        """Return, for each of `keys` that is held, the ids of the objects that have it."""
        found: dict[str, list[str]] = {}
        for chunk in chunks(dict.fromkeys(keys)):
            statement = (
                select(_keys.key, _objects.object_id)
                .join(schema.private_objects, _objects.number == _keys.number)
                .where(_keys.key.in_(chunk))
                .order_by(_keys.key, _keys.number)
            )
            for key, object_id in self._connection.execute(statement):
                found.setdefault(key, []).append(object_id)
        return found

    def keys_of(self, object_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the keys of each object that has any."""
        found: dict[str, list[str]] = {}
        for chunk in chunks(dict.fromkeys(object_ids)):
            statement = (
                select(_objects.object_id, _keys.key)
                .join(schema.private_keys, _objects.number == _keys.number)
                .where(_objects.object_id.in_(chunk))
                .order_by(_objects.number, _keys.key)
            )
            for object_id, key in self._connection.execute(statement):
                found.setdefault(object_id, []).append(key)
        return found

    def provenance(self, object_id: str) -> list[Traced]:
        """Return what every source said of an object, in the order of arrival."""
        return self.provenances([object_id]).get(object_id, [])

    def provenances(self, object_ids: Iterable[str]) -> dict[str, list[Traced]]:
        """Return, by id, what every source said of each of these that any speaks of."""
        known: dict[int, Source] = {}
        found: dict[str, list[Traced]] = {}
        for row in _TRACES.run(self._connection, object_ids):
            source = known.get(row.source_id)
            if source is None:
                source = known[row.source_id] = _source(row)
            said = read_object(row.said, f"provenance of {row.object_id}")
            traced = Provenance(row.source_id, row.locator, said)
            found.setdefault(row.object_id, []).append(
                Traced(row.object_id, traced, source, row.trace_entry)
            )
        return found

    def source(self, source_id: int) -> Source | None:
        """Return one source."""
        row = self._connection.execute(
            select(schema.sources).where(_sources.source_id == source_id)
        ).one_or_none()
        return None if row is None else _source(row)

    def sources(self) -> list[tuple[int, Source]]:
        """Return all sources with their ids, in the order of import."""
        rows = self._connection.execute(select(schema.sources).order_by(_sources.source_id))
        return [(row.source_id, _source(row)) for row in rows]

    def first_observed(self, keys: Iterable[str]) -> dict[str, datetime | None]:
        """Return, for each key, the earliest observation that any source recorded.

        None means unknown: no source recorded one. Registration and creation dates never count.
        """
        wanted = list(dict.fromkeys(keys))
        found: dict[str, datetime | None] = dict.fromkeys(wanted)
        for chunk in chunks(wanted):
            statement = (
                select(_keys.key, _provenance.said)
                .join(schema.provenance, _provenance.number == _keys.number)
                .where(_keys.key.in_(chunk), _provenance.said.is_not(None))
            )
            for key, said in self._connection.execute(statement):
                seen, before = _observed(said), found[key]
                if seen is not None and (before is None or seen < before):
                    found[key] = seen
        return found

    def _stream(self, statement: Select[Any]) -> Iterator[HeldObject]:
        for row in self._connection.execute(statement.execution_options(yield_per=500)):
            yield _held(row)


def _select_versions(*, current: bool) -> Select[Any]:
    on = _versions.number == _objects.number
    if current:
        on = and_(on, _versions.revision == _objects.revision)
    return (
        select(
            _objects.object_id,
            _objects.type,
            _versions.revision,
            _versions.body,
            _versions.at,
            _versions.entry,
        )
        .join(schema.private_versions, on)
        .where(_versions.body.is_not(None))
    )


def _held(row: Row[Any]) -> HeldObject:
    return HeldObject(
        row.object_id, row.type, row.revision, row.body, from_micros(row.at), row.entry
    )


def _source(row: Row[Any]) -> Source:
    return Source(
        name=row.name,
        digest=row.digest,
        format=row.format,
        by=row.by,
        at=from_micros(row.at),
        counts=read_object(row.counts, f"source {row.source_id}"),
    )


def _observed(said: bytes) -> datetime | None:
    if b'"first_observed"' not in said:
        return None
    value = read_object(said, "provenance").get("first_observed")
    if not isinstance(value, str):
        return None
    try:
        return parse_time(value, field="first_observed")
    except BadInputError:
        return None


def source_terms(source_id: int, source: Source) -> JsonObject:
    """Return what the log says of a source; `verify` holds the row to it."""
    return {
        "id": source_id,
        "name": source.name,
        "digest": source.digest,
        "format": source.format,
        "by": source.by,
    }


def trace_terms(number: int, source_id: int, locator: str, said: bytes) -> bytes:
    """Return the bytes that a provenance row's commitment covers."""
    named = locator.encode()
    return b"%d %d %d %b%b" % (number, source_id, len(named), named, said)

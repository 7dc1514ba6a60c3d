"""Writing what the organisation holds: every version and every source's words."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from attrs import define, field
from sqlalchemy import delete, func, select, update

from tocsin.foundation import JsonObject, RefusedError, UsageError, canonical
from tocsin.records import StixObject
from tocsin.vault import schema
from tocsin.vault.holdings import Held, Holding, Source
from tocsin.vault.log import HELD, SOURCE, Commitment, Log
from tocsin.vault.prepared import Prepared, PreparedIn
from tocsin.vault.private_reads import PrivateReads, source_terms, trace_terms
from tocsin.vault.rows import chunks, commitment, insert_rows, nonces, read_object, version_micros
from tocsin.vault.session import Session

BATCH: Final = 1000
"""The most objects that one log entry covers."""

_objects = schema.private_objects
_versions = schema.private_versions
_keys = schema.private_keys
_provenance = schema.provenance

_Trace: TypeAlias = tuple[int, int, str, bytes]

_HIGHEST: Final = Prepared(select(func.max(_objects.c.number)))
_VERSIONS_OF: Final = PreparedIn(
    lambda ids: (
        select(
            _objects.c.number,
            _objects.c.object_id,
            _objects.c.revision == _versions.c.revision,
            _versions.c.body,
        )
        .join(_versions, _versions.c.number == _objects.c.number)
        .where(_objects.c.object_id.in_(ids))
    )
)
_SOURCES: Final = PreparedIn(
    lambda ids: select(schema.sources.c.source_id).where(schema.sources.c.source_id.in_(ids))
)
_KEYS_OF: Final = PreparedIn(
    lambda numbers: select(_keys.c.number, _keys.c.key).where(_keys.c.number.in_(numbers))
)
_TRACES_OF: Final = PreparedIn(
    lambda numbers: select(
        _provenance.c.number, _provenance.c.source_id, _provenance.c.locator, _provenance.c.said
    ).where(_provenance.c.number.in_(numbers))
)


@define
class _Known:
    """An object as the batch finds it, or has just made it."""

    number: int
    current: bytes = b""
    bodies: set[bytes] = field(factory=set)
    keys: set[str] = field(factory=set)


@define
class _Batch:
    """The rows that one log entry covers."""

    objects: list[tuple[int, str, str, int]] = field(factory=list)
    versions: list[tuple[int, int, bytes]] = field(factory=list)
    keys: list[tuple[str, int]] = field(factory=list)
    moved: dict[int, int] = field(factory=dict)
    traces: list[_Trace] = field(factory=list)
    known: int = 0
    changed: int = 0


class Private(PrivateReads):
    """The private family with a pen."""

    def __init__(self, session: Session, log: Log) -> None:
        super().__init__(session)
        self._log = log

    def add_source(self, source: Source) -> int:
        """Record an import and return its number; the same bytes, name and format again: the same.

        The first import's time and person stay.
        """
        table = schema.sources
        known: int | None = self._connection.scalar(
            select(table.c.source_id).where(
                table.c.digest == source.digest,
                table.c.name == source.name,
                table.c.format == source.format,
            )
        )
        if known is not None:
            return known
        source_id = (self._connection.scalar(select(func.max(table.c.source_id))) or 0) + 1
        entry = self._log.append_stored(
            SOURCE, by=source.by, said={"source": source_terms(source_id, source)}
        )
        at = self._session.now()
        columns = ("source_id", "name", "digest", "format", "by", "at", "counts", "entry")
        said = (source.name, source.digest, source.format, source.by, at)
        row = (source_id, *said, canonical(source.counts), entry)
        insert_rows(self._connection, table, columns, [row])
        return source_id

    def set_counts(self, source_id: int, counts: JsonObject) -> None:
        """Set the import report's figures of a source, once the import is through."""
        table = schema.sources
        self._connection.execute(
            update(table).where(table.c.source_id == source_id).values(counts=canonical(counts))
        )

    def hold(self, holdings: Sequence[Holding], *, by: str) -> Held:
        """Keep objects, their keys and what their source says of them.

        A body that is there in any version is known and adds no version; a provenance row equal
        to one there adds nothing. So a second import of the same file changes nothing at all.
        A bare body counts where it says all that the current one says and more; so the spelling
        shown is the first that a source gave, and no fuller body is hidden. What is kept does
        not depend on where one batch ends and the next begins. Each 1,000 holdings are covered
        by one log entry.
        """
        held = Held()
        for chunk in chunks(holdings, BATCH):
            held += self._hold_batch(chunk, by)
        return held

    def erase(self, object_id: str, *, why: str, by: str) -> int:
        """Drop an object in every version, its keys, its id and what sources said of it.

        The commitments stay, so the log still verifies. `why` is logged: keep personal data out
        of it. The bytes leave the file's pages at once and the write-ahead log with the next
        checkpoint; backups made earlier still have them. Returns the erasing entry.

        Raises:
            RefusedError: when no such object is held.
        """
        number = self._connection.scalar(
            select(_objects.c.number).where(_objects.c.object_id == object_id)
        )
        if number is None:
            raise RefusedError(f"{object_id} is not held here", hint="check the id")
        rows = self._connection.execute(
            select(_versions.c.revision, _versions.c.commitment)
            .where(_versions.c.number == number)
            .order_by(_versions.c.revision)
        )
        name = f"held:{number}"
        entry = self._log.erase_events(
            [],
            [Commitment(name, str(revision), made) for revision, made in rows],
            why=why,
            by=by,
            what=[name],
        )
        gone = {"body": None, "nonce": None}
        run = self._connection.execute
        run(update(_versions).where(_versions.c.number == number).values(**gone))
        run(delete(_keys).where(_keys.c.number == number))
        run(
            update(_provenance)
            .where(_provenance.c.number == number)
            .values(said=None, nonce=None, locator="")
        )
        run(
            update(_objects)
            .where(_objects.c.number == number)
            .values(object_id=f"erased:{number}", revision=0)
        )
        return entry

    def _hold_batch(self, holdings: Sequence[Holding], by: str) -> Held:
        highest = _HIGHEST.scalar(self._connection) or 0
        batch = self._sort(holdings, highest)
        self._check_sources({trace[1] for trace in batch.traces})
        batch.traces = self._new_traces(batch.traces, highest)
        if batch.versions or batch.traces or batch.keys:
            self._store(batch, by)
        new = len(batch.objects)
        return Held(new, batch.known, batch.changed, len(batch.traces))

    def _check_sources(self, source_ids: set[int]) -> None:
        known = {row.source_id for row in _SOURCES.run(self._connection, source_ids)}
        if source_ids - known:
            raise UsageError(
                f"there is no source {min(source_ids - known)}", hint="add the source first"
            )

    def _sort(self, holdings: Sequence[Holding], highest: int) -> _Batch:
        """Tell new from known and changed, each holding in its turn."""
        there = self._load([holding.object.id for holding in holdings])
        batch = _Batch()
        for holding in holdings:
            object_ = holding.object
            known = there.get(object_.id)
            if known is None:
                body = object_.to_json()
                highest += 1
                known = there[object_.id] = _Known(highest, body, {body})
                batch.objects.append((highest, object_.id, object_.type, 1))
                batch.versions.append((highest, 1, body))
            elif (holding.bare and not _says_more(object_, known.current)) or (
                body := object_.to_json()
            ) in known.bodies:
                batch.known += 1
            else:
                _add_version(batch, known, body)
            for key in holding.keys:
                if key not in known.keys:
                    known.keys.add(key)
                    batch.keys.append((key, known.number))
            trace = holding.provenance
            if trace is not None:
                said = canonical(trace.said)
                batch.traces.append((known.number, trace.source_id, trace.locator, said))
        return batch

    def _load(self, object_ids: Iterable[str]) -> dict[str, _Known]:
        """Return what is there of a batch's objects, with every body and key."""
        there: dict[str, _Known] = {}
        found = _VERSIONS_OF.run(self._connection, object_ids)
        for row in found:
            number, object_id, is_current, body = tuple(row)
            known = there.setdefault(object_id, _Known(number))
            known.bodies.add(body)
            if is_current:
                known.current = body
        by_number = {known.number: known for known in there.values()}
        for row in _KEYS_OF.run(self._connection, by_number):
            by_number[row.number].keys.add(row.key)
        return there

    def _new_traces(self, traces: list[_Trace], highest: int) -> list[_Trace]:
        """Return the traces that are not there yet, each once, in their order."""
        numbers = [trace[0] for trace in traces if trace[0] <= highest]
        there = {tuple(row) for row in _TRACES_OF.run(self._connection, numbers)}
        return [trace for trace in dict.fromkeys(traces) if trace not in there]

    def _store(self, batch: _Batch, by: str) -> None:
        insert_rows(
            self._connection, _objects, ("number", "object_id", "type", "revision"), batch.objects
        )
        if batch.versions or batch.traces:
            self._store_logged(batch, by)
        insert_rows(self._connection, _keys, ("key", "number"), batch.keys)
        for number, revision in batch.moved.items():
            self._connection.execute(
                update(_objects).where(_objects.c.number == number).values(revision=revision)
            )

    def _store_logged(self, batch: _Batch, by: str) -> None:
        entropy = self._session.entropy
        versions = [
            (number, revision, body, nonce, commitment(nonce, body))
            for (number, revision, body), nonce in zip(
                batch.versions, nonces(entropy, len(batch.versions)), strict=True
            )
        ]
        traces = [
            (*trace, nonce, commitment(nonce, trace_terms(*trace)))
            for trace, nonce in zip(batch.traces, nonces(entropy, len(batch.traces)), strict=True)
        ]
        said: JsonObject = {}
        if traces:
            said["provenance"] = {
                "rows": len(traces),
                "digest": hashlib.sha256(b"".join(row[-1] for row in traces)).hexdigest(),
            }
        named = [Commitment(f"held:{row[0]}", str(row[1]), row[-1]) for row in versions]
        entry = self._log.append_stored(HELD, by=by, said=said, objects=named)
        at = self._session.now()
        insert_rows(
            self._connection,
            _versions,
            ("number", "revision", "body", "nonce", "commitment", "at", "entry"),
            [(*row, at, entry) for row in versions],
        )
        columns = ("number", "source_id", "locator", "said", "nonce", "commitment")
        insert_rows(
            self._connection,
            _provenance,
            (*columns, "entry"),
            [(*row, entry) for row in traces],
        )


def _add_version(batch: _Batch, known: _Known, body: bytes) -> None:
    """Add a version; it is the current one unless it is older by its own `modified`."""
    known.bodies.add(body)
    revision = len(known.bodies)
    batch.versions.append((known.number, revision, body))
    batch.changed += 1
    if _version_of(body) >= _version_of(known.current):
        known.current = body
        batch.moved[known.number] = revision


def _says_more(bare: StixObject, current: bytes) -> bool:
    """Tell whether a bare body adds a name to one that is bare as well.

    A name for people is all that a bare body can say beside the identity; the look at the current
    one is saved for those that have one.
    """
    if "display_name" not in bare.body:
        return False
    there = read_object(current, "held object")
    said = {name: value for name, value in bare.body.items() if name != "display_name"}
    return there == said


def _version_of(body: bytes) -> int:
    return version_micros(StixObject.of(read_object(body, "held object")).version)

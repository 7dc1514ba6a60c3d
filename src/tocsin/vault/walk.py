"""The walk through a vault: every entry in order, beside it every row that it covers.

Memory stays bounded: entries and rows stream side by side, since rows were stored in the order of
the log. Nothing of the room that wrote them is trusted: every hash is made again from the bytes.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, Select, func, select

from tocsin.foundation import TocsinError, rfc3339
from tocsin.trust import Frontier, leaf_hash, salted
from tocsin.vault import schema
from tocsin.vault.checkpoints import CheckpointTrail
from tocsin.vault.deliverables import Standing
from tocsin.vault.erasure import Erasures
from tocsin.vault.faults import BadEntryError
from tocsin.vault.log import ACCEPTED, DOCUMENT, ERASED, HELD, RESERVED_KINDS, SOURCE, Commitment
from tocsin.vault.nodes import STEP
from tocsin.vault.private_reads import trace_terms
from tocsin.vault.rows import from_micros, version_micros
from tocsin.vault.voids import void_by_log

_STREAM: Final = 1000


class _Rows:
    """One table's rows, handed out entry by entry."""

    def __init__(self, connection: Connection, name: str, statement: Select[Any]) -> None:
        self._name = name
        self._rows: Iterator[Row[Any]] = iter(
            connection.execute(statement.execution_options(yield_per=_STREAM))
        )
        self._head = next(self._rows, None)

    def take(self, entry: int) -> list[Row[Any]]:
        """Return the rows of this entry; earlier ones must be gone."""
        taken: list[Row[Any]] = []
        while self._head is not None and self._head.entry == entry:
            taken.append(self._head)
            self._head = next(self._rows, None)
        if self._head is not None and self._head.entry < entry:
            raise BadEntryError(
                self._head.entry, f"a row of {self._name} hangs on it that it does not name"
            )
        return taken

    def check_end(self) -> None:
        if self._head is not None:
            raise BadEntryError(None, f"a row of {self._name} is in no log entry")


class Walk:
    """Checks the whole log of an open vault; `run` raises `BadEntryError` at the first fault."""

    def __init__(self, connection: Connection, trail: CheckpointTrail) -> None:
        self._connection = connection
        self._trail = trail
        self._erasures = Erasures(connection)
        self._void = void_by_log(connection)
        self.frontier = Frontier()
        self._kept_nodes = 0
        objects, versions = schema.private_objects.c, schema.private_versions
        held = (
            select(versions, objects.object_id, objects.type)
            .join(schema.private_objects, objects.number == versions.c.number)
            .order_by(versions.c.version_id)
        )
        traces = select(schema.provenance).order_by(schema.provenance.c.trace_id)
        shared = select(schema.shared_objects).order_by(schema.shared_objects.c.seq)
        documents = select(schema.documents).order_by(schema.documents.c.entry)
        sources = select(schema.sources).order_by(schema.sources.c.source_id)
        self._held = _Rows(connection, "private_versions", held)
        self._traces = _Rows(connection, "provenance", traces)
        self._shared = _Rows(connection, "shared_objects", shared)
        self._documents = _Rows(connection, "documents", documents)
        self._sources = _Rows(connection, "sources", sources)
        self._tables = (self._held, self._traces, self._shared, self._documents, self._sources)

    def run(self) -> None:
        """Walk from the first entry to the last."""
        entries = select(schema.log_entries).order_by(schema.log_entries.c.idx)
        self._trail.check(0, self.frontier)
        for row in self._connection.execute(entries.execution_options(yield_per=_STREAM)):
            self._entry(row)
        self._trail.check_end(self.frontier)
        for table in self._tables:
            table.check_end()
        self._counts()

    def _entry(self, row: Row[Any]) -> None:
        index = self.frontier.size
        if row.idx != index:
            raise BadEntryError(index, "the entry is missing")
        event = self._event(row)
        self._rows_of(index, row.kind, event)
        self._nodes(row.leaf)
        self._trail.check(index + 1, self.frontier)

    def _event(self, row: Row[Any]) -> dict[str, Any] | None:
        """Return the event once its leaf is proven; None when it was erased."""
        if row.event is None and row.nonce is None:
            if not self._erasures.allows_entry(row.idx, row.leaf):
                raise BadEntryError(row.idx, "its event is gone and no entry says that it may be")
            return None
        try:
            made = leaf_hash(salted(row.nonce or b"", row.event or b""))
            event = orjson.loads(row.event or b"")
        except (TocsinError, orjson.JSONDecodeError):
            raise BadEntryError(row.idx, "its event or nonce is damaged") from None
        if made != row.leaf:
            raise BadEntryError(row.idx, "its leaf is not the hash of its nonce and event")
        if not isinstance(event, dict) or event.get("kind") != row.kind:
            raise BadEntryError(row.idx, "its kind is not what was logged")
        if event.get("at") != rfc3339(from_micros(row.at)):
            raise BadEntryError(row.idx, "its time is not what was logged")
        return event

    def _rows_of(self, index: int, kind: str, event: dict[str, Any] | None) -> None:
        held, traces = self._held.take(index), self._traces.take(index)
        shared, documents = self._shared.take(index), self._documents.take(index)
        sources = self._sources.take(index)
        allowed = {HELD: held or traces, ACCEPTED: shared, DOCUMENT: documents, SOURCE: sources}
        hanging = [rows for of, rows in allowed.items() if rows and of != kind]
        if hanging:
            raise BadEntryError(index, "stored rows hang on it that it does not name")
        if event is None:
            self._erased_shared(index, kind, shared)
            return
        named = event["objects"] if kind in RESERVED_KINDS and kind != ERASED else []
        if len(named) != len(held) + len(shared) + len(documents):
            raise BadEntryError(index, "what it names and what is stored differ in number")
        for name, row in zip(named, held, strict=False):
            self._held_row(index, name, row)
        for name, row in zip(named, shared, strict=False):
            self._shared_row(index, name, row, event["said"])
        for name, row in zip(named, documents, strict=False):
            self._document_row(index, name, row, event["by"])
        self._trace_rows(index, traces, event["said"].get("provenance"))
        if kind == SOURCE:
            self._source_row(index, sources, event["said"].get("source"))

    def _held_row(self, index: int, name: dict[str, Any], row: Row[Any]) -> None:
        what = f"held:{row.number}"
        _check(index, "a private object", name, Commitment(what, str(row.revision), row.commitment))
        if self._body(index, what, row, str(row.revision)):
            body = orjson.loads(row.body)
            if (body.get("id"), body.get("type")) != (row.object_id, row.type):
                raise BadEntryError(index, "a private object has an id or type not its own")

    def _shared_row(
        self, index: int, name: dict[str, Any], row: Row[Any], said: dict[str, Any]
    ) -> None:
        _check(
            index, "a shared object", name, Commitment(row.object_id, row.version, row.commitment)
        )
        if row.seq in self._void:
            said = {**said, "standing": str(Standing.VOID)}
        differing = [key for key, value in said.items() if getattr(row, key, None) != value]
        if differing or row.version_at != version_micros(row.version):
            raise BadEntryError(index, "a shared object's row is not what was logged")
        self._body(index, f"shared:{row.seq}", row, row.version)

    def _document_row(self, index: int, name: dict[str, Any], row: Row[Any], by: str) -> None:
        named = Commitment(f"{row.kind}/{row.id}", str(row.revision), row.commitment)
        _check(index, "a document", name, named)
        if row.by != by:
            raise BadEntryError(index, "a document's person is not who was logged")
        what = f"document:{row.kind}/{row.id}:{row.revision}"
        self._body(index, what, row, str(row.revision))

    def _erased_shared(self, index: int, kind: str, shared: list[Row[Any]]) -> None:
        if kind in RESERVED_KINDS and (kind != ACCEPTED or len(shared) != 1):
            raise BadEntryError(index, "an entry of this kind can't have been erased")
        for row in shared:
            if self._body(index, f"shared:{row.seq}", row, row.version):
                raise BadEntryError(index, "its event was erased and its object was not")

    def _body(self, index: int, what: str, row: Row[Any], version: str) -> bool:
        """Check a body against its commitment; False when it was erased, as an entry says."""
        if row.body is None and row.nonce is None:
            if not self._erasures.allows_row(what, version, row.commitment):
                raise BadEntryError(index, "an object is gone and no entry says that it may be")
            return False
        if _commitment(row.nonce, row.body) != row.commitment:
            raise BadEntryError(index, "an object's commitment is not the hash of nonce and body")
        return True

    def _trace_rows(self, index: int, rows: list[Row[Any]], said: dict[str, Any] | None) -> None:
        expected = {"rows": 0, "digest": hashlib.sha256(b"").hexdigest()} if said is None else said
        made = hashlib.sha256(b"".join(row.commitment for row in rows)).hexdigest()
        if (len(rows), made) != (expected.get("rows"), expected.get("digest")):
            raise BadEntryError(index, "what sources said is not what was logged")
        for row in rows:
            if row.said is None and row.nonce is None:
                if not self._erasures.allows_object(f"held:{row.number}"):
                    raise BadEntryError(index, "a source's words are gone and no entry says why")
                continue
            terms = trace_terms(row.number, row.source_id, row.locator, row.said or b"")
            if _commitment(row.nonce, terms) != row.commitment:
                raise BadEntryError(index, "a source's words are not what was logged")

    def _source_row(self, index: int, rows: list[Row[Any]], said: dict[str, Any]) -> None:
        for row in rows:
            terms = (row.source_id, row.name, row.digest, row.format, row.by)
            if terms == tuple(said.get(key) for key in ("id", "name", "digest", "format", "by")):
                return
        raise BadEntryError(index, "a source is missing or not what was logged")

    def _nodes(self, leaf: bytes) -> None:
        nodes = schema.log_nodes.c
        try:
            made = self.frontier.append(leaf)
        except TocsinError:
            raise BadEntryError(self.frontier.size, "its leaf is no hash") from None
        for node in made:
            if not node.level or node.level % STEP:
                continue
            stored = self._connection.scalar(
                select(nodes.hash).where(nodes.level == node.level, nodes.position == node.index)
            )
            self._kept_nodes += 1
            if stored != node.hash:
                first = node.index << node.level
                raise BadEntryError(first, f"the stored node {node.level}/{node.index} is wrong")

    def _counts(self) -> None:
        """What no entry asks for must not be there either."""
        stored = self._connection.scalar(select(func.count()).select_from(schema.log_nodes))
        if stored != self._kept_nodes:
            raise BadEntryError(None, "there are tree nodes that belong to no entry")
        objects, versions = schema.private_objects.c, schema.private_versions.c
        loose = self._connection.scalar(
            select(objects.number)
            .where(~select(versions.number).where(versions.number == objects.number).exists())
            .limit(1)
        )
        if loose is not None:
            raise BadEntryError(None, f"private object {loose} is in no log entry")


def _check(index: int, what: str, name: dict[str, Any], row: Commitment) -> None:
    if (name.get("id"), name.get("version")) != (row.id, row.version):
        raise BadEntryError(index, f"{what} that it names is missing or out of order")
    if name.get("commitment") != row.commitment.hex():
        raise BadEntryError(index, f"{what} has another commitment than was logged")


def _commitment(nonce: bytes | None, body: bytes | None) -> bytes:
    return hashlib.sha256((nonce or b"") + (body or b"")).digest()

"""The Merkle log: what happened, in order, with the commitments of what it happened to."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from attrs import frozen
from sqlalchemy import Row, bindparam, func, insert, select, update

from tocsin.foundation import (
    JsonObject,
    RefusedError,
    StorageError,
    UsageError,
    canonical,
    rfc3339,
)
from tocsin.trust import (
    Checkpoint,
    SigningKey,
    VerifyKey,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    read_note,
    root,
    salted,
    sign_checkpoint,
)
from tocsin.vault import schema
from tocsin.vault.nodes import StoredNodes, insert_nodes
from tocsin.vault.prepared import Prepared
from tocsin.vault.rows import from_micros, insert_rows, nonces, read_object
from tocsin.vault.session import Session

HELD: Final = "held"
ACCEPTED: Final = "accepted"
DOCUMENT: Final = "document"
SOURCE: Final = "source"
ERASED: Final = "erased"
VOIDED: Final = "voided"
REINSTATED: Final = "reinstated"
RESERVED_KINDS: Final = frozenset({HELD, ACCEPTED, DOCUMENT, SOURCE, ERASED, VOIDED, REINSTATED})
"""Kinds whose entries stand for stored rows: only the vault itself writes them."""

_LAST: Final = Prepared(select(func.max(schema.log_entries.c.idx)))
_NOTE: Final = Prepared(
    select(schema.checkpoints.c.note).where(schema.checkpoints.c.size == bindparam("of_size"))
)


@frozen
class Commitment:
    """How the log names one version of one object: SHA-256(nonce ‖ body), never the body.

    Attributes:
        id: a STIX id for shared objects, `held:NUMBER` for private ones, `KIND/ID` for documents.
    """

    id: str
    version: str
    commitment: bytes

    def to_json(self) -> JsonObject:
        return {"id": self.id, "version": self.version, "commitment": self.commitment.hex()}


@frozen
class Entry:
    """One entry of the log.

    Attributes:
        event: what was logged, None once it was erased; its leaf stays.
        nonce: the salt; who shows event and nonce to another proves what the leaf says.
        leaf: the leaf's hash in the tree.
    """

    index: int
    kind: str
    at: datetime
    event: JsonObject | None
    nonce: bytes | None
    leaf: bytes

    @property
    def by(self) -> str:
        return str((self.event or {}).get("by", ""))

    @property
    def said(self) -> JsonObject:
        said = (self.event or {}).get("said")
        return said if isinstance(said, dict) else {}


@frozen
class NewEntry:
    """An entry to append.

    Attributes:
        by: the person or program, as this node knows them.
        said: what to keep; it is salted and never leaves by itself.
        objects: commitments that the entry refers to.
    """

    kind: str
    by: str
    said: JsonObject
    objects: Sequence[Commitment] = ()


class LogReads:
    """The log as it stands in this transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection
        self._nodes = StoredNodes(session.connection)

    @property
    def origin(self) -> str:
        """The log's name in its checkpoints."""
        return self._session.origin

    @property
    def size(self) -> int:
        """The number of entries."""
        if self._session.frontier is not None:
            return self._session.frontier.size
        last = _LAST.scalar(self._connection)
        return 0 if last is None else last + 1

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first `size` entries, by default over all."""
        return root(self._nodes, self._checked(size))

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the proof that entry `index` is in the log of `size` entries."""
        return inclusion_proof(self._nodes, index, self._checked(size))

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that the log of `new` entries continues that of `old`."""
        return consistency_proof(self._nodes, old, self._checked(new))

    def entry(self, index: int) -> Entry | None:
        """Return one entry."""
        return next(self.entries(index, 1), None)

    def entries(
        self, start: int = 0, limit: int | None = None, *, kind: str | None = None
    ) -> Iterator[Entry]:
        """Yield entries in order from index `start`."""
        table = schema.log_entries
        statement = select(table).where(table.c.idx >= start).order_by(table.c.idx).limit(limit)
        if kind is not None:
            statement = statement.where(table.c.kind == kind)
        for row in self._connection.execute(statement.execution_options(yield_per=500)):
            yield _entry(row)

    def latest_checkpoint(self) -> str | None:
        """Return the last signed note, None before the first."""
        table = schema.checkpoints.c
        return self._connection.scalar(select(table.note).order_by(table.size.desc()).limit(1))

    def witnessed(self, origin: str) -> list[str]:
        """Return the notes received of another log, by ascending size."""
        table = schema.witnessed.c
        statement = select(table.note).where(table.origin == origin)
        return list(self._connection.scalars(statement.order_by(table.size, table.id)))

    def last_witnessed(self, origin: str, size: int) -> datetime | None:
        """Return when a note of another log with at most `size` entries was last received."""
        table = schema.witnessed.c
        last = self._connection.scalar(
            select(func.max(table.at)).where(table.origin == origin, table.size <= size)
        )
        return None if last is None else from_micros(last)

    def _checked(self, size: int | None) -> int:
        whole = self.size
        if size is not None and not 0 <= size <= whole:
            raise UsageError(f"the log has {whole} entries, not {size}")
        return whole if size is None else size


class Log(LogReads):
    """The log with a pen."""

    def append(
        self, kind: str, *, by: str, said: JsonObject, objects: Sequence[Commitment] = ()
    ) -> int:
        """Append an entry of the caller's own kind and return its index; see `append_all`."""
        return self.append_all([NewEntry(kind, by, said, objects)])[0]

    def append_all(self, new: Sequence[NewEntry]) -> range:
        """Append entries of the caller's own kinds and return their indexes.

        Their kinds may be any words but the vault's own (`RESERVED_KINDS`).
        """
        for each in new:
            if each.kind in RESERVED_KINDS:
                raise UsageError(f"entries of kind {each.kind!r} are written by the vault itself")
        return self.append_stored_all(new)

    def append_stored(
        self, kind: str, *, by: str, said: JsonObject, objects: Sequence[Commitment] = ()
    ) -> int:
        """Append an entry of any kind; see `append_stored_all`."""
        return self.append_stored_all([NewEntry(kind, by, said, objects)])[0]

    def append_stored_all(self, new: Sequence[NewEntry]) -> range:
        """Append entries of any kind; the vault's own tables call it beside their rows."""
        session = self._session
        at = session.now()
        # All that can be wrong with an entry shows here, before anything has moved on.
        heads: dict[tuple[str, str], bytes] = {}
        moment = rfc3339(from_micros(at))
        events = [_event(each, moment, heads) for each in new]
        salts = nonces(session.entropy, len(new))
        if session.frontier is None:
            session.frontier = self._nodes.frontier(self.size)
        first = session.frontier.size
        leaves = [
            leaf_hash(salted(nonce, event)) for nonce, event in zip(salts, events, strict=True)
        ]
        insert_rows(
            self._connection,
            schema.log_entries,
            ("idx", "kind", "at", "event", "nonce", "leaf"),
            [
                (index, each.kind, at, event, nonce, leaf)
                for index, (each, event, nonce, leaf) in enumerate(
                    zip(new, events, salts, leaves, strict=True), first
                )
            ],
        )
        made = [node for leaf in leaves for node in session.frontier.append(leaf)]
        insert_nodes(self._connection, made)
        return range(first, first + len(new))

    def checkpoint(self, signer: SigningKey) -> str:
        """Sign the log's head and keep the note; the same head is signed once only."""
        size = self.size
        known: str | None = _NOTE.scalar(self._connection, of_size=size)
        if known is not None:
            return known
        frontier = self._session.frontier or self._nodes.frontier(size)
        head = Checkpoint(self.origin, size, frontier.root())
        note = sign_checkpoint(head, self.origin, signer)
        self._connection.execute(
            insert(schema.checkpoints).values(
                size=size, root=head.root, note=note, at=self._session.now()
            )
        )
        self._remember(signer.public)
        return note

    def _remember(self, key: VerifyKey) -> None:
        """Keep the public key beside its notes, so that damage to them shows without it."""
        name = f"signer:{key.key_id}"
        there = self._connection.scalar(
            select(schema.meta.c.name).where(schema.meta.c.name == name)
        )
        if there is None:
            insert_rows(self._connection, schema.meta, ("name", "value"), [(name, key.to_text())])

    def witness(self, note: str, *, received_from: str) -> None:
        """Keep a checkpoint of another log, or cosignatures on our own; the caller verified it."""
        claim = read_note(note)
        if note in self.witnessed(claim.origin):
            return
        self._connection.execute(
            insert(schema.witnessed).values(
                origin=claim.origin,
                size=claim.size,
                root=claim.root,
                note=note,
                received_from=received_from,
                at=self._session.now(),
            )
        )

    def erase_entry(self, index: int, *, why: str, by: str) -> int:
        """Drop what an entry says; its leaf and all proofs stay. Returns the erasing entry.

        Raises:
            RefusedError: for the vault's own entries: erase the object that they cover.
        """
        entry = self.entry(index)
        if entry is None:
            raise UsageError(f"the log has no entry {index}")
        if entry.kind in RESERVED_KINDS:
            raise RefusedError(
                f"entry {index} covers stored objects", hint="erase the object instead"
            )
        return self.erase_events([entry], [], why=why, by=by)

    def erase_events(
        self,
        entries: Sequence[Entry],
        objects: Sequence[Commitment],
        *,
        why: str,
        by: str,
        what: Sequence[str] = (),
    ) -> int:
        """Log an erasure, then drop the events of `entries`.

        The erasing entry repeats the leaves and commitments, so that what stays is still held to
        what it was.

        Args:
            objects: commitments whose bodies the caller drops.
            what: names under which the erased rows will look up this entry.
        """
        index = self.append_stored(
            ERASED,
            by=by,
            said={
                "why": why,
                "entries": [{"index": each.index, "leaf": each.leaf.hex()} for each in entries],
            },
            objects=objects,
        )
        table = schema.log_entries
        for each in entries:
            if each.event is None:
                raise StorageError(f"entry {each.index} was erased before")
            self._connection.execute(
                update(table).where(table.c.idx == each.index).values(event=None, nonce=None)
            )
        names = [*what, *(f"entry:{each.index}" for each in entries)]
        insert_rows(
            self._connection, schema.erasures, ("what", "entry"), [(name, index) for name in names]
        )
        return index


def _event(new: NewEntry, at: str, heads: dict[tuple[str, str], bytes]) -> bytes:
    """Return the event's canonical bytes.

    The objects go through the fast writer at once: flat, with text only, they can't come out
    other than canonical, and there may be a thousand of them.

    Args:
        heads: how the events of this time begin, by person and kind; filled here.
    """
    head = heads.get((new.by, new.kind))
    if head is None:
        head = canonical({"at": at, "by": new.by, "kind": new.kind}).removesuffix(b"}")
        heads[new.by, new.kind] = head
    listed = orjson.dumps([each.to_json() for each in new.objects], option=orjson.OPT_SORT_KEYS)
    return b'%b,"objects":%b,"said":%b}' % (head, listed, canonical(new.said))


def _entry(row: Row[Any]) -> Entry:
    event = None if row.event is None else read_object(row.event, f"log entry {row.idx}")
    return Entry(row.idx, row.kind, from_micros(row.at), event, row.nonce, row.leaf)

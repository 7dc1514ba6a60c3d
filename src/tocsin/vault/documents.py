"""Documents of the node's own (cases, sessions, mappings, decisions): every revision kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import field, frozen
from sqlalchemy import Row, Select, bindparam, false, select, update

from tocsin.foundation import JsonObject, RefusedError, canonical
from tocsin.vault import schema
from tocsin.vault.log import DOCUMENT, Commitment, Log, NewEntry
from tocsin.vault.prepared import Prepared, PreparedIn
from tocsin.vault.rows import commitment, from_micros, insert_rows, nonces, read_object
from tocsin.vault.session import Session

_table = schema.documents
_COLUMNS: Final = ("kind", "id", "revision", "current", "body", "nonce", "commitment")

_CURRENT: Final = PreparedIn(
    lambda ids: select(_table).where(
        _table.c.kind == bindparam("kind"),
        _table.c.current,
        _table.c.body.is_not(None),
        _table.c.id.in_(ids),
    )
)
_OF_KIND: Final = Prepared(
    select(_table)
    .where(_table.c.kind == bindparam("kind"), _table.c.current, _table.c.body.is_not(None))
    .order_by(_table.c.entry)
)
_LAST: Final = PreparedIn(
    lambda ids: select(_table.c.id, _table.c.revision, _table.c.body).where(
        _table.c.kind == bindparam("kind"), _table.c.current, _table.c.id.in_(ids)
    )
)
_SUPERSEDED: Final = Prepared(
    update(_table)
    .where(
        _table.c.kind == bindparam("of_kind"),
        _table.c.id == bindparam("of_id"),
        _table.c.current,
    )
    .values(current=false())
)


@frozen
class Document:
    """One revision of one document.

    Attributes:
        revision: counts from 1.
        entry: index of the log entry that covers it.
    """

    kind: str
    id: str
    revision: int
    body: JsonObject = field(repr=False)
    by: str
    at: datetime
    entry: int


class DocumentReads:
    """The documents as they stand in this transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def get(self, kind: str, id: str, revision: int | None = None) -> Document | None:  # noqa: A002
        """Return one document, by default in its current revision."""
        if revision is None:
            return self.get_all(kind, [id]).get(id)
        wanted = _select(kind, id).where(_table.c.revision == revision)
        row = self._connection.execute(wanted).one_or_none()
        return None if row is None else _document(row)

    def get_all(self, kind: str, ids: Iterable[str]) -> dict[str, Document]:
        """Return, by id, those of these documents that are there, in their current revision."""
        rows = _CURRENT.run(self._connection, ids, kind=kind)
        return {row.id: _document(row) for row in rows}

    def history(self, kind: str, id: str) -> tuple[Document, ...]:  # noqa: A002
        """Return every revision, the first one first."""
        rows = self._connection.execute(_select(kind, id).order_by(_table.c.revision))
        return tuple(_document(row) for row in rows)

    def list(self, kind: str) -> tuple[Document, ...]:
        """Return all documents of a kind in their current revision, the oldest change first."""
        return tuple(_document(row) for row in _OF_KIND.run(self._connection, kind=kind))


class Documents(DocumentReads):
    """The documents with a pen."""

    def __init__(self, session: Session, log: Log) -> None:
        super().__init__(session)
        self._log = log

    def put(self, kind: str, id: str, body: JsonObject, *, by: str) -> int:  # noqa: A002
        """Keep a new revision and return its number; the current body again is no new one."""
        return self.put_all(kind, [(id, body)], by=by)[0]

    def put_all(self, kind: str, said: Sequence[tuple[str, JsonObject]], *, by: str) -> list[int]:
        """Keep revisions of many documents, each as `put` would, one after another.

        Args:
            said: id and body; an id may stand there several times.
        """
        rows = _LAST.run(self._connection, [id_ for id_, _ in said], kind=kind)
        last: dict[str, tuple[int, bytes | None]] = {
            row.id: (row.revision, row.body) for row in rows
        }
        stored = frozenset(last)
        revisions: list[int] = []
        new: list[tuple[str, int, bytes]] = []
        for id_, body in said:
            raw = canonical(body)
            revision, known = last.get(id_, (0, None))
            if known != raw:
                revision += 1
                last[id_] = (revision, raw)
                new.append((id_, revision, raw))
            revisions.append(revision)
        superseded = dict.fromkeys(id_ for id_, _, _ in new if id_ in stored)
        _SUPERSEDED.run_each(
            self._connection, [{"of_kind": kind, "of_id": id_} for id_ in superseded]
        )
        self._insert(kind, new, {id_: revision for id_, (revision, _) in last.items()}, by)
        return revisions

    def _insert(
        self, kind: str, new: Sequence[tuple[str, int, bytes]], last: dict[str, int], by: str
    ) -> None:
        """Insert (id, revision, body) rows, each with an entry of its own."""
        salts = nonces(self._session.entropy, len(new))
        made = [commitment(nonce, raw) for nonce, (_, _, raw) in zip(salts, new, strict=True)]
        entries = self._log.append_stored_all(
            [
                NewEntry(DOCUMENT, by, {}, [Commitment(f"{kind}/{id_}", str(revision), each)])
                for (id_, revision, _), each in zip(new, made, strict=True)
            ]
        )
        at = self._session.now()
        rows = [
            (kind, id_, revision, revision == last[id_], raw, nonce, each, by, at, entry)
            for (id_, revision, raw), nonce, each, entry in zip(
                new, salts, made, entries, strict=True
            )
        ]
        insert_rows(self._connection, _table, (*_COLUMNS, "by", "at", "entry"), rows)

    def erase(self, kind: str, id: str, *, why: str, by: str) -> int:  # noqa: A002
        """Drop a document in every revision; what the log committed to stays.

        `why` is logged: keep personal data out of it. Returns the erasing entry.

        Raises:
            RefusedError: when there is no such document.
        """
        name = f"{kind}/{id}"
        rows = self._connection.execute(
            select(_table.c.revision, _table.c.commitment)
            .where(_table.c.kind == kind, _table.c.id == id, _table.c.body.is_not(None))
            .order_by(_table.c.revision)
        ).all()
        if not rows:
            raise RefusedError(f"there is no {kind} {id!r}", hint="check the id")
        what = [f"document:{name}:{row.revision}" for row in rows]
        named = [Commitment(name, str(row.revision), row.commitment) for row in rows]
        entry = self._log.erase_events([], named, why=why, by=by, what=what)
        self._connection.execute(
            update(_table)
            .where(_table.c.kind == kind, _table.c.id == id)
            .values(body=None, nonce=None)
        )
        return entry


def _select(kind: str, id: str | None = None) -> Select[Any]:  # noqa: A002
    statement = select(_table).where(_table.c.kind == kind, _table.c.body.is_not(None))
    return statement if id is None else statement.where(_table.c.id == id)


def _document(row: Row[Any]) -> Document:
    body = read_object(row.body, f"{row.kind} {row.id}")
    return Document(row.kind, row.id, row.revision, body, row.by, from_micros(row.at), row.entry)

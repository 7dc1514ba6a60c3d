"""Documents of the node's own (cases, sessions, mappings, decisions): every revision kept."""

from datetime import datetime
from typing import Any

from attrs import field, frozen
from sqlalchemy import Row, Select, select, update

from tocsin.foundation import JsonObject, RefusedError, canonical
from tocsin.vault import schema
from tocsin.vault.log import DOCUMENT, Commitment, Log
from tocsin.vault.rows import commitment, from_micros, insert_rows, nonces, read_object
from tocsin.vault.session import Session

_table = schema.documents


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
        wanted = _table.c.current if revision is None else _table.c.revision == revision
        row = self._connection.execute(_select(kind, id).where(wanted)).one_or_none()
        return None if row is None else _document(row)

    def history(self, kind: str, id: str) -> tuple[Document, ...]:  # noqa: A002
        """Return every revision, the first one first."""
        rows = self._connection.execute(_select(kind, id).order_by(_table.c.revision))
        return tuple(_document(row) for row in rows)

    def list(self, kind: str) -> tuple[Document, ...]:
        """Return all documents of a kind in their current revision, the oldest change first."""
        rows = self._connection.execute(
            _select(kind).where(_table.c.current).order_by(_table.c.entry)
        )
        return tuple(_document(row) for row in rows)


class Documents(DocumentReads):
    """The documents with a pen."""

    def __init__(self, session: Session, log: Log) -> None:
        super().__init__(session)
        self._log = log

    def put(self, kind: str, id: str, body: JsonObject, *, by: str) -> int:  # noqa: A002
        """Keep a new revision and return its number; the current body again is no new one."""
        raw = canonical(body)
        here = (_table.c.kind == kind, _table.c.id == id)
        known = self._connection.execute(
            select(_table.c.revision, _table.c.body).where(*here, _table.c.current)
        ).one_or_none()
        if known is not None and known.body == raw:
            return int(known.revision)
        revision = 1 if known is None else known.revision + 1
        (nonce,) = nonces(self._session.entropy, 1)
        made = commitment(nonce, raw)
        named = Commitment(f"{kind}/{id}", str(revision), made)
        entry = self._log.append_stored(DOCUMENT, by=by, said={}, objects=[named])
        if known is not None:
            self._connection.execute(
                update(_table).where(*here, _table.c.current).values(current=False)
            )
        columns = ("kind", "id", "revision", "current", "body", "nonce", "commitment")
        row = (kind, id, revision, True, raw, nonce, made, by, self._session.now(), entry)
        insert_rows(self._connection, _table, (*columns, "by", "at", "entry"), [row])
        return revision

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

"""Writing what has crossed or may cross the border: one log entry an object, in one transaction."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select, update

from tocsin.foundation import JsonObject, RefusedError
from tocsin.records import StixObject
from tocsin.vault import schema
from tocsin.vault.deliverables import Accepted, Standing
from tocsin.vault.log import ACCEPTED, Commitment, Log
from tocsin.vault.prepared import Prepared
from tocsin.vault.rows import (
    chunks,
    commitment,
    insert_rows,
    nonces,
    version_micros,
)
from tocsin.vault.session import Session
from tocsin.vault.shared_reads import SharedReads

_shared = schema.shared_objects
_NOT_SOURCES: Final = frozenset({"created_by_ref", "object_marking_refs"})
_NAME_BASED: Final = 5
_COLUMNS: Final = (
    "seq",
    "object_id",
    "author",
    "version",
    "version_at",
    "type",
    "tlp",
    "body",
    "nonce",
    "commitment",
    "added",
    "standing",
    "received_from",
    "revoked",
    "entry",
)


_HIGHEST: Final = Prepared(select(func.max(_shared.c.seq)))
_SAME: Final = Prepared(
    select(_shared.c.seq, _shared.c.added, _shared.c.body).where(
        _shared.c.object_id == bindparam("object_id"),
        _shared.c.author == bindparam("author"),
        _shared.c.version == bindparam("version"),
    )
)


class SharedObjects(SharedReads):
    """The shared family with a pen."""

    def __init__(self, session: Session, log: Log) -> None:
        super().__init__(session)
        self._log = log

    def accept(
        self,
        object_: StixObject,
        *,
        standing: Standing,
        by: str,
        keys: Sequence[str] = (),
        received_from: str | None = None,
        author: str | None = None,
    ) -> Accepted:
        """Keep one version of one object as it is, signatures and all.

        Whoever calls has verified signature, marking and audience. Visibility is another step:
        until `visibility.set`, no member sees it.

        Args:
            keys: canonical observable keys, for matching.
            received_from: the member or exchange that handed it over.
            author: whose object it is where the body names no `created_by_ref`, as observables
                never do: two members may share the same observable under different terms.

        Raises:
            RefusedError: when other bytes are there under the same id, author and version, or
                when it was erased here.
        """
        body = object_.to_json()
        author = object_.author or author or ""
        known = self._known(object_, author, body)
        if known is not None:
            return known
        seq = (_HIGHEST.scalar(self._connection) or 0) + 1
        added = self._session.next_tick()
        terms = shared_terms(object_, seq=seq, author=author, added=added)
        terms |= {"standing": str(Standing(standing)), "received_from": received_from}
        self._insert(object_, body, terms, by)
        rows = [(key, seq) for key in dict.fromkeys(keys)]
        insert_rows(self._connection, schema.shared_keys, ("key", "seq"), rows)
        self._derive(object_)
        return Accepted(seq, added, is_new=True)

    def flag(self, object_id: str, *, because_id: str, kind: str) -> bool:
        """Flag an object because of another; False when that flag was there before."""
        table = schema.flags
        there = self._connection.scalar(
            select(func.count()).where(
                table.c.object_id == object_id,
                table.c.because_id == because_id,
                table.c.kind == kind,
            )
        )
        if there:
            return False
        self._connection.execute(
            insert(table).values(
                object_id=object_id, because_id=because_id, kind=kind, at=self._session.now()
            )
        )
        return True

    def acknowledge_flags(self, object_id: str) -> int:
        """Close the open flags of an object; returns how many there were."""
        table = schema.flags
        done = self._connection.execute(
            update(table)
            .where(table.c.object_id == object_id, table.c.acknowledged_at.is_(None))
            .values(acknowledged_at=self._session.now())
        )
        return done.rowcount

    def erase(self, object_id: str, *, why: str, by: str) -> int:
        """Drop an object in every version, its keys and the log's words about it.

        Commitments and leaves stay, so the log still verifies; so do deliveries, since erasure
        has to reach the recipients. `why` is logged: keep personal data out of it. Returns the
        erasing entry.

        Raises:
            RefusedError: when no such object is here.
        """
        statement = select(_shared.c.seq, _shared.c.version, _shared.c.commitment, _shared.c.entry)
        rows = self._connection.execute(
            statement.where(_shared.c.object_id == object_id).order_by(_shared.c.seq)
        ).all()
        if not rows:
            raise RefusedError(f"{object_id} is not here", hint="check the id")
        entries = [entry for row in rows for entry in self._log.entries(row.entry, 1)]
        erasing = self._log.erase_events(
            entries,
            [Commitment(f"shared:{row.seq}", row.version, row.commitment) for row in rows],
            why=why,
            by=by,
            what=[f"shared:{row.seq}" for row in rows],
        )
        for row in rows:
            self._connection.execute(
                update(_shared)
                .where(_shared.c.seq == row.seq)
                .values(body=None, nonce=None, object_id=_name_after_erasure(object_id, row.seq))
            )
            self._connection.execute(
                delete(schema.shared_keys).where(schema.shared_keys.c.seq == row.seq)
            )
        derived = schema.derivations
        self._connection.execute(delete(derived).where(derived.c.object_id == object_id))
        return erasing

    def _known(self, object_: StixObject, author: str, body: bytes) -> Accepted | None:
        row = _SAME.run(
            self._connection, object_id=object_.id, author=author, version=object_.version
        ).fetchone()
        if row is None:
            return None
        if row.body is None:
            raise RefusedError(f"{object_.id} was erased here and is not taken again")
        if row.body != body:
            raise RefusedError(
                f"{object_.id}: another object is here under the same version {object_.version!r}",
                hint="its author must give a change a new `modified` time",
            )
        return Accepted(row.seq, row.added, is_new=False)

    def _insert(self, object_: StixObject, body: bytes, terms: JsonObject, by: str) -> None:
        (nonce,) = nonces(self._session.entropy, 1)
        made = commitment(nonce, body)
        named = Commitment(object_.id, object_.version, made)
        entry = self._log.append_stored(ACCEPTED, by=by, said=terms, objects=[named])
        row = terms | {
            "object_id": object_.id,
            "version": object_.version,
            "version_at": version_micros(object_.version),
            "body": body,
            "nonce": nonce,
            "commitment": made,
            "entry": entry,
        }
        insert_rows(self._connection, _shared, _COLUMNS, [tuple(row[name] for name in _COLUMNS)])

    def _derive(self, object_: StixObject) -> None:
        table = schema.derivations
        wanted = derivations_of(object_)
        for chunk in chunks(wanted):
            there = {
                (row[0], row[1])
                for row in self._connection.execute(
                    select(table.c.source_id, table.c.object_id).where(
                        table.c.object_id.in_({derived for _, derived in chunk}),
                        table.c.source_id.in_({source for source, _ in chunk}),
                    )
                )
            }
            insert_rows(
                self._connection,
                table,
                ("source_id", "object_id"),
                [pair for pair in chunk if pair not in there],
            )


def shared_terms(object_: StixObject, *, seq: int, author: str, added: int) -> JsonObject:
    """Return what the log says of a shared object's row; `verify` holds the row to it."""
    marking, sharing = object_.marking, object_.sharing
    withdrawn = sharing is not None and sharing.withdrawal is not None
    return {
        "seq": seq,
        "author": author,
        "type": object_.type,
        "tlp": "" if marking is None else str(marking.tlp),
        "added": added,
        "revoked": object_.is_revoked or withdrawn,
    }


def derivations_of(object_: StixObject) -> list[tuple[str, str]]:
    """Return (source, derived) pairs: what it says it was derived from, and all that it names.

    Its author and markings are no sources. A `derived-from` relationship speaks of its two ends.
    """
    named = StixObject.of(
        {key: value for key, value in object_.body.items() if key not in _NOT_SOURCES}
    ).refs
    sharing = object_.sharing
    sources: set[str] = set(named) | set(sharing.derived_from if sharing else ())
    pairs = {(source, object_.id) for source in sources}
    body = object_.body
    if body.get("relationship_type") == "derived-from":
        pairs.add((str(body.get("target_ref")), str(body.get("source_ref"))))
    return sorted(pair for pair in pairs if pair[0] != pair[1])


def _name_after_erasure(object_id: str, seq: int) -> str:
    """Return the id, unless it was made from the value: then it could be guessed back."""
    uuid = UUID(object_id.partition("--")[2])
    return f"erased:{seq}" if uuid.version == _NAME_BASED else object_id

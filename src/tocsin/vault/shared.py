"""Writing what has crossed or may cross the border: one log entry an object, in one transaction."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

from attrs import frozen
from sqlalchemy import delete, func, select, update

from tocsin.foundation import JsonObject, RefusedError
from tocsin.records import StixObject
from tocsin.vault import schema
from tocsin.vault.deliverables import Accepted, Offered, Standing
from tocsin.vault.log import ACCEPTED, Commitment, NewEntry
from tocsin.vault.prepared import Prepared, PreparedIn
from tocsin.vault.rows import commitment, insert_rows, nonces, version_micros
from tocsin.vault.shared_marks import SharedMarks

_shared = schema.shared_objects
_NOT_SOURCES: Final = frozenset({"created_by_ref", "object_marking_refs", "supersedes_refs"})
"""What an object names without resting on it: a claim outlives the one that it replaces."""

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
_NAMED: Final = PreparedIn(
    lambda ids: select(
        _shared.c.object_id, _shared.c.author, _shared.c.version, _shared.c.seq, _shared.c.added
    ).where(_shared.c.object_id.in_(ids))
)
_BODIES: Final = PreparedIn(
    lambda seqs: select(_shared.c.seq, _shared.c.body, _shared.c.standing).where(
        _shared.c.seq.in_(seqs)
    )
)
_SOURCES: Final = PreparedIn(
    lambda ids: select(schema.derivations.c.source_id, schema.derivations.c.object_id).where(
        schema.derivations.c.object_id.in_(ids)
    )
)

_Name: TypeAlias = tuple[str, str, str]
"""What a row is known by: id, author, version."""


@frozen
class _Known:
    """A row that is there, or that the batch has just made."""

    seq: int
    added: int
    body: bytes | None
    is_void: bool = False


@frozen
class _New:
    """A row to insert, its entry not yet written."""

    offered: Offered
    name: _Name
    seq: int
    added: int
    body: bytes


class SharedObjects(SharedMarks):
    """The shared family with a pen."""

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
        """Keep one version of one object; see `Offered` and `accept_all`.

        Raises:
            RefusedError: when other bytes are there under the same id, author and version, or
                when it was erased here.
        """
        offered = Offered(
            object=object_,
            standing=standing,
            by=by,
            keys=keys,
            received_from=received_from,
            author=author,
        )
        (done,) = self.accept_all([offered])
        if isinstance(done, RefusedError):
            raise done
        return done

    def accept_all(self, offered: Sequence[Offered]) -> list[Accepted | RefusedError]:
        """Keep versions of objects, one after another; one that is refused hurts no other.

        Whoever calls has verified signature, marking and audience. Visibility is another step:
        until `visibility.set_all`, no member sees them.

        Returns:
            What became of each, in the same order: a refusal when other bytes are there under
            the same id, author and version, or when it was erased here.
        """
        there = self._there(offered)
        done: list[Accepted | RefusedError] = []
        new: list[_New] = []
        seq = _HIGHEST.scalar(self._connection) or 0
        for each in offered:
            object_, body = each.object, each.object.to_json()
            name = (object_.id, object_.author or each.author or "", object_.version)
            known = there.get(name)
            if known is not None:
                done.append(_compared(object_, body, known))
                continue
            seq += 1
            made = _New(each, name, seq, self._session.next_tick(), body)
            there[name] = _Known(seq, made.added, body)
            new.append(made)
            done.append(Accepted(seq, made.added, is_new=True))
        if new:
            self._insert(new)
        return done

    def erase(self, object_id: str, *, why: str, by: str) -> int:
        """Drop an object in every version, its keys and the log's words about it.

        Commitments and leaves stay, so the log still verifies; so do deliveries, since erasure
        has to reach the recipients. `why` is logged: keep personal data out of it. Returns the
        erasing entry.

        Raises:
            RefusedError: when no such object is here.
        """
        rows = self._rows_of(object_id)
        if not rows:
            raise RefusedError(f"{object_id} is not here", hint="check the id")
        erasing = self._erase_rows(object_id, rows, why=why, by=by)
        derived = schema.derivations
        self._connection.execute(delete(derived).where(derived.c.object_id == object_id))
        return erasing

    def erase_others(self, object_id: str, version: str, *, why: str, by: str) -> int:
        """Drop every version of an object but this one, as `erase` does; returns how many.

        What the object rests on, and what rests on it, stays known.
        """
        rows = [row for row in self._rows_of(object_id) if row.version != version]
        if rows:
            self._erase_rows(object_id, rows, why=why, by=by)
        return len(rows)

    def _rows_of(self, object_id: str) -> Sequence[Any]:
        """Return the rows of an object that still have a body."""
        statement = select(_shared.c.seq, _shared.c.version, _shared.c.commitment, _shared.c.entry)
        return self._connection.execute(
            statement.where(_shared.c.object_id == object_id, _shared.c.body.is_not(None)).order_by(
                _shared.c.seq
            )
        ).all()

    def _erase_rows(self, object_id: str, rows: Sequence[Any], *, why: str, by: str) -> int:
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
        return erasing

    def _there(self, offered: Sequence[Offered]) -> dict[_Name, _Known]:
        """Return those of the offered versions that are there, erased ones without a body."""
        wanted = {
            (each.object.id, each.object.author or each.author or "", each.object.version)
            for each in offered
        }
        found: dict[int, tuple[_Name, int]] = {}
        for row in _NAMED.run(self._connection, (each.object.id for each in offered)):
            object_id, author, version, seq, added = tuple(row)
            if (object_id, author, version) in wanted:
                found[seq] = (object_id, author, version), added
        rows = {row.seq: row for row in _BODIES.run(self._connection, found)}
        return {
            name: _Known(seq, added, rows[seq].body, rows[seq].standing == str(Standing.VOID))
            for seq, (name, added) in found.items()
        }

    def _insert(self, new: Sequence[_New]) -> None:
        """Insert rows, their entries, keys and what they were derived from."""
        salts = nonces(self._session.entropy, len(new))
        made = [commitment(nonce, each.body) for nonce, each in zip(salts, new, strict=True)]
        said = [_terms(each) for each in new]
        entries = self._log.append_stored_all(
            [
                NewEntry(
                    ACCEPTED,
                    each.offered.by,
                    terms,
                    [Commitment(each.name[0], each.name[2], hash_)],
                )
                for each, terms, hash_ in zip(new, said, made, strict=True)
            ]
        )
        rows = [
            terms
            | {
                "object_id": each.name[0],
                "version": each.name[2],
                "version_at": version_micros(each.name[2]),
                "body": each.body,
                "nonce": nonce,
                "commitment": hash_,
                "entry": entry,
            }
            for each, terms, nonce, hash_, entry in zip(
                new, said, salts, made, entries, strict=True
            )
        ]
        ordered = [tuple(map(row.__getitem__, _COLUMNS)) for row in rows]
        insert_rows(self._connection, _shared, _COLUMNS, ordered)
        keys = [(key, each.seq) for each in new for key in dict.fromkeys(each.offered.keys)]
        insert_rows(self._connection, schema.shared_keys, ("key", "seq"), keys)
        named = [(each.seq, group) for each in new for group in _groups_of(each.offered.object)]
        insert_rows(self._connection, schema.addressed, ("seq", "group_id"), named)
        self._derive(new)

    def _derive(self, new: Sequence[_New]) -> None:
        pairs = dict.fromkeys(pair for each in new for pair in derivations_of(each.offered.object))
        rows = _SOURCES.run(self._connection, (derived for _, derived in pairs))
        there = {tuple(row) for row in rows}
        insert_rows(
            self._connection,
            schema.derivations,
            ("source_id", "object_id"),
            [pair for pair in pairs if pair not in there],
        )


def _compared(object_: StixObject, body: bytes, known: _Known) -> Accepted | RefusedError:
    if known.body is None:
        return RefusedError(f"{object_.id} was erased here and is not taken again")
    if known.is_void:
        return RefusedError(
            f"{object_.id}: this version does not count: its key was reported stolen",
            hint="its author can release it again, signed with a new key",
        )
    if known.body != body:
        return RefusedError(
            f"{object_.id}: another object is here under the same version {object_.version!r}",
            hint="its author must give a change a new `modified` time",
        )
    return Accepted(known.seq, known.added, is_new=False)


def _terms(new: _New) -> JsonObject:
    """Return what the log says of a row: whose it is, how it is marked, whence it came."""
    offered = new.offered
    return shared_terms(offered.object, seq=new.seq, author=new.name[1], added=new.added) | {
        "standing": str(Standing(offered.standing)),
        "received_from": offered.received_from,
    }


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
    body, sharing = object_.body, object_.sharing
    sources: set[str] = set(sharing.derived_from if sharing else ())
    if any(key.endswith(("_ref", "_refs")) and key not in _NOT_SOURCES for key in body):
        others = {key: value for key, value in body.items() if key not in _NOT_SOURCES}
        sources |= StixObject.of(others).refs
    pairs = {(source, object_.id) for source in sources}
    if body.get("relationship_type") == "derived-from":
        pairs.add((str(body.get("target_ref")), str(body.get("source_ref"))))
    return sorted(pair for pair in pairs if pair[0] != pair[1])


def _groups_of(object_: StixObject) -> list[str]:
    sharing = object_.sharing
    return sorted(sharing.audience.groups) if sharing is not None else []


def _name_after_erasure(object_id: str, seq: int) -> str:
    """Return the id, unless it was made from the value: then it could be guessed back."""
    uuid = UUID(object_id.partition("--")[2])
    return f"erased:{seq}" if uuid.version == _NAME_BASED else object_id

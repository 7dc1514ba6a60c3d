"""Reading what has crossed or may cross the border."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select

from tocsin.foundation import UsageError
from tocsin.vault import schema
from tocsin.vault.deliverables import Flag, Shared, Standing
from tocsin.vault.lens import Lens, is_last, page_of, rows_where
from tocsin.vault.prepared import PreparedIn
from tocsin.vault.rows import chunks, from_micros
from tocsin.vault.session import Session

_shared = schema.shared_objects
_keys = schema.shared_keys
_derivations = schema.derivations.c
_flags = schema.flags.c
_LAST: Final = Lens()


class SharedReads:
    """The shared family as it stands in this transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def get(
        self, object_id: str, version: str | None = None, *, author: str | None = None
    ) -> Shared | None:
        """Return one version, by default the last.

        Args:
            version: the object's own `modified` text.
            author: whose object; by default the author from whom this id came first, so that
                nobody can put an own version in front of another's by using its id.
        """
        found = self.versions(object_id, author=author)
        if version is not None:
            found = [each for each in found if each.version == version]
        return found[-1] if found else None

    def versions(self, object_id: str, *, author: str | None = None) -> list[Shared]:
        """Return all versions by one author (see `get`), the last at the end."""
        return self._versions([object_id], author).get(object_id, [])

    def get_all(self, object_ids: Iterable[str]) -> dict[str, Shared]:
        """Return, by id, the last version of each of these that is here; see `get`."""
        return {key: found[-1] for key, found in self._versions(object_ids, None).items()}

    def known(self, object_ids: Iterable[str]) -> set[str]:
        """Return those of these ids that are here in any version."""
        return {row.object_id for row in _NUMBERS.run(self._connection, object_ids)}

    def numbers(self, object_ids: Iterable[str]) -> dict[tuple[str, str], int]:
        """Return, by (id, version), the number of each version of these; see `get` for whose."""
        found: dict[tuple[str, str], int] = {}
        whose: dict[str, str] = {}
        for row in _NUMBERS.run(self._connection, object_ids):
            if row.author == whose.setdefault(row.object_id, row.author):
                found[row.object_id, row.version] = row.seq
        return found

    def by_seq(self, seqs: Iterable[int]) -> list[Shared]:
        """Return the objects with these numbers, in their order; erased ones are left out."""
        wanted = list(seqs)
        found = {row.seq: _read(row) for row in _NUMBERED.run(self._connection, wanted)}
        return [found[seq] for seq in wanted if seq in found]

    def page(
        self, lens: Lens = _LAST, *, after: int | None = None, limit: int = 100
    ) -> list[Shared]:
        """Return objects by ascending `added`.

        Args:
            lens: which ones; by default the last version of everything.
            after: only what was added later than this, in microseconds; exclusive.
            limit: the most to return; ask for one more to learn whether there are more.
        """
        if limit < 1:
            raise UsageError(f"a page of {limit} objects can't be made", hint="ask for 1 or more")
        rows = self._connection.execute(page_of(lens, after=after, limit=limit))
        return [_read(row) for row in rows]

    def iterate(self, lens: Lens = _LAST, *, limit: int = 500) -> Iterator[Shared]:
        """Yield what the lens shows, page by page."""
        after: int | None = None
        while page := self.page(lens, after=after, limit=limit):
            yield from page
            after = page[-1].added

    def find(self, keys: Iterable[str]) -> dict[str, list[Shared]]:
        """Return, for each of `keys` that is known, the live objects that have it.

        Live: the last version of its author, neither revoked nor withdrawn.
        """
        found: dict[str, list[Shared]] = {}
        for chunk in chunks(dict.fromkeys(keys)):
            statement = (
                rows_where(is_last(), _keys.c.key)
                .join(_keys, _keys.c.seq == _shared.c.seq)
                .where(_keys.c.key.in_(chunk), _shared.c.revoked.is_(False))
                .order_by(_keys.c.key, _shared.c.seq)
            )
            for row in self._connection.execute(statement):
                found.setdefault(row.key, []).append(_read(row))
        return found

    def keys_of(self, seqs: Iterable[int]) -> dict[int, list[str]]:
        """Return the observable keys of each object that has any."""
        found: dict[int, list[str]] = {}
        for chunk in chunks(dict.fromkeys(seqs)):
            statement = select(_keys.c.seq, _keys.c.key).where(_keys.c.seq.in_(chunk))
            for seq, key in self._connection.execute(statement.order_by(_keys.c.seq, _keys.c.key)):
                found.setdefault(seq, []).append(key)
        return found

    def derived_from(self, object_ids: Iterable[str]) -> set[str]:
        """Return the ids of all that rests on any of these objects, directly or further on."""
        return self._closure(object_ids, _derivations.source_id, _derivations.object_id)

    def sources_of(self, object_ids: Iterable[str]) -> set[str]:
        """Return the ids of all that these objects rest on, directly or further back."""
        return self._closure(object_ids, _derivations.object_id, _derivations.source_id)

    def flags(self, object_id: str | None = None, *, open_only: bool = True) -> list[Flag]:
        """Return flags by ascending time."""
        statement = select(schema.flags).order_by(_flags.at, _flags.object_id, _flags.because_id)
        if object_id is not None:
            statement = statement.where(_flags.object_id == object_id)
        if open_only:
            statement = statement.where(_flags.acknowledged_at.is_(None))
        return [_flag(row) for row in self._connection.execute(statement)]

    def _closure(
        self, start: Iterable[str], known: ColumnElement[str], next_: ColumnElement[str]
    ) -> set[str]:
        begin = set(start)
        found: set[str] = set()
        edge = begin
        while edge:
            reached: set[str] = set()
            for chunk in chunks(edge):
                reached.update(self._connection.scalars(select(next_).where(known.in_(chunk))))
            edge = reached - found
            found |= reached
        return found - begin

    def _versions(self, object_ids: Iterable[str], author: str | None) -> dict[str, list[Shared]]:
        found: dict[str, list[tuple[int, Shared]]] = {}
        for row in _VERSIONS.run(self._connection, object_ids):
            found.setdefault(row.object_id, []).append((row.version_at, _read(row)))
        return {key: mine for key, rows in found.items() if (mine := _ordered(rows, author))}


def _ordered(rows: list[tuple[int, Shared]], author: str | None) -> list[Shared]:
    """Return one author's versions in order, of an object's rows in the order of acceptance."""
    whose = rows[0][1].author if author is None else author
    mine = [row for row in rows if row[1].author == whose]
    # Versions of the same time stay in the order in which they came.
    return [each for _, each in sorted(mine, key=lambda row: row[0])]


def _read(row: Row[Any]) -> Shared:
    return Shared(
        seq=row.seq,
        id=row.object_id,
        author=row.author,
        version=row.version,
        type=row.type,
        tlp=row.tlp,
        added=row.added,
        standing=Standing(row.standing),
        received_from=row.received_from,
        revoked=bool(row.revoked),
        body=row.body,
        entry=row.entry,
    )


def _flag(row: Row[Any]) -> Flag:
    seen = row.acknowledged_at
    return Flag(
        row.object_id,
        row.because_id,
        row.kind,
        from_micros(row.at),
        None if seen is None else from_micros(seen),
    )


_VERSIONS: Final = PreparedIn(
    lambda ids: rows_where(_shared.c.object_id.in_(ids), _shared.c.version_at).order_by(
        _shared.c.seq
    )
)
_NUMBERED: Final = PreparedIn(lambda seqs: rows_where(_shared.c.seq.in_(seqs)))
_NUMBERS: Final = PreparedIn(
    lambda ids: (
        select(_shared.c.object_id, _shared.c.author, _shared.c.version, _shared.c.seq)
        .where(_shared.c.object_id.in_(ids), _shared.c.body.is_not(None))
        .order_by(_shared.c.seq)
    )
)

"""Which shared objects a question is about: one value, and the one place that makes it SQL.

Whatever limits what a reader may see stands here, in `_in_sight`, so that it holds for an object
and for the versions that it is compared with alike: `last` is the last that the reader sees.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from attrs import frozen
from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, or_, select

from tocsin.vault import schema
from tocsin.vault.deliverables import Standing
from tocsin.vault.rows import to_micros

VersionChoice: TypeAlias = Literal["last", "first", "all"] | datetime

_shared: Final = schema.shared_objects
_visible: Final = schema.visibility


@frozen(kw_only=True)
class Lens:
    """A choice of shared objects. None means any; an empty set finds nothing.

    Attributes:
        reader: only what was materialised as visible to this member, with `added` as that
            member's; None for the node's own view of everything.
        types: one of these STIX types.
        ids: one of these ids.
        versions: each of `last`, `first`, `all` or an exact time; several widen the choice. Last
            and first are those among what the reader sees, per id and author.
        standing: one of these.
        include_revoked: False leaves out objects whose chosen version is revoked or withdrawn.
    """

    reader: str | None = None
    types: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    versions: tuple[VersionChoice, ...] = ("last",)
    standing: frozenset[Standing] | None = None
    include_revoked: bool = True


EVERYTHING: Final = Lens(versions=("all",))
"""Every version of every object, as the vault's owner sees them."""


def page_of(lens: Lens, *, after: int | None, limit: int) -> Select[Any]:
    """Return the statement for the next `limit` rows by ascending `added`.

    Args:
        after: only what was added later than this, in microseconds; exclusive.
    """
    added: ColumnElement[int] = _shared.c.added if lens.reader is None else _visible.c.added
    statement = rows_where(_chosen(lens), added=added)
    if lens.reader is not None:
        statement = statement.join(_visible, _visible.c.seq == _shared.c.seq)
    statement = statement.where(*_in_sight(lens, _shared, _visible), *_narrowed(lens))
    if after is not None:
        statement = statement.where(added > after)
    return statement.order_by(added).limit(limit)


def rows_where(
    where: ColumnElement[bool],
    *more: ColumnElement[Any],
    added: ColumnElement[int] = _shared.c.added,
) -> Select[Any]:
    """Return the statement for whole rows, erased ones left out."""
    c = _shared.c
    plain = (c.seq, c.object_id, c.author, c.version, c.type, c.tlp)
    rest = (c.standing, c.received_from, c.revoked, c.body, c.entry)
    columns = (*plain, added.label("added"), *rest, *more)
    return select(*columns).where(c.body.is_not(None), where)


def is_last() -> ColumnElement[bool]:
    """Return the condition that a row is its author's last version of the object."""
    return _chosen(Lens())


def _in_sight(lens: Lens, shared: FromClause, visible: FromClause) -> list[ColumnElement[bool]]:
    """Return what limits the reader's sight, over an object's tables under any names."""
    del shared
    return [] if lens.reader is None else [visible.c.member == lens.reader]


def _narrowed(lens: Lens) -> list[ColumnElement[bool]]:
    """Return the rest of the question: it narrows what is seen, and changes no version's rank."""
    found: list[ColumnElement[bool]] = []
    if lens.types is not None:
        found.append(_shared.c.type.in_(sorted(lens.types)))
    if lens.ids is not None:
        found.append(_shared.c.object_id.in_(sorted(lens.ids)))
    if lens.standing is not None:
        found.append(_shared.c.standing.in_(sorted(str(each) for each in lens.standing)))
    if not lens.include_revoked:
        found.append(_shared.c.revoked.is_(False))
    return found


def _chosen(lens: Lens) -> ColumnElement[bool]:
    if "all" in lens.versions:
        return _shared.c.seq.is_not(None)
    parts: list[ColumnElement[bool]] = []
    for choice in lens.versions:
        if isinstance(choice, datetime):
            parts.append(_shared.c.version_at == to_micros(choice))
        else:
            parts.append(~_another_version(lens, later=choice == "last"))
    return or_(false(), *parts)


def _another_version(lens: Lens, *, later: bool) -> ColumnElement[bool]:
    """A version of the same object by the same author, later or earlier, that is in sight."""
    other = _shared.alias("other")
    own = _shared.c
    if later:
        beyond = or_(
            other.c.version_at > own.version_at,
            and_(other.c.version_at == own.version_at, other.c.seq > own.seq),
        )
    else:
        beyond = or_(
            other.c.version_at < own.version_at,
            and_(other.c.version_at == own.version_at, other.c.seq < own.seq),
        )
    seen = _visible.alias("seen")
    source: FromClause = other
    if lens.reader is not None:
        source = other.join(seen, seen.c.seq == other.c.seq)
    same: Sequence[ColumnElement[bool]] = (
        other.c.object_id == own.object_id,
        other.c.author == own.author,
        other.c.body.is_not(None),
        *_in_sight(lens, other, seen),
    )
    found = select(other.c.seq).select_from(source).where(beyond, *same)
    return exists(found.correlate(_shared))

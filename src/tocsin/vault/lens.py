"""Which shared objects a question is about: one value, and the one place that makes it SQL.

Whatever limits what a reader may see stands here, in `_in_sight`, so that it holds for an object
and for the versions that it is compared with alike: `last` is the last that the reader sees.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from attrs import evolve, frozen
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    column,
    exists,
    false,
    literal_column,
    or_,
    select,
    union_all,
)

from tocsin.records import Tlp
from tocsin.vault import schema
from tocsin.vault.deliverables import Standing
from tocsin.vault.rows import to_micros

VersionChoice: TypeAlias = Literal["last", "first", "all"] | datetime

_shared: Final = schema.shared_objects
_visible: Final = schema.visibility
_lanes: Final = schema.lanes
_addressed: Final = schema.addressed
_MOST_LANES: Final = 64
_VOID: Final[ColumnElement[str]] = literal_column(f"'{Standing.VOID}'")

# Visibility as SQLite cannot walk it by member: it would rather meet all of a reader's rows in
# order than look few of them up and sort them.
_looked_up: Final = select(
    _visible.c.seq, _visible.c.added, _visible.c.member.concat("").label("member")
).subquery("looked_up")


@frozen(kw_only=True)
class Lens:
    """A choice of shared objects. None means any; an empty set finds nothing.

    Attributes:
        reader: only what was materialised as visible to this member, with `added` as that
            member's; None for the node's own view of everything.
        may_types, may_tlps: the reader's token limits its sight to these types and markings.
        group: only what names this group in its audience.
        types: one of these STIX types.
        ids: one of these ids.
        versions: each of `last`, `first`, `all` or an exact time; several widen the choice. Last
            and first are those among what the reader sees, per id and author.
        standing: one of these; what is void is shown only where it is asked for.
        include_revoked: False leaves out objects whose chosen version is revoked or withdrawn.
    """

    reader: str | None = None
    may_types: frozenset[str] | None = None
    may_tlps: frozenset[Tlp] | None = None
    group: str | None = None
    types: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    versions: tuple[VersionChoice, ...] = ("last",)
    standing: frozenset[Standing] | None = None
    include_revoked: bool = True


EVERYTHING: Final = Lens(versions=("all",))
"""Every version of every object, as the vault's owner sees them."""


def page_of(
    lens: Lens, *, after: int | None, limit: int
) -> Select[Any] | CompoundSelect[tuple[Any, ...]]:
    """Return the statement for the next `limit` rows by ascending `added`.

    A reader's feed of one group or of few types is read from their lanes, which are merged, so
    that a page costs the same however much of other kinds lies between. Versions of given times
    are looked up by time for the same reason.

    Args:
        after: only what was added later than this, in microseconds; exclusive.
    """
    arms = _arms(lens, after)
    if len(arms) > 1:
        return union_all(*arms).order_by(column("added")).limit(limit)
    return arms[0].order_by(column("added")).limit(limit)


def _arms(lens: Lens, after: int | None) -> list[Select[Any]]:
    """Return the statements whose rows together are those that the lens shows."""
    feed = _shared if lens.reader is None else _visible
    times = [to_micros(each) for each in lens.versions if isinstance(each, datetime)]
    if times and len(times) == len(lens.versions):
        every = evolve(lens, versions=("all",))
        found = _shared if lens.reader is None else _looked_up
        return [
            _rows(every, found, after, _shared.c.version_at.in_(times)),
            _rows(every, feed, after, _is_bare(feed, times)),
        ]
    lanes = _lanes_of(lens)
    if not lanes:
        return [_rows(lens, feed, after)]
    return [_rows(lens, _lanes, after, _lanes.c.lane == lane) for lane in lanes]


def _is_bare(feed: FromClause, times: Sequence[int]) -> ColumnElement[bool]:
    """What has no version of its own goes by when it was added (TAXII 2.1 §5.3.1)."""
    return and_(_shared.c.version == "", feed.c.added.in_(times))


def _lanes_of(lens: Lens) -> list[str]:
    if lens.reader is None or lens.ids is not None:
        return []
    if lens.group is not None:
        return [lens.group]
    wanted = lens.may_types if lens.types is None else lens.types
    return sorted(wanted) if wanted is not None and len(wanted) <= _MOST_LANES else []


def _rows(
    lens: Lens, feed: FromClause, after: int | None, *more: ColumnElement[bool]
) -> Select[Any]:
    """Return the statement for all rows after `after`, read along one feed."""
    added: ColumnElement[int] = feed.c.added
    shows_void = lens.standing is not None and Standing.VOID in lens.standing
    statement = rows_where(_chosen(lens, feed), added=added, shows_void=shows_void)
    if feed is not _shared:
        statement = statement.join(feed, feed.c.seq == _shared.c.seq)
    statement = statement.where(*_in_sight(lens, _shared, feed), *_narrowed(lens), *more)
    return statement if after is None else statement.where(added > after)


def rows_where(
    where: ColumnElement[bool],
    *more: ColumnElement[Any],
    added: ColumnElement[int] = _shared.c.added,
    shows_void: bool = False,
) -> Select[Any]:
    """Return the statement for whole rows, erased ones left out, and void ones as a rule."""
    c = _shared.c
    plain = (c.seq, c.object_id, c.author, c.version, c.type, c.tlp)
    rest = (c.standing, c.received_from, c.revoked, c.body, c.entry)
    columns = (*plain, added.label("added"), *rest, *more)
    found = select(*columns).where(c.body.is_not(None), where)
    return found if shows_void else found.where(_counts(_shared))


def is_last() -> ColumnElement[bool]:
    """Return the condition that a row is its author's last version of the object."""
    return _chosen(Lens(), _shared)


def _counts(shared: FromClause) -> ColumnElement[bool]:
    return shared.c.standing != _VOID


def _in_sight(lens: Lens, shared: FromClause, feed: FromClause) -> list[ColumnElement[bool]]:
    """Return what limits the reader's sight, over an object's tables under any names."""
    found: list[ColumnElement[bool]] = []
    if lens.reader is not None:
        found.append(feed.c.member == lens.reader)
    if lens.may_types is not None:
        found.append(shared.c.type.in_(sorted(lens.may_types)))
    if lens.may_tlps is not None:
        found.append(shared.c.tlp.in_(sorted(str(each) for each in lens.may_tlps)))
    if lens.group is not None:
        named = _addressed.alias("named")
        is_named = and_(named.c.seq == shared.c.seq, named.c.group_id == lens.group)
        found.append(exists(select(named.c.seq).where(is_named).correlate(shared)))
    return found


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


def _chosen(lens: Lens, feed: FromClause) -> ColumnElement[bool]:
    if "all" in lens.versions:
        return _shared.c.seq.is_not(None)
    parts: list[ColumnElement[bool]] = []
    for choice in lens.versions:
        if isinstance(choice, datetime):
            moment = to_micros(choice)
            parts.append(or_(_shared.c.version_at == moment, _is_bare(feed, [moment])))
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
        _counts(other),
        *_in_sight(lens, other, seen),
    )
    found = select(other.c.seq).select_from(source).where(beyond, *same)
    return exists(found.correlate(_shared))

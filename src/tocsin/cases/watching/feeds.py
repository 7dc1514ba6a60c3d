"""Where arrivals come from, each with a cursor that says how far a watch has read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Protocol, TypeAlias

from attrs import frozen

from tocsin.cases.watching.arrivals import Arrival, names_of
from tocsin.cases.watching.query import Query
from tocsin.foundation import BadInputError, JsonValue
from tocsin.records import StixObject
from tocsin.trust import SEALED_TYPE
from tocsin.vault import HeldObject, Lens, Shared, Snapshot, Standing, Traced

_PAGE: Final = 500
_T_NUMBER: Final = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_RECEIVED: Final = Lens(standing=frozenset({Standing.RECEIVED}), include_revoked=False)

Visit: TypeAlias = Callable[[Arrival], None]


class Feed(Protocol):
    """A source of arrivals."""

    @property
    def name(self) -> str:
        """Under which its cursor is kept; never given to another feed."""
        ...

    def narrowed(self, query: Query | None) -> "Feed":
        """Return this feed, perhaps without what cannot meet a query; None meets nothing."""
        ...

    def advance(self, view: Snapshot, cursor: JsonValue, visit: Visit) -> JsonValue:
        """Visit the next stretch behind `cursor` (None: from the start).

        Returns:
            The cursor behind that stretch, None when there was nothing more. Read again from an
            earlier cursor, it visits the same and what came since.
        """
        ...

    def look_up(self, view: Snapshot, ids: Iterable[str]) -> dict[str, Arrival]:
        """Return, by id, those arrivals that are here still, as they are now."""
        ...


@frozen
class ReceivedFeed:
    """What others released to this node, in the order in which it was accepted.

    The cursor is the time of acceptance, which rises strictly. What is withdrawn is passed over.
    """

    name: str = "received"

    def narrowed(self, query: Query | None) -> Feed:
        """See `Feed`."""
        del query
        return self

    def advance(self, view: Snapshot, cursor: JsonValue, visit: Visit) -> JsonValue:
        """See `Feed`."""
        after = cursor if isinstance(cursor, int) else None
        page = view.shared.page(_RECEIVED, after=after, limit=_PAGE)
        if not page:
            return None
        for arrival in _all_received(view, page):
            visit(arrival)
        return page[-1].added

    def look_up(self, view: Snapshot, ids: Iterable[str]) -> dict[str, Arrival]:
        """See `Feed`."""
        found = [each for each in view.shared.get_all(ids).values() if not each.revoked]
        return {each.id: each for each in _all_received(view, found)}


@frozen
class ImportFeed:
    """What was imported, source by source.

    The cursor names the last source, and of those up to it whose import was not through how many
    objects they held: once there are more, or the import is through, they are read again.
    """

    name: str = "imports"

    def narrowed(self, query: Query | None) -> Feed:
        """See `Feed`."""
        del query
        return self

    def advance(self, view: Snapshot, cursor: JsonValue, visit: Visit) -> JsonValue:
        """See `Feed`."""
        upto, pending = _read_cursor(cursor)
        sources = dict(view.private.sources())
        through = frozenset(key for key, each in sources.items() if each.counts)
        turn = next((key for key in pending if _has_more(key, pending, through, view)), None)
        turn = next((key for key in sources if key > upto), None) if turn is None else turn
        if turn is None:
            return None
        seen = 0
        for arrival in _all_imported(view, view.private.iterate(source=turn)):
            visit(arrival)
            seen += 1
        still = {**pending, turn: seen}
        return {
            "upto": max(upto, turn),
            "pending": {str(key): each for key, each in still.items() if key not in through},
        }

    def look_up(self, view: Snapshot, ids: Iterable[str]) -> dict[str, Arrival]:
        """See `Feed`."""
        return {each.id: each for each in _all_imported(view, view.private.iterate(ids=ids))}


def _has_more(
    source: int, pending: Mapping[int, int], through: frozenset[int], view: Snapshot
) -> bool:
    if source in through:
        return True
    return sum(1 for _ in view.private.iterate(source=source)) > pending[source]


FEEDS: Final[tuple[Feed, ...]] = (ReceivedFeed(), ImportFeed())


def _all_received(view: Snapshot, page: Sequence[Shared]) -> Iterator[Arrival]:
    keys = view.shared.keys_of(each.seq for each in page)
    for each in page:
        if each.type != SEALED_TYPE:
            yield _received(each, keys.get(each.seq, ()))


def _all_imported(view: Snapshot, held: Iterable[HeldObject]) -> Iterator[Arrival]:
    for batch in _batches(held):
        ids = [each.id for each in batch]
        keys, said = view.private.keys_of(ids), view.private.provenances(ids)
        for each in batch:
            yield _imported(each.object, keys.get(each.id, ()), said.get(each.id, ()))


def _received(each: Shared, keys: Iterable[str]) -> Arrival:
    item = each.object
    return Arrival(
        id=item.id,
        type=item.type,
        names=names_of(item),
        keys=tuple(keys),
        pattern=_pattern_of(item),
        techniques=_techniques(item),
        origin=item.author or each.received_from or "",
    )


def _imported(item: StixObject, keys: Iterable[str], said: Sequence[Traced]) -> Arrival:
    told = (
        number
        for trace in said
        for key in ("technique", "procedure")
        for number in _T_NUMBER.findall(str(trace.provenance.said.get(key) or ""))
    )
    return Arrival(
        id=item.id,
        type=item.type,
        names=names_of(item),
        keys=tuple(keys),
        pattern=_pattern_of(item),
        techniques=_techniques(item) | frozenset(told),
        origin=", ".join(dict.fromkeys(trace.source.name for trace in said)),
    )


def _techniques(item: StixObject) -> frozenset[str]:
    """Return the T-numbers that an object's references name."""
    references = item.body.get("external_references")
    rows = references if isinstance(references, list) else []
    codes = [item.body.get("x_mitre_id")]
    codes += [each.get("external_id") for each in rows if isinstance(each, dict)]
    return frozenset(code for code in codes if isinstance(code, str) and _T_NUMBER.fullmatch(code))


def _pattern_of(item: StixObject) -> str | None:
    pattern = item.body.get("pattern")
    return pattern if isinstance(pattern, str) else None


def _read_cursor(cursor: JsonValue) -> tuple[int, dict[int, int]]:
    """Return the last source, and by source how many objects one that was not through held."""
    if cursor is None:
        return 0, {}
    upto = cursor.get("upto") if isinstance(cursor, dict) else None
    pending = cursor.get("pending") if isinstance(cursor, dict) else None
    if not isinstance(upto, int) or not isinstance(pending, dict):
        raise BadInputError(
            f"a watch's place among imports is garbled: {str(cursor)[:80]}",
            hint="remove the watch and add it again",
        )
    return upto, {int(key): each for key, each in pending.items() if isinstance(each, int)}


def _batches(held: Iterable[HeldObject]) -> Iterator[list[HeldObject]]:
    remaining = iter(held)
    while batch := list(islice(remaining, _PAGE)):
        yield batch

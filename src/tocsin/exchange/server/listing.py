"""Pages of what a member may see: rows by ascending date added, in four shapes.

`date_added` is when an object became visible to this very reader: it rises strictly in the order
of commits, one value an object, so a walk by `added_after` or by `next` loses nothing, however
many writers there are.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import evolve, field, frozen

from tocsin.exchange import roster
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.limits import MAX_PAGE, PAGE_BYTES
from tocsin.exchange.refilling import awaited
from tocsin.exchange.server.catalogue import STIX, Collection
from tocsin.exchange.server.filters import Filters
from tocsin.exchange.server.media import HttpError, not_found
from tocsin.exchange.server.pages import PageTokens
from tocsin.foundation import Clock, JsonValue, canonical, rfc3339
from tocsin.policy import Action, Principal, authorize
from tocsin.records import Community, StixObject
from tocsin.vault import Home, Lens, Shared, Snapshot

_EXPIRES: Final = b'"expires":'
_EXPIRY: Final = re.compile(rb'"expires":(?:"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z")?')
_TO_THE_SECOND: Final = len("2026-11-03T19:00:00")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Page:
    """Some rows, and the position behind them when there are more."""

    rows: tuple[Shared, ...]
    more_after: int | None


@frozen
class Written:
    """An answer's body in pieces, none of which holds parts of two objects, and its headers."""

    pieces: tuple[bytes, ...]
    headers: dict[str, str]


@frozen
class _Shape:
    """How rows are written.

    Attributes:
        place: tells endpoints apart in a `next`.
        name: of the list in the answer.
    """

    place: str
    name: str
    written: Callable[[Shared], bytes]


@frozen
class Feed:
    """Answers members' questions about what they may see."""

    home: Home
    tokens: PageTokens
    clock: Clock

    def objects(
        self,
        principal: Principal,
        collection: Collection,
        filters: Filters,
        object_id: str | None = None,
    ) -> Written:
        """Return an envelope (§3.7) of whole objects (§5.4, §5.6)."""
        shape = _Shape("objects", "objects", lambda row: row.body)
        return self._written(principal, collection, filters, shape, object_id)

    def manifest(self, principal: Principal, collection: Collection, filters: Filters) -> Written:
        """Return the manifest (§5.3): one record a version."""
        shape = _Shape("manifest", "objects", _record)
        return self._written(principal, collection, filters, shape)

    def versions(
        self, principal: Principal, collection: Collection, filters: Filters, object_id: str
    ) -> Written:
        """Return the versions of one object (§5.8)."""
        every = evolve(filters, versions=("all",))
        shape = _Shape("versions", "versions", lambda row: canonical(_version(row)))
        return self._written(principal, collection, every, shape, object_id)

    def chosen(
        self, principal: Principal, collection: Collection, filters: Filters, object_id: str
    ) -> tuple[Shared, ...]:
        """Return the versions of one object that the filters choose; none for what is not there."""
        lens = collection.narrowed(filters.lens(principal))
        lens = evolve(lens, ids=frozenset({object_id}))
        with self.home.vault.read() as view:
            return self._page(view, principal, lens, None, MAX_PAGE).rows

    def _written(
        self,
        principal: Principal,
        collection: Collection,
        filters: Filters,
        shape: _Shape,
        object_id: str | None = None,
    ) -> Written:
        place = f"{collection.id} {shape.place} {object_id or ''}"
        question = filters.question(principal.member.id, place)
        position = _micros(filters.added_after) if filters.added_after else None
        if filters.next is not None:
            position = self.tokens.read(filters.next, question)
        lens = collection.narrowed(filters.lens(principal))
        with self.home.vault.read() as view:
            _check_open(view, self.home)
            if object_id is not None:
                lens = evolve(lens, ids=frozenset({object_id}))
                if not self._page(view, principal, evolve(lens, versions=("all",)), None, 1).rows:
                    raise not_found()
            page = self._page(view, principal, lens, position, filters.limit)
        head = b'{"more":false'
        if page.more_after is not None:
            token = self.tokens.issue(page.more_after, question)
            head = b'{"more":true,"next":' + canonical(token)
        return Written(tuple(_pieces(head, shape, page.rows)), _added_headers(page.rows))

    def _page(
        self, view: Snapshot, principal: Principal, lens: Lens, position: int | None, limit: int
    ) -> Page:
        rows: list[Shared] = []
        size = 0
        for row in self._visible(view, principal, lens, position, limit):
            if len(rows) == limit or (rows and size + len(row.body) > PAGE_BYTES):
                return Page(tuple(rows), rows[-1].added)
            rows.append(row)
            size += len(row.body)
        return Page(tuple(rows), None)

    def _visible(
        self, view: Snapshot, principal: Principal, lens: Lens, position: int | None, limit: int
    ) -> Iterator[Shared]:
        """Yield rows in order, those left out that have expired since they were placed."""
        now = self.clock.now()
        readable: _Readable | None = None
        while True:
            chunk = view.shared.page(lens, after=position, limit=limit + 1)
            over = {row.id for row in chunk if may_be_over(row.body, now)}
            if over and readable is None:
                community = roster.community_of(view, convened_by(self.home))
                readable = _Readable(principal, community, now)
            submitters = roster.submitters_of(view, sorted(over))
            for row in chunk:
                if (
                    readable is None
                    or row.id not in over
                    or readable.is_so(row.object, submitters.get(row.id))
                ):
                    yield row
            if len(chunk) <= limit:
                return
            position = chunk[-1].added


@frozen
class _Readable:
    """Tells what one principal may read now; objects on the same terms are asked about once."""

    principal: Principal
    community: Community
    now: datetime
    _known: dict[tuple[object, ...], bool] = field(factory=dict, init=False)

    def is_so(self, item: StixObject, submitter: str | None) -> bool:
        # All of an object that the answer to READ depends on.
        terms = (item.sharing, item.marking, item.author, submitter)
        known = self._known.get(terms)
        if known is None:
            known = self._known[terms] = authorize(
                self.principal,
                Action.READ,
                item,
                community=self.community,
                now=self.now,
                submitted_by=submitter,
                was_received=True,  # or no row would make it visible, and a withdrawal goes on
            ).allowed
        return known


def may_be_over(body: bytes, now: datetime) -> bool:
    """Tell whether something in an object may have expired by now, without parsing it.

    Bodies are canonical JSON, where a key stands in one spelling only. What is no time in UTC
    may always be over: `_Readable` reads it.
    """
    if _EXPIRES not in body:
        return False
    second = rfc3339(now)[:_TO_THE_SECOND].encode()
    return any(not said or said <= second for said in _EXPIRY.findall(body))


def _pieces(head: bytes, shape: _Shape, rows: Sequence[Shared]) -> Iterator[bytes]:
    yield head
    if rows:
        yield b"," + canonical(shape.name) + b":["
        for at, row in enumerate(rows):
            yield (b"," if at else b"") + shape.written(row)
        yield b"]"
    yield b"}"


def _check_open(view: Snapshot, home: Home) -> None:
    """Hand out nothing while a restored exchange may not know who has left meanwhile."""
    left = awaited(view, convened_by(home))
    if left:
        raise HttpError(
            503,
            "the exchange was restored from a backup and is being refilled",
            why=f"{len(left)} members have not been heard yet",
            headers={"Retry-After": "60"},
        )


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _version(row: Shared) -> str:
    return row.version or rfc3339(row.added_at)


def _record(row: Shared) -> bytes:
    said: JsonValue = {
        "id": row.id,
        "date_added": rfc3339(row.added_at),
        "version": _version(row),
        "media_type": STIX,
    }
    return canonical(said)


def _added_headers(rows: Sequence[Shared]) -> dict[str, str]:
    if not rows:
        return {}
    return {
        "X-TAXII-Date-Added-First": rfc3339(rows[0].added_at),
        "X-TAXII-Date-Added-Last": rfc3339(rows[-1].added_at),
    }

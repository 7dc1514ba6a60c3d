"""The watches of one node: kept, run, and told once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from attrs import field, frozen

from tocsin.cases.watching.arrivals import Arrival
from tocsin.cases.watching.feeds import FEEDS, Feed
from tocsin.cases.watching.query import Query
from tocsin.cases.watching.watches import Found, Hit, Ran, Watch
from tocsin.foundation import (
    BadInputError,
    Clock,
    Entropy,
    JsonValue,
    RefusedError,
    parse_time,
    rfc3339,
)
from tocsin.records import new_id
from tocsin.vault import Snapshot, Transaction, Vault

WATCH_TYPE: Final = "x-tocsin-watch"
MAX_NAME_LENGTH: Final = 200
_KIND: Final = "watch"


@frozen
class Watchbook:
    """Add, list, run and remove watches.

    A watch is a document. Its hits and cursors are settings: neither the log nor anything else
    that cannot be erased names what was found.
    """

    vault: Vault
    clock: Clock
    entropy: Entropy
    feeds: Sequence[Feed] = field(default=FEEDS)

    def add(self, name: str, texts: Iterable[str], *, by: str, only_new: bool = False) -> Watch:
        """Add a watch; the same name and query again are the same watch.

        Args:
            only_new: pass over what is here already, instead of telling it at the first run.

        Raises:
            BadInputError: when name or query cannot be read.
            RefusedError: when another watch has that name.
        """
        made = self._made(name, tuple(texts), by)

        def work(tx: Transaction) -> Watch:
            for known in _watches(tx):
                if known.name.casefold() != made.name.casefold():
                    continue
                if known.query == made.query:
                    return known
                raise RefusedError(
                    f"a watch {known.name!r} looks for {known.query}",
                    hint="give another name, or `tocsin watch remove` it first",
                )
            tx.documents.put(_KIND, made.id, made.to_json(), by=by)
            return made

        kept = self.vault.write(work)
        if only_new and kept is made:
            for feed in self.feeds:
                self._read(kept, feed, None)
        return kept

    def all(self) -> list[Ran]:
        """Return every watch with all its hits, the oldest watch first."""
        with self.vault.read() as view:
            return [
                Ran(
                    watch=each,
                    hits=self._hits(view, each, after=0),
                    last_run=_time(view.settings.get(_place(each, "last-run"))),
                )
                for each in _watches(view)
            ]

    def find(self, name_or_id: str) -> Watch:
        """Return the watch of that name or id.

        Raises:
            BadInputError: when there is none.
        """
        wanted = name_or_id.strip().casefold()
        with self.vault.read() as view:
            watches = _watches(view)
        for each in watches:
            if wanted in (each.id, each.name.casefold()):
                return each
        names = "; ".join(each.name for each in watches) or "none yet"
        raise BadInputError(f"{name_or_id!r} is no watch here", hint=f"watches: {names}")

    def run(self, watch: Watch) -> Ran:
        """Look at what has come since the last run; give the hits that were never told.

        What is found is kept stretch by stretch, so that a run that is cut off is gone on with.
        Say `told` once a person has seen the hits: until then, the next run gives them again.

        Raises:
            RefusedError: when the watch was removed meanwhile.
        """
        query = watch.query
        for feed in self.feeds:
            self._read(watch, feed, query)
        now = self.clock.now()
        self.vault.write(lambda tx: tx.settings.set(_place(watch, "last-run"), rfc3339(now)))
        with self.vault.read() as view:
            told = _number(view.settings.get(_place(watch, "told")))
            return Ran(watch=watch, hits=self._hits(view, watch, after=told), last_run=now)

    def told(self, ran: Ran) -> None:
        """Remember that these hits have been told."""
        if ran.hits:
            last = ran.hits[-1].found.number
            self.vault.write(lambda tx: tx.settings.set(_place(ran.watch, "told"), last))

    def remove(self, watch: Watch, *, by: str) -> None:
        """End a watch and forget its hits; the log keeps that there was a watch."""

        def work(tx: Transaction) -> None:
            tx.documents.erase(_KIND, watch.id, why="the watch was removed", by=by)
            tx.settings.drop_all(tx.settings.all(_place(watch, "")))

        self.vault.write(work)

    def _made(self, name: str, texts: tuple[str, ...], by: str) -> Watch:
        Query.read(texts)
        if not name.strip() or len(name) > MAX_NAME_LENGTH:
            raise BadInputError(
                f"a watch's name is empty or longer than {MAX_NAME_LENGTH} characters",
                hint="give a short name",
            )
        return Watch(
            id=new_id(WATCH_TYPE, self.entropy),
            name=name.strip(),
            texts=texts,
            by=by,
            made_at=self.clock.now(),
        )

    def _read(self, watch: Watch, feed: Feed, query: Query | None) -> None:
        """Read a feed to its end; without a query nothing is found."""
        feed = feed.narrowed(query)
        place = _place(watch, f"cursor/{feed.name}")
        with self.vault.read() as view:
            cursor = view.settings.get(place)
        while True:
            found: dict[str, None] = {}

            def visit(arrival: Arrival, found: dict[str, None] = found) -> None:
                if query is not None and query.met_by(arrival) is not None:
                    found[arrival.id] = None

            with self.vault.read() as view:
                after = feed.advance(view, cursor, visit)
            if after is None:
                return
            self._keep(watch, feed, list(found), after)
            cursor = after

    def _keep(self, watch: Watch, feed: Feed, found: Sequence[str], cursor: JsonValue) -> None:
        """Keep hits and the place behind them in one transaction."""
        at, count = self.clock.now(), _place(watch, "count")

        def work(tx: Transaction) -> None:
            if tx.documents.get(_KIND, watch.id) is None:
                raise RefusedError(f"the watch {watch.name!r} was removed", hint="add it again")
            last = _number(tx.settings.get(count))
            places = {_place(watch, f"hit/{each}"): each for each in found}
            new = [key for key in places if tx.settings.get(key) is None]
            hits = {
                key: Found(object=places[key], number=number, feed=feed.name, at=at).to_json()
                for number, key in enumerate(new, start=last + 1)
            }
            if hits:
                tx.settings.add_all(hits)
                tx.settings.set(count, last + len(hits))
            tx.settings.set(_place(watch, f"cursor/{feed.name}"), cursor)

        self.vault.write(work)

    def _hits(self, view: Snapshot, watch: Watch, *, after: int) -> tuple[Hit, ...]:
        """Return the hits whose number is higher than `after`, in the order of finding."""
        prefix = _place(watch, "hit/")
        kept = view.settings.all(prefix).items()
        found = (Found.from_json(key.removeprefix(prefix), said) for key, said in kept)
        wanted = sorted(
            (each for each in found if each.number > after), key=lambda each: each.number
        )
        query, here = watch.query, self._look_up(view, wanted)
        return tuple(Hit.of(each, here.get((each.feed, each.object)), query) for each in wanted)

    def _look_up(self, view: Snapshot, wanted: Sequence[Found]) -> dict[tuple[str, str], Arrival]:
        here: dict[tuple[str, str], Arrival] = {}
        for feed in self.feeds:
            ids = [each.object for each in wanted if each.feed == feed.name]
            if ids:
                arrivals = feed.look_up(view, ids)
                here.update(((feed.name, key), each) for key, each in arrivals.items())
        return here


def _watches(view: Snapshot) -> list[Watch]:
    found = [Watch.of(each) for each in view.documents.list(_KIND)]
    return sorted(found, key=lambda each: (each.made_at, each.id))


def _place(watch: Watch, what: str) -> str:
    """Return the key of a setting; none of a watch's is the beginning of another's."""
    return f"watch/{watch.id}/{what}"


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _time(value: JsonValue) -> datetime | None:
    return parse_time(value) if isinstance(value, str) else None

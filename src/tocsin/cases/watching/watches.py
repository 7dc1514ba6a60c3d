"""A watch, its hits, and what a run of it says."""

from datetime import datetime
from typing import Final

from attrs import frozen

from tocsin.cases.watching.arrivals import Arrival
from tocsin.cases.watching.query import Query
from tocsin.foundation import JsonObject, JsonValue, parse_time, rfc3339
from tocsin.vault import Document

_NO_MORE: Final = "it met the query when it came, and has changed since"
_GONE: Final = "it met the query when it came, and is no longer here"


@frozen(kw_only=True)
class Watch:
    """A saved query.

    Attributes:
        texts: the query as it was given, one text an alternative.
    """

    id: str
    name: str
    texts: tuple[str, ...]
    by: str
    made_at: datetime

    @property
    def query(self) -> Query:
        """What it looks for."""
        return Query.read(self.texts)

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "id": self.id,
            "name": self.name,
            "query": [*self.texts],
            "by": self.by,
            "made_at": rfc3339(self.made_at),
        }

    @classmethod
    def of(cls, document: Document) -> "Watch":
        """Read the stored form."""
        said = document.body
        texts = said["query"]
        return cls(
            id=document.id,
            name=str(said["name"]),
            texts=tuple(str(each) for each in texts) if isinstance(texts, list) else (),
            by=str(said["by"]),
            made_at=parse_time(str(said["made_at"])),
        )


@frozen(kw_only=True)
class Found:
    """A hit as it is kept: which object, and nothing of its words, which may be erased one day.

    Attributes:
        number: counts a watch's hits from 1 in the order of finding.
        feed: name of the feed that brought it.
    """

    object: str
    number: int
    feed: str
    at: datetime

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {"number": self.number, "feed": self.feed, "at": rfc3339(self.at)}

    @classmethod
    def from_json(cls, object_id: str, value: JsonValue) -> "Found":
        """Read the stored form."""
        said = value if isinstance(value, dict) else {}
        number = said["number"]
        return cls(
            object=object_id,
            number=number if isinstance(number, int) else 0,
            feed=str(said["feed"]),
            at=parse_time(str(said["at"])),
        )


@frozen(kw_only=True)
class Hit:
    """Something that met a watch, in the words that it has now.

    Attributes:
        why: in what way it meets the query.
    """

    found: Found
    name: str
    type: str
    origin: str
    why: str

    @classmethod
    def of(cls, found: Found, arrival: Arrival | None, query: Query) -> "Hit":
        """Return what to say of a hit; `arrival` is None when the object is gone."""
        if arrival is None:
            type_ = found.object.partition("--")[0]
            return cls(found=found, name=found.object, type=type_, origin="", why=_GONE)
        return cls(
            found=found,
            name=arrival.name,
            type=arrival.type,
            origin=arrival.origin,
            why=query.met_by(arrival) or _NO_MORE,
        )

    def to_json(self) -> JsonObject:
        """Return the shown form."""
        return {
            "object": self.found.object,
            "name": self.name,
            "type": self.type,
            "why": self.why,
            "feed": self.found.feed,
            "origin": self.origin,
            "at": rfc3339(self.found.at),
        }


@frozen(kw_only=True)
class Ran:
    """A watch with what it has found.

    Attributes:
        hits: all of them, or those of a run that were never told before; the first found first.
        last_run: when it was last run to its end, None before the first time.
    """

    watch: Watch
    hits: tuple[Hit, ...]
    last_run: datetime | None

    def to_json(self) -> JsonObject:
        """Return the interface's form."""
        return {
            "id": self.watch.id,
            "name": self.watch.name,
            "query": str(self.watch.query),
            "by": self.watch.by,
            "last_run": rfc3339(self.last_run) if self.last_run else None,
            "hits": [each.to_json() for each in self.hits],
        }

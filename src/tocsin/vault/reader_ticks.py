"""Each reader's own time: what it sees carries times that nothing it does not see has moved.

One clock for all readers would tell of others: two objects that a reader got in the same
microsecond would stand apart by as many microseconds as were hidden from it in between.
"""

from collections.abc import Iterable
from typing import Final

from attrs import define, field
from sqlalchemy import Connection, bindparam, func, select, update

from tocsin.vault import schema
from tocsin.vault.prepared import Prepared, PreparedIn
from tocsin.vault.rows import insert_rows

_counters: Final = schema.counters
_visible: Final = schema.visibility.c
_PREFIX: Final = "tick:"
_LAST: Final = PreparedIn(
    lambda names: select(_counters.c.name, _counters.c.value).where(_counters.c.name.in_(names))
)
_HIGHEST: Final = PreparedIn(
    lambda members: (
        select(_visible.member, func.max(_visible.added).label("added"))
        .where(_visible.member.in_(members))
        .group_by(_visible.member)
    )
)
_MOVED: Final = Prepared(
    update(_counters)
    .where(_counters.c.name == bindparam("of_name"))
    .values(value=bindparam("last"))
)


@define
class ReaderTicks:
    """The last tick that each reader was given, as it stands in one transaction."""

    connection: Connection = field(repr=False)
    _last: dict[str, int] = field(factory=dict, init=False)
    _stored: set[str] = field(factory=set, init=False)
    _moved: set[str] = field(factory=set, init=False)

    def load(self, readers: Iterable[str]) -> None:
        """Read what is kept of these, at once; `next` needs it."""
        wanted = [each for each in dict.fromkeys(readers) if each not in self._last]
        for row in _LAST.run(self.connection, (_PREFIX + each for each in wanted)):
            reader = row.name.removeprefix(_PREFIX)
            self._last[reader] = row.value
            self._stored.add(reader)
        new = [each for each in wanted if each not in self._last]
        self._last.update(dict.fromkeys(new, 0))
        # A vault of before this was kept: behind everything that the reader may have seen.
        self._last.update((row.member, row.added) for row in _HIGHEST.run(self.connection, new))

    def next(self, reader: str, now: int) -> int:
        """Return the clock's microseconds, but always later than this reader's ticks before."""
        self._last[reader] = max(now, self._last[reader] + 1)
        self._moved.add(reader)
        return self._last[reader]

    def flush(self) -> None:
        """Write what has moved; an act of the end of a transaction."""
        known = sorted(self._moved & self._stored)
        _MOVED.run_each(
            self.connection,
            [{"of_name": _PREFIX + each, "last": self._last[each]} for each in known],
        )
        new = [(_PREFIX + each, self._last[each]) for each in sorted(self._moved - self._stored)]
        insert_rows(self.connection, _counters, ("name", "value"), new)
        self._stored |= self._moved
        self._moved.clear()

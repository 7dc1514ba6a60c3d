"""What the reading and writing of one transaction share."""

from collections.abc import Iterable

from attrs import define, field
from sqlalchemy import Connection, select, update

from tocsin.foundation import Clock, Entropy
from tocsin.trust import Frontier
from tocsin.vault import schema
from tocsin.vault.reader_ticks import ReaderTicks
from tocsin.vault.rows import to_micros

_TICK = schema.counters.c.name == "tick"


@define
class Session:
    """One open transaction.

    What it remembers of the database (`frontier`, the last tick) was read inside this very
    transaction, since another process may have written before it.
    """

    connection: Connection = field(repr=False)
    clock: Clock
    entropy: Entropy
    origin: str
    frontier: Frontier | None = None
    _tick: int | None = None
    _tick_is_new: bool = False
    _readers: ReaderTicks = field(init=False)

    @_readers.default
    def _no_reader_yet(self) -> ReaderTicks:
        return ReaderTicks(self.connection)

    def now(self) -> int:
        """The time in microseconds."""
        return to_micros(self.clock.now())

    def next_tick(self) -> int:
        """Return the clock's microseconds, but always later than every tick before.

        Given out under the write lock, so ticks rise in the order of commits even when the clock
        runs backwards: a reader that has seen one will not miss a smaller one.
        """
        self._tick = max(self.now(), self.last_tick() + 1)
        self._tick_is_new = True
        return self._tick

    def last_tick(self) -> int:
        """Return the last tick given out, 0 before the first."""
        if self._tick is None:
            self._tick = self.connection.scalar(select(schema.counters.c.value).where(_TICK)) or 0
        return self._tick

    def load_ticks_of(self, readers: Iterable[str]) -> None:
        """Read the last ticks of these readers at once; see `next_tick_of`."""
        self._readers.load(readers)

    def next_tick_of(self, reader: str) -> int:
        """Return the next tick of one reader's own, whose last was loaded; see `reader_ticks`."""
        return self._readers.next(reader, self.now())

    def flush(self) -> None:
        """Write what is remembered and not yet stored; the last act of a transaction."""
        if self._tick_is_new:
            self.connection.execute(update(schema.counters).where(_TICK).values(value=self._tick))
            self._tick_is_new = False
        self._readers.flush()

    def forget(self) -> None:
        """Drop what a rolled-back piece of work left here; a tick it was given is just skipped."""
        self.frontier = None

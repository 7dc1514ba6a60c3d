"""What the reading and writing of one transaction share."""

from attrs import define, field
from sqlalchemy import Connection, select, update

from tocsin.foundation import Clock, Entropy
from tocsin.trust import Frontier
from tocsin.vault import schema
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
    _committed_tick: int = 0
    _tick_is_new: bool = False

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
            self._committed_tick = self._tick
        return self._tick

    def may_be_passed(self, tick: int) -> bool:
        """Tell whether some reader's cursor may stand behind this tick already.

        Not behind the last one given out, nor behind those that this transaction gives out:
        nobody sees them before the commit.
        """
        return tick < self.last_tick() and tick <= self._committed_tick

    def flush(self) -> None:
        """Write what is remembered and not yet stored; the last act of a transaction."""
        if self._tick_is_new:
            self.connection.execute(update(schema.counters).where(_TICK).values(value=self._tick))
            self._tick_is_new = False

    def forget(self) -> None:
        """Drop what a rolled-back piece of work left here; a tick it was given is just skipped."""
        self.frontier = None

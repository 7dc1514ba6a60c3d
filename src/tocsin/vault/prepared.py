"""Core statements compiled once and run with plain values: the hot paths' half of SQLAlchemy.

Building a statement, its cache key and its parameters costs several times what SQLite needs to
run it. Values are integers, text, bytes and booleans only, which need no type processing; what
comes back are the driver's own values (a boolean is 0 or 1 on SQLite).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, CursorResult, Dialect, Row, bindparam
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement

from tocsin.vault.rows import CHUNK, chunks

_SIZES: Final = (1, 8, 64, CHUNK)


class Prepared:
    """A statement whose parameters are all `bindparam`s, named by the caller."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None]] = {}

    def run(self, connection: Connection, **values: Any) -> CursorResult[Any]:
        """Run with these values."""
        text, order = self._text(connection.dialect)
        if order is None:
            return connection.exec_driver_sql(text, values)
        return connection.exec_driver_sql(text, tuple(values[name] for name in order))

    def run_each(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run once for each row of values; none, none at all."""
        if not rows:
            return
        text, order = self._text(connection.dialect)
        if order is None:
            connection.exec_driver_sql(text, list(rows))
        else:
            connection.exec_driver_sql(text, [tuple(map(row.__getitem__, order)) for row in rows])

    def scalar(self, connection: Connection, **values: Any) -> Any:
        """Return the first column of the first row, None without a row."""
        row = self.run(connection, **values).fetchone()
        return None if row is None else row[0]

    def _text(self, dialect: Dialect) -> tuple[str, tuple[str, ...] | None]:
        known = self._compiled.get(dialect.name)
        if known is None:
            compiled = self._statement.compile(dialect=dialect)
            order = getattr(compiled, "positiontup", None)
            known = str(compiled), None if order is None else tuple(order)
            self._compiled[dialect.name] = known
        return known


class PreparedIn:
    """A statement with one `IN (…)`, run for any number of values.

    Args:
        build: makes the statement from the parameters that stand inside the `IN`; others that it
            has are given to `run` by name.
    """

    def __init__(self, build: "Callable[[Sequence[BindParameter[Any]]], Executable]") -> None:
        self._build = build
        self._by_size: dict[int, Prepared] = {}

    def run(self, connection: Connection, values: Iterable[Any], **more: Any) -> Iterator[Row[Any]]:
        """Yield the rows for each of the distinct values, chunk by chunk."""
        for chunk in chunks(dict.fromkeys(values)):
            size = next(size for size in _SIZES if size >= len(chunk))
            # The last value again fills up: a repeated value in an IN finds nothing twice.
            padded = chunk + chunk[-1:] * (size - len(chunk))
            named = {f"v{at}": value for at, value in enumerate(padded)}
            yield from self._sized(size).run(connection, **named, **more).fetchall()

    def _sized(self, size: int) -> Prepared:
        known = self._by_size.get(size)
        if known is None:
            statement = self._build([bindparam(f"v{at}") for at in range(size)])
            assert isinstance(statement, ClauseElement)  # noqa: S101 - every Core statement is
            known = self._by_size[size] = Prepared(statement)
        return known

"""PostgreSQL's wire, fast: pg8000 with statements prepared once and rows sent in one go.

pg8000 alone prepares each statement anew, in three journeys to the server, and sends one row
after another. Here a statement that was seen before is one journey, so are many rows, and large
numbers of rows go as one binary COPY. Where nobody needs the answer (a savepoint, a few rows that
are inserted) the next statement carries it along: its failure is raised there, at the latest when
the savepoint is released or the transaction commits.
"""

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any, Final

from pg8000.converters import make_params
from pg8000.core import SYNC_MSG, Context
from pg8000.dbapi import Connection, Cursor, convert_paramstyle
from pg8000.exceptions import DatabaseError, InterfaceError

REMEMBERED: Final = 200
"""How many statements a connection keeps prepared."""

PIPELINED: Final = 128
"""How many rows are sent before an answer is read: well below what fills both sockets."""

_PREPARABLE: Final = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_COPY_HEAD: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_END: Final = b"\xff\xff"
_COUNT = Struct("!h").pack
_LENGTH = Struct("!i").pack
_LONG = Struct("!iq").pack
_SHORT = Struct("!ii").pack


class WireConnection(Connection):  # type: ignore[misc]
    """A connection that begins nothing by itself; commits and rolls back when told.

    One thread at a time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.autocommit = True
        self._ready: OrderedDict[str, tuple[Any, ...]] = OrderedDict()
        self._unanswered: list[Context] = []

    def cursor(self) -> "WireCursor":
        return WireCursor(self)

    def commit(self) -> None:
        """Commit.

        Raises:
            InterfaceError: also when the transaction had failed: PostgreSQL answers a COMMIT of
                such a one with a rollback and no error, which would acknowledge what is lost.
        """
        if self._in_transaction:
            self._simple("COMMIT")

    def rollback(self) -> None:
        if self._in_transaction:
            self._simple("ROLLBACK")

    def close(self) -> None:
        """Let go of the server, which may be gone already."""
        with contextlib.suppress(InterfaceError, OSError, ValueError):
            super().close()

    def run(self, statement: str, values: Sequence[Any]) -> Context:
        """Run one statement with its values; of a COPY, the value is what `encode_rows` made."""
        if not values:
            return self._simple(statement, is_waiting=not statement.startswith("SAVEPOINT "))
        if statement.startswith("COPY "):
            return self._copy(statement, values[0])
        if _needs_no_answer(statement):
            return self.run_each(statement, [values])
        text = converted(statement)
        if not text.startswith(_PREPARABLE):
            return self.execute_unnamed(text, vals=values)
        name, columns, readers = self._prepared(text)
        parameters = make_params(self.py_types, values)
        return self.execute_named(name, parameters, columns, readers, text)

    def run_each(self, statement: str, rows: Iterable[Sequence[Any]]) -> Context:
        """Run one statement for each row of values; what it returns is not kept."""
        text = converted(statement)
        name, columns, readers = self._prepared(text)
        whole = Context(columns=columns, input_funcs=readers, statement=text)
        waiting = 0
        for row in rows:
            self.send_BIND(name, make_params(self.py_types, row))
            self.send_EXECUTE()
            waiting += 1
            if waiting == PIPELINED:
                self._answered(whole)
                waiting = 0
        if waiting:
            self._answered(whole, is_waiting=not _needs_no_answer(statement))
        return whole

    def handle_messages(self, context: Context) -> None:
        """Read what is unanswered and then this answer; the first error counts.

        A rollback takes back what failed before it, so only its own failure counts.
        """
        contexts, self._unanswered = [*self._unanswered, context], []
        for each in contexts:
            try:
                super().handle_messages(each)
            except OSError as error:  # the line broke: an error of the interface, always
                raise InterfaceError("network error") from error
            except DatabaseError:
                pass  # it is in the context; the rest of the answers is still to be read
            except InterfaceError:
                if each.error is None:
                    raise
        if str(context.statement).startswith("ROLLBACK"):
            contexts = [context]
        for each in contexts:
            if each.error is not None:
                raise each.error

    def _copy(self, statement: str, encoded: bytes) -> Context:
        name, _, _ = self._prepared(statement)
        context = Context(statement, stream=[encoded])
        self.send_BIND(name, ())
        self.send_EXECUTE()
        self._answered(context)
        return context

    def _simple(self, statement: str, *, is_waiting: bool = True) -> Context:
        if self._sock is None:
            raise InterfaceError("connection is closed")
        if is_waiting:
            return self.execute_simple(statement)
        context = Context(statement)
        self.send_QUERY(statement)
        self._unanswered.append(context)
        return context

    def _prepared(self, text: str) -> tuple[Any, ...]:
        known = self._ready.get(text)
        if known is not None:
            self._ready.move_to_end(text)
            return known
        if self._sock is None:
            raise InterfaceError("connection is closed")
        made: tuple[Any, ...] = self.prepare_statement(text, ())
        self._ready[text] = made
        if len(self._ready) > REMEMBERED:
            _, (oldest, *_) = self._ready.popitem(last=False)
            self.close_prepared_statement(oldest)
        return made

    def _answered(self, context: Context, *, is_waiting: bool = True) -> None:
        """Let the server answer what was sent, now or with what comes next."""
        try:
            self._sock.write(SYNC_MSG)
            if is_waiting:
                self._sock.flush()
        except OSError as error:
            raise InterfaceError("network error") from error
        if is_waiting:
            self.handle_messages(context)
        else:
            self._unanswered.append(context)


class WireCursor(Cursor):  # type: ignore[misc]
    """What SQLAlchemy runs its statements through."""

    def execute(self, operation: str, args: Sequence[Any] = (), stream: Any = None) -> None:
        del stream
        self._keep(self._c.run(operation, args))

    def executemany(self, operation: str, param_sets: Iterable[Sequence[Any]]) -> None:
        self._keep(self._c.run_each(operation, param_sets))

    def _keep(self, context: Context) -> None:
        self._context = context
        self._row_iter = None if context.rows is None else iter(context.rows)


def _needs_no_answer(statement: str) -> bool:
    return statement.startswith("INSERT") and " RETURNING " not in statement


@lru_cache(maxsize=4096)
def converted(statement: str) -> str:
    """Return a statement with `$1` in place of each `%s`."""
    text, _ = convert_paramstyle("format", statement, ())
    return str(text)


def encode_rows(kinds: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows in the binary form of COPY.

    Args:
        kinds: of each column: `long` (8 bytes), `short` (4), `text`, `bytes` or `flag`.
    """
    encoders = [_ENCODERS[kind] for kind in kinds]
    head = _COUNT(len(encoders))
    parts = [_COPY_HEAD]
    for row in rows:
        parts.append(head)
        parts += [
            b"\xff\xff\xff\xff" if value is None else encode(value)
            for encode, value in zip(encoders, row, strict=True)
        ]
    parts.append(_COPY_END)
    return b"".join(parts)


def _bytes(value: bytes) -> bytes:
    return _LENGTH(len(value)) + value


def _text(value: str) -> bytes:
    return _bytes(value.encode())


def _long(value: int) -> bytes:
    return _LONG(8, value)


def _short(value: int) -> bytes:
    return _SHORT(4, value)


def _flag(value: bool) -> bytes:
    return b"\x00\x00\x00\x01\x01" if value else b"\x00\x00\x00\x01\x00"


_ENCODERS: Final[dict[str, Callable[[Any], bytes]]] = {
    "long": _long,
    "short": _short,
    "text": _text,
    "bytes": _bytes,
    "flag": _flag,
}

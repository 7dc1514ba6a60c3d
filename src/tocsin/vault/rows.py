"""Small tools of every table: fast inserts, chunks, times as integers, commitments."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Dialect,
    Integer,
    LargeBinary,
    Table,
    Text,
    insert,
)

from tocsin.foundation import (
    BadInputError,
    Entropy,
    JsonObject,
    StorageError,
    UsageError,
    parse_time,
)
from tocsin.trust import NONCE_BYTES

COPIED: Final = 4
"""More rows than this go to PostgreSQL as one COPY."""

_COPY_KINDS: Final = (  # a BigInteger is an Integer too: the first that fits
    (BigInteger, "long"),
    (Integer, "short"),
    (Boolean, "flag"),
    (LargeBinary, "bytes"),
    (Text, "text"),
)

CHUNK: Final = 500
"""How many values one `IN (…)` names; well below SQLite's limit of parameters."""

DAMAGED_HINT: Final = "see which entry with `tocsin ledger verify`, then restore a backup"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

T = TypeVar("T")


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time of `to_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


def version_micros(version: str) -> int:
    """Return a STIX version as a time that sorts; 0 where there is none or it is no time.

    As texts, versions with three and with six decimals do not sort by time.
    """
    try:
        return to_micros(parse_time(version, field="version")) if version else 0
    except BadInputError:
        return 0


def commitment(nonce: bytes, body: bytes) -> bytes:
    """Return SHA-256(nonce ‖ body): what the log says of a body without saying the body."""
    return hashlib.sha256(nonce + body).digest()


def nonces(entropy: Entropy, count: int) -> list[bytes]:
    """Return `count` nonces from one draw."""
    drawn = entropy.take(NONCE_BYTES * count)
    return [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Yield `values` in lists of at most `size`."""
    source = iter(values)
    while chunk := list(islice(source, size)):
        yield chunk


def read_object(body: bytes, name: str) -> JsonObject:
    """Return the JSON object that this vault once wrote as canonical bytes.

    Strictness was the way in's business; here only damage can be found.

    Raises:
        StorageError: when the stored bytes are damaged.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise StorageError(f"{name}: the stored bytes are damaged", hint=DAMAGED_HINT)
    return value


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert tuples whose values stand in the order of `columns`, at the driver's speed.

    The statement is Core's, compiled once for the dialect; only the values skip SQLAlchemy's
    type processing, which ours (integers, text, bytes, booleans) do not need.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql" and len(rows) > COPIED:
        _copy(connection, table, tuple(columns), rows)
        return
    statement, order = _compiled(table, tuple(columns), connection.dialect)
    if order is None:
        connection.exec_driver_sql(
            statement, [dict(zip(columns, row, strict=True)) for row in rows]
        )
    elif order != tuple(columns):
        raise UsageError(f"{table.name}: name the columns in the table's order, {order}")
    else:
        connection.exec_driver_sql(statement, rows[0] if len(rows) == 1 else list(rows))


@lru_cache(maxsize=256)
def _compiled(
    table: Table, columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...] | None]:
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))
    order = getattr(compiled, "positiontup", None)
    return str(compiled), None if order is None else tuple(order)


def _copy(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    from tocsin.vault.pgwire import encode_rows  # noqa: PLC0415 - its driver is an optional extra

    statement, kinds = _copying(table, columns, connection.dialect)
    connection.exec_driver_sql(statement, (encode_rows(kinds, rows),))


@lru_cache(maxsize=256)
def _copying(
    table: Table, columns: tuple[str, ...], dialect: Dialect
) -> tuple[str, tuple[str, ...]]:
    quote = dialect.identifier_preparer.quote
    named = ", ".join(quote(name) for name in columns)
    kinds = tuple(
        next(kind for type_, kind in _COPY_KINDS if isinstance(table.c[name].type, type_))
        for name in columns
    )
    return f"COPY {quote(table.name)} ({named}) FROM STDIN (FORMAT binary)", kinds

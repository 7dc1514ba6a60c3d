"""Parquet by the names of its columns, a batch at a time: the way for what is large."""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tocsin.activity import POSTS
from tocsin.foundation import BadInputError
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.plain import columns_of
from tocsin.intake.activity.values import moment, number
from tocsin.intake.mapping import fold
from tocsin.intake.reader import Head

_ROWS: Final = 131_072
_MARK: Final = b"PAR1"
_DAY_S: Final = 86_400
_EARLIEST: Final = -62_135_596_800  # the year 1, the first that calendars here can write
_FIRST_MILLIS: Final = 1e11  # 1973 in milliseconds; as seconds it would be the year 5138


class ParquetReader:
    """Columns of our schema, or any that the aliases of tables name."""

    name = "parquet"
    says = "Parquet with the dataset's columns or names of tables; a record is a row"

    def recognises(self, head: Head) -> float:
        """The file's mark."""
        return 1.0 if head.data.startswith(_MARK) else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Not by rows: see `tables`."""
        raise NotImplementedError

    def tables(self, stream: BinaryIO, notes: Notes) -> Iterator[tuple[pa.Table, int]]:
        """Yield rows with columns of the schema, and how many rows they come from.

        Raises:
            BadInputError: for a file that cannot be read or has no column for the account.
        """
        try:
            file = pq.ParquetFile(stream)
            columns = _columns(file.schema_arrow, notes)
            for at, batch in enumerate(file.iter_batches(_ROWS, columns=list(columns.values()))):
                notes.place = f"batch {at + 1}"
                table = pa.Table.from_batches([batch])
                yield _posts(table, columns, notes), table.num_rows
        except pa.ArrowException as error:
            raise BadInputError(
                f"cannot be read as Parquet: {str(error).splitlines()[0]}", hint="write it anew"
            ) from error

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        held = io.BytesIO()
        rows = {
            "account": pa.array([9007199254740993, None], pa.int64()),
            "ts": pa.array([1_500_000_000_000_000, None], pa.timestamp("us")),
            "url": ["https://news.example/a", None],
            "is_retweet": [True, False],
        }
        pq.write_table(pa.table(rows), held)
        told = {
            "account": "9007199254740993",
            "time": 1_500_000_000,
            "urls": ("https://news.example/a",),
            "kind": "repost",
        }
        return (ActivityExample(held.getvalue(), (told,), ("no-account",)),)


def _columns(schema: pa.Schema, notes: Notes) -> dict[str, str]:
    by_fold = {fold(name): name for name in schema.names}
    found = {
        field: by_fold[name] for field, name in columns_of(tuple(by_fold), notes.columns).items()
    }
    if "account" not in found:
        raise BadInputError("no column says whose a row is", hint="give --column account=HEADER")
    if "kind" not in found and "is retweet" in by_fold:
        found["kind"] = by_fold["is retweet"]
    return found


def _posts(table: pa.Table, columns: Mapping[str, str], notes: Notes) -> pa.Table:
    made = {field: _cast(table[name], field, notes) for field, name in columns.items()}
    posts = pa.table(made)
    is_named = pc.and_(pc.is_valid(posts["account"]), pc.not_equal(posts["account"], ""))
    lost = posts.num_rows - (pc.sum(is_named).as_py() or 0)
    if lost:
        notes.tally.flag("no-account", notes.place, count=lost, lost=lost)
    return posts.filter(is_named)


def _cast(column: pa.ChunkedArray, field: str, notes: Notes) -> pa.ChunkedArray:
    """Return a column in the type that the schema has for its field."""
    wanted = POSTS.field(field).type
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if field in ("time", "account_created", "repost_of_time"):
        return _times(column, notes, field)
    if field == "kind" and pa.types.is_boolean(kind):
        return pc.if_else(column, "repost", None).cast(wanted)
    if wanted == pa.string() and pa.types.is_floating(kind):
        return _from_floats(column, notes, field)
    if pa.types.is_list(wanted) and not _is_list(kind):
        return _single(column.cast(pa.string()))
    if wanted == pa.int64() and not pa.types.is_integer(kind):
        return _by_value(column, wanted, number)
    return column.cast(wanted)


def _times(column: pa.ChunkedArray, notes: Notes, field: str) -> pa.ChunkedArray:
    """Return Unix seconds; what is no time is null and noted, as `moment` does it."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        moments = column.cast(pa.timestamp(getattr(kind, "unit", "s"), getattr(kind, "tz", None)))
        whole = pc.floor_temporal(moments, unit="second").cast(pa.timestamp("s"))
        seconds = whole.cast(pa.int64()).cast(pa.float64(), safe=False)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        seconds = _scaled(column.cast(pa.float64(), safe=False))
    else:
        return _by_value(column, pa.int64(), lambda value: moment(value, notes, field))
    is_late = pc.fill_null(pc.greater(seconds, notes.now + _DAY_S), fill_value=False)
    is_sound = pc.and_(pc.greater_equal(seconds, _EARLIEST), pc.invert(is_late))
    missing = column.null_count
    kept = pc.if_else(pc.fill_null(is_sound, fill_value=False), seconds, None)
    late = _count(is_late)
    _tell(notes, "no-time", missing, field)
    _tell(notes, "future-time", late, field)
    _tell(notes, "unreadable-time", kept.null_count - missing - late, field)
    return kept.cast(pa.int64())


def _scaled(figures: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return seconds from whichever unit makes a date, as figures in tables are read."""
    for unit in (1_000.0, 1_000_000.0, 1_000_000_000.0):
        is_larger = pc.and_(
            pc.greater_equal(figures, _FIRST_MILLIS * unit / 1_000),
            pc.less(figures, _FIRST_MILLIS * unit),
        )
        figures = pc.if_else(is_larger, pc.divide(figures, unit), figures)
    return pc.floor(figures)


def _by_value(
    column: pa.ChunkedArray, kind: pa.DataType, read: Callable[[object], object]
) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([read(each) for each in column.to_pylist()], kind)])


def _count(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _tell(notes: Notes, kind: str, count: int, field: str) -> None:
    if count:
        notes.tally.flag(kind, f"{notes.place} {field}", count=count)


def _from_floats(column: pa.ChunkedArray, notes: Notes, field: str) -> pa.ChunkedArray:
    """Identifiers that were kept as floats: past 2^53 they are another one's."""
    is_rounded = pc.fill_null(pc.greater_equal(pc.abs(column), 2.0**53), fill_value=False)
    _tell(notes, "rounded-id", _count(is_rounded), field)
    column = pc.if_else(is_rounded, pa.scalar(None, column.type), column)
    column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    return column.cast(pa.int64(), safe=False).cast(pa.string())


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _single(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each value as a list of one, null as an empty list."""
    is_there = pc.fill_null(pc.not_equal(column, ""), fill_value=False)
    values = pa.concat_arrays(column.filter(is_there).chunks or [pa.array([], pa.string())])
    counts = is_there.to_numpy().cumsum()
    offsets = pa.array(np.concatenate(([0], counts)), pa.int32())
    return pa.chunked_array([pa.ListArray.from_arrays(offsets, values)])


READERS: Final = (ParquetReader(),)

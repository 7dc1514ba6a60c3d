"""Parquet by the names of its columns, a batch at a time: the way for what is large."""

import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tocsin.activity import POSTS
from tocsin.foundation import BadInputError
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.plain import columns_of
from tocsin.intake.mapping import fold
from tocsin.intake.reader import Head

_ROWS: Final = 131_072
_MARK: Final = b"PAR1"
_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


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
        return _times(column, notes)
    if field == "kind" and pa.types.is_boolean(kind):
        return pc.if_else(column, "repost", None).cast(wanted)
    if wanted == pa.string() and pa.types.is_floating(kind):
        return _from_floats(column, notes)
    if pa.types.is_list(wanted) and not _is_list(kind):
        return _single(column.cast(pa.string()))
    return column.cast(wanted)


def _times(column: pa.ChunkedArray, notes: Notes) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_timestamp(kind):
        seconds = pc.floor(
            pc.divide(column.cast(pa.int64()).cast(pa.float64()), _SECOND[kind.unit])
        )
        column = seconds.cast(pa.int64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        from tocsin.intake.activity.values import moment  # noqa: PLC0415

        return pa.chunked_array(
            [pa.array([moment(each, notes) for each in column.to_pylist()], pa.int64())]
        )
    column = column.cast(pa.int64(), safe=False)
    is_late = pc.fill_null(pc.greater(column, notes.now + 86_400), fill_value=False)
    late, missing = pc.sum(is_late).as_py() or 0, column.null_count
    if late:
        notes.tally.flag("future-time", notes.place, count=late)
        column = pc.if_else(is_late, pa.scalar(None, pa.int64()), column)
    if missing:
        notes.tally.flag("no-time", notes.place, count=missing)
    return column


def _from_floats(column: pa.ChunkedArray, notes: Notes) -> pa.ChunkedArray:
    """Identifiers that were kept as floats: past 2^53 they are another one's."""
    is_rounded = pc.fill_null(pc.greater_equal(pc.abs(column), 2.0**53), fill_value=False)
    rounded = pc.sum(is_rounded).as_py() or 0
    if rounded:
        notes.tally.flag("rounded-id", notes.place, count=rounded)
        column = pc.if_else(is_rounded, pa.scalar(None, column.type), column)
    return column.cast(pa.int64(), safe=False).cast(pa.string())


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _single(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each value as a list of one, null as an empty list."""
    return pa.chunked_array(
        [pa.array([[each] if each else [] for each in column.to_pylist()], pa.list_(pa.string()))]
    )


READERS: Final = (ParquetReader(),)

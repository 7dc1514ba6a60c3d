"""A trace from a CSV or Parquet file that already has its columns, under any usual name."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from attrs import evolve, frozen

from tocsin.detect.coordination.seconds import moved
from tocsin.detect.coordination.shares import Defect, Shares
from tocsin.detect.coordination.streaming import read_compactly
from tocsin.foundation import BadInputError

COLUMNS: Final = ("account", "object", "time", "content")

ALIASES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "account": ("account", "account_id", "id_account", "user_id"),
        "object": ("object", "object_id", "repost_id"),
        "time": ("time", "timestamp_share", "timestamp", "ts", "minute"),
        "content": ("content", "content_id", "message_id", "post_id"),
    }
)
"""Ours first, then CooRTweet's and coordination-network-toolkit's."""

_PARQUET: Final = b"PAR1"
_BYTE_ORDER_MARK: Final = "\u00ef\u00bb\u00bf"  # as Latin-1 shows it


@frozen(eq=False)
class ParquetFiles:
    """Parquet files whose columns have the same types; read when they are asked for.

    Attributes:
        files: and for each the header of every column of the trace.
    """

    files: tuple[tuple[Path, Mapping[str, str]], ...]

    def table(self) -> pa.Table:
        """Read the columns as they stand."""
        return pa.concat_tables(
            _named(pq.read_table(path, columns=list(headers.values())), headers)
            for path, headers in self.files
        )

    def compactly(self) -> pa.Table:
        """Read the columns a stretch at a time, identifiers as dictionaries."""
        read = []
        for path, headers in self.files:
            with _no_trace(path):
                read.append(read_compactly(path, headers))
        return _together(read)


@frozen(eq=False)
class Trace:
    """What files gave.

    Attributes:
        broken: rows of CSV files that have more or fewer cells than their header; left out.
        recoded: files that are not UTF-8 and were read as Latin-1.
    """

    _source: pa.Table | ParquetFiles
    broken: int
    recoded: int = 0

    @property
    def table(self) -> pa.Table:
        """Account, object, time and, where all files have it, content."""
        return self._source.table() if isinstance(self._source, ParquetFiles) else self._source

    def shares(self, *, first_only: bool) -> Shares:
        """Return the shares, the broken rows among their defects."""
        source = self._source
        if isinstance(source, ParquetFiles):
            return Shares.take([source.compactly()], first_only=first_only)
        found = Shares.from_table(source, first_only=first_only)
        said = (Defect("broken-row", self.broken, ()), Defect("wrong-encoding", self.recoded, ()))
        defects = (*(each for each in said if each.count), *found.defects)
        return evolve(found, rows=found.rows + self.broken, defects=defects)


def read_traces(
    paths: Sequence[Path],
    columns: Mapping[str, str] | None = None,
    moved_by: Mapping[Path, int] | None = None,
) -> Trace:
    """Read several files of one kind as one trace.

    Args:
        columns: header of the file for `account`, `object`, `time` or `content`, where it has
            an unusual one.
        moved_by: seconds to add to the times of files whose clock is off, see `clocks`.

    Raises:
        BadInputError: when a file cannot be read, or lacks a column.
    """
    later = None if moved_by else _parquet_files(paths, columns or {})
    if later is not None:
        return Trace(later, 0)
    read = [read_trace(path, columns) for path in paths]
    tables = [
        _moved(each.table, (moved_by or {}).get(path, 0))
        for path, each in zip(paths, read, strict=True)
    ]
    shared = [name for name in COLUMNS if all(name in each.column_names for each in tables)]
    table = _together([each.select(shared) for each in tables])
    return Trace(table, sum(each.broken for each in read), sum(each.recoded for each in read))


def _moved(table: pa.Table, by_s: int) -> pa.Table:
    if by_s == 0:
        return table
    place = table.column_names.index("time")
    return table.set_column(place, "time", moved(table["time"], by_s))


def _parquet_files(paths: Sequence[Path], columns: Mapping[str, str]) -> ParquetFiles | None:
    """Return the files where all of them are Parquet, with the same columns of the same types."""
    found, kinds = [], set()
    for path in paths:
        with _no_trace(path):
            if not _is_parquet(path):
                return None
            schema = pq.read_schema(path)
            headers = _headers(schema.names, columns, str(path))
        kinds.add(tuple((name, str(schema.field(header).type)) for name, header in headers.items()))
        found.append((path, headers))
    return ParquetFiles(tuple(found)) if len(kinds) == 1 else None


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise BadInputError(
            f"the files do not go together: {error}", hint="give files of one kind, or one by one"
        ) from error


def is_wider(path: Path, columns: Mapping[str, str] | None = None) -> bool:
    """Tell whether a file has further columns: one post may then stand in several rows."""
    names = _names(path)
    return len(names) > len(_headers(names, columns or {}, str(path)))


def read_trace(path: Path, columns: Mapping[str, str] | None = None) -> Trace:
    """Read one file; see `read_traces`."""
    with _no_trace(path):
        headers = _headers(_names(path), columns or {}, str(path))
        if _is_parquet(path):
            return Trace(ParquetFiles(((path, headers),)), 0)
        read = _read_csv(path, headers)
        return Trace(_named(read.table, headers), read.broken, read.recoded)


def _named(table: pa.Table, headers: Mapping[str, str]) -> pa.Table:
    return table.select(list(headers.values())).rename_columns(list(headers))


@contextmanager
def _no_trace(path: Path) -> Iterator[None]:
    """Say which file it was that Arrow could not read."""
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(
            f"{path}: no trace: {why}",
            hint="give CSV with a header, or Parquet, with columns account, object and time",
        ) from error


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == _PARQUET


def _names(path: Path) -> list[str]:
    if _is_parquet(path):
        return list(pq.read_schema(path).names)
    whole = pacsv.ReadOptions(encoding="latin-1")  # never fails; our headers are ASCII
    parse = pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip")
    with pacsv.open_csv(path, read_options=whole, parse_options=parse) as reader:
        return [name.removeprefix(_BYTE_ORDER_MARK) for name in reader.schema.names]


def _headers(names: Sequence[str], chosen: Mapping[str, str], path: str) -> dict[str, str]:
    """Return which header stands for each column of a trace."""
    found: dict[str, str] = {}
    for column, aliases in ALIASES.items():
        wanted = (chosen[column],) if column in chosen else aliases
        header = next((each for each in wanted if each in names), None)
        if header is not None:
            found[column] = header
        elif column != "content" or column in chosen:
            raise BadInputError(
                f"{path}: no column {' or '.join(repr(each) for each in wanted)}",
                hint=f"say which one it is: --column {column}=HEADER",
            )
    return found


def _read_csv(path: Path, headers: Mapping[str, str]) -> Trace:
    # Everything as text: as numbers, long identifiers would lose digits or a leading zero, and
    # one odd time would make the whole column something else.
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(headers.values(), pa.string()),
        include_columns=list(headers.values()),
        strings_can_be_null=True,
        null_values=["", "NA", "NaN", "null", "NULL"],
    )
    try:
        return _parsed(path, convert, "utf8")
    except pa.ArrowInvalid as error:
        if "UTF8" not in str(error):
            raise
    return _parsed(path, convert, "latin-1", recoded=1)  # which every byte is


def _parsed(path: Path, convert: pacsv.ConvertOptions, encoding: str, *, recoded: int = 0) -> Trace:
    broken = 0

    def leave_out(_: pacsv.InvalidRow) -> str:
        nonlocal broken
        broken += 1
        return "skip"

    table = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(encoding=encoding),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=leave_out),
        convert_options=convert,
    )
    return Trace(table, broken, recoded)

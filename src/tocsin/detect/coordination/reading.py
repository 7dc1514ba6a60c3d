"""A trace from a CSV or Parquet file that already has its columns, under any usual name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from attrs import evolve, frozen

from tocsin.detect.coordination.shares import Defect, Shares
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
class Trace:
    """What files gave.

    Attributes:
        table: account, object, time and, where all files have it, content.
        broken: rows of CSV files that have more or fewer cells than their header; left out.
        recoded: files that are not UTF-8 and were read as Latin-1.
    """

    table: pa.Table
    broken: int
    recoded: int = 0

    def shares(self, *, first_only: bool) -> Shares:
        """Return the shares, the broken rows among their defects."""
        found = Shares.from_table(self.table, first_only=first_only)
        said = (Defect("broken-row", self.broken, ()), Defect("wrong-encoding", self.recoded, ()))
        defects = (*(each for each in said if each.count), *found.defects)
        return evolve(found, rows=found.rows + self.broken, defects=defects)


def read_traces(paths: Sequence[Path], columns: Mapping[str, str] | None = None) -> Trace:
    """Read several files of one kind as one trace.

    Args:
        columns: header of the file for `account`, `object`, `time` or `content`, where it has
            an unusual one.

    Raises:
        BadInputError: when a file cannot be read, or lacks a column.
    """
    read = [read_trace(path, columns) for path in paths]
    shared = [name for name in COLUMNS if all(name in each.table.column_names for each in read)]
    try:
        table = pa.concat_tables(
            [each.table.select(shared) for each in read], promote_options="permissive"
        )
    except pa.ArrowException as error:
        raise BadInputError(
            f"the files do not go together: {error}", hint="give files of one kind, or one by one"
        ) from error
    return Trace(table, sum(each.broken for each in read), sum(each.recoded for each in read))


def is_wider(path: Path, columns: Mapping[str, str] | None = None) -> bool:
    """Tell whether a file has further columns: one post may then stand in several rows."""
    names = _names(path)
    return len(names) > len(_headers(names, columns or {}, str(path)))


def read_trace(path: Path, columns: Mapping[str, str] | None = None) -> Trace:
    """Read one file; see `read_traces`."""
    try:
        headers = _headers(_names(path), columns or {}, str(path))
        if _is_parquet(path):
            read = Trace(pq.read_table(path, columns=list(headers.values())), 0)
        else:
            read = _read_csv(path, headers)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(
            f"{path}: no trace: {why}",
            hint="give CSV with a header, or Parquet, with columns account, object and time",
        ) from error
    table = read.table.select(list(headers.values())).rename_columns(list(headers))
    return Trace(table, read.broken, read.recoded)


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

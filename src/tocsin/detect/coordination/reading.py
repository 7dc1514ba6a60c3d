"""A trace from a CSV or Parquet file that already has its columns, under any usual name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

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


def read_traces(paths: Sequence[Path], columns: Mapping[str, str] | None = None) -> pa.Table:
    """Read several files of one kind as one trace.

    Args:
        columns: header of the file for `account`, `object`, `time` or `content`, where it has
            an unusual one.

    Raises:
        BadInputError: when a file cannot be read, or lacks a column.
    """
    tables = [read_trace(path, columns) for path in paths]
    shared = [name for name in COLUMNS if all(name in each.column_names for each in tables)]
    try:
        return pa.concat_tables(
            [each.select(shared) for each in tables], promote_options="permissive"
        )
    except pa.ArrowException as error:
        raise BadInputError(
            f"the files do not go together: {error}", hint="give files of one kind, or one by one"
        ) from error


def is_wider(path: Path, columns: Mapping[str, str] | None = None) -> bool:
    """Tell whether a file has further columns: one post may then stand in several rows."""
    names = _names(path)
    return len(names) > len(_headers(names, columns or {}, str(path)))


def read_trace(path: Path, columns: Mapping[str, str] | None = None) -> pa.Table:
    """Read one file; see `read_traces`."""
    try:
        headers = _headers(_names(path), columns or {}, str(path))
        if _is_parquet(path):
            table = pq.read_table(path, columns=list(headers.values()))
        else:
            table = _read_csv(path, headers)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(
            f"{path}: no trace: {why}",
            hint="give CSV with a header, or Parquet, with columns account, object and time",
        ) from error
    return table.select(list(headers.values())).rename_columns(list(headers))


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == _PARQUET


def _names(path: Path) -> list[str]:
    if _is_parquet(path):
        return list(pq.read_schema(path).names)
    with pacsv.open_csv(path, parse_options=_PARSE) as reader:
        return list(reader.schema.names)


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


_PARSE: Final = pacsv.ParseOptions(newlines_in_values=True)


def _read_csv(path: Path, headers: Mapping[str, str]) -> pa.Table:
    # Identifiers are text: as numbers, long ones would lose digits or a leading zero.
    types = {header: pa.string() for name, header in headers.items() if name != "time"}
    convert = pacsv.ConvertOptions(
        column_types=types,
        include_columns=list(headers.values()),
        strings_can_be_null=True,
        null_values=["", "NA", "NaN", "null", "NULL"],
    )
    return pacsv.read_csv(path, parse_options=_PARSE, convert_options=convert)

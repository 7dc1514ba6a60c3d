"""Parquet read a stretch at a time into numbers, so that a trace needs 16 bytes a row.

Whole numbers in a narrow range become 32 bits at once, and text its dictionary; the file's own
statistics say beforehand what fits. What they do not say is read as it stands.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.workers import at_once, pieces_of

_AT_ONCE: Final = 1 << 18
_LEAST_RANGE: Final = 1 << 16
_LARGEST: Final = 2**63 - 1  # that 64 bits with a sign hold


@frozen(eq=False)
class _Column:
    """How one column is read.

    Attributes:
        values: room for all rows where the column is whole numbers or times without a gap.
        least: what is taken from each number; None where they are kept.
        chunks: the others, one list a row group.
    """

    header: str
    kind: pa.DataType
    values: NDArray[Any] | None
    least: int | None
    most: int
    chunks: list[list[pa.Array]]

    def array(self) -> pa.Array | pa.ChunkedArray:
        if self.values is None:
            flat = [each for group in self.chunks for each in group]
            return pa.chunked_array(flat, None if flat else self.kind)
        whole = pa.array(self.values)
        if self.least is None:
            return whole.view(self.kind)
        labels = pa.array(np.arange(self.least, self.most + 1)).cast(self.kind)
        return pa.DictionaryArray.from_arrays(whole, labels, safe=False)


def read_compactly(path: Path, headers: Mapping[str, str]) -> pa.Table:
    """Return the columns `headers` names, under its keys; identifiers as dictionaries.

    Raises:
        pa.ArrowException: when the file cannot be read.
    """
    with pq.ParquetFile(path) as opened:
        meta, schema = opened.metadata, opened.schema_arrow
    text = [
        header
        for name, header in headers.items()
        if name != "time" and _is_text(schema.field(header).type)
    ]
    columns = {
        name: _planned(name, header, schema.field(header).type, meta)
        for name, header in headers.items()
    }
    starts = np.cumsum([0, *(meta.row_group(g).num_rows for g in range(meta.num_row_groups))])
    hands = min(pieces_of(meta.num_rows), max(meta.num_row_groups, 1))

    def read(hand: int) -> None:
        with pq.ParquetFile(path, read_dictionary=text) as mine:
            for group in range(hand, meta.num_row_groups, hands):
                _read_group(mine, group, int(starts[group]), list(columns.values()))

    at_once(read, [(hand,) for hand in range(hands)])
    return pa.table({name: column.array() for name, column in columns.items()})


def _read_group(opened: pq.ParquetFile, group: int, row: int, columns: list[_Column]) -> None:
    wanted = [each.header for each in columns]
    for batch in opened.iter_batches(
        _AT_ONCE, row_groups=[group], columns=wanted, use_threads=False
    ):
        for column in columns:
            part = batch.column(column.header)
            if column.values is None:
                column.chunks[group].append(part)
                continue
            numbers = part.view(pa.int64()) if pa.types.is_timestamp(part.type) else part
            place = column.values[row : row + len(part)]
            least = 0 if column.least is None else column.least
            np.subtract(numbers.to_numpy(), least, out=place, dtype=np.int64, casting="unsafe")
        row += len(batch)


def _planned(name: str, header: str, kind: pa.DataType, meta: pq.FileMetaData) -> _Column:
    values: NDArray[Any] | None = None
    least: int | None = None
    most = 0
    said = _statistics(header, meta)
    if name == "time":
        if said and (kind == pa.int64() or pa.types.is_timestamp(kind)):
            values = np.empty(meta.num_rows, np.int64)
    elif said and pa.types.is_integer(kind) and all(each.has_min_max for each in said):
        low, high = min(each.min for each in said), max(each.max for each in said)
        if high - low < _narrow(meta.num_rows) and high < _LARGEST:
            values, least, most = np.empty(meta.num_rows, np.int32), low, high
    return _Column(header, kind, values, least, most, [[] for _ in range(meta.num_row_groups)])


def _statistics(header: str, meta: pq.FileMetaData) -> list[Any]:
    """Return what each row group says of a column; nothing where one may have a gap."""
    if header not in meta.schema.names:
        return []
    place = meta.schema.names.index(header)
    said = [meta.row_group(g).column(place).statistics for g in range(meta.num_row_groups)]
    if any(each is None or not each.has_null_count or each.null_count for each in said):
        return []
    return said


def _narrow(rows: int) -> int:
    return max(rows, _LEAST_RANGE)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind))

"""Rows into Parquet files by network and month, in one pass and bounded memory.

DuckDB's own partitioned writing and sorting hold more than their limit once texts are long
(measured: 320 MB of rows, out of memory at 256 MB), so rows are parted here, batch by batch.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import define, field
from numpy.typing import NDArray

from tocsin.foundation import Closing

UNKNOWN: Final = "unknown"
_NO_NAME: Final = re.compile(r"[^a-z0-9.-]+")
_LONGEST_NAME: Final = 80
_CALENDAR: Final = 2**36  # seconds for which a calendar has names
_NO_TIME: Final = -(2**62)
_BUFFER_BYTES: Final = 64 * 2**20
_MOST_OPEN: Final = 64  # of the files that a process may have open
_GROUP_ROWS: Final = 122_880  # as many as DuckDB reads at once


def network_of(platform: str | None) -> str:
    """Return the folder's name for a platform."""
    name = _NO_NAME.sub("_", platform.lower())[:_LONGEST_NAME] if platform else ""
    return name.strip(".") or UNKNOWN


def month_of(time: int | None) -> str:
    """Return the folder's name for a moment in Unix seconds, such as `2024-05`."""
    if time is None or abs(time) >= _CALENDAR:
        return UNKNOWN
    return str(np.datetime64(time, "s").astype("datetime64[M]"))


@define
class _Waiting:
    """Rows of one partition that are not written yet."""

    tables: list[pa.Table] = field(factory=list)
    size: int = 0


class Partitions(Closing):
    """Parquet files below a folder; use it as a context manager.

    A file holds rows of one network and month; each of its row groups is in order of time. More
    than one file a partition comes of many networks only.

    Args:
        folder: it need not be there.
        prefix: of the files' names.
        time: the column that months are told by.
    """

    def __init__(self, folder: Path, schema: pa.Schema, *, prefix: str, time: str) -> None:
        self._folder = folder
        self._schema = schema
        self._prefix = prefix
        self._time = time
        self._waiting: dict[str, _Waiting] = {}
        self._open: dict[str, pq.ParquetWriter] = {}
        self._files: list[Path] = []
        self._held = 0

    def add(self, rows: pa.Table) -> None:
        """Take rows; some may be written."""
        for name, part in _parted(rows, self._time):
            waiting = self._waiting.setdefault(name, _Waiting())
            waiting.tables.append(part)
            waiting.size += part.nbytes
            self._held += part.nbytes
        while self._held > _BUFFER_BYTES:
            self._write(max(self._waiting, key=lambda name: (self._waiting[name].size, name)))

    def finish(self) -> tuple[Path, ...]:
        """Write what waits; return all files."""
        for name in sorted(self._waiting):
            self._write(name)
        self.close()
        return tuple(sorted(self._files))

    def close(self) -> None:
        """Close the files."""
        for writer in self._open.values():
            writer.close()
        self._open.clear()

    def _write(self, name: str) -> None:
        waiting = self._waiting.pop(name)
        self._held -= waiting.size
        rows = pa.concat_tables(waiting.tables)
        self._writer(name).write_table(
            rows.sort_by(self._time).combine_chunks(), row_group_size=_GROUP_ROWS
        )

    def _writer(self, name: str) -> pq.ParquetWriter:
        writer = self._open.pop(name, None)
        if writer is None:
            if len(self._open) >= _MOST_OPEN:
                self._open.pop(next(iter(self._open))).close()
            path = self._folder / name / f"{self._prefix}-{len(self._files)}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            writer = pq.ParquetWriter(path, self._schema, compression="zstd")
            self._files.append(path)
        self._open[name] = writer  # at the end: the first is the one that was used longest ago
        return writer


def _parted(rows: pa.Table, time: str) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each network and month with the folder's name."""
    platforms = rows["platform"].combine_chunks().dictionary_encode()
    networks = [network_of(each) for each in platforms.dictionary.to_pylist()] + [UNKNOWN]
    names = sorted(set(networks))
    place = np.array([names.index(each) for each in networks], np.int64)
    network = place[platforms.indices.fill_null(len(networks) - 1).to_numpy()]
    months = _months(rows[time].fill_null(_NO_TIME).to_numpy())
    codes = np.stack((network, months), axis=1)
    found, of_row = np.unique(codes, axis=0, return_inverse=True)
    of_row = of_row.reshape(-1)
    for at, (name, month) in enumerate(found.tolist()):
        said = UNKNOWN if month == _NO_TIME else str(np.datetime64(month, "M"))
        part = rows if len(found) == 1 else rows.filter(pa.array(of_row == at))
        yield f"network={names[name]}/month={said}", part


def _months(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return months since 1970, `_NO_TIME` for what no calendar has."""
    known = np.abs(times) < _CALENDAR
    months = np.where(known, times, 0).astype("datetime64[s]").astype("datetime64[M]")
    return np.where(known, months.astype(np.int64), _NO_TIME)

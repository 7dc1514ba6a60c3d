"""Files that are exports of their own: whether their clocks agree."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.detect.coordination.clocks import Shift, find_shifts
from tocsin.detect.coordination.reading import read_trace
from tocsin.detect.coordination.seconds import seconds_of

MOST_FILES: Final = 16
MOST_BYTES: Final = 2**31
"""More than that are parts of one export; and they would all be read twice."""


def shifts_of(paths: Sequence[Path], columns: Mapping[str, str]) -> tuple[Shift, ...]:
    """Return the clocks of files that are off, by the files' places; none where it is not asked.

    Raises:
        BadInputError: when a file is no trace.
    """
    if not 2 <= len(paths) <= MOST_FILES:
        return ()
    if sum(path.stat().st_size for path in paths if path.exists()) > MOST_BYTES:
        return ()
    tables = [read_trace(path, columns).table for path in paths]
    source = np.repeat(np.arange(len(tables), dtype=np.int32), [len(each) for each in tables])
    times = [seconds_of(each["time"]) for each in tables]
    good = np.concatenate([~(each.missing | each.unreadable | each.outside) for each in times])
    obj, acc = (_numbers([each[name] for each in tables]) for name in ("object", "account"))
    used = good & (obj >= 0) & (acc >= 0)
    ts = np.concatenate([each.seconds for each in times])
    return find_shifts(obj[used], acc[used], ts[used], source[used], len(tables))


def _numbers(columns: Sequence[pa.ChunkedArray]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Number equal labels alike; -1 where there is none."""
    chunks = [chunk for each in columns for chunk in each.cast(pa.string()).chunks]
    numbers = pa.chunked_array(chunks, pa.string()).dictionary_encode().combine_chunks()
    if isinstance(numbers, pa.ChunkedArray):  # of no rows
        return np.empty(0, np.int32)
    found: np.ndarray[tuple[int], np.dtype[np.int32]] = (
        numbers.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    )
    return found

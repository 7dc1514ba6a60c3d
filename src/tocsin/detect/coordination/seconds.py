"""Times of a trace as whole Unix seconds."""

from typing import Final

import numpy as np
import pyarrow as pa
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int64s
from tocsin.foundation import BadInputError

LATEST: Final = 2**53  # either side of 1970: differences stay far inside 64 bits

_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@frozen(eq=False)
class Seconds:
    """Unix seconds, 0 where a row has none, and which rows are amiss.

    Attributes:
        cut: a fraction of a second was dropped, towards the past; the time is used.
    """

    seconds: Int64s
    missing: Flags
    outside: Flags
    cut: Flags


def seconds_of(column: pa.ChunkedArray) -> Seconds:
    """Read Unix seconds or timestamps; a timestamp without a zone is taken as UTC.

    Raises:
        BadInputError: when the column is no time.
    """
    kind = column.type
    missing = column.is_null().to_numpy()
    if pa.types.is_floating(kind):
        return _from_decimals(column)
    if pa.types.is_null(kind):
        nothing = np.zeros(len(column), np.bool_)
        return Seconds(np.zeros(len(column), np.int64), missing, nothing, nothing)
    if pa.types.is_timestamp(kind):
        fine = column.cast(pa.int64()).fill_null(0).to_numpy()
        raw = fine // _PER_SECOND[kind.unit]
        cut = raw * _PER_SECOND[kind.unit] != fine
    elif pa.types.is_integer(kind):
        raw = column.fill_null(0).to_numpy()
        cut = np.zeros(len(column), np.bool_)
    else:
        raise BadInputError(
            f"column 'time' is {kind}, no time", hint="give Unix seconds or timestamps"
        )
    outside = (raw > LATEST) | (raw < -LATEST)
    return Seconds(np.where(outside, 0, raw).astype(np.int64), missing, outside, cut)


def _from_decimals(column: pa.ChunkedArray) -> Seconds:
    exact = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
    missing = np.isnan(exact)
    usable = np.abs(exact) <= LATEST
    seconds = np.floor(np.where(usable, exact, 0.0)).astype(np.int64)
    return Seconds(seconds, missing, ~usable & ~missing, usable & (seconds != exact))

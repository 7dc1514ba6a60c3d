"""Times of a trace as whole Unix seconds."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int64s
from tocsin.foundation import BadInputError

LATEST: Final = 2**53  # either side of 1970: differences stay far inside 64 bits

_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NUMBER: Final = r"^[+-]?[0-9]{1,18}(\.[0-9]*)?$"
_MOMENT: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
_ZONE: Final = r"(Z|[+-][0-9]{2}:?[0-9]{2})$"


@frozen(eq=False)
class Seconds:
    """Unix seconds, 0 where a row has none, and which rows are amiss.

    Attributes:
        unreadable: text that is no time.
        cut: a fraction of a second was dropped, towards the past; the time is used.
    """

    seconds: Int64s
    missing: Flags
    unreadable: Flags
    outside: Flags
    cut: Flags


def seconds_of(column: pa.ChunkedArray) -> Seconds:
    """Read Unix seconds or timestamps, also as text; one without a zone is taken as UTC.

    Raises:
        BadInputError: when the column is no time.
    """
    kind = column.type
    nothing = np.zeros(len(column), np.bool_)
    missing = column.is_null().to_numpy() if column.null_count else nothing
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        missing = missing | np.asarray(pc.equal(column, "").fill_null(False))
        exact = decimals_of(column)
        found = _from_decimals(exact)
        unreadable = np.isnan(exact) & ~missing
        return Seconds(found.seconds, missing, unreadable, found.outside, found.cut)
    if pa.types.is_floating(kind):
        return _from_decimals(decimals_of(column))
    if pa.types.is_null(kind):
        return Seconds(np.zeros(len(column), np.int64), missing, nothing, nothing, nothing)
    if pa.types.is_timestamp(kind):
        fine = _without_gaps(column.cast(pa.int64()))
        raw = fine // _PER_SECOND[kind.unit]
        cut = raw * _PER_SECOND[kind.unit] != fine
    elif pa.types.is_integer(kind):
        raw, cut = _without_gaps(column), nothing
    else:
        raise _no_time(kind)
    if len(raw) == 0 or (raw.max() <= LATEST and raw.min() >= -LATEST):
        return Seconds(raw.astype(np.int64, copy=False), missing, nothing, nothing, cut)
    outside = (raw > LATEST) | (raw < -LATEST)
    return Seconds(np.where(outside, 0, raw).astype(np.int64), missing, nothing, outside, cut)


def moved(times: pa.ChunkedArray, by_s: int) -> pa.ChunkedArray:
    """Return a column of times with seconds added, of the same type; what is no time stays."""
    kind = times.type
    if pa.types.is_timestamp(kind):
        return pc.add(times, pa.scalar(by_s, pa.duration("s")).cast(pa.duration(kind.unit)))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        read = seconds_of(times)
        good = ~(read.missing | read.unreadable | read.outside)
        text = pa.array(read.seconds + by_s).cast(kind)
        return pa.chunked_array([pc.if_else(pa.array(good), text, times.combine_chunks())])
    if pa.types.is_unsigned_integer(kind):
        times = times.cast(pa.int64())
    return pc.add(times, by_s)


def _without_gaps(column: pa.ChunkedArray) -> NDArray[np.integer[Any]]:
    whole: NDArray[np.integer[Any]] = (
        column.fill_null(0) if column.null_count else column
    ).to_numpy()
    return whole


def decimals_of(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return seconds with their fractions, NaN where a row has no time that can be read.

    Raises:
        BadInputError: when the column is no time.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = _from_text(column)
    elif pa.types.is_timestamp(kind):
        column = pc.divide(
            _floats(column.cast(pa.timestamp("us"), safe=False).cast(pa.int64())), 1e6
        )
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise _no_time(kind)
    exact: NDArray[np.float64] = column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    return exact


def _from_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Read numbers and ISO 8601 moments; null for what is neither."""
    bare = pc.utf8_trim_whitespace(column)
    is_number = pc.match_substring_regex(bare, _NUMBER)
    numbers = pc.cast(pc.if_else(is_number, bare, None), pa.float64())
    if pc.all(is_number, min_count=0).as_py() is not False:
        return numbers
    has_zone = pc.match_substring_regex(bare, _MOMENT + _ZONE)
    has_none = pc.match_substring_regex(bare, _MOMENT + "$")
    moments = pc.coalesce(
        _moments(pc.if_else(has_zone, bare, None), pa.timestamp("us", "UTC")),
        _moments(pc.if_else(has_none, bare, None), pa.timestamp("us")),
    )
    return pc.coalesce(numbers, pc.divide(_floats(moments), 1e6))


def _floats(microseconds: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return microseconds as floats: past the year 2255 not exact, but for whole seconds."""
    return microseconds.cast(pa.float64(), safe=False)


def _moments(text: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return microseconds; a day that no month has is null."""
    short = pc.replace_substring_regex(text, r"(\.[0-9]{6})[0-9]+", r"\1")
    try:
        return pc.cast(short, kind).cast(pa.int64())
    except pa.ArrowInvalid:
        # One of them names no day: find out which, one by one.
        return pa.chunked_array([[_moment(each, kind) for each in short.to_pylist()]], pa.int64())


def _moment(text: str | None, kind: pa.DataType) -> int | None:
    try:
        moment: int | None = pc.cast(pa.scalar(text, pa.string()), kind).cast(pa.int64()).as_py()
    except pa.ArrowInvalid:
        return None
    return moment


def _from_decimals(exact: NDArray[np.float64]) -> Seconds:
    missing = np.isnan(exact)
    usable = np.abs(exact) <= LATEST
    seconds = np.floor(np.where(usable, exact, 0.0)).astype(np.int64)
    nothing = np.zeros(len(exact), np.bool_)
    return Seconds(seconds, missing, nothing, ~usable & ~missing, usable & (seconds != exact))


def _no_time(kind: pa.DataType) -> BadInputError:
    return BadInputError(
        f"column 'time' is {kind}, no time", hint="give Unix seconds or timestamps"
    )

"""Labels of accounts, objects and contents become dense numbers, and stay to be shown."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.foundation import BadInputError

MISSING: Final = -1

# Whole numbers in a narrow range need no hashing: a table of that range is smaller than theirs.
_NARROW: Final = 4


@frozen(eq=False)
class Encoded:
    """A column as numbers.

    Attributes:
        ids: one a row, `MISSING` where the row has no label; ascending as the labels do.
        labels: distinct, ascending, as the column had them (text or whole numbers). Some may
            stand in no row.
    """

    ids: Int32s
    labels: pa.Array


def encode(column: pa.ChunkedArray, name: str) -> Encoded:
    """Number the labels of `column`; null and empty text are missing.

    Raises:
        BadInputError: when the column is neither text nor whole numbers: a number with a decimal
            point has lost digits of a long identifier.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _from_dictionary(column, name)
    if pa.types.is_null(kind):
        return Encoded(np.full(len(column), MISSING, np.int32), pa.array([], pa.string()))
    if pa.types.is_integer(kind):
        narrow = _from_narrow_numbers(column)
        if narrow is not None:
            return narrow
    elif not _is_text(kind):
        raise BadInputError(
            f"column {name!r} is {kind}, neither text nor whole numbers",
            hint="read identifiers as text: decimal numbers lose the last digits of long ones",
        )
    return _from_dictionary(column.dictionary_encode(), name)


def only_used(encoded: Encoded) -> Encoded:
    """Leave out the labels that stand in no row."""
    used = np.zeros(len(encoded.labels), np.bool_)
    mark_used(encoded.ids, used)
    if used.all():
        return encoded
    new = np.cumsum(used, dtype=np.int32) - np.int32(1)
    ids = np.empty(len(encoded.ids), np.int32)
    renumber(encoded.ids, new, ids)
    return Encoded(ids, encoded.labels.filter(pa.array(used)))


@compiled
def mark_used(ids: Int32s, used: Flags) -> None:
    """Flag the labels that stand in a row."""
    for i in range(len(ids)):
        if ids[i] >= 0:
            used[ids[i]] = True


@compiled
def renumber(ids: Int32s, new: Int32s, out: Int32s) -> None:
    """Write the new number of each row's label; a row without one keeps having none."""
    for i in range(len(ids)):
        out[i] = new[ids[i]] if ids[i] >= 0 else ids[i]


def _from_dictionary(column: pa.ChunkedArray, name: str) -> Encoded:
    if column.num_chunks == 0:
        return Encoded(np.empty(0, np.int32), pa.array([], column.type.value_type))
    if any(chunk.dictionary.null_count for chunk in column.chunks):
        return encode(column.cast(column.type.value_type), name)  # which Arrow cannot unify
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    values = whole.dictionary
    if not (_is_text(values.type) or pa.types.is_integer(values.type)):
        return encode(pa.chunked_array([values]), name)  # says what is wrong
    if not whole.null_count and not values.null_count and _ascends(values):
        return Encoded(_as_int32(whole.indices.to_numpy(zero_copy_only=False)), values)
    labels, rank = _ranked(values)
    indices = whole.indices.fill_null(len(values)) if whole.null_count else whole.indices
    return Encoded(rank[indices.to_numpy(zero_copy_only=False)], labels)


def _ascends(values: pa.Array) -> bool:
    """Tell whether the labels of a dictionary are in order already, each once, none empty."""
    if len(values) == 0 or (_is_text(values.type) and values[0].as_py() == ""):
        return False
    return pc.all(pc.less(values[:-1], values[1:]), min_count=0).as_py() is not False


def _as_int32(indices: NDArray[np.integer[Any]]) -> Int32s:
    return indices.astype(np.int32, copy=False)


def _ranked(values: pa.Array) -> tuple[pa.Array, Int32s]:
    """Return the distinct labels in order, and the place of each value among them."""
    unique = pc.unique(values)
    present = unique.is_valid()
    if _is_text(unique.type):
        present = pc.and_kleene(present, pc.not_equal(pc.binary_length(unique), 0))
    labels = unique.filter(present)
    labels = labels.take(pc.sort_indices(labels))
    found = pc.index_in(values, value_set=labels).fill_null(MISSING)
    rank = np.append(found.to_numpy(zero_copy_only=False), MISSING).astype(np.int32)
    return labels, rank


def _from_narrow_numbers(column: pa.ChunkedArray) -> Encoded | None:
    if len(column) == 0 or column.null_count or pa.types.is_uint64(column.type):
        return None
    numbers: Int64s = column.cast(pa.int64()).to_numpy()
    least, most = int(numbers.min()), int(numbers.max())
    if most - least >= max(_NARROW * len(numbers), 1 << 16):
        return None
    labels = pa.array(np.arange(least, most + 1)).cast(column.type)
    ids = np.empty(len(numbers), np.int32)
    np.subtract(numbers, least, out=ids, dtype=np.int64, casting="unsafe")
    return Encoded(ids, labels)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))

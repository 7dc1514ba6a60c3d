"""Compiled loops on several processors at once: pieces of an array, one thread each.

Each piece writes where no other does, so that the result does not depend on who was first.
"""

import itertools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

import numpy as np

from tocsin.detect.coordination.arrays import Int32s, Int64s

P = ParamSpec("P")
Result = TypeVar("Result")

_MOST: Final = 4  # beyond this, a table of accounts or objects for each costs more than it brings
_WORTH_A_THREAD: Final = 1 << 16


def pieces_of(rows: int) -> int:
    """Return into how many pieces to cut so many rows."""
    return max(1, min(os.cpu_count() or 1, _MOST, rows // _WORTH_A_THREAD))


def at_once(work: Callable[..., Result], pieces: Sequence[tuple[object, ...]]) -> list[Result]:
    """Call `work(*piece)` for each piece, in threads; results in the order of the pieces."""
    if len(pieces) == 1:
        return [work(*pieces[0])]
    with ThreadPoolExecutor(len(pieces)) as pool:
        return [done.result() for done in [pool.submit(work, *piece) for piece in pieces]]


def cut(rows: int, pieces: int) -> list[tuple[int, int]]:
    """Cut so many rows into equal ranges."""
    return list(itertools.pairwise(rows * k // pieces for k in range(pieces + 1)))


def cut_between_objects(obj: Int32s, pieces: int) -> list[tuple[int, int]]:
    """Cut rows that are sorted by object into about equal ranges, no object in two of them."""
    if len(obj) == 0:
        return [(0, 0)]
    inner = [int(np.searchsorted(obj, obj[len(obj) * k // pieces])) for k in range(1, pieces)]
    return list(itertools.pairwise(sorted({0, *inner, len(obj)})))


def cut_by_rows(offsets: Int64s, pieces: int) -> list[tuple[int, int]]:
    """Cut keys into ranges with about equal numbers of rows; `offsets` is one longer than keys."""
    wanted = [int(offsets[-1]) * k // pieces for k in range(1, pieces)]
    inner = np.searchsorted(offsets, wanted).tolist()
    return list(itertools.pairwise(sorted({0, *inner, len(offsets) - 1}))) or [(0, 0)]

"""Work cut into pieces for all processors; the answer does not depend on how it was cut."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np

from tocsin.detect.coordination.arrays import Int32s, Int64s

Done = TypeVar("Done")

_PIECES: Final = 8  # a thread's work is cut this fine, so that none waits long for another
_WORTH: Final = 200_000  # steps below which a second thread costs more than it saves


def in_pieces(work: Callable[[int, int], Done], cost: Int32s | Int64s) -> Iterator[Done]:
    """Yield what `work(first, last)` returns for stretches of about equal cost, in order.

    Args:
        cost: steps that each unit of work takes.
    """
    reached = np.cumsum(cost, dtype=np.int64)
    threads = os.cpu_count() or 1
    if len(cost) == 0:
        return
    if threads == 1 or reached[-1] < _WORTH:
        yield work(0, len(cost))
        return
    wanted = np.linspace(0, int(reached[-1]), threads * _PIECES + 1)[1:-1]
    borders = sorted({0, *np.searchsorted(reached, wanted).tolist(), len(cost)})
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(lambda each: work(*each), list(pairwise(borders)))

"""Would the group still stand without its most telling object?

A group that rests on one link is one event. So each object is left out in turn, the ties that
needed it fall, and what still hangs together is counted.
"""

import numpy as np
from attrs import frozen
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tocsin.detect.coordination.arrays import Flags, Int32s
from tocsin.detect.coordination.evidence import Meetings
from tocsin.detect.coordination.kernel import Edges
from tocsin.foundation import UsageError


@frozen
class Stability:
    """What remains of a group without the object that it needs most.

    Attributes:
        remaining: share of the accounts that still hang together, 0 to 1.
        without: number of that object; None where no object matters.
    """

    remaining: float
    without: int | None


def leave_one_object_out(edges: Edges, met: Meetings, needed: Int32s) -> Stability:
    """Leave each object out in turn.

    Args:
        edges: the ties of one group, which hang together.
        met: their meetings, in the same order.
        needed: for each tie, the fewest objects with which it would still count.

    Raises:
        UsageError: when `needed` has not one number for each tie.
    """
    if len(needed) != len(edges) or len(met.offsets) != len(edges) + 1:
        raise UsageError(
            f"{len(edges)} ties, {len(needed)} thresholds, meetings of {len(met.offsets) - 1}",
            hint="give the meetings and a threshold for each tie",
        )
    places, ends = np.unique(np.concatenate([edges.a, edges.b]), return_inverse=True)
    a, b = ends[: len(edges)], ends[len(edges) :]
    tie = np.repeat(np.arange(len(edges)), np.diff(met.offsets))
    matters = (edges.n - 1 < needed)[tie]
    worst = Stability(1.0, None)
    for number in np.unique(met.obj[matters]):
        stays = np.ones(len(edges), np.bool_)
        stays[tie[matters & (met.obj == number)]] = False
        remaining = _largest(a, b, stays, len(places)) / len(places)
        if remaining < worst.remaining:
            worst = Stability(remaining, int(number))
    return worst


def _largest(
    a: np.ndarray[tuple[int], np.dtype[np.int64]],
    b: np.ndarray[tuple[int], np.dtype[np.int64]],
    stays: Flags,
    size: int,
) -> int:
    """Accounts in the largest component of at least two; 0 when every tie fell."""
    if not stays.any():
        return 0
    kept = coo_array((np.ones(int(stays.sum()), np.int8), (a[stays], b[stays])), (size, size))
    _, component = connected_components(kept, directed=False)
    return int(np.bincount(component).max())

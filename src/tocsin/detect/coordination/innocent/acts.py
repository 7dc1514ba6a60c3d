"""What a group did together: its shares of the objects on which its accounts came together."""

from typing import Final, Self

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_LARGE: Final = 15  # of so many accounts, two now and then meet by chance
_SMALLEST: Final = (2, 3)  # gathering that counts, in a small group and in a large one


@frozen(eq=False, kw_only=True)
class Acts:
    """Members' first shares of the objects on which enough of them met, by (object, time).

    Taken from all pairs of members, so that it is the same for a group that was found whole.

    Attributes:
        accounts: labels of the members, in the order of the group.
        objects: labels of the objects, ascending by number.
        numbers: their numbers in `Shares`.
        obj: place in `objects`, one a share.
        acc: place in `accounts`, one a share.
        ts: Unix seconds, one a share.
        met: whether another member shared the object within the window.
        gathered: of each object, members that met on it.
        elsewhere: of each account, how many other objects it shared.
    """

    accounts: tuple[str, ...]
    objects: tuple[str, ...]
    numbers: Int32s
    obj: Int64s
    acc: Int64s
    ts: Int64s
    met: Flags
    gathered: Int64s
    elsewhere: Int64s

    @property
    def size(self) -> int:
        return len(self.accounts)

    @property
    def participation(self) -> Floats:
        """Share of the objects that each member shared."""
        own = np.bincount(self.acc, minlength=self.size)
        return own / max(len(self.objects), 1)

    @classmethod
    def of(cls, shares: Shares, group: Group, window_s: int) -> Self:
        """Gather what one group did within one window."""
        place = np.full(shares.n_accounts, -1, np.int64)
        place[group.accounts] = np.arange(len(group.accounts))
        rows = np.flatnonzero(place[shares.acc] >= 0)
        rows = rows if shares.first_only else _first(shares, rows)
        obj, ts = shares.obj[rows], shares.ts[rows]
        near = (obj[1:] == obj[:-1]) & (ts[1:] - ts[:-1] <= window_s)
        met = np.zeros(len(rows), np.bool_)
        met[1:] |= near
        met[:-1] |= near
        gathered = np.bincount(obj[met], minlength=shares.n_objects)
        least = _SMALLEST[len(group.accounts) >= _LARGE]
        if not (gathered >= least).any():
            least = _SMALLEST[0]
        kept = gathered[obj] >= least
        numbers, of_row = np.unique(obj[kept], return_inverse=True)
        acc = place[shares.acc[rows]]
        return cls(
            accounts=_labels(shares.accounts, group.accounts),
            objects=_labels(shares.objects, numbers),
            numbers=numbers,
            obj=of_row.astype(np.int64),
            acc=acc[kept],
            ts=ts[kept],
            met=met[kept],
            gathered=gathered[numbers].astype(np.int64),
            elsewhere=np.bincount(acc[~kept], minlength=len(group.accounts)).astype(np.int64),
        )


def _first(shares: Shares, rows: Int64s) -> Int64s:
    """Keep the first share of each account and object, in their order."""
    pair = shares.obj[rows].astype(np.int64) * shares.n_accounts + shares.acc[rows]
    _, first = np.unique(pair, return_index=True)
    kept: Int64s = rows[np.sort(first)]
    return kept


def _labels(labels: pa.Array, numbers: Int32s) -> tuple[str, ...]:
    return tuple(str(each) for each in labels.take(pa.array(numbers)).to_pylist())

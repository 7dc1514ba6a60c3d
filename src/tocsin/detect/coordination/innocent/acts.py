"""What a group did together: its shares of the objects on which its accounts came together."""

from itertools import compress
from typing import Final, Self

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.innocent.rows import of_accounts, of_objects
from tocsin.detect.coordination.shares import Shares

Floats = NDArray[np.float64]

_LARGE: Final = 15  # of so many accounts, two now and then meet by chance
_STRETCH: Final = 0.8  # of those who met
_NEVER: Final = np.iinfo(np.int64).max
_STORY_S: Final = 3_600
_SMALLEST: Final = (2, 3)  # gathering that counts, in a small group and in a large one


@frozen(eq=False, kw_only=True)
class Acts:
    """Members' first shares of the objects on which enough of them met, by (object, time).

    Taken from all pairs of members, so that it is the same for a group that was found whole.

    Attributes:
        accounts: labels of the members, in the order of the group.
        members: their numbers in `Shares`.
        objects: labels of the objects, ascending by number.
        numbers: their numbers in `Shares`.
        obj: place in `objects`, one a share.
        acc: place in `accounts`, one a share.
        ts: Unix seconds, one a share.
        met: whether another member shared the object within the window.
        gathered: of each object, members that met on it.
        strangers: of each object, others that shared it while most of these did.
        story: of each object, the hour (or the window, if longer) of its middle share by a member:
            what came out together is one story, as in `chance`.
        elsewhere: of each account, how many other objects it shared.
    """

    accounts: tuple[str, ...]
    members: Int32s
    objects: tuple[str, ...]
    numbers: Int32s
    obj: Int64s
    acc: Int64s
    ts: Int64s
    met: Flags
    gathered: Int64s
    strangers: Int64s
    story: Int64s
    elsewhere: Int64s

    @property
    def size(self) -> int:
        return len(self.accounts)

    @property
    def own(self) -> Int64s:
        """Members that met on each object; 0 where no fewer strangers were there at the time.

        What everybody shares at the time brings the members of any group together. A group that
        does most of what it does among strangers has no other acts: then all of it counts.
        """
        own = np.where(self.strangers < _STRETCH * self.gathered, self.gathered, 0)
        return own if 2 * own.sum() >= self.gathered.sum() else self.gathered

    @property
    def participation(self) -> Floats:
        """Share of the objects that each member shared."""
        own = np.bincount(self.acc, minlength=self.size)
        return own / max(len(self.objects), 1)

    def core(self) -> Self:
        """Return only the objects on which the group gathered in strength.

        Popular objects bring a few of a large group together by chance: what gathered less than
        half as many as the middle of all meetings did is left out, as is what is not its own.
        """
        own = self.own
        ascending = np.sort(own)
        middle = ascending[np.searchsorted(np.cumsum(ascending), ascending.sum() / 2)]
        kept = own >= middle / 2
        rows = kept[self.obj]
        left_out = np.bincount(self.acc[~rows], minlength=self.size)
        return evolve(
            self,
            objects=tuple(compress(self.objects, kept)),
            numbers=self.numbers[kept],
            obj=(np.cumsum(kept) - 1)[self.obj[rows]],
            acc=self.acc[rows],
            ts=self.ts[rows],
            met=self.met[rows],
            gathered=self.gathered[kept],
            strangers=self.strangers[kept],
            story=self.story[kept],
            elsewhere=self.elsewhere + left_out,
        )

    @classmethod
    def of(cls, shares: Shares, group: Group, window_s: int) -> Self:
        """Gather what one group did within one window."""
        place = np.full(shares.n_accounts, -1, np.int64)
        place[group.accounts] = np.arange(len(group.accounts))
        rows = of_accounts(shares, place >= 0)
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
        of_met = kept & met
        at_once = gathered[numbers].astype(np.int64)
        spans = _spans(of_row[of_met[kept]], ts[of_met], at_once)
        return cls(
            accounts=_labels(shares.accounts, group.accounts),
            members=group.accounts,
            objects=_labels(shares.objects, numbers),
            numbers=numbers,
            obj=of_row.astype(np.int64),
            acc=acc[kept],
            ts=ts[kept],
            met=met[kept],
            gathered=at_once,
            strangers=_strangers(shares, place < 0, numbers, spans),
            story=_stories(of_row, ts[kept], window_s),
            elsewhere=np.bincount(acc[~kept], minlength=len(group.accounts)).astype(np.int64),
        )


def followed(obj: Int64s, ts: Int64s, window_s: int) -> Int64s:
    """Return, of each share, how many later ones of its object come within the window.

    Shares are sorted by object and time.
    """
    if len(obj) == 0:
        return np.empty(0, np.int64)
    since = ts - ts.min()
    key = obj * (int(since.max()) + window_s + 1) + since
    last = np.searchsorted(key, key + window_s, side="right")
    later: Int64s = last - np.arange(len(key)) - 1
    return later


def _spans(obj: Int64s, ts: Int64s, gathered: Int64s) -> tuple[Int64s, Int64s]:
    """Return the shortest stretch of each object that holds most of the members who met on it.

    Not all of them: two who go ahead by hours would let the others pass for a part of a public.

    Args:
        obj, ts: where members met, by object and time; `gathered` counts them.
    """
    most = np.ceil(_STRETCH * gathered).astype(np.int64)
    last_of = np.cumsum(gathered)
    ends = np.arange(len(obj)) + most[obj] - 1
    inside = ends < last_of[obj]
    length = np.where(inside, ts[np.where(inside, ends, 0)] - ts, _NEVER)
    order = np.lexsort((length, obj))
    first = order[last_of - gathered]
    return ts[first], ts[ends[first]]


def _strangers(
    shares: Shares, outside: Flags, numbers: Int32s, spans: tuple[Int64s, Int64s]
) -> Int64s:
    """Count accounts of `outside` on each object within its span."""
    rows = of_objects(shares, numbers)
    rows = rows[outside[shares.acc[rows]]]
    at, ts = np.searchsorted(numbers, shares.obj[rows]), shares.ts[rows]
    inside = (ts >= spans[0][at]) & (ts <= spans[1][at])
    counted: Int64s = np.bincount(at[inside], minlength=len(numbers)).astype(np.int64)
    return counted


def _stories(obj: Int64s, ts: Int64s, window_s: int) -> Int64s:
    """Return the story of each object; rows are sorted by object and time."""
    starts = np.flatnonzero(np.diff(obj, prepend=-1))
    sizes = np.diff(np.append(starts, len(obj)))
    story: Int64s = ts[starts + sizes // 2] // max(_STORY_S, window_s)
    return story


def _labels(labels: pa.Array, numbers: Int32s) -> tuple[str, ...]:
    return tuple(str(each) for each in labels.take(pa.array(numbers)).to_pylist())

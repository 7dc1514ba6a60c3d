"""Orders of rows: by a dense number, and by (object, time, account, content)."""

from typing import Final

import numpy as np

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled

_LONGEST_TIE: Final = 64  # beyond this an insertion sort is slower than sorting everything
_WIDEST_TIMES: Final = 4  # a table of times may have this many places a row


@compiled
def group_by(keys: Int32s, n_keys: int) -> tuple[Int64s, Int32s]:
    """Sort stably by a dense key.

    Returns:
        `offsets` (n_keys + 1) and `order` (row numbers): the rows of key k are
        `order[offsets[k]:offsets[k + 1]]`.
    """
    n = len(keys)
    offsets = np.zeros(n_keys + 1, np.int64)
    for i in range(n):
        offsets[keys[i] + 1] += 1
    for k in range(n_keys):
        offsets[k + 1] += offsets[k]
    place = offsets[:-1].copy()
    order = np.empty(n, np.int32)
    for i in range(n):
        k = keys[i]
        order[place[k]] = i
        place[k] += 1
    return offsets, order


def canonical_order(
    obj: Int32s, acc: Int32s, ts: Int64s, content: Int32s | None, n_objects: int, n_accounts: int
) -> Int32s:
    """Return the row numbers by (object, time, account, content).

    An export that is sorted by time costs one counting sort and a look at its ties.
    """
    further = np.empty(0, np.int32) if content is None else content
    if is_ascending(ts):
        _, order = group_by(obj, n_objects)
        if settle_ties(order, obj, ts, acc, further):
            return order
    if content is None:
        _, order = group_by(acc, n_accounts)
    else:
        order = np.argsort(content, kind="stable").astype(np.int32)
        order = order[group_by(acc[order], n_accounts)[1]]
    order = order[_by_time(ts[order])]
    return order[group_by(obj[order], n_objects)[1]]


def _by_time(ts: Int64s) -> Int32s:
    if len(ts) == 0:
        return np.empty(0, np.int32)
    least, most = int(ts.min()), int(ts.max())
    if most - least < max(_WIDEST_TIMES * len(ts), 1 << 16):
        return group_by((ts - least).astype(np.int32), most - least + 1)[1]
    return np.argsort(ts, kind="stable").astype(np.int32)


@compiled
def is_ascending(ts: Int64s) -> bool:
    """Tell whether no time stands before an earlier one."""
    for i in range(1, len(ts)):  # noqa: SIM110 - numba compiles a loop, no generator
        if ts[i] < ts[i - 1]:
            return False
    return True


@compiled
def settle_ties(order: Int32s, obj: Int32s, ts: Int64s, acc: Int32s, content: Int32s) -> bool:
    """Sort rows of one object and second by (account, content), in place; False: too many.

    `order` is by (object, time). `content` may be empty.
    """
    start = 0
    for p in range(1, len(order)):
        y = order[p]
        x = order[p - 1]
        if obj[x] != obj[y] or ts[x] != ts[y]:
            start = p
            continue
        q = p - 1
        while q >= start:
            x = order[q]
            if acc[x] < acc[y] or (
                acc[x] == acc[y] and (len(content) == 0 or content[x] <= content[y])
            ):
                break
            order[q + 1] = x
            q -= 1
        order[q + 1] = y
        if p - q > _LONGEST_TIE:
            return False
    return True


@compiled
def first_of_account(obj: Int32s, acc: Int32s, n_accounts: int) -> Flags:
    """Flag the first row of each account on each object; rows sorted by (object, time)."""
    last = np.full(n_accounts, -1, np.int32)
    first = np.zeros(len(obj), np.bool_)
    for i in range(len(obj)):
        if last[acc[i]] != obj[i]:
            last[acc[i]] = obj[i]
            first[i] = True
    return first

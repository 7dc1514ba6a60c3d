"""What a scan reads: for each account, hottest first, the stretch of rows around each share."""

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.pruning import Live


@frozen(eq=False)
class Index:
    """Live shares, twice: in object order (`acc`), and in account order (the rest).

    Accounts have new numbers: 0 is the one whose shares have the most others around them. Most
    increments then fall on few counters, which stay in the processor's cache.

    Attributes:
        acc: new number of the account, rows in (object, time) order.
        offsets: rows of account a in account order are `offsets[a]` to `offsets[a + 1]`.
        lo, hi: (windows, rows) in account order: the rows of `acc` within each window, shortest
            window first, as half-open stretches.
        group: the object of each row in account order; empty when no account stands twice on one.
        account: number in `Shares` of each new number.
        cost: rows that the scans of accounts below a visit, at most; one longer than accounts.
        busiest: the most rows that an account has; no pair counts more.
    """

    acc: Int32s
    offsets: Int64s
    lo: Int32s
    hi: Int32s
    group: Int32s
    account: Int32s
    cost: Int64s
    busiest: int

    @property
    def n_accounts(self) -> int:
        return len(self.account)


def index(live: Live, windows: tuple[int, ...], n_accounts: int, *, first_only: bool) -> Index:
    """Lay out `live` for scans; `windows` ascend, and `live` was pruned for the last of them."""
    visits = np.zeros(n_accounts, np.int64)
    count_visits(live.obj, live.acc, live.ts, windows[-1], visits)
    hottest = np.argsort(-visits, kind="stable").astype(np.int32)
    account = hottest[: int((visits > 0).sum())]
    new = np.empty(n_accounts, np.int32)
    new[hottest] = np.arange(n_accounts, dtype=np.int32)
    acc = new[live.acc]
    rows = np.bincount(acc, minlength=len(account))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(rows, dtype=np.int64)])
    shape = (len(windows), len(acc))
    lo, hi = np.empty(shape, np.int32), np.empty(shape, np.int32)
    group = np.empty(0 if first_only else len(acc), np.int32)
    for k, window_s in enumerate(windows):
        lay_stretches(live.obj, acc, live.ts, window_s, offsets[:-1].copy(), lo[k], hi[k], group)
    return Index(
        acc=acc,
        offsets=offsets,
        lo=lo,
        hi=hi,
        group=group,
        account=account,
        cost=np.concatenate([np.zeros(1, np.int64), np.cumsum(visits[account])]),
        busiest=int(rows.max(initial=0)),
    )


@compiled
def count_visits(obj: Int32s, acc: Int32s, ts: Int64s, window_s: int, visits: Int64s) -> None:
    """Add up, for each account, the rows within the window around its rows."""
    n = len(obj)
    start = 0
    end = 0
    for i in range(n):
        if i > 0 and obj[i] != obj[i - 1]:
            start = i
        while ts[i] - ts[start] > window_s:
            start += 1
        end = max(end, i)
        while end < n and obj[end] == obj[i] and ts[end] - ts[i] <= window_s:
            end += 1
        visits[acc[i]] += end - start


@compiled
def lay_stretches(
    obj: Int32s,
    acc: Int32s,
    ts: Int64s,
    window_s: int,
    place: Int64s,
    lo: Int32s,
    hi: Int32s,
    group: Int32s,
) -> None:
    """Write each row's stretch to its place in account order; `place` is used up."""
    n = len(obj)
    start = 0
    end = 0
    for i in range(n):
        if i > 0 and obj[i] != obj[i - 1]:
            start = i
        while ts[i] - ts[start] > window_s:
            start += 1
        end = max(end, i)
        while end < n and obj[end] == obj[i] and ts[end] - ts[i] <= window_s:
            end += 1
        p = place[acc[i]]
        lo[p] = start
        hi[p] = end
        if len(group) > 0:
            group[p] = obj[i]
        place[acc[i]] = p + 1

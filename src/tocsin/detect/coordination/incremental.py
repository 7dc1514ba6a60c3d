"""A new day added to a month that is counted already: the same edges, without the month's scan.

A pair's count changes only where a new share met another, or where a new, earlier share of an
account takes the place of its first. Those pairs are counted again from the merged shares; all
others keep their count. Linear passes over the month remain, its pairs are not visited.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled
from tocsin.detect.coordination.evidence import closest, seek
from tocsin.detect.coordination.kernel import Edges
from tocsin.detect.coordination.ordering import group_by
from tocsin.detect.coordination.pruning import Live, prune
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import UsageError

_AT_ONCE: Final = 20_000_000  # meetings that are listed before they are made distinct


@frozen(eq=False)
class Extended:
    """Shares and edges after an addition.

    Attributes:
        recounted: pairs whose count was made anew.
    """

    shares: Shares
    edges: Edges
    recounted: int


def extend(before: Shares, counted: Edges, more: pa.Table, window_s: int, least: int) -> Extended:
    """Add the rows of `more` to shares whose edges are `counted`.

    Args:
        before: shares, and `counted` its edges at the same window and least number of objects.
        more: a trace; its rows may be of any time.

    Raises:
        UsageError: when the two traces name accounts or objects by different types.
        BadInputError: when `more` is no trace.
    """
    after = _merged(before, more)
    acc = _renumbered(before.accounts, after.accounts)
    obj = _renumbered(before.objects, after.objects)
    old = Edges(acc[counted.a], acc[counted.b], counted.n)
    is_new, is_gone = np.ones(len(after), np.bool_), np.ones(len(before), np.bool_)
    mark_changes(
        obj[before.obj], acc[before.acc], before.ts, after.obj, after.acc, after.ts,
        is_gone, is_new,
    )  # fmt: skip
    live = prune(after, window_s, least)
    keys = _meetings_of(live, is_new[live.row], window_s, after.n_accounts)
    replaced = np.zeros(after.n_accounts, np.bool_)
    replaced[acc[before.acc[is_gone]]] = True
    old_keys = _key(old.a, old.b, after.n_accounts)
    touched = np.isin(old_keys, keys) | replaced[old.a] | replaced[old.b]
    keys = np.union1d(keys, old_keys[touched])
    again = _recounted(live, keys, window_s, after.n_accounts)
    again = again.where(again.n >= least)
    return Extended(after, _together(old.where(~touched), again), len(keys))


def _merged(before: Shares, more: pa.Table) -> Shares:
    names = [name for name in ("account", "object", "time", "content") if name in more.column_names]
    columns = {
        "account": pa.DictionaryArray.from_arrays(pa.array(before.acc), before.accounts),
        "object": pa.DictionaryArray.from_arrays(pa.array(before.obj), before.objects),
        "time": pa.array(before.ts),
    }
    had = pa.table({name: columns[name] for name in names if name in columns})
    plain = Shares.from_table(more, first_only=before.first_only)
    added = pa.table(
        {
            "account": pa.DictionaryArray.from_arrays(pa.array(plain.acc), plain.accounts),
            "object": pa.DictionaryArray.from_arrays(pa.array(plain.obj), plain.objects),
            "time": pa.array(plain.ts),
        }
    )
    if added.schema != had.schema:
        raise UsageError(
            "the new rows name accounts or objects by another type than the earlier ones",
            hint="read both as text, or both as whole numbers",
        )
    merged = Shares.from_table(pa.concat_tables([had, added]), first_only=before.first_only)
    return evolve(merged, rows=before.rows + plain.rows, defects=(*before.defects, *plain.defects))


def _renumbered(labels: pa.Array, among: pa.Array) -> Int32s:
    found: Int32s = pc.index_in(labels, value_set=among).to_numpy().astype(np.int32)
    return found


def _key(a: Int32s, b: Int32s, n_accounts: int) -> Int64s:
    key: Int64s = a.astype(np.int64) * n_accounts + b
    return key


def _meetings_of(live: Live, is_new: Flags, window_s: int, n_accounts: int) -> Int64s:
    """Return the different pairs that a new share is part of, as keys."""
    visits = np.zeros(len(live.obj) + 1, np.int64)
    count_partners(live.obj, live.ts, is_new, window_s, visits)
    visits = np.cumsum(visits)
    found = np.empty(0, np.int64)
    start = 0
    while start < len(live.obj):
        limit = visits[start] + _AT_ONCE
        end = max(start + 1, int(np.searchsorted(visits, limit, side="right")) - 1)
        keys = np.empty(int(visits[end] - visits[start]), np.int64)
        made = list_partners(
            live.obj, live.acc, live.ts, is_new, window_s, n_accounts, start, end, keys
        )
        found = np.union1d(found, keys[:made])
        start = end
    return found


def _recounted(live: Live, keys: Int64s, window_s: int, n_accounts: int) -> Edges:
    a = (keys // max(n_accounts, 1)).astype(np.int32)
    b = (keys % max(n_accounts, 1)).astype(np.int32)
    starts, rows = group_by(live.acc, n_accounts)
    n = np.zeros(len(keys), np.int32)
    count_meetings(a, b, starts, rows, live.obj, live.ts, window_s, n)
    return Edges(a, b, n)


def _together(one: Edges, two: Edges) -> Edges:
    a, b = np.concatenate([one.a, two.a]), np.concatenate([one.b, two.b])
    return Edges(a, b, np.concatenate([one.n, two.n])).where(np.lexsort((b, a)))


@compiled
def mark_changes(
    old_obj: Int32s,
    old_acc: Int32s,
    old_ts: Int64s,
    obj: Int32s,
    acc: Int32s,
    ts: Int64s,
    is_gone: Flags,
    is_new: Flags,
) -> None:
    """Clear the flags of shares in both lists, each sorted by (object, time, account)."""
    i = 0
    for j in range(len(obj)):
        while i < len(old_obj) and (
            old_obj[i] < obj[j]
            or (
                old_obj[i] == obj[j]
                and (old_ts[i] < ts[j] or (old_ts[i] == ts[j] and old_acc[i] < acc[j]))
            )
        ):
            i += 1
        if i == len(old_obj):
            break
        if old_obj[i] == obj[j] and old_ts[i] == ts[j] and old_acc[i] == acc[j]:
            is_gone[i] = False
            is_new[j] = False
            i += 1


@compiled
def count_partners(obj: Int32s, ts: Int64s, is_new: Flags, window_s: int, visits: Int64s) -> None:
    """Count, at `visits[i + 1]`, the rows that list_partners looks at for row i."""
    start = 0
    end = 0
    for i in range(len(obj)):
        if i > 0 and obj[i] != obj[i - 1]:
            start = i
        while ts[i] - ts[start] > window_s:
            start += 1
        end = max(end, i)
        while end < len(obj) and obj[end] == obj[i] and ts[end] - ts[i] <= window_s:
            end += 1
        if is_new[i]:
            visits[i + 1] = end - start


@compiled
def list_partners(
    obj: Int32s,
    acc: Int32s,
    ts: Int64s,
    is_new: Flags,
    window_s: int,
    n_accounts: int,
    first: int,
    last: int,
    keys: Int64s,
) -> int:
    """Write the pair of each meeting of new rows `first` to `last`; return how many."""
    made = 0
    for i in range(first, last):
        if not is_new[i]:
            continue
        j = i
        while j > 0 and obj[j - 1] == obj[i] and ts[i] - ts[j - 1] <= window_s:
            j -= 1
        while j < len(obj) and obj[j] == obj[i] and ts[j] - ts[i] <= window_s:
            if acc[j] != acc[i]:
                low, high = min(acc[i], acc[j]), max(acc[i], acc[j])
                keys[made] = np.int64(low) * n_accounts + high
                made += 1
            j += 1
    return made


@compiled
def count_meetings(
    a: Int32s,
    b: Int32s,
    starts: Int64s,
    rows: Int32s,
    obj: Int32s,
    ts: Int64s,
    window_s: int,
    n: Int32s,
) -> None:
    """Count the objects on which each pair met, walking the shorter account's shares."""
    for e in range(len(a)):
        swapped = starts[a[e] + 1] - starts[a[e]] > starts[b[e] + 1] - starts[b[e]]
        short, long = (b[e], a[e]) if swapped else (a[e], b[e])
        x, x_last = starts[short], starts[short + 1]
        y, y_last = starts[long], starts[long + 1]
        while x < x_last and y < y_last:
            here = obj[rows[x]]
            x_end = x + 1
            while x_end < x_last and obj[rows[x_end]] == here:
                x_end += 1
            y = seek(rows, obj, y, y_last, here)
            y_end = seek(rows, obj, y, y_last, here + 1)
            distance, _, _ = closest(rows, ts, x, x_end, y, y_end)
            n[e] += 0 <= distance <= window_s
            x, y = x_end, y_end

"""Kernels of the test of a group: how many of a set came together, and who came with them."""

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled


@compiled
def largest_gatherings(
    run: Int64s, ts: Int64s, window_s: int, members: Int32s, together: Int32s
) -> None:
    """Write, for each run of rows sorted by time, its rows and the most within one window."""
    start = 0
    for i in range(len(run)):
        if i > 0 and run[i] != run[i - 1]:
            start = i
        while ts[i] - ts[start] > window_s:
            start += 1
        members[run[i]] += 1
        together[run[i]] = max(together[run[i]], i - start + 1)


@compiled
def joins(
    cell: Int32s, ts: Int64s, inside: Flags, window_s: int, others: Int32s, joined: Flags
) -> None:
    """Tell, for each row, whether it stands within a window with two members other than itself.

    Args:
        cell, ts: rows by cell and time.
        inside: rows of members.
        others: members in the row's cell, without itself.
    """
    start = 0
    while start < len(cell):
        end = start
        count = 0
        while end < len(cell) and cell[end] == cell[start]:
            count += inside[end]
            end += 1
        for i in range(start, end):
            others[i] = count - inside[i]
            last = -1
            j = i
            while j > start and ts[i] - ts[j - 1] <= window_s:
                j -= 1
            while j < end and ts[j] - ts[i] <= window_s:
                if inside[j] and j != i:
                    if last >= 0 and max(ts[j], ts[i]) - min(ts[last], ts[i]) <= window_s:
                        joined[i] = True
                        break
                    last = j
                j += 1
        start = end

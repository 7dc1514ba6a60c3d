"""The kernel of the test of a group: how many of a set came together."""

from tocsin.detect.coordination.arrays import Int32s, Int64s
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

"""The kernel of the test: over how many stories two accounts met, and how probable that was."""

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def end_of_run(cell: Int32s, x: int, last: int) -> int:
    """Return the first place from `x` with another cell."""
    end = x
    while end < last and cell[end] == cell[x]:
        end += 1
    return end


@compiled
def meet(ts: Int64s, x: int, x_end: int, y: int, y_end: int, window_s: int) -> bool:
    """Tell whether two runs that are sorted by time come within the window of each other."""
    while x < x_end and y < y_end:
        lag = ts[y] - ts[x]
        if -window_s <= lag <= window_s:
            return True
        if lag > 0:
            x += 1
        else:
            y += 1
    return False


@compiled
def walk_pair(
    x: int,
    x_last: int,
    y: int,
    y_last: int,
    cell: Int32s,
    ts: Int64s,
    story: Int64s,
    window_s: int,
    rates: Floats,
    classes: Int32s,
    factor: Floats,
    lifts: Floats,
    chance: Floats,
) -> tuple[int, int, int]:
    """Write the chance of meeting over each story that both shared to `chance`.

    Args:
        x, x_last, y, y_last: the shares of both, as places in `cell` and `ts`.
        rates: of their kinds, by class of size.
        lifts: of each cell that both share, or empty.

    Returns:
        Cells that both shared, stories among these, and stories over which they met.
    """
    cells, stories, met = 0, 0, 0
    last = np.int64(-1)
    hit = False
    while x < x_last and y < y_last:
        here = cell[x]
        if here != cell[y]:
            if here < cell[y]:
                x += 1
            else:
                y += 1
            continue
        if story[here] != last or stories == 0:
            last = story[here]
            chance[stories] = 0.0
            stories += 1
            hit = False
        x_end, y_end = end_of_run(cell, x, x_last), end_of_run(cell, y, y_last)
        p = rates[classes[here]] * factor[here] * (x_end - x) * (y_end - y)
        if len(lifts) > 0:
            p *= lifts[cells]
        chance[stories - 1] += (1.0 - chance[stories - 1]) * min(1.0, p)
        if not hit and meet(ts, x, x_end, y, y_end, window_s):
            hit = True
            met += 1
        cells += 1
        x, y = x_end, y_end
    return cells, stories, met


@compiled
def walk_pairs(
    a: Int32s,
    b: Int32s,
    offsets: Int64s,
    cell: Int32s,
    ts: Int64s,
    story: Int64s,
    window_s: int,
    kind: Int32s,
    classes: Int32s,
    kinds: Floats,
    factor: Floats,
    common: Int64s,
    lifts: Floats,
    met: Int32s,
    shared: Int32s,
    expected: Floats,
    p_value: Floats,
) -> None:
    """Test each pair; `cell` and `ts` stand by account.

    `common[e]` is set to the number of cells that pair e shares; where there are `lifts`, it is
    read instead, as where those of pair e start.
    """
    longest = 0
    for k in range(len(offsets) - 1):
        longest = max(longest, offsets[k + 1] - offsets[k])
    chance = np.empty(longest + 1)
    for e in range(len(a)):
        own = lifts[common[e] :] if len(lifts) > 0 else lifts
        cells, stories, n = walk_pair(
            offsets[a[e]], offsets[a[e] + 1], offsets[b[e]], offsets[b[e] + 1], cell, ts, story,
            window_s, kinds[:, kind[a[e]], kind[b[e]]], classes, factor, own, chance,
        )  # fmt: skip
        if len(lifts) == 0:
            common[e] = cells
        met[e] = n
        shared[e] = stories
        expected[e] = chance[:stories].sum()
        p_value[e] = tail(n, chance, stories)

"""The kernel of the test: over how many stories two accounts met, and how probable that was."""

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.chance.habits import Kinds
from tocsin.detect.coordination.chance.tail import tail
from tocsin.detect.coordination.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def end_of_run(cell: Int32s, x: int, last: int) -> int:
    """Return the first place from `x` with another cell."""
    end = x + 1
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
    start: int,
    end: int,
    y: int,
    y_last: int,
    where: Int32s,
    cell: Int32s,
    ts: Int64s,
    story: Int64s,
    window_s: int,
    rates: Floats,
    classes: Int32s,
    factor: Floats,
    lifts: Floats,
    chance: Floats,
) -> tuple[int, np.int64, int, int]:
    """Write the chance of meeting over each story that two accounts shared to `chance`.

    Args:
        start, end: the shares of one, which are looked up in `where`; it may say where another
            account's are.
        y, y_last: the shares of the other, which are walked through.
        rates: of their kinds, by class of size.
        lifts: of each cell that both share, or empty.

    Returns:
        Cells that both shared, their classes of size as bits, stories among these, and stories
        over which they met.
    """
    cells, stories, met = 0, 0, 0
    sizes = np.int64(0)
    is_met = False
    last = np.int64(0)
    while y < y_last:
        here = cell[y]
        x = where[here]
        if x < start or x >= end:
            y += 1
            continue
        if stories == 0 or story[here] != last:
            last = story[here]
            chance[stories] = 0.0
            stories += 1
            is_met = False
        x_end, y_end = end_of_run(cell, x, end), end_of_run(cell, y, y_last)
        p = rates[classes[here]] * factor[here] * (x_end - x) * (y_end - y)
        if len(lifts) > 0:
            p *= lifts[cells]
        chance[stories - 1] += (1.0 - chance[stories - 1]) * min(1.0, p)
        if not is_met and meet(ts, x, x_end, y, y_end, window_s):
            is_met = True
            met += 1
        cells += 1
        sizes |= np.int64(1) << classes[here]
        y = y_end
    return cells, sizes, stories, met


@compiled
def walk_pairs(
    places: Int64s,
    known: Int32s,
    walked: Int32s,
    offsets: Int64s,
    cell: Int32s,
    ts: Int64s,
    story: Int64s,
    window_s: int,
    least: int,
    kind: Kinds,
    classes: Int32s,
    kinds: Floats,
    factor: Floats,
    lift_starts: Int64s,
    lifts: Floats,
    common: Int32s,
    sizes_of: Int64s,
    met: Int32s,
    shared: Int32s,
    expected: Floats,
    p_value: Floats,
    least_p: Floats,
) -> None:
    """Test pairs of accounts. Pairs of one `known` account stand together.

    Args:
        places: of each pair, in the arrays of results and in `lift_starts`.
        known: where its shares stand is looked up; the other account's are walked through.
        offsets, cell, ts: shares by account, as in `Lists`.
        least: pairs that share fewer cells are no tests: their p-values stay as they are.
        lift_starts: where the lifts of the pair's cells start; empty without lifts.
        common: set to the cells that a pair shares.
        sizes_of: set to the classes of size of these, as bits.
    """
    where = np.full(len(story), -1, np.int32)
    longest = 0
    for e in range(len(walked)):
        longest = max(longest, offsets[walked[e] + 1] - offsets[walked[e]])
    chance = np.empty(longest + 1)
    for e in range(len(known)):
        out = places[e]
        start, end = offsets[known[e]], offsets[known[e] + 1]
        if e == 0 or known[e] != known[e - 1]:
            for x in range(end - 1, start - 1, -1):
                where[cell[x]] = x
        cells, sizes, stories, n = walk_pair(
            start, end, offsets[walked[e]], offsets[walked[e] + 1], where, cell, ts, story,
            window_s, kinds[:, kind[known[e]], kind[walked[e]]], classes, factor,
            lifts[lift_starts[out] :] if len(lifts) > 0 else lifts, chance,
        )  # fmt: skip
        common[out], sizes_of[out], met[out], shared[out] = cells, sizes, n, stories
        total, every = 0.0, 1.0
        for k in range(stories):
            total += chance[k]
            every *= chance[k]
        expected[out] = total
        if cells >= least:
            p_value[out], least_p[out] = tail(n, chance, stories), every

"""The scan: for each account, count the others that met it, object by object.

A windowed sparse product, row by row (Gustavson 1978): the counters of one account's row are
dense and reused, so no list of pairs ever exists. A scan stops when its output is full and says
where to go on.
"""

import numpy as np

from tocsin.detect.coordination.arrays import Counts, Int32s, Int64s
from tocsin.detect.coordination.compiled import compiled


@compiled
def scan_once(
    first: int,
    last: int,
    acc: Int32s,
    offsets: Int64s,
    lo: Int32s,
    hi: Int32s,
    least: int,
    counts: Counts,
    out: Int32s,
) -> tuple[int, int]:
    """Scan accounts `first` to `last`, each of which stands at most once on an object.

    Two such accounts meet at most once on an object, and that meeting lies between two
    neighbouring windows: counting it in that ring alone counts all windows in one pass.

    Args:
        counts: zeros, (windows, accounts); zeros again afterwards.
        out: (2 + windows, room), with room for at least one account's edges: the pair, and the
            objects that it met on within each window.

    Returns:
        The account to go on with, and the number of edges written.
    """
    n_windows, n_accounts = counts.shape
    flat = counts.reshape(-1)
    touched = np.empty(n_windows * n_accounts, np.int32)
    made = 0
    for a in range(first, last):
        n = 0
        for p in range(offsets[a], offsets[a + 1]):
            for j in range(lo[0, p], hi[0, p]):
                b = acc[j]
                if b < a:
                    c = flat[b]
                    touched[n] = b
                    n += c == 0
                    flat[b] = c + 1
            for k in range(1, n_windows):
                base = k * n_accounts
                for side in range(2):
                    start = lo[k, p] if side == 0 else hi[k - 1, p]
                    end = lo[k - 1, p] if side == 0 else hi[k, p]
                    for j in range(start, end):
                        b = acc[j]
                        if b < a:
                            c = flat[base + b]
                            touched[n] = base + b
                            n += c == 0
                            flat[base + b] = c + 1
        if made + n > out.shape[1]:
            clear(touched, n, flat)
            return a, made
        made = harvest(a, touched, n, counts, least, out, made)
    return last, made


@compiled
def scan_repeats(
    first: int,
    last: int,
    acc: Int32s,
    offsets: Int64s,
    lo: Int32s,
    hi: Int32s,
    group: Int32s,
    least: int,
    counts: Counts,
    out: Int32s,
) -> tuple[int, int]:
    """As `scan_once`, where accounts may stand on an object many times.

    A pair counts an object once, within the shortest window that holds a meeting on it: the
    stretches are walked shortest window first, and a stamp tells who was counted.
    """
    n_windows, n_accounts = counts.shape
    flat = counts.reshape(-1)
    touched = np.empty(n_windows * n_accounts, np.int32)
    stamp = np.full(n_accounts, -1, np.int64)
    made = 0
    for a in range(first, last):
        n = 0
        start = offsets[a]
        while start < offsets[a + 1]:
            end = start + 1
            while end < offsets[a + 1] and group[end] == group[start]:
                end += 1
            for k in range(n_windows):
                base = k * n_accounts
                seen = 0
                for p in range(start, end):
                    for j in range(max(seen, lo[k, p]), hi[k, p]):
                        b = acc[j]
                        if b < a and stamp[b] != start:
                            stamp[b] = start
                            c = flat[base + b]
                            touched[n] = base + b
                            n += c == 0
                            flat[base + b] = c + 1
                    seen = hi[k, p]
            start = end
        if made + n > out.shape[1]:
            clear(touched, n, flat)
            return a, made
        made = harvest(a, touched, n, counts, least, out, made)
    return last, made


@compiled
def harvest(
    a: int, touched: Int32s, n: int, counts: Counts, least: int, out: Int32s, made: int
) -> int:
    """Write the edges of one account, clear its counters, and return how many edges stand."""
    n_windows, n_accounts = counts.shape
    for t in range(n):
        b = touched[t] % n_accounts
        total = 0
        for k in range(n_windows):
            total += counts[k, b]
            out[2 + k, made] = total
            counts[k, b] = 0
        if total >= least:  # a pair that was touched in two rings is zero at the second
            out[0, made] = a
            out[1, made] = b
            made += 1
    return made


@compiled
def clear(touched: Int32s, n: int, flat: Counts) -> None:
    """Set the touched counters to zero."""
    for t in range(n):
        flat[touched[t]] = 0

"""Candidates for near-verbatim pairs: MinHash signatures (rensa), cut into bands.

Two texts with Jaccard index s meet in some band with probability 1 - (1 - s^r)^b for b bands of r
rows (Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.2). With 42 bands of
3 that is 0.94 at s = 0.4, 0.996 at 0.5, and 0.04 at 0.1.

Among a million texts chance alone makes a hundred million such pairs. The share of all rows in
which two signatures agree estimates s itself, so each band drops what agrees in too few before the
next band adds its own: memory holds one band's pairs and those that are worth a look.
"""

from typing import Final

import numpy as np
import rensa
from numba import njit
from numpy.typing import NDArray

from tocsin.detect.texts.shingles import Pairs, ShingleSets
from tocsin.foundation.progress import Advance

BANDS: Final = 42
ROWS: Final = 3
_SEED: Final = 20_261
_BLOCK: Final = 5_000
_MERGED: Final = 1 << 20
_ALL_PAIRS: Final = 32
"""Up to so many texts in one bucket, each meets each; in a larger one each meets its neighbours
and the first: all that is needed to hold a family together, and linear in the bucket."""

LEAST_AGREEING: Final = 25
"""Rows of 126 in which a candidate's signatures agree at least. At s = 0.4 a pair has fewer once in
a million (binomial); texts of one language that have nothing in common have 2 to 7."""


def candidates(sets: ShingleSets, advance: Advance) -> Pairs:
    """Return (m, 2) pairs of texts that met in a bucket, smaller first, sorted, without repeats."""
    signatures = _signatures(sets, advance)
    coded = np.empty(0, np.int64)
    waiting: list[NDArray[np.int64]] = []
    for band in range(BANDS):
        rows = np.ascontiguousarray(signatures[:, band * ROWS : (band + 1) * ROWS])
        met = _pairs_of_equal(rows, len(sets))
        waiting.append(met[_agree(signatures, met, LEAST_AGREEING)])
        # The same pair meets in many bands: repeats go before they are as many as what they repeat.
        if band == BANDS - 1 or sum(map(len, waiting)) > max(len(coded), _MERGED):
            coded = np.unique(np.concatenate((coded, *waiting)))
            waiting = []
    return np.stack(np.divmod(coded, max(len(sets), 1)), axis=1)


def _signatures(sets: ShingleSets, advance: Advance) -> NDArray[np.uint32]:
    made = np.empty((len(sets), BANDS * ROWS), np.uint32)
    for start in range(0, len(sets), _BLOCK):
        end = min(start + _BLOCK, len(sets))
        places = sets.starts[start : end + 1]
        matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
            sets.flat[places[0] : places[-1]],
            (places - places[0]).astype(np.uint64),
            BANDS * ROWS,
            _SEED,
        )
        made[start:end] = matrix.to_rows()
        advance(end - start)
    return made


def _pairs_of_equal(rows: NDArray[np.uint32], texts: int) -> NDArray[np.int64]:
    """Return pairs of texts with equal rows, coded as smaller * texts + larger."""
    if texts < 2:
        return np.empty(0, np.int64)
    order = np.lexsort(rows.T[::-1])
    ranked = rows[order]
    same = np.concatenate(([False], (ranked[1:] == ranked[:-1]).all(axis=1)))
    starts = np.flatnonzero(~same)
    sizes = np.diff(np.append(starts, texts))
    found = [np.empty(0, np.int64)]
    for size in range(2, _ALL_PAIRS + 1):
        at = starts[sizes == size]
        if len(at):
            one, two = np.triu_indices(size, 1)
            found.append(_coded(order, at[:, None] + one, at[:, None] + two, texts))
    for start, size in zip(starts[sizes > _ALL_PAIRS], sizes[sizes > _ALL_PAIRS], strict=True):
        rest = np.arange(start + 1, start + size)
        found += [
            _coded(order, rest - 1, rest, texts),
            _coded(order, np.full(size - 1, start), rest, texts),
        ]
    return np.concatenate(found)


def _coded(
    order: NDArray[np.int64], one: NDArray[np.int64], two: NDArray[np.int64], texts: int
) -> NDArray[np.int64]:
    left, right = order[one.ravel()], order[two.ravel()]
    return np.minimum(left, right) * texts + np.maximum(left, right)


@njit(cache=True, nogil=True)
def _agree(
    signatures: NDArray[np.uint32], coded: NDArray[np.int64], least: int
) -> NDArray[np.bool_]:
    """Return which pairs, coded as above, have at least so many rows in common."""
    texts = len(signatures)
    kept = np.zeros(len(coded), np.bool_)
    for at in range(len(coded)):
        one, two = coded[at] // texts, coded[at] % texts
        same = 0
        for row in range(signatures.shape[1]):
            same += signatures[one, row] == signatures[two, row]
        kept[at] = same >= least
    return kept

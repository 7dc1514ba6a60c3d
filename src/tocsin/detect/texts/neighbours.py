"""Pairs of vectors that lie close, by blocked products: exact, and never a matrix of all pairs."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.texts.meaning import Vectors
from tocsin.detect.texts.shingles import Pairs
from tocsin.detect.texts.threads import one_thread
from tocsin.foundation.progress import Advance

REACH: Final = 100_000
"""Each vector is compared with so many that follow it: up to so many vectors, with all."""
_BLOCK: Final = 1_024
_MOST_PER_VECTOR: Final = 16
"""Of one vector's later neighbours within a block the closest are kept: a family of a hundred
thousand needs no five milliard pairs to hold together."""


def close_pairs(
    vectors: Vectors, threshold: float, advance: Advance, *, reach: int = REACH
) -> tuple[Pairs, NDArray[np.float32]]:
    """Return (m, 2) pairs with a dot product of at least `threshold`, and the products.

    Memory is two blocks of vectors squared and what is found. Vectors further apart than `reach`
    rows are not compared.
    """
    found = [np.empty((0, 2), np.int64)]
    products = [np.empty(0, np.float32)]
    for start in range(0, len(vectors), _BLOCK):
        rows = vectors[start : start + _BLOCK]
        last = min(start + len(rows) + reach, len(vectors))
        for other in range(start, last, _BLOCK):
            with one_thread():
                product = rows @ vectors[other : min(other + _BLOCK, last)].T
            one, two = _close(product, threshold, start, other, reach)
            found.append(np.stack((one, two), axis=1))
            products.append(product[one - start, two - other])
        advance(len(rows))
    pairs = np.concatenate(found)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], np.concatenate(products)[order]


def _close(
    product: Vectors, threshold: float, start: int, other: int, reach: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = product.shape
    apart = np.arange(other, other + columns) - np.arange(start, start + rows)[:, None]
    near = (product >= threshold) & (apart > 0) & (apart <= reach)
    crowded = np.flatnonzero(near.sum(axis=1) > _MOST_PER_VECTOR)
    if len(crowded):
        held = np.where(near[crowded], product[crowded], -np.inf)
        kept = np.argsort(-held, axis=1, kind="stable")[:, :_MOST_PER_VECTOR]
        near[crowded] = False
        near[crowded[:, None], kept] = True
    one, two = np.nonzero(near)
    return one + start, two + other

"""Runs of letters as numbers: the sets that near-verbatim texts have in common.

A shingle is a run of `WIDTH` letters of a key (no spaces, so Chinese and German are cut alike).
Sets lie flat: all texts' shingles in one array of uint64, sorted and without repeats within each
text, and the places where each text starts.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numba import njit
from numpy.typing import NDArray

WIDTH: Final = 4
_BLOCK: Final = 10_000  # keys that are cut at once: the work takes ten times what it leaves
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)

Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]
Pairs = NDArray[np.int64]


@frozen
class ShingleSets:
    """The sets of n texts.

    Attributes:
        flat: (total,) shingles, text after text, ascending within each.
        starts: (n + 1,) where each text starts in `flat`.
    """

    flat: Numbers
    starts: Places

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, keys: Sequence[str]) -> "ShingleSets":
        """Cut keys into shingles; a key shorter than one is a shingle by itself."""
        cut = [_cut(keys[at : at + _BLOCK]) for at in range(0, len(keys), _BLOCK)]
        flat = np.concatenate([np.empty(0, np.uint64), *(numbers for numbers, _ in cut)])
        counts = np.concatenate([np.zeros(1, np.int64), *(sizes for _, sizes in cut)])
        return cls(flat, np.cumsum(counts))

    def likeness(self, pairs: Pairs) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return for (m, 2) pairs of texts their Jaccard index and their containment.

        Containment is the shared part of the smaller set: 1 where one text holds the other.
        """
        shared = _shared(self.flat, self.starts, np.ascontiguousarray(pairs, np.int64))
        sizes = np.diff(self.starts)[pairs]
        smaller = np.maximum(sizes.min(axis=1), 1)
        union = np.maximum(sizes.sum(axis=1) - shared, 1)
        return shared / union, shared / smaller


def _cut(keys: Sequence[str]) -> tuple[Numbers, Places]:
    """Return the sets of some keys, one after the other, and their sizes."""
    lengths = np.fromiter(map(len, keys), np.int64, len(keys))
    letters = np.frombuffer("".join(keys).encode("utf-32-le"), np.uint32).astype(np.uint64)
    rolled = np.zeros(len(letters), np.uint64)
    place = np.arange(len(letters))
    owner = np.repeat(np.arange(len(keys)), lengths)
    left = np.cumsum(lengths)[owner] - place  # letters from here to the end of the text
    for step in range(WIDTH):
        inside = step < left
        rolled[inside] = rolled[inside] * _FACTOR + letters[place[inside] + step]
    whole = (left >= WIDTH) | (left == lengths[owner])
    mixed, owner = _mixed(rolled[whole]), owner[whole]
    order = np.lexsort((mixed, owner))
    mixed, owner = mixed[order], owner[order]
    first = np.ones(len(mixed), bool)
    first[1:] = (mixed[1:] != mixed[:-1]) | (owner[1:] != owner[:-1])
    counts = np.bincount(owner[first], minlength=len(keys))
    return mixed[first], counts.astype(np.int64)


def _mixed(rolled: Numbers) -> Numbers:
    """Spread the bits, so that a minimum over them is a fair draw (splitmix64's finish)."""
    mixed = (rolled ^ (rolled >> np.uint64(30))) * _MIX
    return mixed ^ (mixed >> np.uint64(31))


@njit(cache=True, nogil=True)
def _shared(flat: Numbers, starts: Places, pairs: Pairs) -> Places:
    found = np.zeros(len(pairs), np.int64)
    for at in range(len(pairs)):
        one, one_end = starts[pairs[at, 0]], starts[pairs[at, 0] + 1]
        two, two_end = starts[pairs[at, 1]], starts[pairs[at, 1] + 1]
        count = 0
        while one < one_end and two < two_end:
            if flat[one] == flat[two]:
                count += 1
                one += 1
                two += 1
            elif flat[one] < flat[two]:
                one += 1
            else:
                two += 1
        found[at] = count
    return found

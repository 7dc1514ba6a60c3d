"""How alike texts are: the share of their different words that both have (Jaccard 1912)."""

from collections.abc import Iterable
from itertools import chain
from typing import Self

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.compat.words import words
from tocsin.detect.coordination.compiled import compiled


@frozen(eq=False, kw_only=True)
class Likeness:
    """Texts as numbers of words.

    Attributes:
        word: of each text, ascending; those of text `t` from `start[t]` to `start[t + 1]`.
        least: the share from which two texts are alike.
        min_words: texts of fewer have a share of nothing.
    """

    start: Int64s
    word: Int32s
    least: float
    min_words: float

    @classmethod
    def of(cls, texts: Iterable[object], least: float, min_words: float) -> Self:
        """Cut texts into words."""
        number: dict[str, int] = {}
        cut = [
            sorted(number.setdefault(word, len(number)) for word in words(str(text)))
            for text in texts
        ]
        start = np.zeros(len(cut) + 1, np.int64)
        start[1:] = np.cumsum([len(each) for each in cut], dtype=np.int64)
        word = np.fromiter(chain.from_iterable(cut), np.int32, int(start[-1]))
        return cls(start=start, word=word, least=least, min_words=min_words)

    def between(self, one: Int32s, two: Int32s) -> Flags:
        """Tell for each pair of texts whether they are alike."""
        found = np.zeros(len(one), np.bool_)
        compare(self.start, self.word, one, two, self.least, max(self.min_words, 1), found)
        return found


@compiled
def compare(
    start: Int64s,
    word: Int32s,
    one: Int32s,
    two: Int32s,
    least: float,
    min_words: float,
    found: Flags,
) -> None:
    """Fill `found`; both lists of words ascend, so one walk along them meets all they share."""
    for pair in range(len(one)):
        i, end = start[one[pair]], start[one[pair] + 1]
        j, end_two = start[two[pair]], start[two[pair] + 1]
        both = end - i + end_two - j
        if min(end - i, end_two - j) < min_words:
            found[pair] = least <= 0
            continue
        shared = 0
        while i < end and j < end_two:
            a, b = word[i], word[j]
            shared += a == b
            i += a <= b
            j += b <= a
        found[pair] = shared / (both - shared) >= least

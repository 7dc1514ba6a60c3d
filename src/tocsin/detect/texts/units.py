"""Documents compared by what they say: passages, their vectors, and families of documents."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.texts.languages import UNKNOWN
from tocsin.detect.texts.linking import AlikeOnAverage, Families, link
from tocsin.detect.texts.meaning import Encoder, Vectors, comparable, encode
from tocsin.detect.texts.neighbours import close_pairs
from tocsin.detect.texts.passages import passages
from tocsin.detect.texts.relations import Link, Relation, Thresholds
from tocsin.detect.texts.shingles import Pairs
from tocsin.foundation import Progress

_SHOWN_PASSAGES: Final = 3


@frozen
class Units:
    """Passages of documents with their vectors.

    Attributes:
        owner: (m,) the document of each passage.
        counts: (n,) how many passages each document has.
        languages: (m,) of the document of each passage.
    """

    words: tuple[str, ...]
    owner: NDArray[np.int64]
    counts: NDArray[np.int64]
    languages: NDArray[np.str_]
    vectors: Vectors

    @classmethod
    def of(
        cls,
        documents: Sequence[str],
        languages: Sequence[str],
        encoder: Encoder,
        progress: Progress,
    ) -> "Units":
        cut = [passages(words) for words in documents]
        counts = np.array([len(each) for each in cut], np.int64)
        owner = np.repeat(np.arange(len(documents)), counts)
        words = tuple(passage for each in cut for passage in each)
        with progress.task("reading what texts say", len(words)) as advance:
            vectors = encode(words, encoder, advance)
        spoken = np.array([languages[at] for at in owner.tolist()], np.str_)
        return cls(words, owner, counts, spoken, comparable(vectors, spoken))

    def families(
        self, thresholds: Thresholds, progress: Progress, reach: int
    ) -> tuple[Families, list[Link]]:
        """Join documents whose passages say the same."""
        within, across = thresholds.of_meaning(len(self.words))
        with progress.task("comparing what texts say", len(self.words)) as advance:
            close, products = close_pairs(self.vectors, min(within, across), advance, reach=reach)
        kept = products >= np.where(self._are_in_two_languages(close), across, within)
        close, products = close[kept], products[kept]
        pairs, scores, shown = self._of_documents(close, products, thresholds.passages)
        agreement = AlikeOnAverage(self._of_whole_documents(), thresholds.meaning_of_families)
        joined = link(len(self.counts), pairs, scores, agreement)
        links = [
            Link(one, two, Relation.REWORDED, score, self._quoted(shown[one, two]))
            for one, two, score in joined.held_by
        ]
        return joined, links

    def _are_in_two_languages(self, pairs: Pairs) -> NDArray[np.bool_]:
        one, other = self.languages[pairs].T
        answer: NDArray[np.bool_] = (one != other) & (one != UNKNOWN) & (other != UNKNOWN)
        return answer

    def _of_documents(
        self, close: Pairs, products: NDArray[np.float32], share: float
    ) -> tuple[Pairs, NDArray[np.float64], dict[tuple[int, int], list[tuple[float, int, int]]]]:
        """Return pairs of documents that have enough passages in common, with their likeness."""
        found: dict[tuple[int, int], list[tuple[float, int, int]]] = {}
        for (one, two), product in zip(close.tolist(), products.tolist(), strict=True):
            left, right = int(self.owner[one]), int(self.owner[two])
            if left != right:
                found.setdefault((left, right), []).append((product, one, two))
        kept = {
            (left, right): sorted(met, key=lambda each: (-each[0], each[1:]))
            for (left, right), met in found.items()
            if _covers(met, int(self.counts[left]), int(self.counts[right]), share)
        }
        ordered = sorted(kept)
        pairs = np.array(ordered, np.int64).reshape(-1, 2)
        scores = np.array([kept[pair][0][0] for pair in ordered], np.float64)
        return pairs, scores, kept

    def _of_whole_documents(self) -> Vectors:
        starts = np.concatenate(([0], np.cumsum(self.counts)[:-1]))
        summed = np.add.reduceat(self.vectors, starts, axis=0)
        whole: Vectors = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-9)
        return whole

    def _quoted(self, met: list[tuple[float, int, int]]) -> tuple[tuple[str, str], ...]:
        return tuple((self.words[one], self.words[two]) for _, one, two in met[:_SHOWN_PASSAGES])


def _covers(met: list[tuple[float, int, int]], left: int, right: int, share: float) -> bool:
    """Whether enough of the shorter document is found in the longer; of articles, two passages."""
    found = min(len({one for _, one, _ in met}), len({two for _, _, two in met}))
    shorter = min(left, right)
    return found >= max(min(2, shorter), math.ceil(share * shorter))

"""Documents compared by what they say: passages, their vectors, and families of documents."""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

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
_Met: TypeAlias = tuple[float, int, int]  # a dot product, and the passages that it is of


@frozen
class Units:
    """Passages of documents with their vectors.

    Attributes:
        owner: (m,) the document of each passage.
        counts: (n,) how many passages each document has.
        first: (n,) the place of each document's first passage.
        languages: (m,) of the document of each passage.
    """

    words: tuple[str, ...]
    owner: NDArray[np.int64]
    counts: NDArray[np.int64]
    first: NDArray[np.int64]
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
        first = np.cumsum(counts) - counts
        return cls(words, owner, counts, first, spoken, comparable(vectors, spoken))

    def families(
        self, thresholds: Thresholds, progress: Progress, reach: int
    ) -> tuple[Families, list[Link]]:
        """Join documents whose passages say the same."""
        within, across = thresholds.of_meaning(len(self.words))
        with progress.task("comparing what texts say", len(self.words)) as advance:
            close, products = close_pairs(self.vectors, min(within, across), advance, reach=reach)
        kept = products >= np.where(self._are_in_two_languages(close), across, within)
        close, products = close[kept], products[kept]
        pairs, scores, met = self._of_documents(close, products, thresholds.passages)
        agreement = AlikeOnAverage(self._of_whole_documents(), thresholds.meaning_of_families)
        joined = link(len(self.counts), pairs, scores, agreement)
        links = [
            Link(one, two, Relation.REWORDED, score, self._quoted(met.get((one, two)), one, two))
            for one, two, score in joined.held_by
        ]
        return joined, links

    def _are_in_two_languages(self, pairs: Pairs) -> NDArray[np.bool_]:
        one, other = self.languages[pairs].T
        answer: NDArray[np.bool_] = (one != other) & (one != UNKNOWN) & (other != UNKNOWN)
        return answer

    def _of_documents(
        self, close: Pairs, products: NDArray[np.float32], share: float
    ) -> tuple[Pairs, NDArray[np.float64], dict[tuple[int, int], list[_Met]]]:
        """Return pairs of documents that have enough in common, with their likeness.

        Also, of pairs with an article, the passages that met, the closest first.
        """
        owners = self.owner[close]
        are_short = (self.counts[owners] == 1).all(axis=1)
        found: dict[tuple[int, int], list[_Met]] = {}
        rest = np.flatnonzero(~are_short & (owners[:, 0] != owners[:, 1]))
        for left, right, one, two, product in zip(
            *owners[rest].T.tolist(), *close[rest].T.tolist(), products[rest].tolist(), strict=True
        ):
            found.setdefault((left, right), []).append((product, one, two))
        kept = {
            (left, right): sorted(met, key=lambda each: (-each[0], each[1:]))
            for (left, right), met in found.items()
            if _covers(met, int(self.counts[left]), int(self.counts[right]), share)
        }
        of_articles = np.array([*kept], np.int64).reshape(-1, 2)
        pairs = np.concatenate((owners[are_short], of_articles))
        best = np.array([met[0][0] for met in kept.values()], np.float64)
        return pairs, np.concatenate((products[are_short], best)), kept

    def _of_whole_documents(self) -> Vectors:
        summed = np.add.reduceat(self.vectors, self.first, axis=0)
        whole: Vectors = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-9)
        return whole

    def _quoted(self, met: list[_Met] | None, one: int, two: int) -> tuple[tuple[str, str], ...]:
        if met is None:
            return ((self.words[self.first[one]], self.words[self.first[two]]),)
        return tuple((self.words[one], self.words[two]) for _, one, two in met[:_SHOWN_PASSAGES])


def _covers(met: list[_Met], left: int, right: int, share: float) -> bool:
    """Whether enough of the shorter document is found in the longer; of articles, two passages."""
    found = min(len({one for _, one, _ in met}), len({two for _, _, two in met}))
    shorter = min(left, right)
    return found >= max(min(2, shorter), math.ceil(share * shorter))

"""Which documents belong together, and by which of three relations: the cheap tests first.

Near-verbatim documents are found by their letters. One document of each near-verbatim family
then stands for it where meaning is compared, which costs a thousand times more.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from tocsin.detect.texts.banding import candidates
from tocsin.detect.texts.boilerplate import without_boilerplate
from tocsin.detect.texts.corpus import Corpus, Document
from tocsin.detect.texts.languages import UNKNOWN
from tocsin.detect.texts.linking import AlikeInLetters, AlikeOnAverage, Families, link
from tocsin.detect.texts.meaning import Encoder, Vectors, can_compare, comparable, encode
from tocsin.detect.texts.neighbours import REACH, close_pairs
from tocsin.detect.texts.passages import passages
from tocsin.detect.texts.shingles import Pairs, ShingleSets
from tocsin.foundation import Progress


class Relation(StrEnum):
    """How two texts say the same; the later, the looser."""

    VERBATIM = "verbatim"
    NEAR_VERBATIM = "near-verbatim"
    REWORDED = "reworded"
    TRANSLATED = "translated"


@frozen
class Thresholds:
    """From where on texts belong together. The defaults were frozen on a third of a labelled set.

    Attributes:
        letters: Jaccard index of near-verbatim documents.
        letters_of_families: the same between the first documents of two families that join.
        meaning: dot product of passages in one language, among up to 500 passages. Stricter than
            across languages: two headlines about one person share names, words and word order.
        meaning_across: the same for passages in two languages.
        meaning_per_decade: added to both for each factor of ten beyond 500 passages, as chance
            pairs grow with the square of the passages.
        meaning_of_families: mean dot product of two families that join.
        passages: the share of the shorter document's passages that must be found in the other.
    """

    letters: float = 0.40
    letters_of_families: float = 0.20
    meaning: float = 0.59
    meaning_across: float = 0.50
    meaning_per_decade: float = 0.10
    meaning_of_families: float = 0.40
    passages: float = 0.34

    def of_meaning(self, passages: int) -> tuple[float, float]:
        """Return the dot products that count among so many passages: within, across languages."""
        more = self.meaning_per_decade * math.log10(max(passages, 500) / 500)
        return min(self.meaning + more, 0.95), min(self.meaning_across + more, 0.95)


@frozen
class Link:
    """Why two documents are in one family.

    Attributes:
        one, other: documents, by their places in the corpus.
        likeness: Jaccard index of shingles, or the dot product of the closest passages.
        passages: the closest passages, as pairs of words; whole texts where they are short.
    """

    one: int
    other: int
    relation: Relation
    likeness: float
    passages: tuple[tuple[str, str], ...] = ()


@frozen
class Related:
    """Families of documents.

    Attributes:
        families: places of documents, each family sorted; those of a single document too.
        links: that hold the families together: a tree in each.
        compared_by_meaning: passages that went through the model.
        reach: with how many following passages each was compared.
        without_model: documents in languages that the model does not know, by language.
        boilerplate: sentences that were not compared.
    """

    families: tuple[tuple[int, ...], ...]
    links: tuple[Link, ...]
    compared_by_meaning: int = 0
    reach: int = REACH
    without_model: dict[str, int] = field(factory=dict)
    boilerplate: tuple[str, ...] = ()


def relate(
    corpus: Corpus,
    progress: Progress,
    *,
    encoder: Encoder | None,
    thresholds: Thresholds,
    reach: int = REACH,
) -> Related:
    """Find the families of a corpus.

    Args:
        encoder: None to compare letters only.
    """
    documents = corpus.documents
    stripped, boilerplate = without_boilerplate(documents)
    near, links = _near([each.key for each in stripped], thresholds, progress)
    # In the order of time: what is compared within reach only, is compared with what came next.
    members = sorted(
        (tuple(map(int, each)) for each in near.members()),
        key=lambda family: min(map(corpus.first_seen, family)),
    )
    if encoder is None or len(members) < 2:
        return Related(tuple(members), tuple(links), boilerplate=boilerplate)
    speakers = [_speaker(documents, each) for each in members]
    units = _Units.of(
        [stripped[at].words for at in speakers],
        [documents[at].language for at in speakers],
        encoder,
        progress,
    )
    joined, meant = units.families(thresholds, progress, reach)
    links += [_named(each, speakers, documents) for each in meant]
    families = [
        tuple(sorted(at for family in each for at in members[family])) for each in joined.members()
    ]
    return Related(
        tuple(families),
        tuple(links),
        compared_by_meaning=len(units.words),
        reach=reach,
        without_model=_without_model(documents),
        boilerplate=boilerplate,
    )


def _near(
    keys: Sequence[str], thresholds: Thresholds, progress: Progress
) -> tuple[Families, list[Link]]:
    sets = ShingleSets.of(keys)
    with progress.task("comparing letters", len(keys)) as advance:
        pairs = candidates(sets, advance)
    jaccard, _ = sets.likeness(pairs)
    kept = jaccard >= thresholds.letters
    agreement = AlikeInLetters(sets, thresholds.letters_of_families)
    near = link(len(keys), pairs[kept], jaccard[kept], agreement)
    links = [Link(one, two, Relation.NEAR_VERBATIM, score) for one, two, score in near.held_by]
    return near, links


def _speaker(documents: Sequence[Document], family: tuple[int, ...]) -> int:
    """Return who stands for a family: what most texts said, then the least padded."""
    return min(family, key=lambda at: (-len(documents[at].texts), len(documents[at].key), at))


def _without_model(documents: Sequence[Document]) -> dict[str, int]:
    unknown = [each.language for each in documents if not can_compare(each.language)]
    return {language: unknown.count(language) for language in sorted(set(unknown))}


def _named(each: Link, speakers: Sequence[int], documents: Sequence[Document]) -> Link:
    """Return a link between speakers as one between documents of the corpus."""
    one, other = speakers[each.one], speakers[each.other]
    spoken = {documents[one].language, documents[other].language}
    is_translated = len(spoken) > 1 and UNKNOWN not in spoken
    relation = Relation.TRANSLATED if is_translated else Relation.REWORDED
    return Link(one, other, relation, each.likeness, each.passages)


_SHOWN_PASSAGES: Final = 3


@frozen
class _Units:
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
    ) -> "_Units":
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

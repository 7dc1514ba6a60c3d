"""How two texts say the same, from where on, and what a comparison gives."""

import math
from enum import StrEnum

from attrs import field, frozen

from tocsin.detect.texts.neighbours import REACH


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

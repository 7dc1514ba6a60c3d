"""Sentences that a channel puts under everything: they join posts that have nothing in common.

A sentence is boilerplate when several texts have it and say different things beside it. A sentence
that texts share beside like sentences is what they have in common, and stays.
"""

import re
from collections.abc import Sequence, Set
from typing import Final

from attrs import frozen

from tocsin.detect.texts.corpus import Document
from tocsin.detect.texts.shingles import ShingleSets
from tocsin.detect.texts.wording import key_of_words, key_says_enough

LEAST: Final = 5
"""Texts that must have a sentence before it can be boilerplate."""
_SENTENCE: Final = re.compile(
    r"(?<=[.!?:\u2026])\s+|\s+[|\u2022\u2013\u2014-]\s+|\n+|(?<=[\u3002])"
)
_SHORT: Final = 6  # letters: what is shorter weighs nothing
_SAMPLED: Final = 64
_UNLIKE: Final = 0.7
"""The share of shingles that no other rest has, from which on rests say different things."""


@frozen
class Stripped:
    """What is left of a document, for comparing.

    Attributes:
        boilerplate: how many sentences were taken away.
    """

    key: str
    words: str
    boilerplate: int = 0


def without_boilerplate(documents: Sequence[Document]) -> tuple[list[Stripped], tuple[str, ...]]:
    """Return each document without boilerplate, and the sentences that are boilerplate."""
    cut = [_sentences(document.words) for document in documents]
    holders: dict[str, list[int]] = {}
    for at, sentences in enumerate(cut):
        if len(sentences) > 1:
            for key in {key for key, _ in sentences}:
                holders.setdefault(key, []).append(at)
    common = {
        key: found[0]
        for key, found in holders.items()
        if len(found) >= LEAST and _stands_beside_other_things(key, found, cut)
    }
    shown = tuple(
        next(said for key, said in cut[at] if key == sought)
        for sought, at in sorted(common.items())
    )
    return [
        _stripped(document, sentences, common.keys())
        for document, sentences in zip(documents, cut, strict=True)
    ], shown


def _sentences(words: str) -> list[tuple[str, str]]:
    """Return the sentences with their keys, those that weigh something."""
    found = ((key_of_words(part), part) for part in _SENTENCE.split(words))
    return [(key, part) for key, part in found if len(key) >= _SHORT]


def _stands_beside_other_things(
    key: str, holders: Sequence[int], cut: Sequence[Sequence[tuple[str, str]]]
) -> bool:
    rests = sorted({"".join(each for each, _ in cut[at] if each != key) for at in holders})
    telling = [rest for rest in rests if key_says_enough(rest)]
    if len(telling) < max(LEAST, 0.8 * len(holders)):
        return False
    step = -(-len(telling) // _SAMPLED)
    sets = ShingleSets.of(telling[::step])
    return len(set(sets.flat.tolist())) >= _UNLIKE * len(sets.flat)


def _stripped(
    document: Document, sentences: Sequence[tuple[str, str]], common: Set[str]
) -> Stripped:
    kept = [(key, said) for key, said in sentences if key not in common]
    left = "".join(key for key, _ in kept)
    if len(kept) == len(sentences) or not key_says_enough(left):
        return Stripped(document.key, document.words)
    return Stripped(left, " ".join(said for _, said in kept), len(sentences) - len(kept))

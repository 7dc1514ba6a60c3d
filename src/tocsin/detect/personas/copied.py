"""What one account has copied of another: picture, biography, links; and what many have anyhow.

What several accounts carry that are called otherwise is nobody's mark: a default picture, the
sentence of a chain of stations, a link to a platform. It is left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from math import fsum, log
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.names.letters import skeleton
from tocsin.detect.personas.profiles import Profile
from tocsin.foundation import HIDDEN

NEAR_PICTURE: Final = {256: 31, 64: 6}
"""Bits that may differ, by bits of the hash. PDQ's is the one of its authors (Facebook, 2019)."""

NEAR_TEXT: Final = 0.4
"""Of the words of two biographies, each as heavy as it is rare here, so much is in both."""
_LEAST_WORDS: Final = 5
COMMON: Final = 3
"""So many accounts called otherwise make a thing common."""

_MOST_LISTED: Final = 100
_NOTHING: Final = 1e-9
_WORD: Final = re.compile(r"[^\W_]+")
_LEAST_LETTERS: Final = 3
_LONGEST: Final = 5_000
_UNSPACED: Final = "\u2e80"
"""From here on letters of Chinese and Japanese, for the most part."""


class Trait(StrEnum):
    """What can be copied."""

    PICTURE = "picture"
    BIOGRAPHY = "biography"
    LINK = "link"


@frozen
class Copy:
    """One thing that two accounts have in common, and hardly anybody else.

    Attributes:
        value: a link; or how near pictures (bits that differ) or texts (Jaccard) are.
    """

    trait: Trait
    value: str


class Traits:
    """Pictures, texts and links of all accounts, so that it can be told what is common."""

    def __init__(self, profiles: Sequence[Profile]) -> None:
        self._profiles = profiles
        self._words = [_words(each.biography) for each in profiles]
        self._having: dict[str, list[int]] = defaultdict(list)
        for place, has in enumerate(self._words):
            for word in has:
                self._having[word].append(place)
        count = len(profiles) + 1
        self._weights = {word: log(count / len(having)) for word, having in self._having.items()}
        self._linking: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, each in enumerate(profiles):
            for link in each.links:
                self._linking[each.platform, link].append(place)
        self._pictures = {bits: _Pictures(profiles, bits) for bits in NEAR_PICTURE}

    def copies(self, one: int, other: int, alike: frozenset[int]) -> Iterator[Copy]:
        """Yield what two accounts have in common.

        Args:
            alike: who may have it without making it common: accounts that pass for either.
        """
        first, second = self._profiles[one], self._profiles[other]
        if first.bits and first.bits == second.bits:
            apart = (first.picture ^ second.picture).bit_count()
            pictures = self._pictures[first.bits]
            if apart <= NEAR_PICTURE[first.bits] and not pictures.is_common((one, other), alike):
                yield Copy(Trait.PICTURE, f"{apart} of {first.bits} bits differ")
        likeness = self._likeness(one, other)
        if likeness >= NEAR_TEXT and not self._is_common_text(one, other, alike):
            yield Copy(Trait.BIOGRAPHY, f"{likeness:.2f} of its words, by their rarity")
        for link in sorted(first.links & second.links):
            linking = self._linking[first.platform, link]
            if sum(each not in alike for each in linking) < COMMON:
                yield Copy(Trait.LINK, link)

    def _likeness(self, one: int, other: int) -> float:
        """Return the weighted Jaccard index of two biographies' words."""
        first, second = self._words[one], self._words[other]
        if len(first & second) < _LEAST_WORDS:
            return 0.0
        return self._weight(first & second) / max(self._weight(first | second), _NOTHING)

    def _weight(self, words: frozenset[str]) -> float:
        return fsum(map(self._weights.__getitem__, words))

    def _is_common_text(self, one: int, other: int, alike: frozenset[int]) -> bool:
        rare = sorted(
            self._words[one] & self._words[other],
            key=lambda word: (len(self._having[word]), word),
        )
        having = {at for word in rare[:_LEAST_WORDS] for at in self._having[word][:_MOST_LISTED]}
        count = 0
        for place in sorted(having - alike):
            count += min(self._likeness(place, one), self._likeness(place, other)) >= NEAR_TEXT
            if count == COMMON:
                return True
        return False


class _Pictures:
    """All pictures of one size, as rows of 64-bit words."""

    def __init__(self, profiles: Sequence[Profile], bits: int) -> None:
        self._places = [at for at, each in enumerate(profiles) if each.bits == bits]
        self._row = {place: row for row, place in enumerate(self._places)}
        raw = b"".join(profiles[at].picture.to_bytes(bits // 8, "big") for at in self._places)
        self._bytes = np.frombuffer(raw, np.uint8).reshape(-1, bits // 8)
        self._most = NEAR_PICTURE[bits]

    def is_common(self, pair: tuple[int, int], alike: frozenset[int]) -> bool:
        near: NDArray[np.bool_] = np.zeros(len(self._places), np.bool_)
        for place in pair:
            apart = _SET[self._bytes ^ self._bytes[self._row[place]]].sum(axis=1)
            near |= apart <= self._most
        return sum(self._places[row] not in alike for row in np.flatnonzero(near)) >= COMMON


_SET: Final = np.array([each.bit_count() for each in range(256)], np.uint16)


def _words(biography: str) -> frozenset[str]:
    """Return the words of a text as they look; of scripts without spaces every two letters."""
    found = set[str]()
    for word in _WORD.findall(skeleton(HIDDEN.sub("", biography[:_LONGEST]).lower())):
        if any(letter >= _UNSPACED for letter in word):
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        elif len(word) >= _LEAST_LETTERS:
            found.add(word)
    return frozenset(found)

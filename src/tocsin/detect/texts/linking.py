"""From pairs to families: strongest link first, and two families join only as families.

Single links alone would chain: one chance pair joins two families of a hundred. So a link between
two families holds only if they are alike on average (average linkage along the given pairs).
"""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.texts.meaning import Vectors
from tocsin.detect.texts.shingles import Pairs, ShingleSets


class Agreement(Protocol):
    """Tells whether two families belong together, and is told when they were joined."""

    def holds(self, one: int, other: int) -> bool:
        """Whether the families of these two roots are alike as wholes."""
        ...

    def joined(self, root: int, absorbed: int) -> None:
        """The family of `absorbed` now belongs to that of `root`."""
        ...


@frozen
class Families:
    """A partition of n nodes.

    Attributes:
        root: (n,) the lowest member of each node's family.
        held_by: the pairs that joined two families, strongest first: a tree in each family.
    """

    root: NDArray[np.int64]
    held_by: tuple[tuple[int, int, float], ...]

    def members(self) -> Iterator[NDArray[np.int64]]:
        """Yield the nodes of each family, alone or not, in the order of their lowest member."""
        order = np.argsort(self.root, kind="stable")
        cuts = np.flatnonzero(np.diff(self.root[order])) + 1
        yield from np.split(order, cuts) if len(order) else ()


def link(nodes: int, pairs: Pairs, scores: NDArray[np.floating], agreement: Agreement) -> Families:
    """Join nodes along pairs, the highest score first, as far as the families agree."""
    parent = np.arange(nodes)

    def root_of(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    held: list[tuple[int, int, float]] = []
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], -scores)):
        one, other = int(pairs[at, 0]), int(pairs[at, 1])
        left, right = sorted((root_of(one), root_of(other)))
        if left != right and agreement.holds(left, right):
            parent[right] = left
            agreement.joined(left, right)
            held.append((one, other, float(scores[at])))
    roots = np.fromiter((root_of(node) for node in range(nodes)), np.int64, nodes)
    return Families(roots, tuple(held))


class AlikeOnAverage:
    """Families agree when the mean dot product between their members reaches a threshold."""

    def __init__(self, vectors: Vectors, threshold: float) -> None:
        self._vectors = vectors
        self._threshold = threshold
        self._joined: dict[int, tuple[NDArray[np.float64], int]] = {}

    def holds(self, one: int, other: int) -> bool:
        """See `Agreement`."""
        (left, few), (right, more) = self._sum(one), self._sum(other)
        return float(left @ right) >= self._threshold * few * more

    def joined(self, root: int, absorbed: int) -> None:
        """See `Agreement`."""
        (left, few), (right, more) = self._sum(root), self._sum(absorbed)
        self._joined[root] = left + right, few + more
        self._joined.pop(absorbed, None)

    def _sum(self, root: int) -> tuple[NDArray[np.float64], int]:
        """Return the sum of a family's vectors, and how many they are."""
        return self._joined.get(root) or (self._vectors[root].astype(np.float64), 1)


class AlikeInLetters:
    """Families agree when their first texts share at least a part of their shingles."""

    def __init__(self, sets: ShingleSets, threshold: float) -> None:
        self._sets = sets
        self._threshold = threshold

    def holds(self, one: int, other: int) -> bool:
        """See `Agreement`."""
        likeness, _ = self._sets.likeness(np.array([[one, other]]))
        return float(likeness[0]) >= self._threshold

    def joined(self, root: int, absorbed: int) -> None:
        """See `Agreement`: the root speaks for the family, so nothing changes."""

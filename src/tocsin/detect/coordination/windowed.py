"""Edges that have a window each."""

from typing import Self

import numpy as np
from attrs import frozen

from tocsin.detect.coordination.arrays import Flags, Int64s
from tocsin.detect.coordination.kernel import Edges


@frozen(eq=False)
class WindowedEdges(Edges):
    """Edges, each with a window of its own.

    Attributes:
        window_s: of each edge; its `n` objects were shared within it.
    """

    window_s: Int64s

    @classmethod
    def none(cls) -> Self:
        empty = np.empty(0, np.int32)
        return cls(empty, empty, empty, np.empty(0, np.int64))

    def where(self, wanted: Flags | Int64s) -> Self:
        """Return the edges that a mask or a list of places picks."""
        return type(self)(
            self.a[wanted], self.b[wanted], self.n[wanted], self.window_s[wanted]
        )  # fmt: skip


def windows_of(edges: Edges, window_s: int) -> Int64s:
    """Return the window of each edge: its own, else `window_s`."""
    if isinstance(edges, WindowedEdges):
        return edges.window_s
    return np.full(len(edges), window_s, np.int64)

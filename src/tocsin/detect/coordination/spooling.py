"""Edges gathered in any order and given back sorted; more than memory should hold go to disk.

Beyond a limit, edges are dealt into temporary files by the number of their first account. At the
end each file is sorted alone and appended to the last one, which is mapped, not read: what is
held at once is the limit, or one file.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import numpy as np

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.ordering import group_by

_FILES: Final = 64
_SAMPLE: Final = 100_000  # edges that say where to cut, so that files are about equal
_A_TABLE_IS_CHEAPER: Final = 16  # than comparisons, from so many accounts an edge

Columns = tuple[Int32s, Int32s, Int32s]
"""a, b, objects."""


class Spool:
    """Edges of several windows, each once; a context that closes its files.

    Args:
        windows: how many counts an edge has.
        held: edges that memory may hold.
        folder: where the others go; the system's place for temporary files by default.
    """

    def __init__(self, windows: int, n_accounts: int, held: int, folder: Path | None) -> None:
        self._windows = windows
        self._n_accounts = n_accounts
        self._held = held
        self._folder = folder
        self._blocks: list[Int32s] = []
        self._in_memory = 0
        self._borders: Int32s | None = None
        self._files: list[IO[bytes]] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, block: Int32s) -> None:
        """Take edges: a row for a, one for b, and one for the objects within each window."""
        self._blocks.append(block)
        self._in_memory += block.shape[1]
        if self._in_memory > self._held:
            self._spill()

    def sorted_by_window(self, least: int) -> list[Columns]:
        """Return the edges of each window with at least so many objects, by (a, b)."""
        if not self._files:
            return self._columns(self._taken(), least)
        self._spill()
        outs = [[self._file() for _ in range(3)] for _ in range(self._windows)]
        for file in self._files:
            file.seek(0)
            part = np.fromfile(file, np.int32).reshape(-1, 2 + self._windows).T
            for window, columns in zip(outs, self._columns(part, least), strict=True):
                for out, column in zip(window, columns, strict=True):
                    column.tofile(out)
        return [(_mapped(a), _mapped(b), _mapped(n)) for a, b, n in outs]

    def _taken(self) -> Int32s:
        empty = np.empty((2 + self._windows, 0), np.int32)
        whole = np.concatenate([empty, *self._blocks], axis=1)
        self._blocks.clear()
        self._in_memory = 0
        return whole

    def _spill(self) -> None:
        whole = self._taken()
        if self._borders is None:
            some = np.sort(whole[0, :: max(1, whole.shape[1] // _SAMPLE)])
            self._borders = np.unique(some[np.arange(1, _FILES) * len(some) // _FILES])
            self._files = [self._file() for _ in range(len(self._borders) + 1)]
        into = np.searchsorted(self._borders, whole[0], side="right").astype(np.int32)
        offsets, order = group_by(into, len(self._files))
        for k, file in enumerate(self._files):
            whole[:, order[offsets[k] : offsets[k + 1]]].T.tofile(file)

    def _file(self) -> IO[bytes]:
        return self._open.enter_context(
            tempfile.TemporaryFile(prefix="tocsin-edges-", dir=self._folder)
        )

    def _columns(self, whole: Int32s, least: int) -> list[Columns]:
        whole = whole[:, self._order(whole[0], whole[1])]
        found = []
        for n in whole[2:]:
            enough = n >= least
            found.append((whole[0][enough], whole[1][enough], n[enough]))
        return found

    def _order(self, a: Int32s, b: Int32s) -> Int32s | Int64s:
        if len(a) < self._n_accounts // _A_TABLE_IS_CHEAPER:
            return np.lexsort((b, a))
        _, order = group_by(np.ascontiguousarray(b), self._n_accounts)
        return order[group_by(a[order], self._n_accounts)[1]]


def _mapped(file: IO[bytes]) -> Int32s:
    file.flush()
    if file.tell() == 0:
        return np.empty(0, np.int32)
    return np.memmap(file, np.int32, "r")

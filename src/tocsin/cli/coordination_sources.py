"""What `tocsin detect coordination` reads: files with a trace, or traces of a node's activity."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.activity import Dataset, trace
from tocsin.detect.coordination.fusion import fuse
from tocsin.detect.coordination.reading import Trace, is_wider, read_traces
from tocsin.foundation import UsageError

_USUAL: Final = "url"


@frozen(kw_only=True)
class Sources:
    """Where shares come from.

    Attributes:
        files: with a trace's columns; with posts, where `traces` are asked for.
        home: of the node whose activity is read where there are no files.
    """

    files: tuple[Path, ...]
    columns: Mapping[str, str]
    traces: tuple[str, ...]
    home: Path | None

    def read(self, *, first_only: bool) -> Trace:
        """Return one trace; several are fused, so that each post speaks once.

        Raises:
            UsageError: when there is nothing to read, or no such trace.
            BadInputError: when a file is not what it should be.
        """
        if self.files and not self.traces:
            return read_traces(self.files, self.columns)
        source: Dataset | Sequence[Path] = self.files or self._dataset()
        tables = {
            name: trace(source, name, first_share=first_only) for name in self.traces or (_USUAL,)
        }
        return Trace(fuse(tables) if len(tables) > 1 else next(iter(tables.values())), 0)

    def has_repeats(self) -> bool:
        """Tell whether one post may stand in several rows."""
        if not self.files or self.traces:
            return True
        return any(is_wider(path, self.columns) for path in self.files)

    def _dataset(self) -> Dataset:
        if self.home is None:
            raise UsageError(
                "nothing to read",
                hint="name CSV or Parquet files, or a node with activity by --home DIR",
            )
        return Dataset(self.home)

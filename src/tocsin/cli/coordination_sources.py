"""What `tocsin detect coordination` reads: files with a trace, or traces of a node's activity."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
from attrs import field, frozen

from tocsin.activity import TRACES, Dataset, trace
from tocsin.detect.coordination.fusion import fuse
from tocsin.detect.coordination.reading import Trace, is_wider, read_traces
from tocsin.foundation import NoProgress, Progress, UsageError

_USUAL: Final = "url"


@frozen(kw_only=True)
class Sources:
    """Where shares come from.

    Attributes:
        files: with a trace's columns; with posts, where `traces` are asked for.
        home: of the node whose activity is read where there are no files.
        moved_by: seconds to add to the times of files whose clock is off.
        progress: of what takes long, such as families of texts.
    """

    files: tuple[Path, ...]
    columns: Mapping[str, str]
    traces: tuple[str, ...]
    home: Path | None
    moved_by: Mapping[Path, int] = field(factory=dict)
    progress: Progress = field(factory=NoProgress)

    def read(self, *, first_only: bool) -> Trace:
        """Return one trace; several are fused, so that each post speaks once.

        Raises:
            UsageError: when there is nothing to read, or no such trace.
            BadInputError: when a file is not what it should be.
        """
        if self.files and not self.traces:
            return read_traces(self.files, self.columns, self.moved_by)
        source: Dataset | Sequence[Path] = self.files or self._dataset()
        names = self.traces or (_USUAL,)
        _check(names)  # all of them, before the first takes its time
        tables = {name: self._traced(source, name, first_only=first_only) for name in names}
        return Trace(fuse(tables) if len(tables) > 1 else next(iter(tables.values())), 0)

    def posts(self) -> Dataset | Sequence[Path] | None:
        """Return the posts behind the traces; None where files have nothing but a trace."""
        if not self.files:
            return self._dataset()
        return self.files if self.traces else None

    def has_repeats(self) -> bool:
        """Tell whether one post may stand in several rows."""
        if not self.files or self.traces:
            return True
        return any(is_wider(path, self.columns) for path in self.files)

    def _traced(self, source: Dataset | Sequence[Path], name: str, *, first_only: bool) -> pa.Table:
        if name in TRACES:
            return trace(source, name, first_share=first_only)
        # Not at the top: most runs read no texts, and what compares them takes time to load.
        from tocsin.detect.texts import family_trace  # noqa: PLC0415

        return family_trace(source, name, self.progress, first_share=first_only)

    def _dataset(self) -> Dataset:
        if self.home is None:
            raise UsageError(
                "nothing to read",
                hint="name CSV or Parquet files, or a node with activity by --home DIR",
            )
        return Dataset(self.home)


def _check(names: Sequence[str]) -> None:
    """Raise `UsageError` for a name that no trace has."""
    if all(name in TRACES for name in names):
        return
    from tocsin.detect.texts import FAMILY_TRACES  # noqa: PLC0415 - as above

    known = (*TRACES, *FAMILY_TRACES)
    wrong = next((name for name in names if name not in known), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no trace", hint=f"use one of {', '.join(known)}")

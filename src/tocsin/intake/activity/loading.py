"""Files of posts into the dataset: read, counted, staged in batches, reported as an import is."""

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec
from attrs import define, field, frozen

from tocsin.activity import Ad, Dataset, Post
from tocsin.activity.dataset import Load
from tocsin.activity.storing import Staging, Stored
from tocsin.activity.writing import only_writer
from tocsin.foundation import BadInputError, Clock, NoProgress, Progress, rfc3339
from tocsin.foundation.progress import Advance
from tocsin.intake.activity.notes import ActivityReader, Notes
from tocsin.intake.activity.parquet import ParquetReader
from tocsin.intake.activity.registry import activity_reader_named, sniff_activity
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head
from tocsin.intake.report import Defect, FileReport, ImportReport

_BATCH: Final = 16_384
_BATCH_LETTERS: Final = 16 * 1024 * 1024
_BLOCK: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_FEW: Final = 100
_TOLD: Final = "table"
"""What reads a file whose columns were told, and whose content says nothing."""


def load_files(
    paths: Iterable[Path],
    dataset: Dataset,
    *,
    by: str,
    clock: Clock,
    progress: Progress | None = None,
    format: str = "auto",  # noqa: A002 - the word of the command
    columns: Callable[[Path], Mapping[str, str]] = lambda _: {},
) -> ImportReport:
    """Read files into the dataset; the same bytes loaded again add nothing.

    A file that cannot be read is named in its report and hinders no other. A file is in the
    dataset whole or not at all: what breaks off is finished by loading the same files again.
    Files may be compressed with gzip.

    Args:
        by: who loads, as this node knows them.
        format: a reader's name, or `auto` to find it by content.
        columns: gives the header by field of a post, where a person told it of a table.

    Raises:
        UsageError: for an unknown format.
        StorageError: when the dataset cannot be written, or another load is under way.
    """
    named = None if format == "auto" else activity_reader_named(format)
    reports, new, known = [], 0, 0
    with only_writer(dataset, by=by, at=rfc3339(clock.now())):
        for path in paths:
            source = _Source(path, named, Notes(now=int(clock.now().timestamp())), columns)
            with (progress or NoProgress()).task(path.name, _size(path)) as advance:
                report, stored = source.load(dataset, by, rfc3339(clock.now()), advance)
            reports.append(report)
            new, known = new + stored.new, known + stored.known
    return ImportReport(tuple(reports), new, known)


@frozen
class _Source:
    """One file, the reader that was asked for, and what is noted of it."""

    path: Path
    named: ActivityReader | None
    notes: Notes
    columns: Callable[[Path], Mapping[str, str]]

    def load(
        self, dataset: Dataset, by: str, at: str, advance: Advance
    ) -> tuple[FileReport, Stored]:
        """Read the file into the dataset, or say why not."""
        try:
            return self._read(dataset, by, at, advance)
        except BadInputError as error:
            why = error.message
        except EOFError:
            why = "it is broken off"
        except OSError as error:
            why = error.strerror or str(error)
        return self._unreadable(why)

    def _read(
        self, dataset: Dataset, by: str, at: str, advance: Advance
    ) -> tuple[FileReport, Stored]:
        digest, size = _look(self.path)
        if not size:
            return self._unreadable("the file is empty")
        if (before := dataset.find(digest)) is not None:
            return self._as_before(before), Stored(0, before.new + before.known, ())
        self.notes.columns = self.columns(self.path)
        with _opened(self.path) as stream:
            reader = self.named or sniff_activity(Head.of(stream, size))
            if reader is None and self.notes.columns:
                reader = activity_reader_named(_TOLD)
            if reader is None:
                return self._unreadable("no reader of activity knows its content")
            load = Load(digest=digest, name=self.path.name, format=reader.name, by=by, at=at)
            with Staging(dataset, digest) as staging:
                _Reading(self.notes, staging, stream, advance).run(reader)
                return self._commit(staging, load)

    def _commit(self, staging: Staging, load: Load) -> tuple[FileReport, Stored]:
        self._name_the_busiest(staging)
        stored = staging.finish()
        report = self._report(load.format)
        told = {"records": report.records, "kept": report.kept}
        defects = [_defect_to_json(each) for each in report.defects]
        staging.commit(
            msgspec.structs.replace(
                load,
                files=stored.files,
                new=stored.new,
                known=stored.known,
                report={**told, "defects": defects},
            )
        )
        return report, stored

    def _name_the_busiest(self, staging: Staging) -> None:
        """Note an account that alone would carry most of what is found."""
        busiest = staging.busiest()
        if busiest and busiest[2] >= _FEW and busiest[1] * 2 >= busiest[2]:
            self.notes.place = f"account {busiest[0]}"
            self.notes.flag("dominant-account", f"{busiest[1]} of {busiest[2]} posts")

    def _as_before(self, load: Load) -> FileReport:
        """Return what was told when the same bytes were loaded."""
        told = msgspec.convert(load.report, _Told)
        defects = tuple(Defect(d.kind, d.count, d.lost, d.examples) for d in told.defects)
        return FileReport(
            path=str(self.path),
            format=load.format,
            records=told.records,
            kept=told.kept,
            defects=defects,
        )

    def _report(self, format_: str) -> FileReport:
        tally = self.notes.tally
        return FileReport(
            path=str(self.path),
            format=format_,
            records=tally.kept + tally.lost(),
            kept=tally.kept,
            defects=tally.defects(),
        )

    def _unreadable(self, why: str) -> tuple[FileReport, Stored]:
        """Return that nothing was read, whatever was noted on the way."""
        defect = Defect("unreadable", 1, 1, (why,))
        report = FileReport(
            path=str(self.path), format="unknown", records=1, kept=0, defects=(defect,)
        )
        return report, Stored(0, 0, ())


class _ToldDefect(msgspec.Struct, frozen=True):
    kind: str
    count: int
    lost: int = 0
    examples: tuple[str, ...] = ()


class _Told(msgspec.Struct, frozen=True):
    """The report as the manifest keeps it."""

    records: int = 0
    kept: int = 0
    defects: tuple[_ToldDefect, ...] = ()


@define
class _Reading:
    """One file on its way into the staging."""

    notes: Notes
    staging: Staging
    stream: BinaryIO
    advance: Advance
    _at: int = 0
    _letters: int = 0
    _waiting: dict[type, list[Post | Ad]] = field(factory=lambda: {Post: [], Ad: []})

    def run(self, reader: ActivityReader) -> None:
        """Read to the end; a packed file that breaks off keeps what stands before the break."""
        stream = self.stream
        stream.seek(0)
        if isinstance(reader, ParquetReader):
            for table, _ in reader.tables(stream, self.notes):
                self.staging.add_table(table)
                self._count(table.num_rows)
            return
        try:
            for told in reader.read(stream, self.notes):
                if isinstance(told, Lost):
                    example = f"{told.locator}: {told.example}" if told.example else told.locator
                    self.notes.tally.flag(told.kind, example, lost=1)
                else:
                    self._take(told)
        except (EOFError, gzip.BadGzipFile) as error:
            self.notes.flag("truncated", error)
        for kind in self._waiting:
            self._flush(kind)

    def _take(self, row: Post | Ad) -> None:
        waiting = self._waiting[type(row)]
        waiting.append(row)
        self._letters += len(row.text or "")
        if len(waiting) >= _BATCH or self._letters >= _BATCH_LETTERS:
            self._flush(type(row))

    def _flush(self, kind: type) -> None:
        rows = self._waiting[kind]
        self.staging.add(rows)
        self._count(len(rows))
        self._waiting[kind], self._letters = [], 0

    def _count(self, rows: int) -> None:
        """Count rows that were kept, and show how far into the file's bytes they reach."""
        self.notes.tally.kept += rows
        at = _raw(self.stream).tell()
        self.advance(max(0, at - self._at))
        self._at = max(at, self._at)


def _why(error: BadInputError | OSError | EOFError) -> str:
    if isinstance(error, BadInputError):
        return error.message
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _defect_to_json(defect: Defect) -> dict[str, object]:
    return {
        "kind": defect.kind,
        "count": defect.count,
        "lost": defect.lost,
        "examples": [*defect.examples],
    }


def _opened(path: Path) -> BinaryIO:
    stream = path.open("rb")
    is_packed = stream.read(2) == _GZIP
    stream.seek(0)
    if not is_packed:
        return stream
    stream.close()
    return cast("BinaryIO", gzip.open(path, "rb"))


def _raw(stream: BinaryIO) -> BinaryIO:
    """Return the file itself, of a packed one the bytes as they lie on disk."""
    return cast("BinaryIO", getattr(stream, "fileobj", stream))


def _size(path: Path) -> int | None:
    """Return how many bytes there are to read, None for what cannot be read."""
    return path.stat().st_size if path.is_file() else None


def _look(path: Path) -> tuple[str, int]:
    """Return the digest of a file's bytes and its size."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size

"""Files into the vault: read, counted, kept in batches, reported."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import define, field

from tocsin.foundation import Clock, JsonObject, NoProgress, Progress
from tocsin.foundation.progress import Advance
from tocsin.intake.disarm import Releases
from tocsin.intake.events import Event, Flagged, Found, Kept, Lost, Mapped, Release
from tocsin.intake.files import InputFile, delegated
from tocsin.intake.mapping import ColumnMapping, mapping_from_json, mapping_to_json
from tocsin.intake.reader import Context
from tocsin.intake.registry import reader_named
from tocsin.intake.report import FileReport, ImportReport, Tally
from tocsin.intake.taxonomy import TAXONOMY_KIND, release_from_json, release_id, release_to_json
from tocsin.policy import GuardLists, guard_stop
from tocsin.records import Tlp
from tocsin.vault import (
    BATCH,
    Graveyard,
    Held,
    Holding,
    Provenance,
    Source,
    Tombstone,
    Transaction,
    Vault,
    guard_lists,
)

MAPPING_KIND: Final = "column-mapping"
_UNDER_WAY: Final = 4


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Let the cycle collector look less often: reading makes many objects and hardly a cycle.

    With Python's own threshold it takes about half of the time of an import.
    """
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_fewer_collections()
def import_files(
    paths: Iterable[Path],
    vault: Vault,
    *,
    by: str,
    clock: Clock,
    progress: Progress | None = None,
    format: str = "auto",  # noqa: A002 - the word of the command
    mapping: ColumnMapping | None = None,
    default_tlp: Tlp | None = None,
) -> ImportReport:
    """Read files into the vault's private family; a second import of the same adds nothing.

    A file that cannot be read is named in its report and hinders no other. Taxonomies are read
    first. Records are durable by the thousand, in their order: an import that is killed and
    repeated ends as if it had not been killed.

    Args:
        by: who imports, as this node knows them.
        format: a reader's name, or `auto` to find it by content.
        mapping: how to read the columns of tables; saved for tables with the same header.
        default_tlp: the marking of STIX objects that have none; tables keep it as what was said.

    Raises:
        UsageError: for an unknown format.
        StorageError: when the vault cannot be written.
    """
    del clock  # the vault stamps what it keeps; reading needs no time
    named = None if format == "auto" else reader_named(format)
    files = [InputFile.open(path, named) for path in paths]
    ordered = sorted(enumerate(files), key=lambda item: (not item[1].is_taxonomy, item[0]))
    reports: dict[int, FileReport] = {}
    held, ids = Held(), dict[str, None]()
    with vault.read() as snapshot:
        graveyard, guards = snapshot.tombstones.all(), guard_lists(snapshot)
    for at, file in ordered:
        with (progress or NoProgress()).task(file.path.name, file.size or None) as advance:
            one = _Import(file, vault, by, mapping, default_tlp, advance, graveyard, guards)
            reports[at] = one.run()
        held += one.held
        ids.update(one.ids)
    in_order = tuple(report for _, report in sorted(reports.items()))
    return ImportReport(in_order, held.new, held.known + held.changed, tuple(ids))


def load_releases(vault: Vault) -> Releases:
    """Return the taxonomies that the vault remembers."""
    with vault.read() as snapshot:
        documents = snapshot.documents.list(TAXONOMY_KIND)
    return Releases(tuple(release_from_json(document.body) for document in documents))


@define
class _Import:
    """One file on its way into the vault."""

    file: InputFile
    vault: Vault
    by: str
    mapping: ColumnMapping | None
    default_tlp: Tlp | None
    advance: Advance
    graveyard: Graveyard
    guards: GuardLists
    tally: Tally = field(factory=Tally)
    held: Held = field(factory=Held)
    ids: dict[str, None] = field(factory=dict)
    used: ColumnMapping | None = None
    _waiting: list[tuple[Found, str]] = field(factory=list)
    _written: list[Future[Held]] = field(factory=list)
    _source: int = 0

    def run(self) -> FileReport:
        """Read the file to its end and return its report."""
        reader = self.file.reader
        if reader is None:
            self.tally.flag("unreadable", self.file.trouble, lost=1)
            return self._report("unknown")
        source = Source(
            name=self.file.path.name, digest=self.file.digest, format=reader.name, by=self.by
        )
        self._source = self.vault.write(lambda tx: tx.private.add_source(source))
        with self.file.path.open("rb") as stream:
            for event in reader.read(stream, self._context()):
                self._take(event)
                if len(self._waiting) >= BATCH:
                    self._flush()
                    self.advance(0)
        self._flush()
        self._settle()
        self.advance(self.file.size)
        report = self._report(reader.name)
        self.vault.write(lambda tx: self._close(tx, report))
        return report

    def _context(self) -> Context:
        return Context(
            digest=self.file.digest,
            mapping=self.mapping,
            saved_mapping=self._saved_mapping,
            releases=load_releases(self.vault),
            default_tlp=self.default_tlp,
            delegate=delegated,
        )

    def _take(self, event: Event) -> None:
        tally = self.tally
        if isinstance(event, Kept):
            then = self._erased(event)
            if then is Tombstone.REFUSED:
                # The record's other words may name the person as well: none of it is kept.
                tally.flag("erased", event.locator, lost=1)
                return
            if then is Tombstone.NOTED:
                tally.flag("erased-by-author", event.locator)
            tally.kept += 1
            for flaw in event.flaws:
                tally.flag(flaw.kind, flaw.example)
            for found in event.found:
                self._keep(found, event.locator)
        elif isinstance(event, Lost):
            tally.flag(event.kind, f"{event.locator}: {event.example}", lost=1)
        elif isinstance(event, Flagged):
            tally.flag(event.kind, event.example, count=event.count)
        elif isinstance(event, Mapped):
            self.used = event.mapping
        else:
            self._remember(event)

    def _erased(self, record: Kept) -> Tombstone | None:
        """Return what an erasure says of a record: the locator alone may be told of it."""
        if not self.graveyard:
            return None
        names = (name for found in record.found for name in (found.object.id, *found.keys))
        return self.graveyard.look(names)

    def _keep(self, found: Found, locator: str) -> None:
        if found.object.id in self.ids:
            self.tally.flag("duplicate", f"{locator}: {found.object.name}")
        for key in found.keys:
            stop = guard_stop(key, self.guards)
            if stop is not None:
                self.tally.flag(f"guard-{stop.guard}", f"{locator}: {stop.why}")
        self.ids[found.object.id] = None
        self._waiting.append((found, locator))

    def _flush(self) -> None:
        """Hand a batch to the vault and read on while the disk works.

        A few may be under way: the vault puts what waits into one commit.
        """
        batch, self._waiting = self._waiting, []
        self._settle(_UNDER_WAY - 1)
        if batch:
            self._written.append(self.vault.submit(lambda tx: self._hold(tx, batch)))

    def _settle(self, left: int = 0) -> None:
        """Wait until at most `left` batches are under way."""
        while len(self._written) > left:
            self.held += self._written.pop(0).result()

    def _hold(self, tx: Transaction, batch: Sequence[tuple[Found, str]]) -> Held:
        holdings = [
            Holding(
                found.object,
                found.keys,
                Provenance(self._source, locator, self._marked(found)),
                found.bare,
            )
            for found, locator in batch
        ]
        return tx.private.hold(holdings, by=self.by)

    def _marked(self, found: Found) -> JsonObject:
        if self.default_tlp is None or not found.bare or "marking" in found.said:
            return found.said
        return {**found.said, "marking": self.default_tlp.label}

    def _remember(self, release: Release) -> None:
        body = release_to_json(release)
        self.vault.write(
            lambda tx: tx.documents.put(TAXONOMY_KIND, release_id(release), body, by=self.by)
        )

    def _close(self, tx: Transaction, report: FileReport) -> None:
        counts = report.to_json()
        tx.private.set_counts(self._source, counts)
        used = self.used
        if used is not None and used.has_header:
            tx.documents.put(MAPPING_KIND, used.fingerprint, mapping_to_json(used), by=self.by)

    def _saved_mapping(self, fingerprint: str) -> ColumnMapping | None:
        with self.vault.read() as snapshot:
            document = snapshot.documents.get(MAPPING_KIND, fingerprint)
        return mapping_from_json(document.body) if document else None

    def _report(self, format_: str) -> FileReport:
        return FileReport(
            path=str(self.file.path),
            format=format_,
            records=self.tally.kept + self.tally.lost(),
            kept=self.tally.kept,
            defects=self.tally.defects(),
            mapping=self.used,
        )

"""The import report: every record of a file is kept or named with its reason."""

from collections.abc import Iterable
from typing import Final

from attrs import define, field, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.intake.defects import rule_of
from tocsin.intake.mapping import ColumnMapping, mapping_to_json

MAX_EXAMPLES: Final = 5
MAX_EXAMPLE_LENGTH: Final = 160


@frozen
class Defect:
    """One kind of flaw in one file.

    Attributes:
        count: how often it was met.
        lost: how many records it lost; 0 for what was repaired or only flagged.
        examples: at most five, each beginning with where it stands.
    """

    kind: str
    count: int
    lost: int = 0
    examples: tuple[str, ...] = ()

    @property
    def rule(self) -> str:
        """What the kind means and what was done about it, in a sentence."""
        return rule_of(self.kind)

    def to_json(self) -> JsonObject:
        """Return the form that `tocsin import --json` prints."""
        return {
            "kind": self.kind,
            "count": self.count,
            "lost": self.lost,
            "examples": [*self.examples],
            "rule": self.rule,
        }


@frozen(kw_only=True)
class FileReport:
    """What became of one file.

    Attributes:
        records: rows, objects, attributes or indicators, by the format's own unit.
        mapping: which column was read as what; None for formats without columns.

    Raises:
        BadInputError: when records is not kept plus lost: such a report would hide something.
    """

    path: str
    format: str
    records: int
    kept: int
    defects: tuple[Defect, ...] = ()
    mapping: ColumnMapping | None = None

    def __attrs_post_init__(self) -> None:
        if self.records != self.kept + self.lost:
            raise BadInputError(
                f"{self.path}: {self.records} records, {self.kept} kept and {self.lost} lost",
                hint="the reader does not account for every record; report this as a bug",
            )

    @property
    def lost(self) -> int:
        """Records that no object came of; each is named by a defect."""
        return sum(defect.lost for defect in self.defects)

    def count(self, kind: str) -> int:
        """Return how often a kind of defect was met."""
        return sum(defect.count for defect in self.defects if defect.kind == kind)

    def to_json(self) -> JsonObject:
        """Return the form that `tocsin import --json` prints."""
        return {
            "path": self.path,
            "format": self.format,
            "records": self.records,
            "kept": self.kept,
            "defects": [defect.to_json() for defect in self.defects],
            "mapping": mapping_to_json(self.mapping) if self.mapping else None,
        }


@frozen
class ImportReport:
    """What became of one import.

    Attributes:
        new: objects that the vault did not hold before.
        known: mentions of objects that it held, in this or another version.
        object_ids: ids of all objects that the files speak of, each once, in their order.
    """

    files: tuple[FileReport, ...]
    new: int
    known: int
    object_ids: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """Records lost over all files."""
        return sum(file.lost for file in self.files)

    def to_json(self) -> JsonObject:
        """Return the form that `tocsin import --json` prints."""
        files: list[JsonValue] = [file.to_json() for file in self.files]
        return {"files": files, "new": self.new, "known": self.known}


@define
class Tally:
    """Counts what a reader tells, so that the report adds up by construction."""

    kept: int = 0
    _counts: dict[str, list[int]] = field(factory=dict)
    _examples: dict[str, list[str]] = field(factory=dict)

    def flag(self, kind: str, example: str, *, count: int = 1, lost: int = 0) -> None:
        """Count a defect; `lost` records came to nothing by it."""
        counted = self._counts.setdefault(kind, [0, 0])
        counted[0] += count
        counted[1] += lost
        shown = self._examples.setdefault(kind, [])
        if example and len(shown) < MAX_EXAMPLES:
            shown.append(shorten(example))

    def lost(self) -> int:
        """Return how many records were lost so far."""
        return sum(lost for _, lost in self._counts.values())

    def defects(self) -> tuple[Defect, ...]:
        """Return the defects, those that lost records first, then by kind."""
        made: Iterable[Defect] = (
            Defect(kind, count, lost, tuple(self._examples[kind]))
            for kind, (count, lost) in self._counts.items()
        )
        return tuple(sorted(made, key=lambda defect: (-defect.lost, defect.kind)))


def shorten(text: str) -> str:
    """Return an example on one line, cut to a length that fits a terminal."""
    line = " ".join(text.split())
    line = line.encode("utf-8", "backslashreplace").decode()
    return line if len(line) <= MAX_EXAMPLE_LENGTH else f"{line[: MAX_EXAMPLE_LENGTH - 1]}…"

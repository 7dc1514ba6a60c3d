"""The table of writers: ours, and those that other packages bring (group `tocsin.writers`)."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from tocsin.exchange.writers.csv_list import CsvWriter
from tocsin.exchange.writers.export import Export, ExportReport
from tocsin.exchange.writers.misp_event import MispWriter
from tocsin.exchange.writers.opencti import OpenctiWriter
from tocsin.exchange.writers.stix import StixWriter
from tocsin.exchange.writers.workbook import XlsxWriter
from tocsin.foundation import UsageError

ENTRY_POINTS: Final = "tocsin.writers"


@runtime_checkable
class Writer(Protocol):
    """One format. tests/conformance/test_writers.py says what every writer must do."""

    @property
    def name(self) -> str:
        """As `--format` takes it."""
        ...

    @property
    def suffix(self) -> str:
        """Of the file's name, with its dot."""
        ...

    def examples(self) -> Mapping[str, Export]:
        """Return exports that this writer must write, by name."""
        ...

    def write(self, export: Export, path: Path) -> ExportReport:
        """Write the whole file or none, 0600, after `screening.screen`.

        Raises:
            RefusedError: when the rules for people forbid it.
            StorageError: when the file cannot be written.
        """
        ...


_OURS: Final = (StixWriter(), OpenctiWriter(), MispWriter(), CsvWriter(), XlsxWriter())


@lru_cache(maxsize=1)
def writers() -> Mapping[str, Writer]:
    """Return every writer by name; a package cannot take the place of one of ours."""
    found: dict[str, Writer] = {each.name: each for each in _OURS}
    for point in entry_points(group=ENTRY_POINTS):
        made = point.load()()
        if isinstance(made, Writer):
            found.setdefault(made.name, made)
    return found


def writer(name: str) -> Writer:
    """Return the writer of a format.

    Raises:
        UsageError: when there is none of that name.
    """
    found = writers().get(name.strip().lower())
    if found is None:
        raise UsageError(
            f"{name!r} is no export format", hint=f"use one of {', '.join(sorted(writers()))}"
        )
    return found

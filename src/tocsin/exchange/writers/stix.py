"""The `stix` format: one bundle of strict STIX 2.1 that every conforming reader takes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tocsin.exchange.writers.bundle import write_bundle
from tocsin.exchange.writers.conform import conformed
from tocsin.exchange.writers.examples import exports
from tocsin.exchange.writers.export import Export, ExportReport
from tocsin.exchange.writers.placing import Profile
from tocsin.exchange.writers.standins import NOTED

PROFILE: Final = Profile(
    finished=conformed,
    as_observable=frozenset({"channel", "hostname", "media-content", "phone-number"}),
    as_note=NOTED,
)


class StixWriter:
    """Strict STIX 2.1: no custom type, no custom property, no reference out of the file."""

    name = "stix"
    suffix = ".json"

    def examples(self) -> Mapping[str, Export]:
        return exports()

    def write(self, export: Export, path: Path) -> ExportReport:
        return write_bundle(export, PROFILE, path)

"""Intake: files, exports, lists and e-mails into the vault, with a report that adds up.

Takes whatever partners and publishers really send; gives private objects with their canonical keys
and, for every mention, what its source said. Tolerant in, nothing dropped in silence.

Invariants:
- records = kept + lost, for every file; each loss and each repair is a `Defect` with a rule.
- A reader is found by content, never by the file's name; one reader a format.
- What is imported is private: nothing here makes an audience or a delivery.
- A registration or creation date is `registered_on`, never `first_observed`.
- A second import of the same bytes adds nothing; ids of what is made here are deterministic.
- One bad row, object or attribute loses only itself; memory is bounded by the largest element.

Activity has readers of its own, in `intake.activity`: they give posts to the dataset, not objects.

May import `foundation`, `records`, `trust`, `policy`, `vault` and `activity`. Readers of other
packages register under the entry-point group `tocsin.readers`.
"""

from tocsin.intake.defects import DEFECT_KINDS
from tocsin.intake.disarm import (
    DISARM_SCHEME,
    Releases,
    Resolution,
    TechniqueState,
    technique_number,
    technique_numbers,
)
from tocsin.intake.events import Event, Flagged, Flaw, Found, Kept, Lost, Mapped, Release
from tocsin.intake.files import preview_mapping, read_events
from tocsin.intake.importing import MAPPING_KIND, import_files, load_releases
from tocsin.intake.keepsakes import KEEPSAKE_TYPES, PASSAGE_TYPE, QUANTITY_TYPE, TERM_TYPE
from tocsin.intake.mapping import (
    Column,
    ColumnMapping,
    DateOrder,
    Role,
    mapping_from_json,
    mapping_to_json,
)
from tocsin.intake.reader import HEAD_BYTES, Context, Example, Head, Reader
from tocsin.intake.registry import reader_named, readers, sniff
from tocsin.intake.report import Defect, FileReport, ImportReport
from tocsin.intake.taxonomy import TAXONOMY_KIND

__all__ = [
    "DEFECT_KINDS",
    "DISARM_SCHEME",
    "HEAD_BYTES",
    "KEEPSAKE_TYPES",
    "MAPPING_KIND",
    "PASSAGE_TYPE",
    "QUANTITY_TYPE",
    "TAXONOMY_KIND",
    "TERM_TYPE",
    "Column",
    "ColumnMapping",
    "Context",
    "DateOrder",
    "Defect",
    "Event",
    "Example",
    "FileReport",
    "Flagged",
    "Flaw",
    "Found",
    "Head",
    "ImportReport",
    "Kept",
    "Lost",
    "Mapped",
    "Reader",
    "Release",
    "Releases",
    "Resolution",
    "Role",
    "TechniqueState",
    "import_files",
    "load_releases",
    "mapping_from_json",
    "mapping_to_json",
    "preview_mapping",
    "read_events",
    "reader_named",
    "readers",
    "sniff",
    "technique_number",
    "technique_numbers",
]

"""Writers: from objects to a file that another program reads.

A writer takes an `Export` and writes one file: strict STIX 2.1, OpenCTI's profile, a MISP event,
a defanged CSV in Meta's columns, or an Excel workbook.

Invariants: the rules for people and attribution (`screening`) come before every format; every
object that is not in the file under its own id is named in the report with its reason; no marking
is dropped or loosened; what was not reviewed says so on every row; nothing is invented, least of
all a first-seen date; text from outside stays inert; a file is whole or absent, and readable by
its owner alone. May import vault, policy, records and foundation; never intake or cases.
"""

from tocsin.exchange.writers.export import Export, ExportReport, LeftOut, People, Saying
from tocsin.exchange.writers.inert import plain_cell, safe_cell
from tocsin.exchange.writers.registry import Writer, writer, writers
from tocsin.exchange.writers.screening import Screened, screen

__all__ = [
    "Export",
    "ExportReport",
    "LeftOut",
    "People",
    "Saying",
    "Screened",
    "Writer",
    "plain_cell",
    "safe_cell",
    "screen",
    "writer",
    "writers",
]

"""The `csv` format: Meta's columns, defanged, harmless in a spreadsheet."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from tocsin.exchange.writers.examples import exports
from tocsin.exchange.writers.export import Export, ExportReport
from tocsin.exchange.writers.files import replacing
from tocsin.exchange.writers.rows import HEADER, listing


class CsvWriter:
    """One row per identifier and source; UTF-8 with byte order mark, every cell quoted."""

    name = "csv"
    suffix = ".csv"

    def examples(self) -> Mapping[str, Export]:
        return exports()

    def write(self, export: Export, path: Path) -> ExportReport:
        made = listing(export)
        with replacing(path) as file:
            # Excel takes UTF-8 for the machine's code page unless the mark stands in front.
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            out.writerow(HEADER)
            out.writerows(made.rows)
            text.flush()
            text.detach()
        return ExportReport(path, len(made.rows), made.left_out)

"""Activity out of exports: posts and ads of many platforms into the dataset, with a report.

One reader a format, found by content; readers of other packages register under the entry-point
group `tocsin.activity_readers`. Every record is kept or named: records = kept + lost. Identifiers
keep every digit or are not kept; a time is UTC or unknown. Memory is bounded by a batch and the
largest record.
"""

from tocsin.intake.activity.loading import load_files
from tocsin.intake.activity.notes import ActivityExample, ActivityReader, Notes, Told
from tocsin.intake.activity.plain import FIELDS
from tocsin.intake.activity.registry import activity_reader_named, activity_readers, sniff_activity

__all__ = [
    "FIELDS",
    "ActivityExample",
    "ActivityReader",
    "Notes",
    "Told",
    "activity_reader_named",
    "activity_readers",
    "load_files",
    "sniff_activity",
]

"""The readers of activity at hand, and the choice of one by a file's content."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Final

from tocsin.foundation import UsageError
from tocsin.intake.activity import (
    ads,
    bluesky,
    fediverse,
    fourcat,
    meta,
    parquet,
    plain,
    telegram,
    twitter,
    video,
)
from tocsin.intake.activity.notes import ActivityReader
from tocsin.intake.reader import Head

GROUP: Final = "tocsin.activity_readers"

BUILT_IN: Final[tuple[ActivityReader, ...]] = (
    *parquet.READERS,
    *twitter.READERS,
    *meta.READERS,
    *video.READERS,
    *telegram.READERS,
    *bluesky.READERS,
    *fediverse.READERS,
    *fourcat.READERS,
    *ads.READERS,
    *plain.READERS,
)


@lru_cache(maxsize=1)
def activity_readers() -> tuple[ActivityReader, ...]:
    """Return the built-in readers and those that other packages register.

    A reader of another package takes the place of a built-in one of the same name.
    """
    found: dict[str, ActivityReader] = {reader.name: reader for reader in BUILT_IN}
    for entry in entry_points(group=GROUP):
        reader: ActivityReader = entry.load()()
        found[reader.name] = reader
    return tuple(found.values())


def activity_reader_named(name: str) -> ActivityReader:
    """Return the reader of one format.

    Raises:
        UsageError: when there is none.
    """
    for reader in activity_readers():
        if reader.name == name:
            return reader
    raise UsageError(
        f"format {name!r} is not known",
        hint=f"use auto, {', '.join(reader.name for reader in activity_readers())}",
    )


def sniff_activity(
    head: Head, among: Sequence[ActivityReader] | None = None
) -> ActivityReader | None:
    """Return the reader that recognises the content best, None when none does."""
    best, surest = None, 0.0
    for reader in activity_readers() if among is None else among:
        sure = reader.recognises(head)
        if sure > surest:
            best, surest = reader, sure
    return best

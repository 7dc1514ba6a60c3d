"""The readers at hand, and the choice of one by a file's content."""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Final

from tocsin.foundation import UsageError
from tocsin.intake.reader import Head, Reader
from tocsin.intake.readers.disarmids import DisarmIdReader
from tocsin.intake.readers.disarmtables import DisarmTableReader
from tocsin.intake.readers.jsonrows import JsonRowsReader
from tocsin.intake.readers.lists import ListReader, TextReader
from tocsin.intake.readers.mail import MailReader
from tocsin.intake.readers.misp import MispReader
from tocsin.intake.readers.stix import StixReader
from tocsin.intake.readers.tables import (
    MetaIndicatorReader,
    MetaKillChainReader,
    TableReader,
    ViginumDomainReader,
)
from tocsin.intake.readers.taxonomies import (
    DisarmReader,
    KillChainTermsReader,
    MispGalaxyReader,
    MispTaxonomyReader,
    MispTemplateReader,
)
from tocsin.intake.readers.unknown import UnknownJsonReader
from tocsin.intake.readers.workbook import WorkbookReader

GROUP: Final = "tocsin.readers"
_LEAST: Final = 0.01
SURE: Final = 0.95
"""As sure as the content can make one: no other reader is asked."""

BUILT_IN: Final[tuple[Reader, ...]] = (
    MetaKillChainReader(),
    MetaIndicatorReader(),
    ViginumDomainReader(),
    KillChainTermsReader(),
    DisarmReader(),
    DisarmIdReader(),
    DisarmTableReader(),
    StixReader(),
    MispReader(),
    MispGalaxyReader(),
    MispTaxonomyReader(),
    MispTemplateReader(),
    JsonRowsReader(),
    UnknownJsonReader(),
    WorkbookReader(),
    TableReader(),
    ListReader(),
    MailReader(),
    TextReader(),
)


@lru_cache(maxsize=1)
def readers() -> tuple[Reader, ...]:
    """Return the built-in readers and those that other packages register.

    A reader of another package takes the place of a built-in one of the same name.
    """
    found: dict[str, Reader] = {reader.name: reader for reader in BUILT_IN}
    for entry in entry_points(group=GROUP):
        reader: Reader = entry.load()()
        found[reader.name] = reader
    return tuple(found.values())


def reader_named(name: str) -> Reader:
    """Return the reader of one format.

    Raises:
        UsageError: when there is none.
    """
    for reader in readers():
        if reader.name == name:
            return reader
    raise UsageError(
        f"format {name!r} is not known",
        hint=f"use auto, {', '.join(reader.name for reader in readers())}",
    )


def sniff(head: Head, among: Sequence[Reader] | None = None) -> Reader | None:
    """Return the reader that recognises the content best, None when none does.

    The name of a file is never asked: it may lie or say nothing.
    """
    best, surest = None, _LEAST
    for reader in readers() if among is None else among:
        sure = reader.recognises(head)
        if sure > surest:
            best, surest = reader, sure
        if surest >= SURE:
            break
    return best

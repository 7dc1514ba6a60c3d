"""One row of a table under a column mapping: kept with all it says, or lost with the reason."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from attrs import field, frozen

from tocsin.foundation import JsonObject
from tocsin.intake.cells import CellReading, Place, kind_hint, read_cell
from tocsin.intake.dates import is_ambiguous, read_day, read_moment
from tocsin.intake.events import Flaw, Found, Kept, Lost
from tocsin.intake.mapping import DATES, Column, ColumnMapping, Role
from tocsin.intake.reader import Context
from tocsin.intake.tabletext import Row
from tocsin.records.observables import is_placeholder

_REGISTRATION: Final = re.compile(r"registration date\s*:\s*([^,\n]{4,24})", re.IGNORECASE)
_TARGETED: Final = re.compile(
    r"countr(?:y|ies) likely targeted\s*:\s*([^,\n]{2,60})", re.IGNORECASE
)
_REMEMBERED: Final = 1024
_COMMENT: Final = str(Role.COMMENT)
_TECHNIQUE: Final = str(Role.TECHNIQUE)


@frozen
class RowReader:
    """Reads the rows of one table; what its mapping means for every row is worked out once.

    Attributes:
        roles: of each column: where it stands, its role, and the name under which it is said.

    Lists repeat themselves: what rows without a flaw say beside their values is remembered by
    those cells, and shared between rows. Nothing may change it.
    """

    mapping: ColumnMapping
    context: Context
    values: tuple[Column, ...]
    kind: Column | None
    platform: Column | None
    techniques: tuple[int, ...]
    roles: tuple[tuple[int, Role, str], ...]
    width: int
    _remembered: dict[tuple[str, ...], JsonObject] = field(factory=dict)

    @classmethod
    def of(cls, mapping: ColumnMapping, context: Context) -> "RowReader":
        """Return the reader of a table's rows."""
        kinds, platforms = mapping.of(Role.KIND), mapping.of(Role.PLATFORM)
        return cls(
            mapping,
            context,
            values=mapping.of(Role.VALUE),
            kind=kinds[0] if kinds else None,
            platform=platforms[0] if platforms else None,
            techniques=tuple(column.index for column in mapping.of(Role.TECHNIQUE)),
            roles=tuple(
                (column.index, column.role, _said_as(column))
                for column in mapping.columns
                if column.role is not Role.VALUE
            ),
            width=max((column.index + 1 for column in mapping.columns), default=0),
        )

    def read(self, row: Row) -> Kept | Lost:
        """Return what is kept of a row that is not blank."""
        cells = list(map(str.strip, row.cells))
        columns = len(self.mapping.columns)
        extra = len(cells) > columns and [cell for cell in row.cells[columns:] if cell.strip()]
        cells += [""] * (self.width - len(cells))
        locator = row.locator
        said, flaws = self._said(cells, locator)
        if extra:
            said = {**said, "extra_cells": [*extra]}
            flaws.append(Flaw("extra-cells", f"{locator}: {extra[0]}"))
        if row.fault:
            flaws.append(Flaw(row.fault, f"{locator}: {row.cells[0] if row.cells else ''}"))
        found, placeholder = self._read_values(cells, locator, said, flaws)
        if found:
            return Kept(locator, tuple(found), tuple(flaws))
        if not self.values:
            return Lost("no-value-column", locator, " · ".join(filter(str.strip, row.cells)))
        if placeholder:
            return Lost("placeholder", locator, placeholder)
        if row.fault == "formula":
            return Lost("formula", locator, " · ".join(filter(str.strip, row.cells)))
        return Lost("empty-indicator", locator, " · ".join(filter(str.strip, row.cells)))

    def _read_values(
        self, cells: Sequence[str], locator: str, said: JsonObject, flaws: list[Flaw]
    ) -> tuple[list[Found], str]:
        found: list[Found] = []
        placeholder = ""
        are_several = len(self.values) > 1
        for column in self.values:
            place = Place(self.context.digest, locator, column.name if are_several else "")
            reading = self._read_value(cells, column, place, said)
            if reading.is_placeholder:
                placeholder = cells[column.index]
                if are_several:
                    flaws += reading.flaws
                continue
            found += reading.found
            flaws += reading.flaws
        return found, placeholder

    def _read_value(
        self, cells: Sequence[str], column: Column, place: Place, said: JsonObject
    ) -> CellReading:
        kind = column.kind or (cells[self.kind.index] if self.kind else None)
        platform = column.platform or (cells[self.platform.index] if self.platform else None)
        return read_cell(
            cells[column.index], place, said, hint=kind_hint(kind), platform=platform or None
        )

    def _said(self, cells: Sequence[str], locator: str) -> tuple[JsonObject, list[Flaw]]:
        """Return all that a row says beside its values, in the source's own words."""
        beside = tuple([cells[index] for index, _, _ in self.roles])
        known = self._remembered.get(beside)
        if known is not None:
            return known, []
        said, flaws = self._read_beside(cells, locator)
        if not flaws and len(self._remembered) < _REMEMBERED:
            self._remembered[beside] = said
        return said, flaws

    def _read_beside(self, cells: Sequence[str], locator: str) -> tuple[JsonObject, list[Flaw]]:
        said: JsonObject = {}
        others: JsonObject = {}
        flaws: list[Flaw] = []
        for index, role, name in self.roles:
            text = cells[index]
            if not text:
                if role is Role.TACTIC and any(cells[at] for at in self.techniques):
                    flaws.append(Flaw("missing-tactic", locator))
            elif role in DATES:
                flaws += _say_date(said, role, text, self.mapping, locator)
            elif role is Role.OTHER:
                others[name] = text
            else:
                said[name] = f"{said[name]}; {text}" if name in said else text
        comment = said.get(_COMMENT)
        if isinstance(comment, str):
            flaws += _read_comment(said, comment, self.mapping, locator)
        if others:
            said["columns"] = others
        technique = said.get(_TECHNIQUE)
        if isinstance(technique, str):
            flaws += self.context.releases.flaws(technique, "", locator)
        return said, flaws


def _said_as(column: Column) -> str:
    if column.role is Role.OTHER:
        return column.name or f"column {column.index + 1}"
    return str(column.role)


def _say_date(
    said: JsonObject, role: Role, text: str, mapping: ColumnMapping, locator: str
) -> list[Flaw]:
    """Say a date in ISO form, with the source's own spelling beside it.

    Only what a source calls an observation becomes `first_observed`.
    """
    if is_placeholder(text):
        return []
    said[f"{role}_as_written"] = text
    if role in (Role.FIRST_OBSERVED, Role.LAST_OBSERVED):
        moment = read_moment(text, mapping.date_order)
        if moment:
            said[str(role)], said[f"{role}_precision"] = moment
            return []
    elif day := read_day(text, mapping.date_order):
        said[str(role)] = day.isoformat()
        return []
    is_open = mapping.date_order is None and is_ambiguous(text)
    return [Flaw("ambiguous-date" if is_open else "unreadable-date", f"{locator}: {text}")]


def _read_comment(
    said: JsonObject, comment: str, mapping: ColumnMapping, locator: str
) -> list[Flaw]:
    """Read what Meta writes into its comments: registration date and targeted country."""
    registered, targeted = _told_in(comment)
    flaws: list[Flaw] = []
    if registered is not None:
        flaws = _say_date(said, Role.REGISTERED_ON, registered, mapping, locator)
    if targeted is not None:
        said.setdefault("country", targeted)
    return flaws


@lru_cache(maxsize=4096)
def _told_in(comment: str) -> tuple[str | None, str | None]:
    """Return the registration date and the targeted country that a comment tells."""
    registered, targeted = _REGISTRATION.search(comment), _TARGETED.search(comment)
    return registered and registered[1].strip(), targeted and targeted[1].strip()

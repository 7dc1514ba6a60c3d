"""One row of a table under a column mapping: kept with all it says, or lost with the reason."""

import re
from typing import Final

from tocsin.foundation import JsonObject, JsonValue
from tocsin.intake.cells import CellReading, Place, kind_hint, read_cell
from tocsin.intake.dates import is_ambiguous, read_day, read_moment
from tocsin.intake.events import Flaw, Found, Kept, Lost
from tocsin.intake.mapping import Column, ColumnMapping, Role
from tocsin.intake.reader import Context
from tocsin.intake.tabletext import Row
from tocsin.records.observables import is_placeholder

_REGISTRATION: Final = re.compile(r"registration date\s*:\s*([^,\n]{4,24})", re.IGNORECASE)
_TARGETED: Final = re.compile(
    r"countr(?:y|ies) likely targeted\s*:\s*([^,\n]{2,60})", re.IGNORECASE
)
_NO_SAID: Final = frozenset({Role.VALUE, Role.OTHER})


def read_row(row: Row, mapping: ColumnMapping, context: Context) -> Kept | Lost:
    """Return what is kept of a row that is not blank."""
    said, flaws = _said(row, mapping)
    flaws += _technique_flaws(row, said, context)
    width = len(mapping.columns)
    extra = [cell for cell in row.cells[width:] if cell.strip()]
    if extra:
        said["extra_cells"] = [*extra]
        flaws.append(Flaw("extra-cells", f"{row.locator}: {extra[0]}"))
    if row.fault:
        flaws.append(Flaw(row.fault, f"{row.locator}: {row.cells[0] if row.cells else ''}"))
    found, placeholder = _read_values(row, mapping, context, said, flaws)
    if found:
        return Kept(row.locator, tuple(found), tuple(flaws))
    if not mapping.of(Role.VALUE):
        return Lost("no-value-column", row.locator, " · ".join(filter(str.strip, row.cells)))
    if placeholder:
        return Lost("placeholder", row.locator, placeholder)
    return Lost("empty-indicator", row.locator, " · ".join(filter(str.strip, row.cells)))


def _read_values(
    row: Row, mapping: ColumnMapping, context: Context, said: JsonObject, flaws: list[Flaw]
) -> tuple[list[Found], str]:
    found: list[Found] = []
    placeholder = ""
    values = mapping.of(Role.VALUE)
    for column in values:
        place = Place(context.digest, row.locator, column.name if len(values) > 1 else "")
        reading = _read_value(row, column, mapping, place, said)
        if reading.is_placeholder:
            placeholder = _cell(row, column)
            if len(values) > 1:
                flaws += reading.flaws
            continue
        found += reading.found
        flaws += reading.flaws
    return found, placeholder


def _read_value(
    row: Row, column: Column, mapping: ColumnMapping, place: Place, said: JsonObject
) -> CellReading:
    kinds, platforms = mapping.of(Role.KIND), mapping.of(Role.PLATFORM)
    kind = column.kind or (_cell(row, kinds[0]) if kinds else None)
    platform = column.platform or (_cell(row, platforms[0]) if platforms else None) or None
    return read_cell(_cell(row, column), place, said, hint=kind_hint(kind), platform=platform)


def _said(row: Row, mapping: ColumnMapping) -> tuple[JsonObject, list[Flaw]]:
    """Return all that a row says beside its values, in the source's own words where it matters."""
    said: JsonObject = {}
    others: JsonObject = {}
    flaws: list[Flaw] = []
    for column in mapping.columns:
        text = _cell(row, column)
        if column.role is Role.TACTIC and not text and _names_technique(row, mapping):
            flaws.append(Flaw("missing-tactic", row.locator))
        if not text or column.role is Role.VALUE:
            continue
        if column.role.is_date:
            flaws += _say_date(said, column.role, text, mapping, row.locator)
        elif column.role is Role.OTHER:
            others[column.name or f"column {column.index + 1}"] = text
        else:
            said[str(column.role)] = _joined(said.get(str(column.role)), text)
    comment = said.get(str(Role.COMMENT))
    if isinstance(comment, str):
        flaws += _read_comment(said, comment, mapping, row.locator)
    if others:
        said["columns"] = others
    return said, flaws


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
    flaws: list[Flaw] = []
    if registered := _REGISTRATION.search(comment):
        flaws = _say_date(said, Role.REGISTERED_ON, registered[1].strip(), mapping, locator)
    if targeted := _TARGETED.search(comment):
        said.setdefault("country", targeted[1].strip())
    return flaws


def _technique_flaws(row: Row, said: JsonObject, context: Context) -> list[Flaw]:
    technique = said.get(str(Role.TECHNIQUE))
    if not isinstance(technique, str):
        return []
    return list(context.releases.flaws(technique, "", row.locator))


def _names_technique(row: Row, mapping: ColumnMapping) -> bool:
    return any(_cell(row, column) for column in mapping.of(Role.TECHNIQUE))


def _joined(before: JsonValue, text: str) -> str:
    return f"{before}; {text}" if isinstance(before, str) else text


def _cell(row: Row, column: Column) -> str:
    return row.cells[column.index].strip() if column.index < len(row.cells) else ""

"""Which column of a table is read as what: guessed, shown, corrected, saved, used again."""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue


class Role(StrEnum):
    """What a column says. `OTHER` is kept with the row under the column's own name."""

    VALUE = "value"
    KIND = "kind"
    PLATFORM = "platform"
    TACTIC = "tactic"
    TECHNIQUE = "technique"
    PROCEDURE = "procedure"
    COMMENT = "comment"
    REGISTERED_ON = "registered_on"
    FIRST_OBSERVED = "first_observed"
    LAST_OBSERVED = "last_observed"
    REPORTED_ON = "reported_on"
    COUNTRY = "country"
    LABEL = "label"
    MARKING = "marking"
    OTHER = "other"

    @property
    def is_date(self) -> bool:
        """Whether the cells are dates."""
        return self in DATES


DATES: Final = frozenset(
    {Role.REGISTERED_ON, Role.FIRST_OBSERVED, Role.LAST_OBSERVED, Role.REPORTED_ON}
)


class DateOrder(StrEnum):
    """How a source writes figures-only dates; ISO dates are read in any case."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@frozen
class Column:
    """One column.

    Attributes:
        kind: for values: the kind of observable that every cell is, None to read each cell.
        platform: for accounts: the platform that the handles belong to.
    """

    index: int
    name: str
    role: Role
    kind: str | None = None
    platform: str | None = None


@frozen
class ColumnMapping:
    """How one kind of table is read.

    Attributes:
        fingerprint: of the header row; a table with the same header finds the mapping again.
        has_header: whether the first row names the columns.
        date_order: None where the file gives no evidence.
        guessed: False once a person has corrected or confirmed it.
    """

    columns: tuple[Column, ...]
    fingerprint: str
    has_header: bool = True
    date_order: DateOrder | None = None
    guessed: bool = True

    def of(self, role: Role) -> tuple[Column, ...]:
        """Return the columns of one role."""
        return tuple(column for column in self.columns if column.role is role)

    def corrected(
        self, roles: Mapping[str, str], *, date_order: str | None = None
    ) -> "ColumnMapping":
        """Return the mapping with some columns read otherwise.

        Args:
            roles: role by column; a column is named by its header, or by its number from 1. A
                role may carry a kind and a platform: `value:account:telegram`.
            date_order: `day-first` or `month-first`.

        Raises:
            BadInputError: for a column or role that does not exist.
        """
        columns = list(self.columns)
        for name, said in roles.items():
            at = self._find(name)
            role, _, rest = said.partition(":")
            kind, _, platform = rest.partition(":")
            columns[at] = evolve(
                columns[at], role=_role(role), kind=kind or None, platform=platform or None
            )
        order = self.date_order if date_order is None else _date_order(date_order)
        return evolve(self, columns=tuple(columns), date_order=order, guessed=False)

    def _find(self, name: str) -> int:
        wanted = fold(name)
        for at, column in enumerate(self.columns):
            if fold(column.name) == wanted or str(column.index + 1) == wanted:
                return at
        known = ", ".join(column.name for column in self.columns)
        raise BadInputError(f"the table has no column {name!r}", hint=f"its columns: {known}")


def fold(header: str) -> str:
    """Return a header cell as it is compared: one space, no case, no underscores."""
    return " ".join(header.replace("_", " ").replace("\ufeff", "").casefold().split())


def fingerprint(header: Sequence[str]) -> str:
    """Return what a header row is known by."""
    return hashlib.sha256("\x1f".join(fold(cell) for cell in header).encode()).hexdigest()[:32]


def mapping_to_json(mapping: ColumnMapping) -> JsonObject:
    """Return the JSON form; `mapping_from_json` reads it back."""
    columns: list[JsonValue] = [
        {
            "index": column.index,
            "name": column.name,
            "role": str(column.role),
            "kind": column.kind,
            "platform": column.platform,
        }
        for column in mapping.columns
    ]
    return {
        "fingerprint": mapping.fingerprint,
        "has_header": mapping.has_header,
        "date_order": str(mapping.date_order) if mapping.date_order else None,
        "guessed": mapping.guessed,
        "columns": columns,
    }


def mapping_from_json(said: JsonObject) -> ColumnMapping:
    """Read the JSON form.

    Raises:
        BadInputError: when it is no column mapping.
    """
    columns = said.get("columns")
    if not isinstance(columns, list) or not isinstance(said.get("fingerprint"), str):
        raise BadInputError(
            "not a column mapping", hint="make one with `tocsin import --json` and edit it"
        )
    order = said.get("date_order")
    return ColumnMapping(
        columns=tuple(_read_column(column) for column in columns),
        fingerprint=str(said["fingerprint"]),
        has_header=said.get("has_header") is not False,
        date_order=_date_order(order) if isinstance(order, str) else None,
        guessed=said.get("guessed") is not False,
    )


def _read_column(said: JsonValue) -> Column:
    if not isinstance(said, dict) or not isinstance(said.get("index"), int):
        raise BadInputError("a column of the mapping has no index", hint="number columns from 0")
    kind, platform, index = said.get("kind"), said.get("platform"), said["index"]
    assert isinstance(index, int)  # noqa: S101 - checked above
    return Column(
        index=index,
        name=str(said.get("name", "")),
        role=_role(str(said.get("role", "other"))),
        kind=kind if isinstance(kind, str) else None,
        platform=platform if isinstance(platform, str) else None,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise BadInputError(
            f"column role {text!r} is not known", hint=f"use one of {', '.join(Role)}"
        ) from None


def _date_order(text: str) -> DateOrder:
    try:
        return DateOrder(text)
    except ValueError:
        raise BadInputError(
            f"date order {text!r} is not known", hint="use day-first or month-first"
        ) from None

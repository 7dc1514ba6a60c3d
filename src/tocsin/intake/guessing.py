"""A first guess at what the columns of an unknown table say, by header and by content."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import takewhile
from typing import Final

from tocsin.intake.cells import kind_hint
from tocsin.intake.dates import looks_like_date, order_of
from tocsin.intake.mapping import Column, ColumnMapping, Role, fingerprint, fold
from tocsin.records.observables import Kind, is_placeholder, is_platform, platform_name, read_value

SAMPLE_ROWS: Final = 200
_MOST_ABOVE: Final = 20
_SURE: Final = 0.6
_NAMED: Final = 0.3

_ROLES: Final = (
    (
        Role.FIRST_OBSERVED,
        r"first (?:seen|observed|sight(?:ed|ing))|premi[eè]re (?:vue|observation)",
    ),
    (Role.LAST_OBSERVED, r"last (?:seen|observed|sight(?:ed|ing))|derni[eè]re (?:vue|observation)"),
    (Role.REGISTERED_ON, r".*\b(?:cr[eé]at(?:e|ed|ion)|regist\w+|whois\w*|enregistr\w+)\b.*"),
    (Role.REGISTERED_ON, r"cr[eé][eé]e? le"),
    (Role.REPORTED_ON, r"ds|date|reported(?: on| at)?|report date|identified|published(?: on)?"),
    (Role.TACTIC, r"tactics?(?: name| id)?"),
    (Role.TECHNIQUE, r"techniques?(?: name| id)?|ttps?"),
    (Role.PROCEDURE, r"procedures?"),
    (Role.PLATFORM, r"platforms?|plateforme|social network|service"),
    (Role.KIND, r"(?:indicator |observable |ioc |value )?(?:type|kind)"),
    (Role.MARKING, r"tlp|markings?|classification"),
    (Role.COUNTRY, r"(?:target(?:ed)? )?countr(?:y|ies)|pays"),
    (Role.LABEL, r"labels?|tags?|campaign|network|cluster|operation"),
    (Role.COMMENT, r"comm?er?n?ts?|commentaires?|notes?|remarks?|reason|descriptions?|context"),
)
_ROLE_FORMS: Final = tuple((role, re.compile(form)) for role, form in _ROLES)
# Where a report or a proof is found is no indicator.
_REFERENCE: Final = re.compile(
    r"\b(?:reports?|sources?|refs?|references?|archived?|evidence|screenshots?|wiki\w*)\b"
)
_VALUES: Final = (
    ("domain", r"(?:.* )?(?:domains?(?: names?)?|hosts?(?: ?names?)?|fqdn|domaines?)"),
    ("domain", r"nom de domaine"),
    ("url", r"(?:.* )?(?:urls?|links?|liens?|address|web ?sites?|site)"),
    ("email", r"(?:.* )?e-?mails?(?: address(?:es)?)?"),
    ("account", r"(?:.* )?(?:accounts?|handles?|user ?names?|profiles?|comptes?)"),
    ("account", r"(?:.* )?(?:channels?|cha[iî]nes?)"),
    ("phone", r"(?:.* )?(?:phones?|telephones?|t[eé]l[eé]phones?)(?: numbers?)?"),
    ("md5", r"md5"),
    ("sha1", r"sha-?1"),
    ("sha256", r"sha-?256"),
    ("", r"indicators?(?: values?)?|iocs?|values?|observables?|ip(?: address(?:es)?)?|hash(?:es)?"),
)
_VALUE_FORMS: Final = tuple((kind, re.compile(form)) for kind, form in _VALUES)


def header_at(rows: Sequence[Sequence[str]]) -> int:
    """Return which of a table's first rows is its header, or its first data where it has none.

    Exports begin with a title, a date or `sep=;`. So the header may stand lower: where a row of
    known column names comes below narrower ones, or where a lone cell that is no value stands
    above rows of several.
    """
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows[:_MOST_ABOVE]]
    above = list(takewhile(lambda cells: not _reads_as_values(cells), filled))
    headers: list[int] = []
    widest = 0
    for at, cells in enumerate(above):
        if len(cells) > widest and is_header(cells):
            headers.append(at)
        widest = max(widest, len(cells))
    if headers:
        return headers[-1]
    several = [at for at, cells in enumerate(filled) if len(cells) > 1]
    is_titled = above and len(above[0]) == 1 and len(several) * 2 > len(filled)
    return several[0] if is_titled else 0


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether cells name columns: a value's column, and most others known too."""
    plain = [_plain(cell) for cell in cells]
    values = [name for name in plain if any(form.fullmatch(name) for _, form in _VALUE_FORMS)]
    known = sum(any(form.fullmatch(name) for _, form in _ROLE_FORMS) for name in plain)
    return bool(values) and (len(values) + known) * 2 >= len(plain)


def header_fingerprint(rows: Sequence[Sequence[str]]) -> str | None:
    """Return the fingerprint of the mapping that would be guessed, None for no header."""
    names, has_header = _header(rows)
    return fingerprint(names) if has_header else None


def guess_mapping(rows: Sequence[Sequence[str]]) -> ColumnMapping:
    """Return the likeliest mapping of a table whose first rows are given, header included.

    A table in which no column reads as an indicator gets a mapping without values.
    """
    names, has_header = _header(rows)
    width = len(names)
    body = [row for row in rows[1 if has_header else 0 :] if any(cell.strip() for cell in row)]
    samples = [[row[at] for row in body[:SAMPLE_ROWS] if at < len(row)] for at in range(width)]
    columns = [_named(at, names[at], samples[at]) for at in range(width)]
    if not any(column.role is Role.VALUE for column in columns):
        columns = _with_likely_values(columns, samples, best_only=has_header)
    dates = [cell for column in columns if column.role.is_date for cell in samples[column.index]]
    return ColumnMapping(
        columns=tuple(columns),
        fingerprint=fingerprint(names),
        has_header=has_header,
        date_order=order_of(dates),
    )


def _header(rows: Sequence[Sequence[str]]) -> tuple[list[str], bool]:
    """Return the columns' names and whether the table has them in its first row."""
    header = [cell.strip() for cell in rows[0]] if rows else []
    has_header = not _reads_as_values(header)
    width = max((len(row) for row in rows), default=0)
    names = [
        header[at] if has_header and at < len(header) else f"column {at + 1}" for at in range(width)
    ]
    return names, has_header


def _plain(name: str) -> str:
    return fold(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _named(at: int, name: str, sample: list[str]) -> Column:
    """Read a column by its name, where the content does not contradict it."""
    plain = _plain(name)
    said = [cell.strip() for cell in sample if cell.strip() and not is_placeholder(cell)]
    for role, form in _ROLE_FORMS:
        if form.fullmatch(plain) and (not role.is_date or _share(said, looks_like_date) >= _NAMED):
            return Column(at, name, role)
    if _REFERENCE.search(plain):
        return Column(at, name, Role.OTHER)
    for kind, form in _VALUE_FORMS:
        if form.fullmatch(plain):
            platform = _platform_in(plain)
            hint = kind_hint(kind)
            rate = _share(said, partial(_is_value, hint=hint, platform=platform))
            if not said or rate >= _NAMED:
                return Column(at, name, Role.VALUE, kind or None, platform)
    return Column(at, name, Role.OTHER)


def _with_likely_values(
    columns: list[Column], samples: list[list[str]], *, best_only: bool
) -> list[Column]:
    """Make the columns values that mostly read as indicators.

    Where columns have names, only the likeliest: a second one may well name what is imitated.
    """
    rates = {
        column.index: _share([cell for cell in samples[column.index] if cell.strip()], _is_value)
        for column in columns
        if column.role is Role.OTHER and not _names_reference(column.name)
    }
    sure = sorted((at for at, rate in rates.items() if rate >= _SURE), key=lambda at: -rates[at])
    chosen = sure[:1] if best_only else sure
    return [
        Column(column.index, column.name, Role.VALUE) if column.index in chosen else column
        for column in columns
    ]


def _names_reference(name: str) -> bool:
    plain = _plain(name)
    return plain not in ("source", "sources") and _REFERENCE.search(plain) is not None


def _is_value(cell: str, hint: Kind | None = None, platform: str | None = None) -> bool:
    read = read_value(cell, hint, platform)
    return bool(read.observables or read.quantity)


def _reads_as_values(header: list[str]) -> bool:
    """Tell whether the first row holds data: an identifier in it, and no cell a known name."""
    return any(_is_value(cell) for cell in header if cell)


def _share(cells: list[str], holds: Callable[[str], bool]) -> float:
    return sum(1 for cell in cells if holds(cell)) / len(cells) if cells else 0.0


def _platform_in(name: str) -> str | None:
    return next((platform_name(word) for word in name.split() if is_platform(word)), None)

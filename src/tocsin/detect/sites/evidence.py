"""Which site carries which identifier, read from tables that a member supplies.

Two shapes: a row an identifier (site, kind, value; the laundromat of GMF writes such tables), and
a row a site with a column a kind. Nothing is resolved or fetched.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from attrs import field, frozen

from tocsin.detect.faults import Faults
from tocsin.detect.sites.hubs import hub_rule
from tocsin.detect.sites.kinds import CREATED, TEMPLATE, is_no_evidence, kind_of
from tocsin.detect.sites.values import site_of, values_in
from tocsin.foundation import BadInputError
from tocsin.intake.activity.notes import Notes
from tocsin.intake.activity.tables import rows_of

_SITES: Final = (
    "site", "domain", "domain name", "host", "hostname", "origindomain", "url", "website"
)  # fmt: skip
_KIND: Final = ("kind", "indicator type", "type")
_EXACT: Final = frozenset({"ip", "subnet"})
_VALUE: Final = ("value", "indicator content", "content", "identifier")


@frozen
class Carried(Faults):
    """Sites and what they carry, filled while tables are read.

    Attributes:
        counts: `rows`, and `hubs`: values that a rule leaves out, which are counted in `hubs`.
        sites: every site that was named, in order of appearance.
        carriers: by kind and value, the sites that carry it.
        times: of `created`, as they stand, by site.
        tokens: of `css-class`, by site.
    """

    counts: Counter[str] = field(factory=Counter)
    hubs: Counter[str] = field(factory=Counter)
    sites: dict[str, None] = field(factory=dict)
    carriers: dict[tuple[str, str], set[str]] = field(factory=dict)
    times: dict[str, set[str]] = field(factory=dict)
    tokens: dict[str, set[str]] = field(factory=dict)

    def add(self, site: str, kind: str, value: str) -> None:
        """Take one identifier in its canonical form; what a rule leaves out is counted only."""
        if kind == CREATED:
            self.times.setdefault(site, set()).add(value)
        elif kind == TEMPLATE:
            self.tokens.setdefault(site, set()).add(value)
        elif rule := hub_rule(kind, value):
            self.hubs[rule] += 1
        else:
            self.carriers.setdefault((kind, value), set()).add(site)


def read_evidence(
    stream: BinaryIO,
    name: str,
    into: Carried,
    columns: Mapping[str, str] | None = None,
    site_column: str | None = None,
) -> None:
    """Read one table; a bad row is named and left out.

    Args:
        name: of the file, for faults.
        columns: kinds by folded header, beside those whose header says it.
        site_column: the folded header of the site, where it is none of the usual ones.

    Raises:
        BadInputError: when no column holds sites, or none holds evidence.
    """
    notes = Notes(now=0)
    layout: _Layout | None = None
    for cells in rows_of(stream, notes):
        into.counts["rows"] += 1
        where = f"{name} {notes.place}"
        if not isinstance(cells, dict):
            into.fault("unreadable-row", where)
            continue
        layout = layout or _Layout.of(cells, name, columns or {}, site_column)
        site = site_of(cells.get(layout.site, ""))
        if site is None:
            into.fault("no-site", where, cells.get(layout.site, ""))
            continue
        into.sites[site] = None
        for kind, text in layout.told(cells, where, into):
            found = [*values_in(kind, text, site)]
            if not found and kind in _EXACT:
                into.fault("bad-address", where, text)
            for each, value in found:
                into.add(site, each, value)
    if layout is None:
        raise BadInputError(f"{name}: no rows", hint="a table with a header: site, kind, value")


@frozen
class _Layout:
    """Where a table has what: either `kind` and `value`, or kinds by column."""

    site: str
    kind: str | None
    value: str | None
    columns: Mapping[str, str]

    @classmethod
    def of(
        cls,
        header: Mapping[str, str],
        name: str,
        columns: Mapping[str, str],
        site_column: str | None,
    ) -> "_Layout":
        site = site_column if site_column in header else _first(_SITES, header)
        if site is None:
            raise BadInputError(
                f"{name}: no column names the site", hint=f"call it {_SITES[0]}, or use --site"
            )
        kind, value = _first(_KIND, header), _first(_VALUE, header)
        if kind and value:
            return cls(site, kind, value, {})
        found = {each: columns.get(each) or kind_of(each) for each in header if each != site}
        kinds = {each: said for each, said in found.items() if said}
        if not kinds:
            raise BadInputError(
                f"{name}: no column names an identifier",
                hint="say which it is: --column HEADER=KIND; or columns site, kind, value",
            )
        return cls(site, None, None, kinds)

    def told(
        self, cells: Mapping[str, str], where: str, into: Carried
    ) -> Iterator[tuple[str, str]]:
        """Yield kind and text of every identifier in a row."""
        if self.kind is None or self.value is None:
            for column, kind in self.columns.items():
                if text := cells.get(column, "").strip():
                    yield kind, text
            return
        said = cells.get(self.kind, "").strip()
        found, text = kind_of(said), cells.get(self.value, "").strip()
        if found and text:
            yield found, text
        elif not found and not is_no_evidence(said):
            into.fault("unknown-kind", where, said)


def _first(names: tuple[str, ...], header: Mapping[str, str]) -> str | None:
    return next((each for each in names if each in header), None)

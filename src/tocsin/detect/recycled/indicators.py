"""An operation's known names, each with the day it became known: nothing later is looked at.

A row that became known on the cut-off or after it leaves no trace: not a count, not a fault. So
what is said does not depend on it, which a test can prove. A row that does not say when it became
known is refused, since nobody could prove anything of it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import BinaryIO, Final

from attrs import evolve, field, frozen

from tocsin.detect.faults import Faults
from tocsin.detect.names.hosts import Split, host_of, split_host
from tocsin.foundation import BadInputError, canonical, parse_time, rfc3339
from tocsin.intake.activity.notes import Notes
from tocsin.intake.activity.tables import rows_of
from tocsin.records.observables import HostFault, refang

_HEADERS: Final = {
    "domain": ("domain", "domain name", "host", "indicator", "name"),
    "known": ("known", "known on", "published", "reported", "date"),
    "state": ("state", "status"),
    "role": ("role", "use"),
}


class State(StrEnum):
    """What was last said of a name."""

    ACTIVE = "active"
    SEIZED = "seized"
    WITHDRAWN = "withdrawn"

    @property
    def is_gone(self) -> bool:
        """Whether it was taken from the operation or given up."""
        return self is not State.ACTIVE


_STATES: Final = {
    "": State.ACTIVE,
    "active": State.ACTIVE,
    "live": State.ACTIVE,
    "seized": State.SEIZED,
    "sinkholed": State.SEIZED,
    "withdrawn": State.WITHDRAWN,
    "suspended": State.WITHDRAWN,
    "expired": State.WITHDRAWN,
    "deleted": State.WITHDRAWN,
}
_ROLES: Final = {"": False, "brand": True, "carrier": False}


@frozen(kw_only=True)
class Indicator:
    """One name of an operation.

    Attributes:
        host: in ACE form; `split` is the same, taken apart.
        known: when it first became known.
        state: what was last said of it before the cut-off.
        is_brand: whether its list says that it is to be read by people, not to carry them on.
    """

    host: str
    split: Split
    known: datetime
    state: State = State.ACTIVE
    is_brand: bool = False


@frozen
class Indicators(Faults):
    """Names known before a moment, filled while tables are read; the order of rows is nothing.

    Attributes:
        before: what became known then or later does not exist.
        counts: `rows`: those that were known before.
        by_host: the names.
        said: when the state of a name was last said.
    """

    before: datetime = field(kw_only=True)
    counts: Counter[str] = field(factory=Counter)
    by_host: dict[str, Indicator] = field(factory=dict)
    said: dict[str, tuple[datetime, State]] = field(factory=dict)

    def add(self, new: Indicator) -> None:
        """Take a row; the earliest day of a name counts, and what was said of it last."""
        if new.known >= self.before:
            return
        self.counts["rows"] += 1
        old = self.by_host.get(new.host, new)
        last = max((new.known, new.state), self.said.get(new.host, (new.known, new.state)))
        self.said[new.host] = last
        self.by_host[new.host] = evolve(
            new,
            known=min(old.known, new.known),
            is_brand=old.is_brand or new.is_brand,
            state=last[1],
        )

    def listed(self) -> tuple[Indicator, ...]:
        """Return the names in an order that depends on nothing else."""
        return tuple(self.by_host[host] for host in sorted(self.by_host))

    def digest(self) -> str:
        """Return the SHA-256 of all that was learned from, for who repeats the run."""
        said = [
            [each.host, rfc3339(each.known), str(each.state), each.is_brand]
            for each in self.listed()
        ]
        return hashlib.sha256(canonical([*said])).hexdigest()


def read_indicators(stream: BinaryIO, name: str, into: Indicators) -> None:
    """Read one table: domain, known, and if given state and role; a bad row is named and left out.

    Args:
        name: of the file, for faults.

    Raises:
        BadInputError: when no column holds names, or none says when they became known.
    """
    notes = Notes(now=0)
    places: dict[str, str] | None = None
    for cells in rows_of(stream, notes):
        where = f"{name} {notes.place}"
        if not isinstance(cells, dict):
            into.fault("unreadable-row", where)
            continue
        places = places or _places(cells, name)
        said = {what: cells.get(place, "").strip() for what, place in places.items()}
        _take(said, where, into)
    if places is None:
        raise BadInputError(f"{name}: no rows", hint="a table with a header: domain, known, state")


def day(text: str) -> datetime | None:
    """Read a day such as `2024-09-13`, taken as its beginning in UTC, or an RFC 3339 time."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return parse_time(text)
    except BadInputError:
        return None


def _take(said: Mapping[str, str], where: str, into: Indicators) -> None:
    known = day(said["known"])
    if known is None:
        into.fault("no-day-known", where, said["known"])
        return
    if known >= into.before:
        return
    named = refang(said["domain"]).lower().rpartition("://")[2].partition("/")[0]
    host = host_of(named.removeprefix("www."))
    if isinstance(host, HostFault):
        into.fault(str(host), where, said["domain"])
        return
    split = split_host(host)
    if split is None:
        into.fault("shared-domain", where, host)
        return
    state, role = said.get("state", "").lower(), said.get("role", "").lower()
    if state not in _STATES:
        into.fault("unknown-state", where, state)
    if role not in _ROLES:
        into.fault("unknown-role", where, role)
    into.add(
        Indicator(
            host=host,
            split=split,
            known=known,
            state=_STATES.get(state, State.ACTIVE),
            is_brand=_ROLES.get(role, False),
        )
    )


def _places(header: Iterable[str], name: str) -> dict[str, str]:
    there = frozenset(header)
    found = {}
    for what, usual in _HEADERS.items():
        place = next((each for each in usual if each in there), None)
        if place is not None:
            found[what] = place
    if "domain" not in found:
        raise BadInputError(f"{name}: no column holds names", hint="call it domain")
    if "known" not in found:
        raise BadInputError(
            f"{name}: no column says when a name became known",
            hint="call it known; without it nobody can prove what was predicted",
        )
    return found

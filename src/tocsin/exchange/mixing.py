"""The exchange's waiting room: what unnamed authors hand in is shown to others at full intervals.

Were it shown as it comes, its place beside what the same node sends under its name would give the
author away. What waits was checked, is stored and acknowledged; the log has no entry of it yet,
because its size is told to every member. `mixer` places it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import field, frozen

from tocsin.foundation import JsonObject, JsonValue, UsageError, parse_time, rfc3339
from tocsin.records import Authorship, StixObject
from tocsin.vault import Home, Snapshot, Transaction

DEFAULT_MINUTES: Final = 15
MOST_MINUTES: Final = 24 * 60

_INTERVAL: Final = "exchange.mix"
_PREFIX: Final = "mix:"
_FEW: Final = 8
"""Up to so many objects are looked up one by one."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Waiting:
    """One thing that waits to be placed.

    Attributes:
        key: its place in the waiting room, which sorts by object and then by arrival.
        member: who handed it in.
        since: when it was acknowledged.
        due: when it is to be placed.
        item: the version as its author signed it; None for a deletion on the author's word.
    """

    key: str
    member: str
    since: datetime
    due: datetime
    item: StixObject | None = field(repr=False)

    @property
    def object_id(self) -> str:
        return _object_of(self.key)

    @property
    def after(self) -> tuple[str, ...]:
        """Ids of the objects that are to be placed before it, where they wait as well."""
        sharing = self.item.sharing if self.item else None
        return sharing.derived_from if sharing else ()


def opens_at(moment: datetime, interval: timedelta) -> datetime:
    """Return the first full interval after a moment, counted from midnight UTC; 0 is at once."""
    if not interval:
        return moment
    return _EPOCH + ((moment - _EPOCH) // interval + 1) * interval


def is_unnamed(item: StixObject) -> bool:
    """Tell whether its author is not named on it."""
    return item.sharing is not None and item.sharing.authorship is not Authorship.NAMED


def minutes_of(view: Snapshot) -> int:
    """Return the length of the exchange's interval; 0 for one that shows everything at once."""
    said = view.settings.get(_INTERVAL)
    return said if isinstance(said, int) else 0


def interval_of(view: Snapshot) -> timedelta:
    """Return the exchange's interval."""
    return timedelta(minutes=minutes_of(view))


def set_mixing(home: Home, minutes: int) -> None:
    """Set the interval for what comes from now on; what waits keeps its time.

    Raises:
        UsageError: for less than 0, or more than a day: a withdrawal may wait no longer.
    """
    if not 0 <= minutes <= MOST_MINUTES:
        raise UsageError(f"an interval of {minutes} minutes", hint=f"give 0 to {MOST_MINUTES}")
    with home.vault.read() as view:
        known = minutes_of(view)
    if known != minutes:
        home.vault.write(lambda tx: tx.settings.set(_INTERVAL, minutes))


def is_anything_waiting(view: Snapshot) -> bool:
    """Tell whether anything waits; one look into an index."""
    return view.settings.has(_PREFIX)


def waiting(view: Snapshot, object_ids: Iterable[str] | None = None) -> list[Waiting]:
    """Return what waits, of some objects or all, by object and then in the order of arrival."""
    if object_ids is None:
        return [_read(*each) for each in view.settings.all(_PREFIX).items()]
    wanted = set(object_ids)
    if not wanted or not is_anything_waiting(view):
        return []
    if len(wanted) > _FEW:
        wanted &= {_object_of(key) for key in view.settings.keys(_PREFIX)}
    return [
        _read(*each)
        for object_id in sorted(wanted)
        for each in view.settings.all(f"{_PREFIX}{object_id}:").items()
    ]


def hold(
    tx: Transaction, items: Sequence[StixObject], member: str, now: datetime, interval: timedelta
) -> None:
    """Let checked versions of objects wait, no id twice among them, behind what waits of each."""
    _hold(tx, {item.id: dict(item.body) for item in items}, member, now, interval)


def hold_deletion(
    tx: Transaction, object_id: str, member: str, now: datetime, interval: timedelta
) -> None:
    """Let an author's deletion of an object wait."""
    if not any(each.item is None for each in waiting(tx, [object_id])):
        _hold(tx, {object_id: None}, member, now, interval)


def _hold(
    tx: Transaction,
    bodies: Mapping[str, JsonObject | None],
    member: str,
    now: datetime,
    interval: timedelta,
) -> None:
    numbers = dict.fromkeys(bodies, 0)
    for each in waiting(tx, bodies):
        numbers[each.object_id] = int(each.key.rpartition(":")[2]) + 1
    times = {"since": rfc3339(now), "due": rfc3339(opens_at(now, interval))}
    rows: dict[str, JsonValue] = {
        f"{_PREFIX}{object_id}:{numbers[object_id]:09}": {"member": member, "body": body, **times}
        for object_id, body in bodies.items()
    }
    tx.settings.add_all(rows)


def take_out(tx: Transaction, chosen: Iterable[Waiting]) -> None:
    """Let these wait no longer; whoever takes them out places them in the same transaction."""
    tx.settings.drop_all(each.key for each in chosen)


def _read(key: str, value: JsonValue) -> Waiting:
    said = value if isinstance(value, dict) else {}
    body = said.get("body")
    return Waiting(
        key,
        str(said["member"]),
        parse_time(str(said["since"])),
        parse_time(str(said["due"])),
        StixObject.of(body) if isinstance(body, dict) else None,
    )


def _object_of(key: str) -> str:
    return key[len(_PREFIX) :].rpartition(":")[0]

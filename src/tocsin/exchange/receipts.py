"""Who has acknowledged what this node released, withdrew or corrected.

The exchange notes what each member says it has, and tells the author alone. What came by a file
is acknowledged with the next sync; until then nothing is known of it.
"""

import time
from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.effects import is_correction
from tocsin.exchange.membership import find_directory, membership_of
from tocsin.exchange.next_version import as_it_travels, own_of
from tocsin.exchange.withdraw import name_of, reached_by
from tocsin.foundation import (
    ConnectionFailedError,
    JsonObject,
    JsonValue,
    RefusedError,
    parse_time,
    rfc3339,
)
from tocsin.policy import is_withdrawn
from tocsin.records import Community, StixObject, Tlp, is_erasure
from tocsin.trust import sealed_id_of
from tocsin.vault import DeliveryState, Home, Shared, Snapshot, Transaction


@frozen
class Receipt:
    """How far one member is.

    Attributes:
        version: the latest that it has acknowledged, None for none.
        at: when it did, by the exchange's clock.
        is_current: True when that is the last version.
    """

    member: str
    version: str | None = None
    at: datetime | None = None
    is_current: bool = False


@frozen
class Receipts:
    """Who has the last version of an object, and who not yet.

    Attributes:
        says: what the last version is: `released`, `corrected`, `withdrawn` or `erased`.
        is_fresh: False when the exchange did not answer, so that this is what was known before.
    """

    object: str
    version: str
    says: str
    members: tuple[Receipt, ...]
    is_fresh: bool

    def to_json(self) -> JsonObject:
        """Return the command's form."""
        return {
            "object": self.object,
            "version": self.version,
            "says": self.says,
            "is_fresh": self.is_fresh,
            "members": [
                {
                    "member": each.member,
                    "version": each.version,
                    "at": rfc3339(each.at) if each.at else None,
                    "is_current": each.is_current,
                }
                for each in self.members
            ],
        }


def receipts(
    home: Home,
    object_id: str,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> Receipts:
    """Ask the exchange who has acknowledged an object of this node's own, and remember it.

    Raises:
        RefusedError: when the object is not one of this node's own.
    """
    membership = membership_of(home)
    with home.vault.read() as view:
        own = own_of(view, object_id).object
    wire_id = _wire_id(own)
    try:
        with ExchangeClient(
            membership.url, credential=membership.credential, connect=connect, sleep=sleep
        ) as client:
            said = client.get(f"/tocsin/v1/receipts/{wire_id}").get("receipts")
    except (ConnectionFailedError, RefusedError):
        said = None  # it does not answer, or has not got the object
    if isinstance(said, list):
        home.vault.write(lambda tx: _remember(tx, wire_id, said))
    with home.vault.read() as view:
        directory = find_directory(view)
        community = directory.community if directory else Community(id="", name="")
        return _summed_up(view, own_of(view, object_id), community, is_fresh=said is not None)


def _wire_id(item: StixObject) -> str:
    is_sealed = item.marking is not None and item.marking.tlp is Tlp.RED
    return sealed_id_of(item.id) if is_sealed else item.id


def _remember(tx: Transaction, wire_id: str, said: list[JsonValue]) -> None:
    numbers = tx.shared.numbers([wire_id])
    for each in said:
        row = each if isinstance(each, dict) else {}
        seq = numbers.get((wire_id, str(row.get("version"))))
        if seq is not None:
            at = parse_time(str(row.get("at")), field="at")
            tx.deliveries.record(seq, str(row.get("member")), DeliveryState.ACKNOWLEDGED, at)


def _summed_up(view: Snapshot, own: Shared, community: Community, *, is_fresh: bool) -> Receipts:
    had: dict[str, Receipt] = {}
    for version in as_it_travels(view, own.id):
        for each in view.deliveries.of(version.seq):
            if each.state is DeliveryState.ACKNOWLEDGED:
                is_current = version.version == own.version
                had[each.member] = Receipt(
                    name_of(community, each.member), version.version, each.at, is_current
                )
    waiting = reached_by(view, own.id) - set(had)
    members = [*had.values(), *(Receipt(name_of(community, each)) for each in waiting)]
    return Receipts(
        own.id,
        own.version,
        _says(own.object),
        tuple(sorted(members, key=lambda each: each.member)),
        is_fresh,
    )


def _says(item: StixObject) -> str:
    if is_withdrawn(item):
        return "erased" if is_erasure(item) else "withdrawn"
    return "corrected" if is_correction(item) else "released"

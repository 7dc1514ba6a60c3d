"""What a node keeps of the askings that it made or was asked."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.kinds import checked_kinds
from tocsin.exchange.overlap.notices import Notice
from tocsin.foundation import BadInputError, JsonObject, rfc3339
from tocsin.trust import TAG_BYTES
from tocsin.vault import Snapshot, Transaction

LOG_KIND: Final = "overlap"
PROOF_BYTES: Final = 16
KEPT_BYTES: Final = TAG_BYTES + 2 * PROOF_BYTES
"""Of each output the asker keeps its tag and the two proofs, see `reveal`."""

_RECORDS: Final = "overlap"
_ITEMS: Final = "overlap-items"
_OUTPUTS: Final = "overlap-outputs"
_COMMON: Final = "overlap-common"


class Side(StrEnum):
    """Which side of an asking a node is on."""

    ASKER = "asker"
    HOLDER = "holder"


class State(StrEnum):
    """How far an asking is, as people see it."""

    WAITING = "waiting"
    COUNTED = "counted"
    REVEALED = "revealed"
    REFUSED = "refused"


@frozen(kw_only=True)
class Record:
    """One asking as this node keeps it.

    Attributes:
        other: the other member's id.
        asked: how many items.
        common: how many are in common, None before the count.
        attempt: the last one made (asker) or taken up (holder); 0 before the first.
        taken: holder: how many attempts were taken up.
        asked_at: when it was made (asker) or first seen (holder).
        digest: holder: SHA-256 of the blinded elements of this attempt, in hex.
        approved_by: holder: the person who agreed to the reveal.
        is_answered: after the reveal: both sides' observations are here.
        is_told: after a refusal: the exchange knows of it, so the other side will.
    """

    id: str
    side: Side
    other: str
    epoch: int
    kinds: tuple[str, ...]
    asked: int
    asked_at: datetime
    by: str
    state: State = State.WAITING
    common: int | None = None
    attempt: int = 0
    taken: int = 0
    digest: str = ""
    approved_by: str | None = None
    is_answered: bool = False
    is_told: bool = False
    why: str | None = None

    @classmethod
    def received(cls, notice: Notice, *, at: datetime) -> "Record":
        """Begin the holder's record of an asking."""
        return cls(
            id=notice.id,
            side=Side.HOLDER,
            other=notice.asker,
            epoch=notice.epoch,
            kinds=notice.kinds,
            asked=notice.elements,
            asked_at=at,
            by=notice.asker,
        )

    @property
    def is_done(self) -> bool:
        """True when nothing more will happen to it."""
        return self.is_told or self.is_answered

    def refused(self, why: str, *, is_told: bool = False) -> "Record":
        """Return it refused."""
        return evolve(self, state=State.REFUSED, why=why, is_told=is_told)

    def to_json(self) -> JsonObject:
        """Return the form that the vault keeps."""
        return {
            "id": self.id,
            "side": str(self.side),
            "other": self.other,
            "epoch": self.epoch,
            "kinds": [*self.kinds],
            "asked": self.asked,
            "asked_at": rfc3339(self.asked_at),
            "by": self.by,
            "state": str(self.state),
            "common": self.common,
            "attempt": self.attempt,
            "taken": self.taken,
            "digest": self.digest,
            "approved_by": self.approved_by,
            "is_answered": self.is_answered,
            "is_told": self.is_told,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, said: JsonObject) -> "Record":
        """Read what `to_json` wrote."""
        asked_at = reading.time_or_none(said, "asked_at")
        if asked_at is None:
            raise BadInputError("overlap record: no time", hint="restore a backup")
        approved_by, why = said.get("approved_by"), said.get("why")
        return cls(
            id=reading.text(said, "id"),
            side=Side(reading.text(said, "side")),
            other=reading.text(said, "other"),
            epoch=reading.count(said, "epoch"),
            kinds=checked_kinds(reading.texts(said, "kinds")),
            asked=reading.count(said, "asked"),
            asked_at=asked_at,
            by=reading.text(said, "by"),
            state=State(reading.text(said, "state")),
            common=None if said.get("common") is None else reading.count(said, "common"),
            attempt=reading.count(said, "attempt"),
            taken=reading.count(said, "taken"),
            digest=reading.text(said, "digest"),
            approved_by=None if approved_by is None else str(approved_by),
            is_answered=said.get("is_answered") is True,
            is_told=said.get("is_told") is True,
            why=None if why is None else str(why),
        )


@frozen
class CommonItem:
    """One item in common, with each side's first recorded observation; None is unknown."""

    key: str
    ours: datetime | None
    theirs: datetime | None = None


def get_record(snapshot: Snapshot, asking_id: str) -> Record | None:
    """Return one record."""
    document = snapshot.documents.get(_RECORDS, asking_id)
    return None if document is None else Record.from_json(document.body)


def all_records(snapshot: Snapshot) -> list[Record]:
    """Return all records, the oldest asking first."""
    records = [Record.from_json(each.body) for each in snapshot.documents.list(_RECORDS)]
    return sorted(records, key=lambda record: (record.asked_at, record.id))


def put_record(tx: Transaction, record: Record, *, by: str) -> Record:
    """Keep a record and log what became of it; what is of no more use is erased."""
    known = get_record(tx, record.id)
    if known == record:
        return record
    tx.documents.put(_RECORDS, record.id, record.to_json(), by=by)
    tx.log.append(LOG_KIND, by=by, said=record.to_json())
    if record.state is State.REFUSED or record.is_answered:
        for kind in (_ITEMS, _OUTPUTS):
            if tx.documents.get(kind, record.id) is not None:
                tx.documents.erase(kind, record.id, why="the asking is over", by=by)
    return record


def put_items(tx: Transaction, asking_id: str, keys: Sequence[str], *, by: str) -> None:
    """Keep what is asked for: a further attempt asks for exactly the same."""
    tx.documents.put(_ITEMS, asking_id, {"keys": [*keys]}, by=by)


def get_items(snapshot: Snapshot, asking_id: str) -> tuple[str, ...]:
    """Return what is asked for, nothing once the asking is over."""
    document = snapshot.documents.get(_ITEMS, asking_id)
    return () if document is None else reading.texts(document.body, "keys")


def put_outputs(tx: Transaction, asking_id: str, outputs: Sequence[bytes], *, by: str) -> None:
    """Keep the beginnings of the outputs, in the order of the items."""
    kept = [output[:KEPT_BYTES].hex() for output in outputs]
    tx.documents.put(_OUTPUTS, asking_id, {"outputs": [*kept]}, by=by)


def get_outputs(snapshot: Snapshot, asking_id: str) -> dict[bytes, str]:
    """Return the item's key by the output's beginning."""
    document = snapshot.documents.get(_OUTPUTS, asking_id)
    if document is None:
        return {}
    outputs = map(bytes.fromhex, reading.texts(document.body, "outputs"))
    return dict(zip(outputs, get_items(snapshot, asking_id), strict=True))


def put_common(tx: Transaction, asking_id: str, items: Sequence[CommonItem], *, by: str) -> None:
    """Keep what is in common."""
    rows: list[JsonObject] = [
        {"key": each.key, "ours": _written(each.ours), "theirs": _written(each.theirs)}
        for each in sorted(items, key=lambda item: item.key)
    ]
    tx.documents.put(_COMMON, asking_id, {"items": [*rows]}, by=by)


def get_common(snapshot: Snapshot, asking_id: str) -> tuple[CommonItem, ...]:
    """Return what is in common, nothing before the reveal."""
    document = snapshot.documents.get(_COMMON, asking_id)
    if document is None:
        return ()
    return tuple(
        CommonItem(
            reading.text(row, "key", longest=10_000),
            reading.time_or_none(row, "ours"),
            reading.time_or_none(row, "theirs"),
        )
        for row in reading.objects(document.body, "items")
    )


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)

"""Status resources of POSTs (TAXII 2.1 §4.3): kept a day, readable by who posted only."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tocsin.exchange.outcome import Outcome
from tocsin.foundation import JsonObject, JsonValue, parse_time, rfc3339
from tocsin.vault import Snapshot, Transaction

KEPT: Final = timedelta(hours=25)
_PREFIX: Final = "status:"
_SWEPT: Final = "statuses-swept"
_SWEEP_EVERY: Final = timedelta(hours=1)


def status_of(status_id: UUID, requested: datetime, outcomes: Sequence[Outcome]) -> JsonObject:
    """Return the status resource; its counts add up."""
    taken = [_detail(each) for each in outcomes if each.is_taken]
    failed = [_detail(each) for each in outcomes if not each.is_taken]
    said: JsonObject = {
        "id": str(status_id),
        "status": "complete",
        "request_timestamp": rfc3339(requested),
        "total_count": len(outcomes),
        "success_count": len(taken),
        "failure_count": len(failed),
        "pending_count": 0,
    }
    if taken:
        said["successes"] = taken
    if failed:
        said["failures"] = failed
    return said


def keep_status(tx: Transaction, member: str, status: JsonObject, now: datetime) -> None:
    """Keep a status, and once an hour drop those that are older than a day."""
    tx.settings.set(_key(str(status["id"]), member), {"at": rfc3339(now), "status": status})
    swept = tx.settings.get(_SWEPT)
    if isinstance(swept, str) and now - parse_time(swept) < _SWEEP_EVERY:
        return
    for key, kept in tx.settings.all(_PREFIX).items():
        if isinstance(kept, dict) and now - parse_time(str(kept["at"])) > KEPT:
            tx.settings.set(key, None)
    tx.settings.set(_SWEPT, rfc3339(now))


def find_status(view: Snapshot, member: str, status_id: str) -> JsonObject | None:
    """Return the status of an earlier POST by this member."""
    kept = view.settings.get(_key(status_id, member))
    status = kept.get("status") if isinstance(kept, dict) else None
    return status if isinstance(status, dict) else None


def _key(status_id: str, member: str) -> str:
    return _PREFIX + hashlib.sha256(f"{member} {status_id}".encode()).hexdigest()


def _detail(outcome: Outcome) -> JsonValue:
    said: JsonObject = {"id": outcome.id, "version": outcome.version}
    if outcome.why is not None:
        said["message"] = outcome.why
    return said

"""Why an account stands where it stands: whom it met, on what, when, and who came first."""

from datetime import UTC, datetime
from typing import Final

import numpy as np
import pyarrow.compute as pc

from tocsin.detect.coordination.detection import Detection
from tocsin.detect.coordination.evidence import Evidence, meetings
from tocsin.foundation import BadInputError, JsonObject, JsonValue, rfc3339

_MOST_PARTNERS: Final = 50
_MOST_MEETINGS: Final = 20
_YEARS: Final = 60 * 60 * 24 * 365 * 7_000  # beyond what a calendar shows


def explain(found: Detection, account: str) -> JsonObject:
    """Return everything that speaks for an account's edges; the closest partners first.

    Raises:
        BadInputError: when no share is by that account.
    """
    shares = found.shares
    number = pc.index(shares.accounts.cast("string"), account).as_py()
    if number < 0:
        raise BadInputError(
            f"account {account!r} shared nothing here", hint="write it as the files have it"
        )
    places = np.flatnonzero((found.edges.a == number) | (found.edges.b == number))
    order = np.argsort(-found.edges.n[places], kind="stable")[:_MOST_PARTNERS]
    named = next(
        (place for place, each in enumerate(found.groups, 1) if number in each.accounts), None
    )
    return {
        "account": account,
        "shares": int((shares.acc == number).sum()),
        "group": None if named is None else f"group-{named}",
        "partners_in_all": len(places),
        "partners": [_partner(found, number, int(place)) for place in places[order]],
    }


def _partner(found: Detection, number: int, place: int) -> JsonObject:
    shares, edge = found.shares, found.edges.where(np.array([place]))
    is_a = int(edge.a[0]) == number
    other = int(edge.b[0]) if is_a else int(edge.a[0])
    evidence = Evidence.of(shares, edge, found.settings.window_s)
    met = meetings(shares, edge, found.settings.window_s)
    own, theirs = (met.row_a, met.row_b) if is_a else (met.row_b, met.row_a)
    listed: list[JsonValue] = [
        {
            "object": str(shares.objects[int(met.obj[k])].as_py()),
            "at": _moment(int(shares.ts[own[k]])),
            "other_at": _moment(int(shares.ts[theirs[k]])),
            "lag_s": int(shares.ts[theirs[k]] - shares.ts[own[k]]),
        }
        for k in range(min(len(met.obj), _MOST_MEETINGS))
    ]
    first, later = int(evidence.a_first[0]), int(evidence.b_first[0])
    return {
        "account": str(shares.accounts[other].as_py()),
        "objects": int(edge.n[0]),
        "q_value": None if found.tests is None else float(found.tests.q_value[place]),
        "lag_median_s": float(evidence.lag_median[0]),
        "came_first": first if is_a else later,
        "came_later": later if is_a else first,
        "together": int(evidence.together[0]),
        "met": listed,
    }


def _moment(seconds: int) -> str | None:
    if abs(seconds) > _YEARS:
        return None
    try:
        return rfc3339(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return None

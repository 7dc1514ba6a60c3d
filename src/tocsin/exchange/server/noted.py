"""What handling one request leaves for the metrics and the log: kinds and counts, no name or id.

Whoever serves puts a `Noted` into the request's scope; where nobody did, the notes go nowhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import define, field

from tocsin.exchange.server.logins import FailedLogins
from tocsin.policy import Principal

SCOPE_KEY: Final = "tocsin.noted"


@define
class Noted:
    """Notes on one request.

    Attributes:
        logins: the counts of failed logins that all processes share.
        principal: "node", "person" or "guest"; "nobody" before someone was let in.
        refused: objects not taken, by cause.
        waited_s: of each receipt, the seconds since its object could be fetched.
        error: what went wrong inside, to be logged; the caller gets `error_id`.
    """

    logins: FailedLogins | None = None
    request_id: str = ""
    principal: str = "nobody"
    has_failed_login: bool = False
    taken: int = 0
    refused: Counter[str] = field(factory=Counter)
    waited_s: list[float] = field(factory=list)
    error: BaseException | None = None

    def add(self, causes: Iterable[str | None]) -> None:
        """Note what became of objects: of each the cause of its refusal, None for one taken."""
        counts = Counter(causes)
        self.taken += counts.pop(None, 0)
        self.refused.update({cause: count for cause, count in counts.items() if cause})


def noted(scope: Mapping[str, Any]) -> Noted:
    """Return the notes of the request of this scope."""
    found = scope.get(SCOPE_KEY)
    return found if isinstance(found, Noted) else Noted()


def kind_of(principal: Principal) -> str:
    """Return what kind of caller it is."""
    if principal.member.is_guest:
        return "guest"
    return "node" if principal.person is None else "person"

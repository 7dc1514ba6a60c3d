"""What an asker has used of a holder in an epoch: counted by the exchange and by the holder."""

from typing import Final

from tocsin.exchange.overlap.notices import Notice
from tocsin.foundation import BadInputError, JsonObject
from tocsin.policy import Decision, OverlapLimits, OverlapUse, overlap_decision
from tocsin.records import Member
from tocsin.vault import Snapshot, Transaction

LIMITS_KEY: Final = "overlap.limits"
_USE_KEY: Final = "overlap.use"
_NAMES: Final = ("min_elements", "max_queries", "max_elements")


def overlap_limits(snapshot: Snapshot) -> OverlapLimits:
    """Return the limits of this node or exchange: policy's, but for what was set here."""
    said = snapshot.settings.get(LIMITS_KEY)
    own = said if isinstance(said, dict) else {}
    return OverlapLimits(**{name: int(str(own[name])) for name in _NAMES if name in own})


def set_overlap_limits(transaction: Transaction, by: str, **limits: int) -> None:
    """Set some of `min_elements`, `max_queries` and `max_elements`; logged.

    Raises:
        BadInputError: for another name, or a limit below 1.
    """
    wrong = [name for name, value in limits.items() if name not in _NAMES or value < 1]
    if wrong:
        raise BadInputError(
            f"overlap limit {wrong[0]!r} can't be set so",
            hint=f"limits are {', '.join(_NAMES)}, each at least 1",
        )
    known = transaction.settings.get(LIMITS_KEY)
    after: JsonObject = {**(known if isinstance(known, dict) else {}), **limits}
    transaction.settings.set(LIMITS_KEY, after)
    transaction.log.append("overlap-limits", by=by, said=after)


def claim(
    transaction: Transaction,
    asker: Member,
    notice: Notice,
    limits: OverlapLimits,
    *,
    is_new: bool = True,
) -> Decision:
    """Decide on one attempt of one asking by this party's own count, and count it if it passes.

    Args:
        is_new: False for a further attempt of a known asking: it uses elements, but is no
            further query.
    """
    key = f"{_USE_KEY}/{notice.asker}/{notice.holder}/{notice.epoch}"
    said = transaction.settings.get(key)
    used = (
        OverlapUse(*(int(str(each)) for each in said)) if isinstance(said, list) else OverlapUse()
    )
    queries = used.queries if is_new else max(0, used.queries - 1)
    decision = overlap_decision(
        asker, notice.kinds, notice.elements, OverlapUse(queries, used.elements), limits
    )
    if decision.allowed:
        transaction.settings.set(key, [queries + 1, used.elements + notice.elements])
    return decision


def forget_before(transaction: Transaction, epoch: int) -> None:
    """Drop the counts of epochs before `epoch`."""
    for key in transaction.settings.all(f"{_USE_KEY}/"):
        if int(key.rpartition("/")[2]) < epoch:
            transaction.settings.set(key, None)

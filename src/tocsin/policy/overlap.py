"""Private overlap: who may ask whom about what, and how often.

The quota is the defence against guessing: the protocol hides what was not asked, not what was.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from tocsin.policy.decision import Decision
from tocsin.records.members import Member, MemberKind

PERSONAL_KINDS: Final = frozenset({"account", "email", "phone"})


@frozen(kw_only=True)
class OverlapLimits:
    """What one asker may ask one holder in one epoch.

    Attributes:
        min_elements: smaller askings are refused: a question about one name is not private.
        max_queries: askings per asker, holder and epoch.
        max_elements: elements over all of them.
        epoch_days: length of an epoch; keys change with it.
    """

    min_elements: int = 20
    max_queries: int = 4
    max_elements: int = 20_000
    epoch_days: int = 7


@frozen
class OverlapUse:
    """What an asker has used of a holder in the running epoch."""

    queries: int = 0
    elements: int = 0


def overlap_decision(
    asker: Member,
    kinds: Iterable[str],
    elements: int,
    used: OverlapUse | Sequence[int],
    limits: OverlapLimits,
) -> Decision:
    """Decide on one asking; both the exchange and the holder call this with their own count."""
    use = used if isinstance(used, OverlapUse) else OverlapUse(*used)
    personal = sorted(PERSONAL_KINDS & set(kinds))
    if asker.kind is MemberKind.GOVERNMENT and personal:
        return Decision.no(
            "government", f"a government member cannot ask about {', '.join(personal)}"
        )
    if elements < limits.min_elements:
        return Decision.no(
            "minimum", f"{elements} elements are fewer than the minimum of {limits.min_elements}"
        )
    if use.queries >= limits.max_queries:
        return Decision.no("queries", f"{limits.max_queries} askings in this epoch are used up")
    if use.elements + elements > limits.max_elements:
        return Decision.no(
            "elements",
            f"{elements} more elements pass the {limits.max_elements} of this epoch",
        )
    return Decision.yes("quota", "within the quota")

"""No account, e-mail or phone leaves without a reviewed finding and a second person."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from tocsin.policy.decision import Decision
from tocsin.records.persons import persons
from tocsin.records.sharing import Sharing

MAX_PERSONAL_ITEMS: Final = 5_000
MIN_APPROVERS: Final = 2


@frozen
class PersonalItems:
    """How many personal identifiers a release holds, by kind, and what they rest on.

    Attributes:
        counts: such as `{"account": 40, "email": 2}`.
        is_reviewed: True when the finding behind them was reviewed by a second person.
    """

    counts: dict[str, int]
    is_reviewed: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def people_refusals(items: PersonalItems, sharing: Sharing) -> Sequence[Decision]:
    """Return every reason why these identifiers may not leave; empty when they may.

    All reasons at once, so that a person mends them in one go.
    """
    if not items.total:
        return ()
    review = sharing.review
    what = ", ".join(f"{count} {kind}" for kind, count in sorted(items.counts.items()) if count)
    checks = (
        (items.is_reviewed and review is not None and bool(review.finding), "people-finding",
         "there is no reviewed finding behind it"),
        (review is not None and len(persons(review.approved_by)) >= MIN_APPROVERS, "people-second",
         "a second person has not approved it"),
        (bool((sharing.purpose or "").strip()), "people-purpose", "no purpose is stated"),
        (sharing.expires is not None, "people-expiry", "it has no expiry"),
        (bool(review and (review.contact or "").strip()), "people-contact",
         "no contact for corrections is given"),
        (items.total <= MAX_PERSONAL_ITEMS, "people-cap",
         f"the list is longer than {MAX_PERSONAL_ITEMS}"),
    )  # fmt: skip
    return tuple(Decision.no(rule, f"{what}: {why}") for holds, rule, why in checks if not holds)

"""No account, e-mail or phone leaves without a reviewed finding and a second person."""

from collections.abc import Sequence
from shlex import quote
from typing import Final

from attrs import frozen

from tocsin.policy.decision import Decision
from tocsin.records.persons import persons
from tocsin.records.sharing import Sharing

MAX_PERSONAL_ITEMS: Final = 5_000
MIN_APPROVERS: Final = 2
MIN_HYPOTHESES: Final = 2

_ADD: Final = "add --finding FILE"
_ASSESS: Final = "assess --hypothesis ... --innocent ... --confidence ..."
_REVIEW: Final = "review --decision approve --why ... --as NAME"


@frozen(kw_only=True)
class Grounds:
    """The case that a release about people rests on, as far as the rule looks at it.

    Attributes:
        case: its title.
        findings: what each of the case's findings says, and why it is no ground to tell of people;
            nothing for one that is, see `Finding.lacks`.
        hypotheses: how many the current assessment weighs, None when nobody has assessed it.
        reviewers: those whose approval of the items and the assessment, as they are, stands.
        untold: innocent explanations of these findings that nothing told, and of which no
            approval that stands says what was found.
        was_approved: whether somebody approved it at any time.
    """

    case: str
    findings: tuple[tuple[str, tuple[str, ...]], ...]
    hypotheses: int | None
    reviewers: tuple[str, ...]
    untold: tuple[str, ...] = ()
    was_approved: bool = False

    @property
    def refusals(self) -> tuple[tuple[str, str], ...]:
        """What is missing, as (rule, why), each with the command that gives it."""
        found: list[tuple[str, str]] = []
        if all(lacks for _, lacks in self.findings):
            found.append(("people-finding", self._way(self._finding_missing(), _ADD)))
        if self.hypotheses is None:
            found.append(("people-assessment", self._way("nobody has assessed the case", _ASSESS)))
        elif self.hypotheses < MIN_HYPOTHESES:
            why = f"its assessment weighs {self.hypotheses} of {MIN_HYPOTHESES} hypotheses"
            found.append(("people-assessment", self._way(why, _ASSESS)))
        if not self.reviewers:
            since = "since it changed" if self.was_approved else "yet"
            why = f"a second person has not approved the case {since}"
            found.append(("people-review", self._way(why, self._review)))
        elif self.untold:
            why = f"its review does not speak of what could not be told: {', '.join(self.untold)}"
            found.append(("people-untold", self._way(why, self._review)))
        return tuple(found)

    @property
    def _review(self) -> str:
        """The review that is wanted, with every explanation that it must speak of."""
        return _REVIEW + "".join(f" --untold {quote(each)}" for each in self.untold)

    def _way(self, why: str, command: str) -> str:
        verb, _, options = command.partition(" ")
        return f"{why}: `tocsin case {verb} {quote(self.case)} {options}`"

    def _finding_missing(self) -> str:
        if not self.findings:
            return "the case holds no coordination finding"
        behaviour, lacks = self.findings[0]
        return f"no finding of the case is a ground: of {behaviour!r}, {'; '.join(lacks)}"


@frozen
class PersonalItems:
    """How many personal identifiers a release holds, by kind, and what they rest on.

    Attributes:
        counts: such as `{"account": 40, "email": 2}`.
        is_reviewed: True when the case behind them was reviewed by a second person.
        grounds: that case; None at a border, where only the author's word of it is known.
        contact: for corrections, as far as no review carries it yet.
    """

    counts: dict[str, int]
    is_reviewed: bool
    grounds: Grounds | None = None
    contact: str | None = None

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
    grounds = items.grounds
    contact = (review.contact if review else items.contact) or ""
    on_ground = grounds is not None or (
        items.is_reviewed and review is not None and bool(review.finding)
    )
    # Without any review, the grounds say so already; with one, it may be the releaser's own.
    is_second = (grounds is not None and not grounds.reviewers) or (
        review is not None and len(persons(review.approved_by)) >= MIN_APPROVERS
    )
    checks = (
        (on_ground, "people-finding", "there is no reviewed finding behind it"),
        (is_second, "people-second", "a second person has not approved it"),
        (bool((sharing.purpose or "").strip()), "people-purpose", "no purpose is stated"),
        (sharing.expires is not None, "people-expiry", "it has no expiry"),
        (bool(contact.strip()), "people-contact",
         "no contact for corrections is given"),
        (items.total <= MAX_PERSONAL_ITEMS, "people-cap",
         f"the list is longer than {MAX_PERSONAL_ITEMS}"),
    )  # fmt: skip
    missing = [*(grounds.refusals if grounds else ())]
    missing += [(rule, why) for holds, rule, why in checks if not holds]
    return tuple(Decision.no(rule, f"{what}: {why}") for rule, why in missing)

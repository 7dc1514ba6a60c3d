"""A case and its review, as records; `casebook` keeps them."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Final

from attrs import evolve, field, frozen

from tocsin.cases.assessment import Assessment
from tocsin.cases.reviewing import CaseReview, Verdict
from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    RefusedError,
    parse_time,
    rfc3339,
)
from tocsin.policy import Grounds
from tocsin.records import Finding, Review, person_key, persons

MAX_TITLE_LENGTH: Final = 300


@frozen(kw_only=True)
class Case:
    """One revision of a case.

    Attributes:
        id: a STIX grouping id; it stays private, a released grouping gets its own.
        items: ids of objects and findings in the order they were added, without repetition.
        contents: by id, the SHA-256 of the current version of each item that has versions; read
            from the vault with the case, not kept with it.
        findings: by id, those among the items; read from the vault with the case as well.
    """

    id: str
    title: str
    opened_by: str
    opened_at: datetime
    items: tuple[str, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    reviews: tuple[CaseReview, ...] = ()
    contents: Mapping[str, str] = field(factory=dict)
    findings: Mapping[str, Finding] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > MAX_TITLE_LENGTH:
            raise BadInputError(
                f"a case's title is empty or longer than {MAX_TITLE_LENGTH} characters",
                hint="give a short title",
            )

    @property
    def assessment(self) -> Assessment | None:
        """The current one; those before it are its history."""
        return self.assessments[-1] if self.assessments else None

    @property
    def items_digest(self) -> str:
        """SHA-256 over the sorted items and their contents: what a review is given on."""
        lines = (f"{item} {self.contents.get(item, '')}".rstrip() for item in sorted(self.items))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def assessment_digest(self) -> str:
        """Digest of what the case says; empty when nobody has assessed it."""
        return self.assessment.digest if self.assessment else ""

    @property
    def standing(self) -> tuple[int, ...]:
        """Positions of the reviews that still count, the latest first.

        An approval stands for exactly what it was given on, items and assessment, and until
        somebody returns or rejects the case; that stands until somebody approves.
        """
        if not self.reviews:
            return ()
        is_approved = self.reviews[-1].verdict is Verdict.APPROVED
        backwards = range(len(self.reviews) - 1, -1, -1)
        since = takewhile(
            lambda at: (self.reviews[at].verdict is Verdict.APPROVED) is is_approved, backwards
        )
        if not is_approved:
            return tuple(since)
        digest = self.items_digest
        return tuple(
            at
            for at in since
            if self.reviews[at].covers == digest and self._covers_assessment(self.reviews[at])
        )

    def _covers_assessment(self, review: CaseReview) -> bool:
        if review.assessed is not None:
            return review.assessed == self.assessment_digest
        return self.assessment is None or self.assessment.at <= review.at

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Those whose approval stands, the latest first."""
        found = (self.reviews[at] for at in self.standing)
        return tuple(dict.fromkeys(each.by for each in found if each.verdict is Verdict.APPROVED))

    @property
    def is_reviewed(self) -> bool:
        """True when a second person's approval stands."""
        return bool(self.reviewers)

    @property
    def _held(self) -> tuple[Finding, ...]:
        """The findings among its items, in their order."""
        return tuple(self.findings[item] for item in self.items if item in self.findings)

    @property
    def untold(self) -> tuple[str, ...]:
        """Innocent explanations that could not be told and that no standing approval speaks of.

        Of findings that are a ground else: what has an explanation that fits is none anyhow.
        """
        missing = [name for each in self._held if not each.lacks for name in each.untold]
        said = {name for at in self.standing for name in self.reviews[at].untold}
        return tuple(name for name in dict.fromkeys(missing) if name not in said)

    @property
    def grounds(self) -> Grounds:
        """What a release about people would rest on."""
        return Grounds(
            case=self.title,
            findings=tuple((each.behaviour, each.lacks) for each in self._held),
            hypotheses=len(self.assessment.hypotheses) if self.assessment else None,
            reviewers=self.reviewers,
            untold=self.untold,
            was_approved=any(each.verdict is Verdict.APPROVED for each in self.reviews),
        )

    def review_for(self, releaser: str, contact: str | None) -> Review | None:
        """Return the approval under which `releaser` lets go of it, None when none stands."""
        if not self.reviewers:
            return None
        return Review(finding=self.id, approved_by=(releaser, *self.reviewers), contact=contact)

    def with_items(self, added: Iterable[str]) -> "Case":
        """Return the case with `added` behind what it holds."""
        return evolve(self, items=tuple(dict.fromkeys((*self.items, *added))))

    def without_items(self, taken: Iterable[str]) -> "Case":
        """Return the case without some of what it holds."""
        gone = frozenset(taken)
        return evolve(self, items=tuple(item for item in self.items if item not in gone))

    def reviewed(
        self, *, by: str, verdict: Verdict, why: str, at: datetime, untold: Iterable[str] = ()
    ) -> "Case":
        """Return the case with one review more.

        Args:
            untold: explanations that no data told, on which `why` says what was found.

        Raises:
            RefusedError: when the reviewer opened or assessed the case or has no name, or it
                holds nothing.
            BadInputError: when no finding of the case leaves one of `untold` open.
        """
        if not person_key(by):
            raise RefusedError("nobody reviews without a name", hint="say who you are: `--as NAME`")
        did = "opened" if person_key(by) == person_key(self.opened_by) else None
        if did is None and self.assessment and person_key(by) in persons(self.assessment.authors):
            did = "assessed"
        if did is not None:
            raise RefusedError(
                f"{by} {did} the case and cannot review it",
                hint="a second person reviews: `--as NAME` of somebody else",
            )
        if not self.items:
            raise RefusedError("the case is empty", hint="add findings first")
        answered = tuple(dict.fromkeys(untold))
        self._check_untold(answered)
        review = CaseReview(
            by=by,
            verdict=verdict,
            why=why,
            at=at,
            covers=self.items_digest,
            assessed=self.assessment_digest,
            untold=answered,
        )
        return evolve(self, reviews=(*self.reviews, review))

    def _check_untold(self, answered: tuple[str, ...]) -> None:
        left_open = dict.fromkeys(name for each in self._held for name in each.untold)
        wrong = [name for name in answered if name not in left_open]
        if wrong:
            raise BadInputError(
                f"no finding of the case leaves {wrong[0]!r} open",
                hint=f"those that could not be told: {', '.join(left_open) or 'none'}",
            )

    def assessed(self, assessment: Assessment) -> "Case":
        """Return the case with one assessment more; earlier ones stay as its history."""
        return evolve(self, assessments=(*self.assessments, assessment))

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "id": self.id,
            "title": self.title,
            "opened_by": self.opened_by,
            "opened_at": rfc3339(self.opened_at),
            "items": [*self.items],
            "is_reviewed": self.is_reviewed,
            "assessments": [each.to_json() for each in self.assessments],
            "reviews": [each.to_json() for each in self.reviews],
        }

    def to_document(self) -> JsonObject:
        """Return the shown form: the stored one, the current assessment in full, the findings."""
        said = self.to_json()
        standing = frozenset(self.standing)
        return {
            **said,
            "assessment": self.assessment.to_document() if self.assessment else None,
            "reviews": [
                {**each.to_json(), "stands": at in standing} for at, each in enumerate(self.reviews)
            ],
            "findings": [
                {
                    **each.to_json(),
                    "lacks": [*each.lacks],
                    "untold": [*each.untold],
                }
                for each in self._held
            ],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, JsonValue]) -> "Case":
        """Read the stored form."""
        return cls(
            id=str(said["id"]),
            title=str(said["title"]),
            opened_by=str(said["opened_by"]),
            opened_at=parse_time(str(said["opened_at"])),
            items=tuple(str(each) for each in _rows(said, "items")),
            assessments=tuple(Assessment.from_json(each) for each in _rows(said, "assessments")),
            reviews=tuple(CaseReview.from_json(each) for each in _rows(said, "reviews")),
        )


def _rows(said: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    value = said.get(key)
    return value if isinstance(value, list) else []

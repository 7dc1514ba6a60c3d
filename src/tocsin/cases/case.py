"""A case and its review, as records; `casebook` keeps them."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from typing import Final

from attrs import evolve, field, frozen

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    RefusedError,
    parse_time,
    rfc3339,
)
from tocsin.records import Review, person_key
from tocsin.records.estimates import Likelihood, SourceGrade

MAX_TITLE_LENGTH: Final = 300


class Verdict(StrEnum):
    """What a second person says of a case."""

    APPROVED = "approved"
    REJECTED = "rejected"


@frozen(kw_only=True)
class CaseReview:
    """A second person's decision on what a case held at that time.

    Attributes:
        covers: digest of that, see `Case.items_digest`.
    """

    by: str
    verdict: Verdict
    why: str
    at: datetime
    covers: str


@frozen(kw_only=True)
class Assessment:
    """What the case says, how likely, resting on what kind of source."""

    text: str
    likelihood: Likelihood
    grade: SourceGrade | None
    by: str
    at: datetime


@frozen(kw_only=True)
class Case:
    """One revision of a case.

    Attributes:
        id: a STIX grouping id; it stays private, a released grouping gets its own.
        items: object ids in the order they were added, without repetition.
        contents: by id, the SHA-256 of the current version of each item that has versions; read
            from the vault with the case, not kept with it.
    """

    id: str
    title: str
    opened_by: str
    opened_at: datetime
    items: tuple[str, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    reviews: tuple[CaseReview, ...] = ()
    contents: Mapping[str, str] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > MAX_TITLE_LENGTH:
            raise BadInputError(
                f"a case's title is empty or longer than {MAX_TITLE_LENGTH} characters",
                hint="give a short title",
            )

    @property
    def items_digest(self) -> str:
        """SHA-256 over the sorted items and their contents: what a review is given on."""
        lines = (f"{item} {self.contents.get(item, '')}".rstrip() for item in sorted(self.items))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def standing(self) -> tuple[int, ...]:
        """Positions of the reviews that still count, the latest first.

        An approval stands for exactly what it was given on, and until somebody rejects; a
        rejection until somebody approves.
        """
        if not self.reviews:
            return ()
        last, digest = self.reviews[-1].verdict, self.items_digest
        backwards = range(len(self.reviews) - 1, -1, -1)
        since = takewhile(lambda at: self.reviews[at].verdict is last, backwards)
        if last is Verdict.REJECTED:
            return tuple(since)
        return tuple(at for at in since if self.reviews[at].covers == digest)

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Those whose approval stands, the latest first."""
        found = (self.reviews[at] for at in self.standing)
        return tuple(dict.fromkeys(each.by for each in found if each.verdict is Verdict.APPROVED))

    @property
    def is_reviewed(self) -> bool:
        """True when a second person's approval stands."""
        return bool(self.reviewers)

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

    def reviewed(self, *, by: str, verdict: Verdict, why: str, at: datetime) -> "Case":
        """Return the case with one review more.

        Raises:
            RefusedError: when the reviewer opened the case or has no name, or it holds nothing.
        """
        if not person_key(by):
            raise RefusedError("nobody reviews without a name", hint="say who you are: `--as NAME`")
        if person_key(by) == person_key(self.opened_by):
            raise RefusedError(
                f"{by} opened the case and cannot review it",
                hint="a second person reviews: `--as NAME` of somebody else",
            )
        if not self.items:
            raise RefusedError("the case is empty", hint="add findings first")
        review = CaseReview(by=by, verdict=verdict, why=why, at=at, covers=self.items_digest)
        return evolve(self, reviews=(*self.reviews, review))

    def assessed(self, assessment: Assessment) -> "Case":
        """Return the case with one assessment more; earlier ones stay as its history."""
        return evolve(self, assessments=(*self.assessments, assessment))

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {
            "id": self.id,
            "title": self.title,
            "opened_by": self.opened_by,
            "opened_at": rfc3339(self.opened_at),
            "items": [*self.items],
            "is_reviewed": self.is_reviewed,
            "assessments": [_assessment_json(each) for each in self.assessments],
            "reviews": [
                {
                    "by": each.by,
                    "verdict": str(each.verdict),
                    "why": each.why,
                    "at": rfc3339(each.at),
                    "covers": each.covers,
                }
                for each in self.reviews
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
            assessments=tuple(_read_assessment(each) for each in _rows(said, "assessments")),
            reviews=tuple(_read_review(each) for each in _rows(said, "reviews")),
        )


def _rows(said: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    value = said.get(key)
    return value if isinstance(value, list) else []


def _assessment_json(assessment: Assessment) -> JsonObject:
    low, high = assessment.likelihood.percent
    return {
        "text": assessment.text,
        "likelihood": str(assessment.likelihood),
        "percent": [low, high],
        "grade": str(assessment.grade) if assessment.grade else None,
        "by": assessment.by,
        "at": rfc3339(assessment.at),
    }


def _read_assessment(value: JsonValue) -> Assessment:
    said = value if isinstance(value, dict) else {}
    grade = said.get("grade")
    return Assessment(
        text=str(said["text"]),
        likelihood=Likelihood(str(said["likelihood"])),
        grade=SourceGrade.read(str(grade)) if grade else None,
        by=str(said["by"]),
        at=parse_time(str(said["at"])),
    )


def _read_review(value: JsonValue) -> CaseReview:
    said = value if isinstance(value, dict) else {}
    return CaseReview(
        by=str(said["by"]),
        verdict=Verdict(str(said["verdict"])),
        why=str(said["why"]),
        at=parse_time(str(said["at"])),
        covers=str(said["covers"]),
    )

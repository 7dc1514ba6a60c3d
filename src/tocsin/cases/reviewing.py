"""A second person's decision on a case, and for how long it counts."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from attrs import frozen

from tocsin.foundation import JsonObject, JsonValue, parse_time, rfc3339


class Verdict(StrEnum):
    """What a second person says of a case: it stands, it goes back to its authors, it is wrong."""

    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"


@frozen(kw_only=True)
class CaseReview:
    """A second person's decision on what a case held and said at that time.

    Attributes:
        covers: digest of what it held, see `Case.items_digest`.
        assessed: digest of what it said, see `Case.assessment_digest`; None of a review that was
            kept before digests of assessments were.
        untold: innocent explanations that the detector could not tell, for want of data, of which
            `why` says what the reviewer found.
    """

    by: str
    verdict: Verdict
    why: str
    at: datetime
    covers: str
    assessed: str | None = None
    untold: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "by": self.by,
            "verdict": str(self.verdict),
            "why": self.why,
            "at": rfc3339(self.at),
            "covers": self.covers,
            "assessed": self.assessed,
            "untold": [*self.untold],
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "CaseReview":
        """Read the stored form."""
        said: Mapping[str, JsonValue] = value if isinstance(value, dict) else {}
        assessed, untold = said.get("assessed"), said.get("untold")
        return cls(
            by=str(said["by"]),
            verdict=Verdict(str(said["verdict"])),
            why=str(said["why"]),
            at=parse_time(str(said["at"])),
            covers=str(said["covers"]),
            assessed=assessed if isinstance(assessed, str) else None,
            untold=tuple(str(each) for each in untold) if isinstance(untold, list) else (),
        )

"""Claims keep their source: two that disagree are both kept, and neither becomes a fact.

Who is behind an operation is only ever a claim, with claimant, evidence class, confidence and
date; it is never a property of a case.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import frozen

from tocsin.foundation import BadInputError, Entropy, JsonObject, parse_time, rfc3339
from tocsin.records.estimates import EvidenceClass, SourceGrade
from tocsin.records.markings import Marking
from tocsin.records.stix import StixObject, new_object

CLAIM_TYPE: Final = "x-tocsin-claim"
CLAIM_EXTENSION: Final = "extension-definition--7b1d0d9e-52a1-5a53-8c0e-3f6d4c1f7a11"


@frozen(kw_only=True)
class Claim:
    """One source's statement.

    Attributes:
        statement: what is claimed, in a sentence.
        claimant: who says so (an organisation, a report, a person in a role).
        stated_on: when the claimant said so, None when unknown.
        about: ids of the objects it is about.
        answers: the question it answers, such as `companies at the meeting in May 2018`; claims
            with the same question and different `value` disagree.
        value: the answer in a word or figure, None when the statement has none.
        confidence: 0 to 100 in the eyes of who recorded it, None when not assessed.
        supersedes: ids of claims of the same claimant that this one replaces.
        operator: the person or organisation that an attribution names, None for other claims.
        right_of_reply: how and when the operator was offered a reply, None when it was not. Who
            stands behind an attribution is no part of it: see `policy.attribution_refusals`.
    """

    statement: str
    claimant: str
    evidence: EvidenceClass
    stated_on: datetime | None = None
    about: tuple[str, ...] = ()
    answers: str | None = None
    value: str | None = None
    confidence: int | None = None
    grade: SourceGrade | None = None
    source: str | None = None
    supersedes: tuple[str, ...] = ()
    operator: str | None = None
    right_of_reply: str | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("statement", "claimant"):
            if not getattr(self, name).strip():
                raise BadInputError(f"a claim has no {name}", hint="a claim keeps its source")
        if self.confidence is not None and not 0 <= self.confidence <= 100:
            raise BadInputError(f"confidence {self.confidence} is not between 0 and 100")
        if self.operator is not None and (self.stated_on is None or self.confidence is None):
            raise BadInputError(
                "an attribution has no date or no confidence",
                hint="an attribution says who claims it, on what evidence, how surely and when",
            )

    def to_object(
        self, *, now: datetime, entropy: Entropy, author: str | None, marking: Marking | None
    ) -> StixObject:
        """Return the claim as a STIX object of the type `x-tocsin-claim`."""
        said: JsonObject = {
            "extensions": {CLAIM_EXTENSION: {"extension_type": "new-sdo"}},
            "statement": self.statement,
            "claimant": self.claimant,
            "evidence_class": str(self.evidence),
            "stated_on": rfc3339(self.stated_on) if self.stated_on else None,
            "object_refs": [*self.about] or None,
            "answers": self.answers,
            "value": self.value,
            "confidence": self.confidence,
            "source_grade": str(self.grade) if self.grade else None,
            "source": self.source,
            "supersedes_refs": [*self.supersedes] or None,
            "operator": self.operator,
            "right_of_reply": self.right_of_reply,
        }
        return new_object(
            CLAIM_TYPE,
            now=now,
            entropy=entropy,
            author=author,
            marking=marking,
            fields=said,
        )

    @classmethod
    def read(cls, item: StixObject) -> "Claim":
        """Read a claim object.

        Raises:
            BadInputError: when a field is missing or malformed.
        """
        body = item.body
        try:
            stated, grade, confidence = (
                body.get("stated_on"),
                body.get("source_grade"),
                body.get("confidence"),
            )
            return cls(
                statement=str(body["statement"]),
                claimant=str(body["claimant"]),
                evidence=EvidenceClass(str(body["evidence_class"])),
                stated_on=parse_time(str(stated), field="stated_on") if stated else None,
                about=_texts(item, "object_refs"),
                answers=_text(item, "answers"),
                value=_text(item, "value"),
                confidence=confidence if isinstance(confidence, int) else None,
                grade=SourceGrade.read(str(grade)) if grade else None,
                source=_text(item, "source"),
                supersedes=_texts(item, "supersedes_refs"),
                operator=_text(item, "operator"),
                right_of_reply=_text(item, "right_of_reply"),
            )
        except (KeyError, ValueError) as error:
            raise BadInputError(f"{item.id}: the claim lacks or garbles {error}") from error


def disagreeing(claims: list[Claim]) -> list[tuple[str, list[Claim]]]:
    """Return each question that is answered differently, with all its claims, by question.

    A claim that another of the list supersedes is left to its history by the caller.
    """
    by_question: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.answers and claim.value is not None:
            by_question.setdefault(claim.answers, []).append(claim)
    return [
        (question, said)
        for question, said in sorted(by_question.items())
        if len({claim.value for claim in said}) > 1
    ]


def superseded(claims: Mapping[str, Claim]) -> dict[str, frozenset[str]]:
    """Return, by id, which of `claims` each replaces, whatever stands between them.

    A claim replaces earlier words of its own claimant only: two sources that disagree are both
    kept.
    """
    direct = {key: _replaced_by(key, claim, claims) for key, claim in claims.items()}
    found: dict[str, frozenset[str]] = {}
    for key, nearest in direct.items():
        reached, edge = set(nearest), set(nearest)
        while edge:
            edge = {each for before in edge for each in direct[before]} - reached
            reached |= edge
        if reached:
            found[key] = frozenset(reached)
    return found


def _replaced_by(key: str, claim: Claim, claims: Mapping[str, Claim]) -> set[str]:
    return {
        before
        for before in claim.supersedes
        if before != key
        and before in claims
        and claims[before].claimant.casefold().split() == claim.claimant.casefold().split()
    }


def _text(item: StixObject, key: str) -> str | None:
    value = item.body.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key}: {str(value)[:80]!r} is no text")
    return value if value and value.strip() else None


def _texts(item: StixObject, key: str) -> tuple[str, ...]:
    value = item.body.get(key)
    return tuple(str(each) for each in value) if isinstance(value, list) else ()

"""What a case says, how surely, and weighed against what else it could be."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from attrs import field, frozen

from tocsin.cases.breakout import Breakout, Spread
from tocsin.cases.hypotheses import Hypothesis, least_contradicted, matrix, merged
from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    canonical,
    parse_time,
    rfc3339,
)
from tocsin.policy import MIN_HYPOTHESES
from tocsin.records import Confidence, Likelihood, SourceGrade, person_key


@frozen
class Technique:
    """A DISARM technique by T-number, as the taxonomy that this node holds knows it today.

    Attributes:
        state: `current`, `renamed`, `obsolete`, `unknown`, or `unresolved` without a taxonomy.
        successors: the numbers that the newest release has in its place.
    """

    number: str
    state: str = "unresolved"
    name: str | None = None
    successors: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {
            "number": self.number,
            "name": self.name,
            "state": self.state,
            "successors": [*self.successors],
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Technique":
        """Read the stored form."""
        said: Mapping[str, JsonValue] = value if isinstance(value, dict) else {}
        name = said.get("name")
        return cls(
            str(said.get("number")),
            str(said.get("state")),
            name if isinstance(name, str) else None,
            tuple(str(each) for each in _rows(said, "successors")),
        )


@frozen(kw_only=True)
class Statement:
    """What one person adds to an assessment; None and empty leave what is there.

    Attributes:
        text: the conclusion, in a sentence.
    """

    text: str | None = None
    confidence: Confidence | None = None
    grade: SourceGrade | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    techniques: tuple[Technique, ...] = ()
    spread: Spread = field(factory=Spread)


@frozen(kw_only=True)
class Assessment:
    """What the case says, how surely, resting on what kind of source.

    Attributes:
        authors: everybody whose words are in it, the last one last; none of them reviews it.
        spread: how far the operation was seen to get.
    """

    text: str
    confidence: Confidence
    grade: SourceGrade | None = None
    authors: tuple[str, ...]
    at: datetime
    hypotheses: tuple[Hypothesis, ...] = ()
    techniques: tuple[Technique, ...] = ()
    spread: Spread = field(factory=Spread)

    @classmethod
    def made(
        cls, before: "Assessment | None", said: Statement, *, by: str, at: datetime
    ) -> "Assessment":
        """Return the assessment that `said` makes of the one before.

        Raises:
            BadInputError: when there is no conclusion, or nobody has said how sure it is.
        """
        hypotheses = merged(before.hypotheses if before else (), said.hypotheses)
        text = said.text or (before.text if before else None) or _leading(hypotheses)
        confidence = said.confidence or (before.confidence if before else None)
        if not (text or "").strip() or text is None:
            raise BadInputError(
                "an assessment states nothing", hint="give --hypothesis, or --text in a sentence"
            )
        if confidence is None:
            raise BadInputError(
                "an assessment does not say how sure it is",
                hint="give --confidence, such as `likely`; see `tocsin case assess --help`",
            )
        techniques = {each.number: each for each in before.techniques} if before else {}
        techniques.update({each.number: each for each in said.techniques})
        earlier = before.authors if before else ()
        return cls(
            text=text,
            confidence=confidence,
            grade=said.grade or (before.grade if before else None),
            authors=(*(name for name in earlier if person_key(name) != person_key(by)), by),
            at=at,
            hypotheses=hypotheses,
            techniques=tuple(techniques.values()),
            spread=before.spread.with_more(said.spread) if before else said.spread,
        )

    @property
    def by(self) -> str:
        """Who spoke last."""
        return self.authors[-1]

    @property
    def is_weighed(self) -> bool:
        """Whether it holds at least two hypotheses side by side."""
        return len(self.hypotheses) >= MIN_HYPOTHESES

    @property
    def has_innocent(self) -> bool:
        """Whether one of its hypotheses accuses nobody."""
        return any(each.is_innocent for each in self.hypotheses)

    @property
    def breakout(self) -> Breakout:
        """How far the operation got."""
        return Breakout.of(self.spread)

    @property
    def digest(self) -> str:
        """SHA-256 over what it says, whenever and by whom it was said."""
        said = {key: value for key, value in self.to_json().items() if key not in ("by", "at")}
        return hashlib.sha256(canonical({**said, "authors": []})).hexdigest()

    def says_the_same(self, other: "Assessment") -> bool:
        """Whether only time and person differ."""
        return self.digest == other.digest

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        likelihood = self.confidence.likelihood
        return {
            "text": self.text,
            "confidence": self.confidence.to_json(),
            "likelihood": str(likelihood) if likelihood else None,
            "percent": [*self.confidence.percent],
            "grade": str(self.grade) if self.grade else None,
            "by": self.by,
            "authors": [*self.authors],
            "at": rfc3339(self.at),
            "hypotheses": [each.to_json() for each in self.hypotheses],
            "techniques": [each.to_json() for each in self.techniques],
            "spread": self.spread.to_json(),
        }

    def to_document(self) -> JsonObject:
        """Return the shown form: the stored one and what follows from it."""
        return {
            **self.to_json(),
            "breakout": self.breakout.to_json(),
            "matrix": [row.to_json() for row in matrix(self.hypotheses)],
            "least_contradicted": [each.text for each in least_contradicted(self.hypotheses)],
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Assessment":
        """Read the stored form, also of before hypotheses were kept."""
        said: Mapping[str, JsonValue] = value if isinstance(value, dict) else {}
        grade, confidence = said.get("grade"), said.get("confidence")
        authors = tuple(str(each) for each in _rows(said, "authors"))
        return cls(
            text=str(said["text"]),
            confidence=Confidence.from_json(confidence)
            if confidence
            else Confidence.of(Likelihood(str(said["likelihood"]))),
            grade=SourceGrade.read(str(grade)) if grade else None,
            authors=authors or (str(said["by"]),),
            at=parse_time(str(said["at"])),
            hypotheses=tuple(Hypothesis.from_json(each) for each in _rows(said, "hypotheses")),
            techniques=tuple(Technique.from_json(each) for each in _rows(said, "techniques")),
            spread=Spread.from_json(said.get("spread")),
        )


def cited_items(said: Statement) -> tuple[str, ...]:
    """Return the ids of items that a statement rests on, each once."""
    evidence = (each for found in said.hypotheses for each in (*found.supporting, *found.opposing))
    return tuple(dict.fromkeys(each.item for each in evidence if each.item))


def _leading(hypotheses: tuple[Hypothesis, ...]) -> str | None:
    """Return the first hypothesis: what an assessment concludes when nothing else is said."""
    return hypotheses[0].text if hypotheses else None


def _rows(said: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    value = said.get(key)
    return value if isinstance(value, list) else []

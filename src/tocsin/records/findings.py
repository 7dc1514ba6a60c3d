"""A finding: a behaviour with its evidence, how improbable it is, and what else it may have been.

It states what accounts, sites or media did together, never who is behind it, and no score out of
the air. It is private: what it names stays with who found it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import field, frozen

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    canonical,
    parse_time,
    rfc3339,
)
from tocsin.records.stix import named_id

FINDING_TYPE: Final = "x-tocsin-finding"
MAX_Q: Final = 0.05
"""The largest share of false discoveries at which a finding is a ground to tell of people."""

_NAMESPACE: Final = UUID("0f4a1c52-6c1e-5d0b-9a57-6f1f3f0d2c5e")


class FindingKind(StrEnum):
    """What was looked for."""

    COORDINATION = "coordination"
    TEXTS = "texts"
    NAMES = "names"
    SITES = "sites"
    PERSONAS = "personas"
    MEDIA = "media"
    CLAIMS = "claims"


@frozen
class Explanation:
    """An innocent explanation that was tried.

    Attributes:
        name: such as `newsroom`, `fandom`, `declared owner`.
        fits: whether it explains what was found, None when that could not be told.
    """

    name: str
    fits: bool | None = None
    why: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise BadInputError("an innocent explanation has no name", hint="say what was tried")

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {"name": self.name, "fits": self.fits, "why": self.why}


@frozen(kw_only=True)
class Finding:
    """One behaviour that a detector, or a person, found.

    Attributes:
        behaviour: what was done together, in a sentence.
        subjects: who or what did it: accounts, sites, media, as the detector names them.
        objects: on what they met: links, texts, posts.
        detector: name and version of what found it.
        parameters: with which settings.
        null_model: under which chance model `q_value` was reckoned.
        q_value: the expected share of false discoveries among findings like this one or stronger,
            0 to 1; None when it was not reckoned.
        score: the detector's own figure, which is no probability.
        rule: which of the detector's rules fired.
        evidence: rows of the detector's own form.
        explanations: innocent ones that were tried.
    """

    kind: FindingKind
    behaviour: str
    subjects: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    detector: str = ""
    parameters: Mapping[str, JsonValue] = field(factory=dict)
    null_model: str | None = None
    q_value: float | None = None
    score: float | None = None
    rule: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    evidence: tuple[JsonValue, ...] = ()
    explanations: tuple[Explanation, ...] = ()

    def __attrs_post_init__(self) -> None:
        if not self.behaviour.strip():
            raise BadInputError("a finding states no behaviour", hint="say what was done together")
        if self.q_value is not None and not 0 <= self.q_value <= 1:
            raise BadInputError(
                f"q-value {self.q_value} is not between 0 and 1",
                hint="it is a share of false discoveries",
            )

    @property
    def id(self) -> str:
        """The same content has the same id wherever and whenever it was found."""
        return named_id(FINDING_TYPE, _NAMESPACE, canonical(self._said()).decode())

    @property
    def lacks(self) -> tuple[str, ...]:
        """Why it is no ground to tell of people, empty when it is one; all reasons at once."""
        fitting = [each.name for each in self.explanations if each.fits]
        q = self.q_value
        checks = (
            (self.kind is FindingKind.COORDINATION, f"it is about {self.kind}, not coordination"),
            (bool(self.parameters), "it names no parameters"),
            (q is not None, "it has no q-value"),
            (q is None or q <= MAX_Q, f"its q-value {q} is above {MAX_Q}"),
            (bool(self.explanations), "no innocent explanation was tried"),
            (not fitting, f"it has an innocent explanation: {', '.join(fitting)}"),
        )
        return tuple(why for holds, why in checks if not holds)

    @property
    def untold(self) -> tuple[str, ...]:
        """Innocent explanations of which nobody knows whether they fit: something was missing."""
        return tuple(dict.fromkeys(each.name for each in self.explanations if each.fits is None))

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {"id": self.id, **self._said()}

    def _said(self) -> JsonObject:
        return {
            "kind": str(self.kind),
            "behaviour": self.behaviour,
            "subjects": [*self.subjects],
            "objects": [*self.objects],
            "detector": self.detector,
            "parameters": {**self.parameters},
            "null_model": self.null_model,
            "q_value": self.q_value,
            "score": self.score,
            "rule": self.rule,
            "started": rfc3339(self.started) if self.started else None,
            "ended": rfc3339(self.ended) if self.ended else None,
            "evidence": [*self.evidence],
            "explanations": [each.to_json() for each in self.explanations],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, JsonValue]) -> "Finding":
        """Read the form that `to_json` gives; unknown keys are passed over.

        Raises:
            BadInputError: when a field is missing or malformed, naming it.
        """
        return cls(
            kind=_kind(said.get("kind")),
            behaviour=_text(said, "behaviour") or "",
            subjects=_texts(said, "subjects"),
            objects=_texts(said, "objects"),
            detector=_text(said, "detector") or "",
            parameters=_mapping(said, "parameters"),
            null_model=_text(said, "null_model"),
            q_value=_number(said, "q_value"),
            score=_number(said, "score"),
            rule=_text(said, "rule"),
            started=_time(said, "started"),
            ended=_time(said, "ended"),
            evidence=tuple(_rows(said, "evidence")),
            explanations=tuple(_explanation(each) for each in _rows(said, "explanations")),
        )


def _kind(value: JsonValue) -> FindingKind:
    try:
        return FindingKind(str(value))
    except ValueError:
        known = ", ".join(FindingKind)
        raise BadInputError(
            f"kind: {str(value)[:80]!r} is no kind of finding", hint=f"one of {known}"
        ) from None


def _text(said: Mapping[str, JsonValue], key: str) -> str | None:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        raise BadInputError(f"{key}: {str(value)[:80]!r} is no text")
    return value


def _rows(said: Mapping[str, JsonValue], key: str) -> list[JsonValue]:
    value = said.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadInputError(f"{key}: {str(value)[:80]!r} is no list")
    return value


def _texts(said: Mapping[str, JsonValue], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in _rows(said, key)))


def _mapping(said: Mapping[str, JsonValue], key: str) -> JsonObject:
    value = said.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadInputError(f"{key}: {str(value)[:80]!r} is no object")
    return dict(value or {})


def _number(said: Mapping[str, JsonValue], key: str) -> float | None:
    value = said.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInputError(f"{key}: {str(value)[:80]!r} is no number")
    return float(value)


def _time(said: Mapping[str, JsonValue], key: str) -> datetime | None:
    value = _text(said, key)
    return parse_time(value, field=key) if value else None


def _explanation(value: JsonValue) -> Explanation:
    if isinstance(value, str):
        return Explanation(value)
    if not isinstance(value, dict):
        raise BadInputError(f"explanations: {str(value)[:80]!r} is neither a name nor an object")
    fits = value.get("fits")
    return Explanation(
        _text(value, "name") or "",
        fits if isinstance(fits, bool) else None,
        _text(value, "why") or "",
    )

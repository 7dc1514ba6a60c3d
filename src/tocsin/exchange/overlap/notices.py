"""What the exchange shows of an asking to its two members, and to nobody else."""

from datetime import datetime
from enum import StrEnum
from typing import Final, TypedDict

from attrs import frozen

from tocsin.exchange.overlap import reading
from tocsin.exchange.overlap.kinds import checked_kinds
from tocsin.exchange.overlap.letters import Letter, LetterKind
from tocsin.foundation import BadInputError, JsonObject, JsonValue, rfc3339
from tocsin.records.stix import is_stix_id
from tocsin.trust import element_count

ID_TYPE: Final = "x-tocsin-overlap"
MAX_ANSWERS: Final = 3
"""How often the holder evaluates one asking whose answer the asker never came to read."""

MAX_ATTEMPTS: Final = 200
"""How often one asking may be blinded anew; what was never evaluated gave nothing away."""


class Stage(StrEnum):
    """How far an asking is at the exchange; each stage follows the one before."""

    ASKED = "asked"
    EVALUATED = "evaluated"
    COUNTED = "counted"
    APPROVED = "approved"
    DISCLOSED = "disclosed"
    REVEALED = "revealed"
    REFUSED = "refused"

    @property
    def rank(self) -> int:
        """Its place in the order."""
        return list(Stage).index(self)

    @property
    def is_open(self) -> bool:
        """True as long as the exchange needs the elements, tags and outputs."""
        return self.rank < Stage.DISCLOSED.rank


@frozen(kw_only=True)
class Notice:
    """One asking as the exchange tells of it. Sizes are visible; nothing else of the items is.

    Attributes:
        epoch: see `epochs`.
        elements: how many items are asked for.
        attempt: counts from 1; see `MAX_ATTEMPTS`.
        answers: how many attempts the holder has evaluated; see `MAX_ANSWERS`.
        common: how many are in common, None before the count.
        refused_by: `exchange`, or the id of the member that refused.
    """

    id: str
    asker: str
    holder: str
    epoch: int
    kinds: tuple[str, ...]
    elements: int
    attempt: int
    posted: datetime
    stage: Stage = Stage.ASKED
    answers: int = 0
    common: int | None = None
    refused_by: str | None = None
    why: str | None = None

    @classmethod
    def of_letter(cls, letter: Letter, posted: datetime) -> "Notice":
        """Read an ASKING letter.

        Raises:
            BadInputError: when it is malformed, or its sizes contradict each other.
        """
        if letter.kind is not LetterKind.ASKING:
            raise BadInputError(f"overlap: {letter.kind} is no asking")
        said = letter.said
        notice = cls(
            **_terms(said), attempt=reading.count(said, "attempt", at_least=1), posted=posted
        )
        if element_count(letter.data) != notice.elements or notice.attempt > MAX_ATTEMPTS:
            raise BadInputError(
                f"overlap: {notice.elements} elements in attempt {notice.attempt} do not fit "
                f"{len(letter.data)} bytes and {MAX_ATTEMPTS} attempts",
                hint="ask anew",
            )
        return notice

    @property
    def terms(self) -> dict[str, JsonValue]:
        """What stays the same over all attempts; every letter of the asking repeats it."""
        return {
            "id": self.id,
            "asker": self.asker,
            "holder": self.holder,
            "epoch": self.epoch,
            "kinds": [*self.kinds],
            "elements": self.elements,
        }

    @property
    def attempt_terms(self) -> dict[str, JsonValue]:
        """The terms with the number of the attempt."""
        return {**self.terms, "attempt": self.attempt}

    def to_json(self) -> JsonObject:
        """Return the form that travels and that the exchange keeps."""
        return {
            **self.attempt_terms,
            "posted": rfc3339(self.posted),
            "stage": str(self.stage),
            "answers": self.answers,
            "common": self.common,
            "refused_by": self.refused_by,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, said: JsonObject) -> "Notice":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when it is not of this form.
        """
        posted = reading.time_or_none(said, "posted")
        stage = said.get("stage")
        if posted is None or stage not in list(Stage):
            raise BadInputError("overlap notice: malformed", hint="upgrade this node")
        return cls(
            **_terms(said),
            attempt=reading.count(said, "attempt", at_least=1),
            posted=posted,
            stage=Stage(str(stage)),
            answers=reading.count(said, "answers"),
            common=None if said.get("common") is None else reading.count(said, "common"),
            refused_by=None if said.get("refused_by") is None else reading.text(said, "refused_by"),
            why=None if said.get("why") is None else reading.text(said, "why", longest=1000),
        )


class _Terms(TypedDict):
    id: str
    asker: str
    holder: str
    epoch: int
    kinds: tuple[str, ...]
    elements: int


def _terms(said: JsonObject) -> _Terms:
    asking_id = reading.text(said, "id")
    if not is_stix_id(asking_id) or not asking_id.startswith(f"{ID_TYPE}--"):
        raise BadInputError("overlap: the id of the asking is malformed", hint="ask anew")
    return _Terms(
        id=asking_id,
        asker=reading.text(said, "asker"),
        holder=reading.text(said, "holder"),
        epoch=reading.count(said, "epoch"),
        kinds=checked_kinds(reading.texts(said, "kinds")),
        elements=reading.count(said, "elements", at_least=1),
    )

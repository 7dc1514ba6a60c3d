"""Hypotheses side by side, each with what speaks for it and what speaks against it.

Analysis of competing hypotheses (Richards Heuer, Psychology of Intelligence Analysis, 1999,
chapter 8): evidence is held against every hypothesis; what fits all of them tells nothing apart;
the one with the least against it stands, not the one with the most for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.records import is_stix_id

MAX_LENGTH: Final = 2_000


class Bearing(StrEnum):
    """What a piece of evidence does to a hypothesis."""

    FOR = "for"
    AGAINST = "against"


@frozen
class Evidence:
    """A piece of evidence: in words, or an item of the case with a remark.

    Attributes:
        item: id of an item of the case, None for words alone.
        text: the words, or the remark on the item.
    """

    text: str
    item: str | None = None

    @classmethod
    def read(cls, said: str) -> "Evidence":
        """Read words, or an id of an item, perhaps with a remark behind it.

        Raises:
            BadInputError: when it is empty or endless.
        """
        words = _checked(said, "evidence")
        first, _, rest = words.partition(" ")
        if is_stix_id(first.rstrip(":")):
            return cls(rest.strip(), first.rstrip(":"))
        return cls(words)

    @property
    def name(self) -> str:
        """What makes it the same evidence for two hypotheses."""
        return self.item or " ".join(self.text.casefold().split())

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {"text": self.text, "item": self.item}

    @classmethod
    def from_json(cls, value: JsonValue) -> "Evidence":
        """Read the stored form."""
        said = value if isinstance(value, dict) else {}
        item = said.get("item")
        return cls(str(said.get("text", "")), str(item) if item else None)


@frozen(kw_only=True)
class Hypothesis:
    """One explanation of what was found.

    Attributes:
        is_innocent: it accuses nobody.
    """

    text: str
    is_innocent: bool = False
    supporting: tuple[Evidence, ...] = ()
    opposing: tuple[Evidence, ...] = ()

    @classmethod
    def of(
        cls,
        text: str,
        *,
        is_innocent: bool = False,
        supporting: Iterable[Evidence] = (),
        opposing: Iterable[Evidence] = (),
    ) -> "Hypothesis":
        """Return a checked hypothesis, each piece of evidence in it once.

        Raises:
            BadInputError: when it has no words, or the same evidence speaks for and against it.
        """
        for_, against = _once(supporting), _once(opposing)
        words = _checked(text, "a hypothesis")
        both = [each for each in for_ if each in against]
        if both:
            raise BadInputError(
                f"{words!r}: {both[0]!r} speaks for and against it", hint="decide for one"
            )
        return cls(
            text=words,
            is_innocent=is_innocent,
            supporting=tuple(for_.values()),
            opposing=tuple(against.values()),
        )

    @property
    def name(self) -> str:
        """What makes two statements the same hypothesis."""
        return " ".join(self.text.casefold().split())

    def bearing(self, evidence: Evidence) -> Bearing | None:
        """Return what a piece of evidence does to it, None when nobody has said."""
        if evidence.name in {each.name for each in self.supporting}:
            return Bearing.FOR
        if evidence.name in {each.name for each in self.opposing}:
            return Bearing.AGAINST
        return None

    def with_more(self, later: "Hypothesis") -> "Hypothesis":
        """Return this with later evidence added; of what changed sides, the later word counts."""
        changed = {each.name for each in (*later.supporting, *later.opposing)}

        def kept(evidence: Sequence[Evidence]) -> list[Evidence]:
            return [each for each in evidence if each.name not in changed]

        return evolve(
            self,
            is_innocent=self.is_innocent or later.is_innocent,
            supporting=(*kept(self.supporting), *later.supporting),
            opposing=(*kept(self.opposing), *later.opposing),
        )

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {
            "text": self.text,
            "innocent": self.is_innocent,
            "evidence_for": [each.to_json() for each in self.supporting],
            "evidence_against": [each.to_json() for each in self.opposing],
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Hypothesis":
        """Read the stored form."""
        said: Mapping[str, JsonValue] = value if isinstance(value, dict) else {}
        return cls(
            text=str(said.get("text", "")),
            is_innocent=said.get("innocent") is True,
            supporting=_read_evidence(said.get("evidence_for")),
            opposing=_read_evidence(said.get("evidence_against")),
        )


@frozen
class Row:
    """One piece of evidence, held against every hypothesis in their order."""

    evidence: Evidence
    bearings: tuple[Bearing | None, ...]

    @property
    def is_diagnostic(self) -> bool:
        """Whether it tells the hypotheses apart: it does not do the same to all of them."""
        return len(set(self.bearings)) > 1

    def to_json(self) -> JsonObject:
        """Return the shown form."""
        return {
            "evidence": self.evidence.text or self.evidence.item,
            "item": self.evidence.item,
            "bearings": [str(each) if each else None for each in self.bearings],
            "diagnostic": self.is_diagnostic,
        }


def matrix(hypotheses: Sequence[Hypothesis]) -> tuple[Row, ...]:
    """Return every piece of evidence against every hypothesis, in the order of their naming."""
    every = [each for found in hypotheses for each in (*found.supporting, *found.opposing)]
    return tuple(
        Row(evidence, tuple(each.bearing(evidence) for each in hypotheses))
        for evidence in _once(every).values()
    )


def least_contradicted(hypotheses: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """Return the hypotheses with the least evidence against them; several when they tie."""
    fewest = min((len(each.opposing) for each in hypotheses), default=0)
    return tuple(each for each in hypotheses if len(each.opposing) == fewest)


def merged(before: Iterable[Hypothesis], later: Iterable[Hypothesis]) -> tuple[Hypothesis, ...]:
    """Return hypotheses with later ones behind them; one that is there gains evidence."""
    found = {each.name: each for each in before}
    for each in later:
        known = found.get(each.name)
        found[each.name] = each if known is None else known.with_more(each)
    return tuple(found.values())


def _once(evidence: Iterable[Evidence]) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for each in evidence:
        found.setdefault(each.name, each)
    return found


def _checked(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not words or len(words) > MAX_LENGTH:
        raise BadInputError(
            f"{what} is empty or longer than {MAX_LENGTH} characters", hint="say it in a sentence"
        )
    return words


def _read_evidence(value: JsonValue) -> tuple[Evidence, ...]:
    rows = value if isinstance(value, list) else []
    return tuple(Evidence.from_json(each) for each in rows)

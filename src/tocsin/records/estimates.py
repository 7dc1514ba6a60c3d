"""How sure, and how good the source: estimative language and the Admiralty grades."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from tocsin.foundation import BadInputError


class Likelihood(StrEnum):
    """Words of estimative probability, with the ranges of ICD 203 (2015), part D.6.e(2)(a)."""

    REMOTE = "almost-no-chance"
    VERY_UNLIKELY = "very-unlikely"
    UNLIKELY = "unlikely"
    EVEN = "roughly-even-chance"
    LIKELY = "likely"
    VERY_LIKELY = "very-likely"
    CERTAIN = "almost-certain"

    @property
    def percent(self) -> tuple[int, int]:
        """Lowest and highest probability the word stands for, in percent."""
        return _PERCENT[self]

    @property
    def words(self) -> str:
        """For a sentence: `very likely`."""
        return self.replace("-", " ")

    @classmethod
    def of_percent(cls, percent: int) -> "Likelihood":
        """Return the word for a probability; a shared border belongs to the surer word."""
        if not 0 <= percent <= 100:
            raise BadInputError(f"confidence {percent} is not between 0 and 100")
        fitting = [word for word in cls if percent >= word.percent[0]]
        return fitting[-1] if fitting else cls.REMOTE


_PERCENT: Final = {
    Likelihood.REMOTE: (1, 5),
    Likelihood.VERY_UNLIKELY: (5, 20),
    Likelihood.UNLIKELY: (20, 45),
    Likelihood.EVEN: (45, 55),
    Likelihood.LIKELY: (55, 80),
    Likelihood.VERY_LIKELY: (80, 95),
    Likelihood.CERTAIN: (95, 99),
}

_RELIABILITY: Final = "abcdef"
_CREDIBILITY: Final = "123456"


class EvidenceClass(StrEnum):
    """What a claim rests on. Content alone is no class: evidence is behaviour."""

    COORDINATION = "coordination"
    INFRASTRUCTURE = "infrastructure"
    AUTHENTICITY = "authenticity"
    PLATFORM_INTERNAL = "platform-internal"
    GOVERNMENT_STATEMENT = "government-statement"
    COURT_RECORD = "court-record"
    OPEN_REPORTING = "open-reporting"
    ADMISSION = "admission"


@frozen
class SourceGrade:
    """An Admiralty grade: reliability A to F of the source, credibility 1 to 6 of the item."""

    reliability: str
    credibility: str

    @classmethod
    def read(cls, text: str) -> "SourceGrade":
        """Read `B2`.

        Raises:
            BadInputError: when it is no letter a to f with a figure 1 to 6.
        """
        bare = text.strip().lower()
        if len(bare) != 2 or bare[0] not in _RELIABILITY or bare[1] not in _CREDIBILITY:
            raise BadInputError(
                f"source grade {text!r} is not an Admiralty grade", hint="write A1 to F6"
            )
        return cls(bare[0], bare[1])

    def __str__(self) -> str:
        return f"{self.reliability.upper()}{self.credibility}"

"""How surely something is said: a word, and the scale on which it is a word."""

from enum import StrEnum
from typing import Final

from attrs import frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.records.estimates import Likelihood

_LOW_MED_HIGH: Final = {"low": (1, 29), "medium": (30, 69), "high": (70, 100)}
_OTHER_SPELLINGS: Final = {
    "med": "medium",
    "moderate": "medium",
    "remote": str(Likelihood.REMOTE),
    "even": str(Likelihood.EVEN),
    "even-chance": str(Likelihood.EVEN),
    "highly-likely": str(Likelihood.VERY_LIKELY),
    "highly-unlikely": str(Likelihood.VERY_UNLIKELY),
}


class Scale(StrEnum):
    """The scales of STIX 2.1, appendix A; the words of one are no words of the other."""

    ESTIMATIVE = "estimative (ICD 203)"
    LOW_MED_HIGH = "low-medium-high (STIX 2.1, appendix A)"


@frozen
class Confidence:
    """A word on a stated scale; build it with `read` or `of`.

    Attributes:
        percent: lowest and highest probability, or confidence, that the word stands for.
    """

    word: str
    scale: Scale
    percent: tuple[int, int]

    @classmethod
    def of(cls, likelihood: Likelihood) -> "Confidence":
        """Return the confidence that a word of estimative language states."""
        return cls(str(likelihood), Scale.ESTIMATIVE, likelihood.percent)

    @classmethod
    def read(cls, text: str) -> "Confidence":
        """Read `very likely`, a percentage such as `70`, or `low`, `medium` or `high`.

        A percentage becomes the word of estimative language whose range holds it.

        Raises:
            BadInputError: for anything else.
        """
        percent = text.strip().removesuffix("%").rstrip()
        if percent.isascii() and percent.isdigit() and len(percent) <= 3:
            return cls.of(Likelihood.of_percent(int(percent)))
        bare = "-".join(text.casefold().replace("-", " ").split())
        bare = _OTHER_SPELLINGS.get(bare, bare)
        if bare in _LOW_MED_HIGH:
            return cls(bare, Scale.LOW_MED_HIGH, _LOW_MED_HIGH[bare])
        if bare in {str(each) for each in Likelihood}:
            return cls.of(Likelihood(bare))
        words = ", ".join([*(each.words for each in Likelihood), *_LOW_MED_HIGH])
        raise BadInputError(
            f"confidence {text[:80]!r} is on no scale known here",
            hint=f"say one of: {words}; or a percentage from 0 to 100",
        )

    @property
    def words(self) -> str:
        """For a sentence: `very likely (80 to 95%)`."""
        low, high = self.percent
        if self.scale is Scale.LOW_MED_HIGH:
            return f"{self.word} confidence ({low} to {high} of 100)"
        return f"{self.word.replace('-', ' ')} ({low} to {high}%)"

    @property
    def likelihood(self) -> Likelihood | None:
        """The word of estimative language, None for one of the other scale."""
        return Likelihood(self.word) if self.scale is Scale.ESTIMATIVE else None

    def to_json(self) -> JsonObject:
        """Return the stored and shown form."""
        return {"word": self.word, "scale": str(self.scale), "percent": [*self.percent]}

    @classmethod
    def from_json(cls, value: JsonValue) -> "Confidence":
        """Read the stored form.

        Raises:
            BadInputError: when its word is on no scale.
        """
        return cls.read(str(value.get("word")) if isinstance(value, dict) else str(value))

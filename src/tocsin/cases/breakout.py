"""How far an operation got: the breakout scale, with the rule that decided.

Ben Nimmo, "The Breakout Scale: Measuring the impact of influence operations", Brookings 2020. The
category follows from what was observed; what nobody observed is unknown, not low.
"""

from collections.abc import Mapping
from typing import Final

from attrs import evolve, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue

SCALE: Final = "Nimmo 2020, 1 to 6"


@frozen(kw_only=True)
class Spread:
    """What was observed of an operation's reach, None where nobody looked.

    Attributes:
        platforms: on how many its content is.
        communities: into how many it came that are not its own making; 1 is where it began.
        media: which outlet took it up.
        celebrity: which widely followed person passed it on.
        response: which policy, act or call for violence followed.
    """

    platforms: int | None = None
    communities: int | None = None
    media: str | None = None
    celebrity: str | None = None
    response: str | None = None

    def __attrs_post_init__(self) -> None:
        for name in ("platforms", "communities"):
            count = getattr(self, name)
            if count is not None and count < 1:
                raise BadInputError(f"{name}: {count} is fewer than one", hint="leave it out")

    @property
    def is_unknown(self) -> bool:
        """Whether nothing was observed at all."""
        return self == Spread()

    def with_more(self, later: "Spread") -> "Spread":
        """Return this with what `later` observed in place of what it says too."""
        names = ("platforms", "communities", "media", "celebrity", "response")
        found = {name: getattr(later, name) for name in names}
        return evolve(self, **{name: value for name, value in found.items() if value is not None})

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "platforms": self.platforms,
            "communities": self.communities,
            "media": self.media,
            "celebrity": self.celebrity,
            "response": self.response,
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Spread":
        """Read the stored form."""
        said: Mapping[str, JsonValue] = value if isinstance(value, dict) else {}
        return cls(
            platforms=_count(said.get("platforms")),
            communities=_count(said.get("communities")),
            media=_word(said.get("media")),
            celebrity=_word(said.get("celebrity")),
            response=_word(said.get("response")),
        )


@frozen
class Breakout:
    """A category, None when it is unknown, and the rule that fired."""

    category: int | None
    rule: str

    @classmethod
    def of(cls, spread: Spread) -> "Breakout":
        """Return the highest category whose rule fires."""
        beyond = (
            (6, spread.response, "it led to a policy response or a call for violence"),
            (5, spread.celebrity, "a widely followed person passed it on"),
            (4, spread.media, "it left social media and was taken up by media"),
        )
        fired = next(((level, f"{rule}: {seen}") for level, seen, rule in beyond if seen), None)
        return cls(*fired) if fired else cls._within(spread.platforms, spread.communities)

    @classmethod
    def _within(cls, platforms: int | None, communities: int | None) -> "Breakout":
        """Return the category of what stayed on social media."""
        if platforms is None or communities is None:
            missing = "platforms" if platforms is None else "communities"
            return cls(None, f"nobody has said how many {missing} it reached")
        category = 1 + (platforms > 1) + (communities > 1)
        where = "one platform" if platforms == 1 else f"{platforms} platforms"
        who = "one community" if communities == 1 else f"{communities} communities"
        return cls(category, f"{who} on {where}")

    def to_json(self) -> JsonObject:
        """Return the shown form."""
        return {"category": self.category, "rule": self.rule, "scale": SCALE}


def _count(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _word(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value.strip() else None

"""What an explanation predicts, sign by sign, and what the signs amount to."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from tocsin.foundation import written_out
from tocsin.records import Explanation

MOST: Final = 0.9
"""So many of a group must declare what an explanation rests on. Who does not is named."""

_LONGEST: Final = 60
_NAMED: Final = 5


@frozen
class Sign:
    """One thing that an explanation predicts.

    Attributes:
        holds: whether it is there; None where nothing tells.
        says: what was found, with figures; where `holds` is None, what is missing.
    """

    holds: bool | None
    says: str


def weigh(name: str, signs: Iterable[Sign]) -> Explanation:
    """Fit when every sign holds, do not when one is contradicted, else say what is not known."""
    tried = tuple(signs)
    against, for_it, unknown = (
        [each.says for each in tried if each.holds is wanted] for wanted in (False, True, None)
    )
    if against:
        return Explanation(name, fits=False, why=_why("contradicted", against, for_it))
    if unknown or not tried:
        return Explanation(name, fits=None, why=_why("cannot be told", unknown, for_it))
    return Explanation(name, fits=True, why="; ".join(for_it))


def shown(text: str) -> str:
    """Return a text from outside as it may stand in a sentence: no hidden characters, not long."""
    clean = written_out(text.strip())
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


def listed(labels: Iterable[str]) -> str:
    """Name some, and how many more there are."""
    every = list(labels)
    named = ", ".join(shown(each) for each in every[:_NAMED])
    return named if len(every) <= _NAMED else f"{named} and {len(every) - _NAMED} more"


def percent(share: float) -> str:
    """Return a share as whole per cent, never rounded up to all or down to none."""
    whole = round(100 * share)
    if whole == 100 and share < 1:
        whole = 99
    if whole == 0 and share > 0:
        return "under 1 %"
    return f"{whole} %"


def lasting(seconds: float) -> str:
    """Return a duration in the unit that a person would use."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if abs(seconds) >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def _why(verdict: str, first: list[str], for_it: list[str]) -> str:
    return "".join(_parts(verdict, first, for_it))


def _parts(verdict: str, first: list[str], for_it: list[str]) -> Iterator[str]:
    yield f"{verdict}: {'; '.join(first)}"
    if for_it:
        yield f". Speaks for it: {'; '.join(for_it)}"

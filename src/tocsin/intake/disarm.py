"""DISARM references, resolved by T-number: ids change between releases, numbers mostly stay.

Releases 1.3 to 1.6 changed 37 to 81 STIX ids of kept techniques each and dropped others without
`revoked`. So the newest release held decides what is current; an older one only lends names.
The framework itself (CC-BY-SA-4.0) is not shipped: it is read from a file that the user imports.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Final

from attrs import field, frozen

from tocsin.foundation import JsonValue
from tocsin.intake.events import Flaw, Release

DISARM_SCHEME: Final = "disarm-red"
"""The red framework as DISARM publishes it; the only scheme that decides what is current."""

_NUMBER: Final = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_SPELLINGS: Final = (("ize", "ise"), ("izat", "isat"), ("yze", "yse"))


class TechniqueState(StrEnum):
    """What the releases held say of a reference."""

    CURRENT = "current"
    RENAMED = "renamed"
    OBSOLETE = "obsolete"
    UNKNOWN = "unknown"
    UNRESOLVED = "unresolved"


@frozen
class Resolution:
    """What a reference to a technique amounts to today.

    Attributes:
        name: the name in the newest release, None when it is gone from it.
        successors: numbers proposed in its place; empty means none is known.
        because: how the successors were found.
    """

    number: str
    state: TechniqueState
    name: str | None = None
    successors: tuple[str, ...] = ()
    because: str = ""

    @property
    def proposal(self) -> str:
        """For people: the successors, or `none`."""
        return ", ".join(self.successors) or "none"


@frozen(slots=False)
class Releases:
    """The taxonomies that the vault holds, in all their versions."""

    held: tuple[Release, ...] = field(default=())

    def with_release(self, release: Release) -> "Releases":
        """Return the releases with one more."""
        return Releases((*self.held, release))

    @cached_property
    def current(self) -> Release | None:
        """The newest release of the red framework."""
        own = [release for release in self.held if release.scheme == DISARM_SCHEME]
        return max(own, key=lambda release: release.version, default=None)

    def resolve(self, number: str, name: str = "") -> Resolution:
        """Resolve a reference by its T-number; `name` is what the source calls it."""
        current = self.current
        if current is None:
            return Resolution(number, TechniqueState.UNRESOLVED)
        now = current.terms.get(number)
        if now is not None:
            is_same = not name or _plain(name) == _plain(now)
            state = TechniqueState.CURRENT if is_same else TechniqueState.RENAMED
            return Resolution(number, state, now)
        names = self._names_of(number) | ({name} if name else set())
        if not self._names_of(number) and not name:
            return Resolution(number, TechniqueState.UNKNOWN)
        wanted = {_plain(each) for each in names}
        found = tuple(
            sorted(code for code, term in current.terms.items() if _plain(term) in wanted)
        )
        because = "the newest release gives the same name to it" if found else ""
        return Resolution(number, TechniqueState.OBSOLETE, None, found, because)

    def flaws(self, text: str, name: str, locator: str) -> Iterator[Flaw]:
        """Yield the flaws of the references in a text; `name` only with a single number."""
        for number in technique_numbers(text):
            resolved = self.resolve(number, name)
            told = f"{locator}: {number} {name}".strip()
            if resolved.state is TechniqueState.OBSOLETE:
                yield Flaw("technique-obsolete", f"{told} → {resolved.proposal}")
            elif resolved.state is TechniqueState.RENAMED:
                yield Flaw("technique-renamed", f"{told} → {resolved.name}")
            elif resolved.state is TechniqueState.UNKNOWN:
                yield Flaw("technique-unknown", f"{told} → none")
            elif resolved.state is TechniqueState.UNRESOLVED:
                yield Flaw("taxonomy-missing", told)

    def _names_of(self, number: str) -> set[str]:
        return {release.terms[number] for release in self.held if number in release.terms}


def technique_numbers(text: str) -> list[str]:
    """Return the T-numbers that a text names, in order, each once."""
    return list(_numbers_in(text))


@lru_cache(maxsize=4096)
def _numbers_in(text: str) -> tuple[str, ...]:
    """Cached: a list repeats a few techniques on every row."""
    return tuple(dict.fromkeys(_NUMBER.findall(text)))


def technique_number(body: Mapping[str, JsonValue]) -> str | None:
    """Return the T-number of a STIX attack-pattern, None when it has none."""
    said = body.get("x_mitre_id")
    codes = [said, *(_external_ids(body.get("external_references")))]
    found = (_NUMBER.fullmatch(code) for code in codes if isinstance(code, str))
    return next((match[0] for match in found if match), None)


def external_code(body: Mapping[str, JsonValue]) -> str | None:
    """Return the first code under which a taxonomy's object is known outside."""
    return next(iter(_external_ids(body.get("external_references"))), None)


def _external_ids(references: JsonValue) -> Iterable[str]:
    if isinstance(references, list):
        for each in references:
            code = each.get("external_id") if isinstance(each, dict) else None
            if isinstance(code, str):
                yield code


def _plain(name: str) -> str:
    """Return a name as releases are compared: no case, one spelling, no punctuation."""
    plain = re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip()
    for american, british in _SPELLINGS:
        plain = plain.replace(american, british)
    return plain

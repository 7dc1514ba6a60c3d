"""What a rule says of a host: which name it imitates, and what was done to that name."""

from enum import StrEnum

from attrs import frozen

from tocsin.detect.names.entities import Entity
from tocsin.detect.names.index import Key, Kind


class Rule(StrEnum):
    """What was done to the name."""

    SUFFIX = "other-suffix"
    LOOKS = "look-alike-letters"
    SPELLED = "transliterated"
    EDIT = "misspelled"
    TOKEN = "name-between-hyphens"  # noqa: S105 - no password
    AFFIX = "name-with-lure-word"
    AFFIX_EDIT = "misspelled-with-lure-word"
    INSIDE = "name-inside"
    WRITTEN = "domain-written-out"
    BELOW = "name-as-subdomain"
    STATE = "forged-government"
    LURE = "lure-words-only"
    KNOWN = "adversary's-own-name"


@frozen
class Match:
    """One rule that holds.

    Attributes:
        entity: who is imitated; None where lure words name nobody.
        key: the protected name, as its holder writes it.
        how: the kind of change, of which the background rate is kept.
        form: what stands in the host.
        kind: how distinctive the name is.
        length: of the name in letters.
    """

    rule: Rule
    entity: Entity | None
    key: str
    how: str
    form: str
    kind: Kind
    length: int

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Of what the background rate is counted."""
        name = self.entity.name if self.entity else ""
        return name, self.key, str(self.rule), self.how


def match_of(rule: Rule, key: Key, how: str, form: str) -> Match:
    """Return the match of a rule with a protected name."""
    return Match(rule, key.entity, key.raw, how, form, key.kind, len(key.text))

"""What a reader tells while it reads: one event for each record, and flags beside them."""

from typing import TypeAlias

from msgspec import Struct, field

from tocsin.foundation import JsonObject
from tocsin.intake.mapping import ColumnMapping
from tocsin.records import StixObject


class Found(Struct, frozen=True, gc=False):
    """One object that a record speaks of.

    Attributes:
        keys: canonical observable keys.
        said: what the source says of this object; it becomes the provenance row's `said`.
        bare: the body was made here and holds the identity, perhaps with the spelling of this
            mention: a fuller body that the vault already has for the same id stays the current
            one, and so does the first spelling that a source gave.
    """

    object: StixObject
    keys: tuple[str, ...] = ()
    said: JsonObject = field(default_factory=dict)
    bare: bool = False


class Flaw(Struct, frozen=True, gc=False):
    """A defect that lost nothing: repaired or only flagged."""

    kind: str
    example: str = ""


class Kept(Struct, frozen=True, gc=False):
    """One record of the file, with the objects that came of it."""

    locator: str
    found: tuple[Found, ...]
    flaws: tuple[Flaw, ...] = ()


class Lost(Struct, frozen=True, gc=False):
    """One record of the file that no object came of, and why."""

    kind: str
    locator: str
    example: str = ""


class Flagged(Struct, frozen=True, gc=False):
    """A flaw of the file that belongs to no single record."""

    kind: str
    example: str = ""
    count: int = 1


class Mapped(Struct, frozen=True, gc=False):
    """The column mapping that is in use."""

    mapping: ColumnMapping


class Release(Struct, frozen=True, gc=False):
    """A taxonomy in one version, to be remembered for resolving references.

    Attributes:
        scheme: such as `disarm-red`.
        version: sorts by age within the scheme.
        terms: name by code, such as `T0002`.
    """

    scheme: str
    version: str
    terms: dict[str, str]


Event: TypeAlias = Kept | Lost | Flagged | Mapped | Release

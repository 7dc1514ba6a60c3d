"""What goes into the private family and what comes out of it."""

from datetime import datetime
from functools import cached_property

from attrs import field, frozen
from msgspec import Struct
from msgspec import field as struct_field

from tocsin.foundation import JsonObject
from tocsin.records import StixObject
from tocsin.vault.rows import read_object


@frozen(kw_only=True)
class Source:
    """One import: a file, a pasted text, a bundle.

    Attributes:
        digest: lower-case hex of SHA-256 over what was read.
        by: the person or program that imported it, as this node knows them.
        at: None when handed in: the vault's clock sets it.
        counts: the import report's figures.
    """

    name: str
    digest: str
    format: str
    by: str
    at: datetime | None = None
    counts: JsonObject = field(factory=dict)

    @property
    def is_bundle(self) -> bool:
        """Whether objects merely stand beside each other in it, each with a marking of its own.

        In everything else a row is an indicator, and its marking is what the source says of it.
        """
        return self.format in ("stix", "opencti")


class Provenance(Struct, frozen=True, gc=False):
    """Where in a source something stands and what the source says about it.

    Attributes:
        locator: such as `row 12` or `objects[3]`.
        said: the source's own words: technique, comment, registered, first_observed, reported,
            marking. `first_observed` is an RFC 3339 time of a recorded observation; a
            registration or creation date goes under `registered`, never there.
    """

    source_id: int
    locator: str
    said: JsonObject = struct_field(default_factory=dict)


class Holding(Struct, frozen=True, gc=False):
    """One object to hold.

    Attributes:
        keys: its canonical observable keys, such as `domain:example.org`.
        bare: the body was made from the identity alone, perhaps with a name for people; where
            the object is held already, it adds a version only if it is the first with a name and
            nobody gave a fuller body.
    """

    object: StixObject
    keys: tuple[str, ...] = ()
    provenance: Provenance | None = None
    bare: bool = False


@frozen
class Held:
    """What became of a batch.

    Attributes:
        new: objects that were not there before.
        known: objects that were there, body and all (whatever source said it).
        changed: objects that were there with another body; both versions are kept.
        traced: provenance rows added.
    """

    new: int = 0
    known: int = 0
    changed: int = 0
    traced: int = 0

    def __add__(self, other: "Held") -> "Held":
        return Held(
            self.new + other.new,
            self.known + other.known,
            self.changed + other.changed,
            self.traced + other.traced,
        )


@frozen(slots=False)
class HeldObject:
    """One stored version of a private object.

    Attributes:
        revision: counts from 1 in the order of arrival.
        body: canonical bytes.
        entry: index of the log entry that covers it.
    """

    id: str
    type: str
    revision: int
    body: bytes = field(repr=False)
    at: datetime
    entry: int

    @cached_property
    def object(self) -> StixObject:
        """The body as a STIX object."""
        return StixObject.of(read_object(self.body, self.id))


@frozen
class Traced:
    """One provenance row with its source."""

    object_id: str
    provenance: Provenance
    source: Source
    entry: int

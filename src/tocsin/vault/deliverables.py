"""What goes into the shared family and what comes out of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from attrs import field, frozen

from tocsin.records import StixObject
from tocsin.vault.rows import from_micros, read_object


class Standing(StrEnum):
    """How a version of a shared object came to be here, and whether it counts.

    `VOID` counts no more: somebody else signed it with a stolen key. It is kept as evidence, yet
    nothing shows it but who asks for it, and the versions beside it stand as if it were not there.
    """

    OWN = "own"
    RECEIVED = "received"
    RELAYED = "relayed"
    VOID = "void"


class DeliveryState(StrEnum):
    """How far an object is on its way to a member."""

    QUEUED = "queued"
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"


@frozen(kw_only=True)
class Offered:
    """One version of one object to keep as it is, signatures and all.

    Attributes:
        by: the person or program, as this node knows them.
        keys: canonical observable keys, for matching.
        received_from: the member or exchange that handed it over.
        author: whose object it is where the body names no `created_by_ref`, as observables never
            do: two members may share the same observable under different terms.
    """

    object: StixObject
    standing: Standing
    by: str
    keys: Sequence[str] = ()
    received_from: str | None = None
    author: str | None = None


@frozen
class Accepted:
    """What became of an object that was handed in.

    Attributes:
        seq: its number in the shared family; deliveries and visibility name it by this.
        added: microseconds since 1970; rises strictly in the order of commits.
        is_new: False when exactly this was there before.
    """

    seq: int
    added: int
    is_new: bool


@frozen(slots=False)
class Shared:
    """One version of one shared object.

    Attributes:
        seq: see `Accepted`.
        author: the `created_by_ref`, empty where the object has none.
        version: the object's own `modified` text, empty for observables.
        added: microseconds since 1970. In a page for a member: when it became visible to that
            member, which may be long after it was accepted.
        body: canonical bytes with the signatures, exactly as accepted.
        entry: index of the log entry that covers it.
    """

    seq: int
    id: str
    author: str
    version: str
    type: str
    tlp: str
    added: int
    standing: Standing
    received_from: str | None
    revoked: bool
    body: bytes = field(repr=False)
    entry: int

    @property
    def added_at(self) -> datetime:
        """`added` as an aware UTC time, exact to the microsecond."""
        return from_micros(self.added)

    @cached_property
    def object(self) -> StixObject:
        """The body as a STIX object."""
        return StixObject.of(read_object(self.body, self.id))


@frozen
class Flag:
    """Something to look at again, because something it rests on changed.

    Attributes:
        kind: such as `withdrawn`.
        acknowledged_at: when a person took note; None while it is open.
    """

    object_id: str
    because_id: str
    kind: str
    at: datetime
    acknowledged_at: datetime | None


@frozen
class Delivery:
    """How far one object is on its way to one member."""

    seq: int
    member: str
    state: DeliveryState
    at: datetime


LEFT_BEFORE: Final = datetime(1970, 1, 1, tzinfo=UTC)


@frozen
class Outgoing:
    """A row of the outbox.

    Attributes:
        not_before: the end of its hold time; `LEFT_BEFORE` for what has left and is to leave again.
    """

    seq: int
    not_before: datetime
    sent_at: datetime | None

    @property
    def has_left(self) -> bool:
        """Whether somebody may have it, also where it is to be sent once more."""
        return self.sent_at is not None or self.not_before == LEFT_BEFORE

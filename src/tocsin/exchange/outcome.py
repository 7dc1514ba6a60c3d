"""What became of one object that was handed in."""

from typing import Final

from attrs import frozen

from tocsin.foundation import (
    BadInputError,
    RefusedError,
    StorageError,
    TocsinError,
    TrustError,
)
from tocsin.records import StixObject

_CAUSES: Final = (
    (BadInputError, "form"),
    (RefusedError, "rule"),
    (TrustError, "trust"),
    (StorageError, "storage"),
)


@frozen
class Outcome:
    """What became of one submitted object.

    Attributes:
        why: None when it was taken, or was there before.
        cause: what kind of refusal it is: form, rule, trust or storage.
    """

    id: str
    version: str
    why: str | None = None
    cause: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.why is None

    @classmethod
    def taken(cls, item: StixObject) -> "Outcome":
        return cls(item.id, item.version)

    @classmethod
    def refused(cls, object_id: str, version: str, error: TocsinError) -> "Outcome":
        hint = f" ({error.hint})" if error.hint else ""
        cause = next((name for kind, name in _CAUSES if isinstance(error, kind)), "other")
        return cls(object_id, version, f"{error.message}{hint}"[:1000], cause)

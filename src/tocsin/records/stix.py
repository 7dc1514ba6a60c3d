"""STIX 2.1 objects as Tocsin holds them: a checked, immutable view over one JSON body.

Bodies stay JSON (what is not understood is kept and relayed); every rule reads them through the
view, so that no room picks fields out of raw dictionaries.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha1
from typing import Final
from uuid import UUID

from msgspec import Struct

from tocsin.foundation import BadInputError, Entropy, JsonObject, JsonValue, canonical, parse_time
from tocsin.foundation.entropy import uuid4
from tocsin.records.markings import Marking, MarkingReading, read_markings
from tocsin.records.sharing import SHARING_EXTENSION, Sharing, read_sharing

_NEVER: Final = datetime.min.replace(tzinfo=UTC)

SCO_NAMESPACE: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")

OBSERVABLE_TYPES: Final = frozenset(
    {
        "artifact",
        "autonomous-system",
        "directory",
        "domain-name",
        "email-addr",
        "email-message",
        "file",
        "ipv4-addr",
        "ipv6-addr",
        "mac-addr",
        "mutex",
        "network-traffic",
        "process",
        "software",
        "url",
        "user-account",
        "windows-registry-key",
        "x509-certificate",
    }
)

_NAMES: Final = (
    "name", "statement", "value", "title", "abstract", "display_name", "user_id", "pattern",
)  # fmt: skip

_ID = re.compile(
    r"([a-z][a-z0-9-]{1,249})--[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[089ab][0-9a-f]{3}-[0-9a-f]{12}"
)
# The two highest bits of a digit become `10`.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def is_stix_id(text: object) -> bool:
    """Tell whether `text` is a STIX 2.1 identifier (§2.9)."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def stix_time(moment: datetime) -> str:
    """Return `moment` as STIX writes versions: RFC 3339 in UTC to the millisecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def new_id(type_: str, entropy: Entropy) -> str:
    """Return a fresh random identifier."""
    return f"{type_}--{uuid4(entropy)}"


def named_id(type_: str, namespace: UUID, *parts: str) -> str:
    """Return the identifier that the same parts give in every run and at every member."""
    return f"{type_}--{uuid5_text(namespace.bytes, canonical(list(parts)))}"


def uuid5_text(namespace: bytes, name: bytes) -> str:
    """Return `str(uuid.uuid5(namespace, name))` (RFC 9562 §5.5) in a third of the time."""
    made = sha1(namespace + name, usedforsecurity=False).hexdigest()
    variant = _VARIANT[made[16]]
    return f"{made[:8]}-{made[8:12]}-5{made[13:16]}-{variant}{made[17:20]}-{made[20:32]}"


class StixObject(Struct, frozen=True, eq=False, dict=True):
    """One version of one object.

    Build it with `StixObject.of`, which checks what every rule relies on.
    """

    body: Mapping[str, JsonValue]
    id: str
    type: str

    @classmethod
    def of(cls, body: Mapping[str, JsonValue]) -> "StixObject":
        """Check `id` and `type` and wrap the body.

        Raises:
            BadInputError: when the body is no STIX object.
        """
        type_, id_ = body.get("type"), body.get("id")
        if not isinstance(id_, str) or not is_stix_id(id_):
            raise BadInputError(f"object id {str(id_)[:80]!r} is no STIX identifier")
        if not isinstance(type_, str) or type_ != id_.partition("--")[0]:
            raise BadInputError(f"{id_}: type {str(type_)[:80]!r} is not that of its id")
        return cls(body, id_, type_)

    def __repr__(self) -> str:
        return f"StixObject(id={self.id!r}, type={self.type!r})"

    @property
    def version(self) -> str:
        """`modified`, else `created`, else empty for observables, which have no versions."""
        return str(self.body.get("modified") or self.body.get("created") or "")

    @property
    def version_at(self) -> datetime:
        """The version as a time, the earliest there is where it is none.

        As texts, versions with three and with six decimals do not sort by time.
        """
        try:
            return parse_time(self.version, field="version")
        except BadInputError:
            return _NEVER

    @property
    def author(self) -> str | None:
        """The `created_by_ref`, None for an object without an author."""
        author = self.body.get("created_by_ref")
        return author if isinstance(author, str) else None

    @property
    def name(self) -> str:
        """What to call it in front of a person."""
        for key in _NAMES:
            said = self.body.get(key)
            if isinstance(said, str) and said:
                return said
        return self.id

    @property
    def is_revoked(self) -> bool:
        return self.body.get("revoked") is True

    @property
    def is_observable(self) -> bool:
        return self.type in OBSERVABLE_TYPES

    @cached_property
    def sharing(self) -> Sharing | None:
        """The sharing extension; see `read_sharing` for errors."""
        return read_sharing(self.body)

    @cached_property
    def markings(self) -> MarkingReading:
        """The object's markings, with well-known definitions only."""
        return read_markings(self.marking_refs, {})

    @property
    def marking(self) -> Marking | None:
        return self.markings.marking

    @property
    def marking_refs(self) -> tuple[str, ...]:
        refs = self.body.get("object_marking_refs")
        return tuple(str(ref) for ref in refs) if isinstance(refs, list) else ()

    @property
    def refs(self) -> frozenset[str]:
        """Ids of all objects that it names in its `*_ref` and `*_refs` fields."""
        found: set[str] = set()
        for key, value in self.body.items():
            if key.endswith("_ref") and isinstance(value, str):
                found.add(value)
            elif key.endswith("_refs") and isinstance(value, list):
                found.update(str(each) for each in value)
        return frozenset(found)

    def replaced(self, **fields: JsonValue) -> "StixObject":
        """Return the object with some fields set; None removes a field."""
        body = {**self.body, **fields}
        return StixObject.of({key: value for key, value in body.items() if value is not None})

    def with_sharing(self, sharing: Sharing) -> "StixObject":
        """Return the object carrying `sharing`."""
        extensions = self.body.get("extensions")
        kept = extensions if isinstance(extensions, dict) else {}
        return self.replaced(extensions={**kept, SHARING_EXTENSION: sharing.to_extension()})

    def to_json(self) -> bytes:
        """Return the canonical bytes (RFC 8785) of the body."""
        return canonical(self.body)


def signed_part(body: Mapping[str, JsonValue]) -> JsonObject:
    """Return the body that a signature covers: all of it but the signatures themselves."""
    extensions = body.get("extensions")
    if not isinstance(extensions, dict) or SHARING_EXTENSION not in extensions:
        return dict(body)
    sharing = extensions[SHARING_EXTENSION]
    if not isinstance(sharing, dict):
        return dict(body)
    covered = {key: value for key, value in sharing.items() if key != "signatures"}
    return {**body, "extensions": {**extensions, SHARING_EXTENSION: covered}}


def new_object(
    type_: str,
    *,
    now: datetime,
    entropy: Entropy,
    author: str | None = None,
    marking: Marking | None = None,
    object_id: str | None = None,
    fields: Mapping[str, JsonValue],
) -> StixObject:
    """Return a new domain or relationship object in its first version.

    `fields` whose value is None are left out.
    """
    stamp = stix_time(now)
    body: JsonObject = {
        "type": type_,
        "spec_version": "2.1",
        "id": object_id or new_id(type_, entropy),
        "created": stamp,
        "modified": stamp,
    }
    if author:
        body["created_by_ref"] = author
    if marking:
        body["object_marking_refs"] = [*marking.refs]
    body.update({key: value for key, value in fields.items() if value is not None})
    return StixObject.of(body)

"""The sharing extension: what every object that crosses a border carries beside its marking.

A STIX 2.1 property extension (§7.3), so that any reader keeps the object and ignores the rest.
The author's signature stands inside it, over the object without it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue, parse_time, rfc3339
from tocsin.records.audience import Audience
from tocsin.records.escrow import Escrow
from tocsin.records.members import MemberKind
from tocsin.records.persons import person_key

SHARING_EXTENSION: Final = "extension-definition--a8f42b05-3fd1-5f2f-9d6b-0a6c1e5a6d70"
SHARING_VERSION: Final = 1


class Authorship(StrEnum):
    """How the author appears to recipients."""

    NAMED = "named"
    MEMBER = "member"
    NONE = "none"


@frozen(kw_only=True)
class Withdrawal:
    """Why and when an author took an object back.

    Attributes:
        erases: whoever holds earlier versions is to erase them; the version that says so holds
            none of their words.
    """

    why: str
    at: datetime
    erases: bool = False


@frozen(kw_only=True)
class Correction:
    """Why and when an author gave an object a new version, and what is new in it.

    Attributes:
        changed: names of the fields that differ from the version before, sorted; `operation` where
            the object itself is the same and belongs to another operation than was thought.
        claim: id of the claim that says to what it belongs, None where nothing was moved.
    """

    why: str
    at: datetime
    changed: tuple[str, ...] = ()
    claim: str | None = None


@frozen(kw_only=True)
class Review:
    """The second person's approval: what names people, or an operator in public, needs it.

    Attributes:
        finding: id of the reviewed coordination finding or case.
        approved_by: who releases, then who reviewed, as the author's node knows them; pseudonyms
            such as `analyst-2` are fine. At least two different persons (`person_key`) where it
            counts.
        contact: where an affected person can ask for correction, None when none is given.
    """

    finding: str
    approved_by: tuple[str, ...]
    contact: str | None = None

    @property
    def second_persons(self) -> tuple[str, ...]:
        """Those who reviewed and do not release, each once."""
        seen = {"", *(person_key(name) for name in self.approved_by[:1])}
        found: list[str] = []
        for name in self.approved_by[1:]:
            if (key := person_key(name)) not in seen:
                seen.add(key)
                found.append(name)
        return tuple(found)

    def without_names(self) -> "Review":
        """Return the review with a number for each person, for an author who is not named."""
        numbers: dict[str, int] = {}
        for name in self.approved_by:
            numbers.setdefault(person_key(name), len(numbers) + 1)
        named = (f"person {numbers[person_key(name)]}" for name in self.approved_by)
        return evolve(self, approved_by=tuple(named))


@frozen(kw_only=True)
class Sharing:
    """The checked content of the extension.

    Attributes:
        purpose: what recipients may use it for, in the author's words.
        expires: after this nobody may receive it any more.
        origins: kinds of the organisations it goes back to; `government` is never dropped on the
            way, whatever the authorship.
        derived_from: ids of the objects it was derived from.
        escrow: an unnamed author's sealed word that it is the author.
        signatures: `(key id, base64 signature)` pairs; not covered by the signature itself.
    """

    audience: Audience
    authorship: Authorship = Authorship.NAMED
    purpose: str | None = None
    expires: datetime | None = None
    origins: frozenset[MemberKind] = frozenset()
    derived_from: tuple[str, ...] = ()
    withdrawal: Withdrawal | None = None
    correction: Correction | None = None
    review: Review | None = None
    escrow: Escrow | None = field(default=None, eq=False)
    signatures: tuple[tuple[str, str], ...] = field(default=(), eq=False)

    @property
    def is_of_government_origin(self) -> bool:
        """True when a government member stands anywhere behind it."""
        return MemberKind.GOVERNMENT in self.origins

    def with_signature(self, key_id: str, signature: str) -> "Sharing":
        """Return this sharing with one signature more."""
        return evolve(self, signatures=(*self.signatures, (key_id, signature)))

    def to_extension(self) -> JsonObject:
        """Return the extension's value, without what is unset."""
        said: JsonObject = {
            "extension_type": "property-extension",
            "sharing_version": SHARING_VERSION,
            "audience": [*self.audience.to_list()],
            "authorship": str(self.authorship),
        }
        if self.purpose:
            said["purpose"] = self.purpose
        if self.expires:
            said["expires"] = rfc3339(self.expires)
        if self.origins:
            said["origins"] = [str(each) for each in sorted(self.origins)]
        if self.derived_from:
            said["derived_from"] = [*sorted(self.derived_from)]
        if self.withdrawal:
            said["withdrawal"] = {
                "why": self.withdrawal.why,
                "at": rfc3339(self.withdrawal.at),
                **({"erases": True} if self.withdrawal.erases else {}),
            }
        if self.correction:
            said["correction"] = {
                "why": self.correction.why,
                "at": rfc3339(self.correction.at),
                "changed": [*sorted(self.correction.changed)],
                **({"claim": self.correction.claim} if self.correction.claim else {}),
            }
        if self.review:
            said["review"] = {
                "finding": self.review.finding,
                "approved_by": [*self.review.approved_by],
                **({"contact": self.review.contact} if self.review.contact else {}),
            }
        if self.escrow:
            said["escrow"] = self.escrow.to_json()
        if self.signatures:
            said["signatures"] = [{"keyid": key, "sig": sig} for key, sig in self.signatures]
        return said


def read_sharing(body: Mapping[str, JsonValue]) -> Sharing | None:
    """Return the sharing extension of a STIX object, None when it has none.

    Raises:
        BadInputError: when it has one that is not understood; nothing is guessed, since a wrong
            guess would show the object to the wrong people.
    """
    extensions = body.get("extensions")
    said = extensions.get(SHARING_EXTENSION) if isinstance(extensions, dict) else None
    if said is None:
        return None
    name = str(body.get("id", "object"))
    if not isinstance(said, dict):
        raise BadInputError(f"{name}: the sharing extension is no object")
    if said.get("sharing_version") != SHARING_VERSION:
        raise BadInputError(
            f"{name}: sharing version {str(said.get('sharing_version'))[:60]!r} is not known here, "
            f"where {SHARING_VERSION} is",
            hint="upgrade tocsin here, or let its author release it from an older version",
        )
    try:
        return _read(said)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInputError(
            f"{name}: the sharing extension is malformed: {error}", hint="ask its author"
        ) from error


def _read(said: JsonObject) -> Sharing:
    audience, derived, origins = said["audience"], said.get("derived_from"), said.get("origins")
    if not isinstance(audience, list):
        raise TypeError("audience is no list")
    expires = said.get("expires")
    purpose = said.get("purpose")
    return Sharing(
        audience=Audience.from_list(audience),
        authorship=Authorship(str(said["authorship"])),
        purpose=None if purpose is None else str(purpose),
        expires=None if expires is None else parse_time(str(expires), field="expires"),
        origins=frozenset(MemberKind(str(each)) for each in _list(origins)),
        derived_from=tuple(str(each) for each in _list(derived)),
        withdrawal=_read_withdrawal(said.get("withdrawal")),
        correction=_read_correction(said.get("correction")),
        review=_read_review(said.get("review")),
        escrow=Escrow.from_json(said["escrow"]) if "escrow" in said else None,
        signatures=tuple(_read_signature(each) for each in _list(said.get("signatures"))),
    )


def _list(value: JsonValue) -> list[JsonValue]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _read_withdrawal(value: JsonValue) -> Withdrawal | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("withdrawal is no object")
    return Withdrawal(
        why=str(value["why"]),
        at=parse_time(str(value["at"]), field="withdrawal.at"),
        erases=value.get("erases") is True,
    )


def _read_correction(value: JsonValue) -> Correction | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("correction is no object")
    claim = value.get("claim")
    return Correction(
        why=str(value["why"]),
        at=parse_time(str(value["at"]), field="correction.at"),
        changed=tuple(str(each) for each in _list(value.get("changed"))),
        claim=None if claim is None else str(claim),
    )


def _read_review(value: JsonValue) -> Review | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise TypeError("review is no object")
    contact = value.get("contact")
    return Review(
        finding=str(value["finding"]),
        approved_by=tuple(str(each) for each in _list(value["approved_by"])),
        contact=None if contact is None else str(contact),
    )


def _read_signature(value: JsonValue) -> tuple[str, str]:
    if not isinstance(value, dict):
        raise TypeError("a signature is no object")
    return str(value["keyid"]), str(value["sig"])

"""What a writer takes and what it reports."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from attrs import field, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue
from tocsin.policy import Grounds, given_as, said_marking
from tocsin.records import Marking, Sharing, StixObject, Tlp, read_markings
from tocsin.records.stix import named_id

EXPORT_NAMESPACE: Final = UUID("6f3f6c1e-5a0e-5a0f-9d0e-0e6b7c0a4f21")
"""Of every id that a writer makes, so that the same export has the same ids at every run."""


class People(StrEnum):
    """What becomes of accounts, e-mail addresses and phone numbers that nobody published."""

    LEAVE_OUT = "leave-out"
    INCLUDE = "include"


@frozen(kw_only=True)
class Saying:
    """What one source says about one object.

    Attributes:
        source: name of the file, report or partner.
        source_id: tells sources of one name apart.
        recorded_at: when this node took it in.
        marking: the TLP under which the source gave it, None when it named none; see
            `policy.said_marking`.
        registered: when the thing was registered or created. Never a first-seen date.
        first_observed, reported: as the source has them, RFC 3339.
        is_list: True where a list calls the object an indicator; False where the object merely
            stands in somebody's STIX bundle, which also holds the genuine sites that were copied.
    """

    source: str
    recorded_at: datetime
    source_id: str = ""
    marking: Tlp | None = None
    tactic: str | None = None
    technique: str | None = None
    procedure: str | None = None
    comment: str | None = None
    registered: str | None = None
    first_observed: str | None = None
    reported: str | None = None
    is_list: bool = True

    @classmethod
    def read(
        cls,
        said: Mapping[str, JsonValue],
        *,
        source: str,
        recorded_at: datetime,
        is_list: bool,
        source_id: str = "",
    ) -> Self:
        """Read the `said` of a provenance row; what is no text there counts as unsaid."""

        def text(*names: str) -> str | None:
            found = (said.get(name) for name in names)
            return next((each for each in found if isinstance(each, str) and each.strip()), None)

        return cls(
            source=source,
            recorded_at=recorded_at,
            source_id=source_id,
            marking=said_marking(text("marking", "tlp")),
            tactic=text("tactic"),
            technique=text("technique"),
            procedure=text("procedure"),
            comment=text("comment"),
            registered=text("registered", "registered_on"),
            first_observed=text("first_observed"),
            reported=text("reported", "reported_on"),
            is_list=is_list,
        )


def _as_tuple(objects: Iterable[StixObject]) -> tuple[StixObject, ...]:
    return tuple(objects)


@frozen(kw_only=True, slots=False)
class Export:
    """What is to be written, and on which terms.

    Attributes:
        objects: each id once; markings of any spelling, marking definitions may be among them.
        sayings: by object id, what sources say about it.
        recorded_by: by object id, the persons who recorded it; none of them is the second person
            that a public attribution needs.
        reviewed: whether a second person approved exactly these objects.
        grounds: the case that personal identifiers would rest on, None where there is none.
        default_marking: for objects that name no TLP, unless their sources were stricter; it never
            counts as publication.
        made_at: when the export was made; the only time that a writer may not take from the data.
        author: the identity object of the exporting organisation, None to stay unnamed.
        key: what the export is of, such as a case's id; the same key gives the same event at MISP.
        terms: purpose and expiry for personal identifiers that nobody published, and the review
            behind them and behind a public attribution.
        for_own_use: nothing is held back, and every row says that it is not for sharing.

    Raises:
        BadInputError: when an id stands twice or the title is empty.
    """

    objects: tuple[StixObject, ...] = field(converter=_as_tuple)
    sayings: Mapping[str, Sequence[Saying]] = field(factory=dict)
    recorded_by: Mapping[str, frozenset[str]] = field(factory=dict)
    reviewed: bool
    grounds: Grounds | None = None
    title: str
    default_marking: Marking
    made_at: datetime
    author: JsonObject | None = None
    key: str | None = None
    people: People = field(default=People.LEAVE_OUT, converter=People)
    terms: Sharing | None = None
    for_own_use: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.title.strip():
            raise BadInputError("an export has no title", hint="name the case or `all`")
        if len({item.id for item in self.objects}) != len(self.objects):
            raise BadInputError(
                "an export holds one object twice", hint="give the newest version of each object"
            )
        if self.made_at.tzinfo is None:
            raise BadInputError("an export's time has no zone", hint="take it from the clock")

    @property
    def author_id(self) -> str | None:
        """The exporting organisation's identity id."""
        author = self.author or {}
        return str(author["id"]) if "id" in author else None

    @property
    def identity(self) -> str:
        """What stays equal when the same thing is exported again."""
        return self.key or f"{self.author_id or ''}/{self.title}"

    @property
    def standing(self) -> str:
        """What every row says about its review, in capitals."""
        review = "REVIEWED" if self.reviewed else "NOT REVIEWED"
        return f"{review}; FOR OWN USE, NOT FOR SHARING" if self.for_own_use else review

    @property
    def labels(self) -> tuple[str, ...]:
        """The same for machines; empty when there is nothing to warn of."""
        said = () if self.reviewed else ("tocsin:not-reviewed",)
        return (*said, "tocsin:not-for-sharing") if self.for_own_use else said

    def said_of(self, object_id: str) -> Sequence[Saying]:
        """Return what sources say about an object, in the order of their arrival."""
        return self.sayings.get(object_id, ())

    def marking_of(self, item: StixObject) -> Marking:
        """Return the object's marking, else the export's default, no laxer than its sources'.

        Where several sources gave it, the laxest of them binds (`policy.given_as`); for own use,
        which tells what each of them said, the strictest does.
        """
        own = self.read_marking(item)
        said = [each.marking for each in self.said_of(item.id)]
        bound = given_as(said)
        if self.for_own_use:
            bound = max((each for each in said if each), key=lambda each: each.rank, default=bound)
        elif own is not None:
            return own
        return (own or self.default_marking).strictest_with(Marking(bound))

    def read_marking(self, item: StixObject) -> Marking | None:
        """Return the marking that the object itself names, None when it names no TLP."""
        return read_markings(item.marking_refs, self.definitions).marking

    @cached_property
    def definitions(self) -> dict[str, JsonObject]:
        """Marking definitions that came along, by id."""
        return {
            item.id: dict(item.body) for item in self.objects if item.type == "marking-definition"
        }

    def named_id(self, type_: str, *parts: str) -> str:
        """Return an id that the same parts have in every export."""
        return named_id(type_, EXPORT_NAMESPACE, *parts)


@frozen
class LeftOut:
    """An object of the export whose id is not in the file, and why."""

    id: str
    why: str


@frozen
class ExportReport:
    """What a writer wrote.

    Attributes:
        objects: STIX objects, MISP attributes, or rows below the header: what the file holds.
        left_out: every object of the export that is not in the file under its own id.
    """

    path: Path
    objects: int
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> JsonObject:
        """Return the form that `tocsin export --json` prints."""
        return {
            "path": str(self.path),
            "objects": self.objects,
            "left_out": [{"id": each.id, "why": each.why} for each in self.left_out],
        }

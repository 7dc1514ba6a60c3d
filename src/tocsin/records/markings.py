"""Markings: who may be told (TLP 2.0), what may be done (PAP), under which policy (IEP 2.0).

Ids and extension form are those that OASIS publishes in cti-stix-common-objects; the statement
form `definition: {tlp: …}` of STIX 2.1 §7.2.1.4 knows neither CLEAR nor AMBER+STRICT.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Self
from uuid import UUID, uuid5

from attrs import field, frozen

from tocsin.foundation import BadInputError, JsonObject, JsonValue, canonical

TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
PAP_EXTENSION: Final = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b"
IEP_EXTENSION: Final = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"

_IEP_NAMESPACE: Final = UUID("762e2e97-ee51-43e5-a9ea-165fbb862c4a")


class _Colour(StrEnum):
    """A colour scale from the most open to the strictest, in the order of definition."""

    rank: int
    """0 for the most open; higher is stricter."""

    def __new__(cls, value: str) -> Self:
        made = str.__new__(cls, value)
        made._value_ = value
        made.rank = len(cls.__members__)
        return made

    @classmethod
    def read(cls, text: str) -> Self:
        """Read any usual spelling: `TLP:CLEAR`, `white`, `amber-strict`, `PAP:Red`.

        Raises:
            BadInputError: when the text names no colour of this scale.
        """
        bare = text.strip().lower().split(":")[-1].strip()
        bare = {
            "white": "clear",
            "amber-strict": "amber+strict",
            "amber_strict": "amber+strict",
        }.get(bare.replace(" ", ""), bare.replace(" ", ""))
        try:
            return cls(bare)
        except ValueError:
            raise BadInputError(
                f"marking {text!r} is not one of {', '.join(cls)}",
                hint=f"write {cls.__name__.upper()} as one of {', '.join(cls)}",
            ) from None

    @classmethod
    def strictest(cls, found: Iterable[Self]) -> Self | None:
        """Return the strictest of `found`, None when there is none."""
        return max(found, key=lambda colour: colour.rank, default=None)


class Tlp(_Colour):
    """Traffic Light Protocol 2.0 (FIRST, August 2022)."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    AMBER_STRICT = "amber+strict"
    RED = "red"

    @property
    def label(self) -> str:
        """As FIRST writes it, for people: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.upper()}"

    @property
    def marking_id(self) -> str:
        """The id of OASIS' marking definition."""
        return _TLP_IDS[self]


class Pap(_Colour):
    """Permissible Actions Protocol."""

    CLEAR = "clear"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"

    @property
    def label(self) -> str:
        """For people: `PAP:AMBER`."""
        return f"PAP:{self.upper()}"

    @property
    def marking_id(self) -> str:
        """The id of OASIS' marking definition."""
        return _PAP_IDS[self]


_TLP_IDS: Final = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_PAP_IDS: Final = {
    Pap.CLEAR: "marking-definition--ad15a0cd-55b6-4588-a14c-a66105329b92",
    Pap.GREEN: "marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9",
    Pap.AMBER: "marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab",
    Pap.RED: "marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e",
}
# TLP 1.0 ids of STIX 2.1 §7.2.1.4 and the well-known PAP:WHITE, read but never written.
_OLD_TLP_IDS: Final = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": Tlp.CLEAR,
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": Tlp.GREEN,
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": Tlp.AMBER,
    "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37": Tlp.AMBER_STRICT,
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": Tlp.RED,
}
_TLP_BY_ID: Final = {marking_id: tlp for tlp, marking_id in _TLP_IDS.items()} | _OLD_TLP_IDS
_PAP_BY_ID: Final = {marking_id: pap for pap, marking_id in _PAP_IDS.items()} | {
    "marking-definition--a3bea94c-b469-41dc-9cfe-d6e7daba7730": Pap.CLEAR
}

_IEP_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "encrypt_in_transit": ("must", "may"),
    "permitted_actions": (
        "none",
        "contact-for-instruction",
        "internally-visible-actions",
        "externally-visible-indirect-actions",
        "externally-visible-direct-actions",
    ),
    "affected_party_notifications": ("may", "must-not"),
    "provider_attribution": ("may", "must", "must-not"),
    "unmodified_resale": ("may", "must-not"),
}


@frozen(kw_only=True)
class Iep:
    """A policy of FIRST's Information Exchange Policy 2.0, by its five choices.

    Raises:
        BadInputError: for a choice that IEP 2.0 does not know.
    """

    encrypt_in_transit: str = "may"
    permitted_actions: str = "externally-visible-direct-actions"
    affected_party_notifications: str = "may"
    provider_attribution: str = "may"
    unmodified_resale: str = "must-not"

    def __attrs_post_init__(self) -> None:
        for name, choices in _IEP_CHOICES.items():
            if getattr(self, name) not in choices:
                raise BadInputError(
                    f"iep: {name} is {getattr(self, name)!r}", hint=f"use {' or '.join(choices)}"
                )

    @property
    def marking_id(self) -> str:
        """Deterministic: the same policy has the same id at every member."""
        return f"marking-definition--{uuid5(_IEP_NAMESPACE, canonical(self._choices()).decode())}"

    def _choices(self) -> dict[str, JsonValue]:
        return {name: getattr(self, name) for name in _IEP_CHOICES}


@frozen
class Marking:
    """What limits an object: TLP always, PAP and IEP where the author sets them."""

    tlp: Tlp
    pap: Pap | None = None
    iep: Iep | None = None

    @property
    def refs(self) -> list[str]:
        """The ids for `object_marking_refs`, sorted."""
        named = (self.tlp, self.pap, self.iep)
        return sorted(each.marking_id for each in named if each is not None)

    @property
    def definitions(self) -> tuple[JsonObject, ...]:
        """The marking-definition objects that `refs` names, ready to travel beside the object."""
        named = (self.tlp, self.pap, self.iep)
        return tuple(marking_definition(each) for each in named if each is not None)

    def strictest_with(self, other: "Marking") -> "Marking":
        """Return the marking that is as strict as both; an IEP is kept from the stricter side."""
        tlp = max(self.tlp, other.tlp, key=lambda each: each.rank)
        stricter = self if self.tlp.rank >= other.tlp.rank else other
        pap = Pap.strictest([pap for pap in (self.pap, other.pap) if pap is not None])
        return Marking(tlp, pap, stricter.iep or self.iep or other.iep)


def marking_definition(marking: Tlp | Pap | Iep) -> JsonObject:
    """Return the STIX 2.1 marking-definition object of one marking."""
    if isinstance(marking, Iep):
        name, extension = "IEP 2.0", IEP_EXTENSION
        said: JsonObject = {**marking._choices(), "iep_version": 2.0}  # noqa: SLF001 - same module
    elif isinstance(marking, Tlp):
        name, extension, said = marking.label, TLP_EXTENSION, {"tlp_2_0": str(marking)}
    else:
        name, extension, said = marking.label, PAP_EXTENSION, {"pap": str(marking)}
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": marking.marking_id,
        "created": "2022-10-02T00:00:00.000Z"
        if isinstance(marking, Pap)
        else "2022-10-01T00:00:00.000Z",
        "name": name,
        "extensions": {extension: {"extension_type": "property-extension", **said}},
    }


@frozen
class MarkingReading:
    """What the markings of an object from outside amount to.

    Attributes:
        marking: None when no TLP is named.
        unknown: ids of definitions that were neither well known nor supplied.
        normalised: ids of TLP 1.0 or home-made definitions that were read as TLP 2.0.
    """

    marking: Marking | None
    unknown: tuple[str, ...] = field(default=())
    normalised: tuple[str, ...] = field(default=())


def read_markings(
    refs: Iterable[str], definitions: Mapping[str, Mapping[str, JsonValue]]
) -> MarkingReading:
    """Read `object_marking_refs`, with the definitions that came along, tolerant of old forms.

    Several TLP markings on one object count as the strictest of them.
    """
    tlps: list[Tlp] = []
    paps: list[Pap] = []
    unknown: list[str] = []
    normalised: list[str] = []
    for ref in refs:
        tlp, pap = _TLP_BY_ID.get(ref), _PAP_BY_ID.get(ref)
        if tlp is None and pap is None:
            tlp, pap = _read_definition(definitions.get(ref, {}))
        if tlp is None and pap is None:
            unknown.append(ref)
            continue
        if ref not in {each.marking_id for each in (tlp, pap) if each is not None}:
            normalised.append(ref)
        tlps += [tlp] if tlp else []
        paps += [pap] if pap else []
    strictest = Tlp.strictest(tlps)
    marking = Marking(strictest, Pap.strictest(paps)) if strictest else None
    return MarkingReading(marking, tuple(unknown), tuple(normalised))


def _read_definition(body: Mapping[str, JsonValue]) -> tuple[Tlp | None, Pap | None]:
    said: list[str] = []
    definition, extensions = body.get("definition"), body.get("extensions")
    if isinstance(definition, dict):
        said += [f"{kind}:{colour}" for kind, colour in definition.items()]
    if isinstance(extensions, dict):
        for key, kind in ((TLP_EXTENSION, "tlp_2_0"), (PAP_EXTENSION, "pap")):
            inner = extensions.get(key)
            if isinstance(inner, dict):
                said.append(f"{kind}:{inner.get(kind)}")
    said.append(str(body.get("name", "")))
    for text in said:
        scale, _, colour = text.lower().partition(":")
        try:
            if scale.startswith("tlp"):
                return Tlp.read(colour), None
            if scale.startswith("pap"):
                return None, Pap.read(colour)
        except BadInputError:
            continue
    return None, None

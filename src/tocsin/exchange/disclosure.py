"""Two persons open who wrote an unnamed object: the file that goes from one to the other.

The first opens the outer layer of an envelope and the second the inner one; each says why and
signs it. The file names the object and holds none of its content, so that it can go to whoever
is to judge the proof.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    JsonValue,
    RefusedError,
    TrustError,
    canonical,
    parse_time,
    rfc3339,
)
from tocsin.records import Community, Escrow, EscrowPerson, StixObject, person_key
from tocsin.trust import (
    SEALED_TYPE,
    KeyRing,
    Opening,
    SealedBytes,
    Signature,
    VerifyKey,
    open_inner,
    open_outer,
    sealed_id_of,
    sign,
    verify,
    verify_opening,
)

STEP_PAYLOAD: Final = "application/vnd.tocsin.escrow-step+json"
FORMAT: Final = "tocsin-disclosure/1"
MAX_WHY_LENGTH: Final = 2_000
Persons = Mapping[str, EscrowPerson]
"""By sealing key id."""


@frozen(kw_only=True)
class Step:
    """What one person said on opening its layer.

    Attributes:
        signature: the person's, over everything else and over what was opened.
    """

    person: str
    organisation: str
    why: str
    at: datetime
    signature: Signature

    @classmethod
    def of(cls, person: EscrowPerson, why: str, at: datetime) -> "Step":
        """Return a step that is not signed yet.

        Raises:
            BadInputError: when no reason is given, or too long a one.
        """
        return cls(
            person=person.name,
            organisation=person.organisation,
            why=_reason(why),
            at=at,
            signature=Signature("", ""),
        )

    def said(self, about: tuple[str, str], opened: JsonObject) -> bytes:
        """Return what is signed.

        Args:
            about: id and version of the object.
            opened: what this step brought to light.
        """
        said = {"object": about[0], "version": about[1], "opened": opened}
        return canonical({**self._unsigned(), **said})

    def signed_by(self, ring: KeyRing, about: tuple[str, str], opened: JsonObject) -> "Step":
        """Return the step under the person's signature."""
        made = sign(STEP_PAYLOAD, self.said(about, opened), ring.signing)
        return evolve(self, signature=made)

    def to_json(self) -> JsonObject:
        """Return the form in the file."""
        return {**self._unsigned(), "signature": self.signature.to_json()}

    def _unsigned(self) -> JsonObject:
        return {
            "person": self.person,
            "organisation": self.organisation,
            "why": self.why,
            "at": rfc3339(self.at),
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Step":
        """Read what `to_json` wrote."""
        said = _object(value)
        return cls(
            person=str(said["person"]),
            organisation=str(said["organisation"]),
            why=str(said["why"]),
            at=parse_time(str(said["at"]), field="at"),
            signature=Signature.from_json(said["signature"]),
        )


@frozen(kw_only=True)
class Disclosure:
    """How far two persons have come with one version of one object.

    Attributes:
        inner: what the first person opened.
        opening: what the second one did; None until then.
    """

    object_id: str
    version: str
    escrow: Escrow
    steps: tuple[Step, ...]
    inner: SealedBytes
    opening: Opening | None = None

    @property
    def is_whole(self) -> bool:
        """True when both have opened."""
        return self.opening is not None

    def to_json(self) -> JsonObject:
        """Return the file's document."""
        return {
            "format": FORMAT,
            "object": self.object_id,
            "version": self.version,
            "escrow": self.escrow.to_json(),
            "steps": [each.to_json() for each in self.steps],
            "inner": self.inner.to_json(),
            "opening": self.opening.to_json() if self.opening else None,
        }

    def logged(self) -> JsonObject:
        """Return what a log keeps: what was opened, by whom and why, and never the author."""
        return {
            "object": self.object_id,
            "version": self.version,
            "commitment": self.escrow.commitment,
            "steps": [each.to_json() for each in self.steps],
        }

    @classmethod
    def from_json(cls, value: JsonValue) -> "Disclosure":
        """Read what `to_json` wrote.

        Raises:
            BadInputError: when it is of another form.
        """
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise BadInputError(
                f"the file is not of the format {FORMAT}", hint="begin with `tocsin escrow open ID`"
            )
        try:
            opening, steps = value["opening"], value["steps"]
            return cls(
                object_id=str(value["object"]),
                version=str(value["version"]),
                escrow=Escrow.from_json(value["escrow"]),
                steps=tuple(Step.from_json(each) for each in _list(steps)),
                inner=SealedBytes.from_json(value["inner"]),
                opening=None if opening is None else Opening.from_json(opening),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(
                f"the file is malformed: {error}", hint="ask whoever handed it on for the original"
            ) from error


def begin(
    item: StixObject, ring: KeyRing, persons: Persons, *, why: str, now: datetime, by: str
) -> Disclosure:
    """Open the outer layer as the first person.

    Args:
        item: the object as a recipient has it.
        ring: the person's own keys.
        by: the person who acts, who must be the one whose keys these are.

    Raises:
        RefusedError: when the object carries no escrow, or the keys are no appointed person's.
        TrustError: when this person does not open first.
    """
    escrow = item.sharing.escrow if item.sharing else None
    if escrow is None:
        raise RefusedError(
            f"{item.id} carries no escrow",
            hint="only objects of unnamed authors do, and only since persons were appointed",
        )
    person = _person(ring, persons, by)
    inner = open_outer(escrow, ring)
    step = Step.of(person, why, now)
    step = step.signed_by(ring, (item.id, item.version), inner.to_json())
    return Disclosure(
        object_id=item.id, version=item.version, escrow=escrow, steps=(step,), inner=inner
    )


def finish(
    begun: Disclosure, ring: KeyRing, persons: Persons, *, why: str, now: datetime, by: str
) -> Disclosure:
    """Open the inner layer as the second person.

    Raises:
        RefusedError: when it is open already, or the keys are no appointed person's.
        TrustError: when the first step does not hold, this person cannot open the layer, or it
            holds another opening than the object commits to.
    """
    if begun.is_whole:
        raise RefusedError("both have opened it already", hint="see `tocsin escrow show FILE`")
    _verify_steps(begun, persons)
    person = _person(ring, persons, by)
    opening = open_inner(begun.escrow, begun.inner, ring)
    step = Step.of(person, why, now)
    step = step.signed_by(ring, (begun.object_id, begun.version), opening.to_json())
    return evolve(begun, steps=(*begun.steps, step), opening=opening)


def verify_disclosure(disclosure: Disclosure, persons: Persons, community: Community) -> str | None:
    """Check both steps and the opening; returns the author's member id, None while half open.

    That the object carries this very escrow is for whoever holds the object to compare.

    Raises:
        TrustError: says what does not hold.
    """
    _verify_steps(disclosure, persons)
    opening = disclosure.opening
    if opening is None:
        return None
    is_same = opening.object_id == disclosure.object_id
    if disclosure.object_id.startswith(SEALED_TYPE):
        is_same = sealed_id_of(opening.object_id) == disclosure.object_id
    if not is_same or opening.version != disclosure.version:
        raise TrustError(
            f"the commitment of {disclosure.object_id} was copied from another object or version",
            hint="its sender put a false commitment on it: the convenor knows who handed it in",
        )
    member = community.members.get(opening.member)
    keys = [VerifyKey.from_text(text) for text in (member.verify_keys if member else ())]
    verify_opening(opening, disclosure.escrow.commitment, {each.key_id: each for each in keys})
    return opening.member


def _verify_steps(disclosure: Disclosure, persons: Persons) -> None:
    shown: list[JsonObject] = [disclosure.inner.to_json()]
    if disclosure.opening is not None:
        shown.append(disclosure.opening.to_json())
    if len(disclosure.steps) != len(shown):
        raise TrustError("the file does not say who opened it", hint="ask for the original")
    about = (disclosure.object_id, disclosure.version)
    signers: set[str] = set()
    for step, opened in zip(disclosure.steps, shown, strict=True):
        keys = [VerifyKey.from_text(each.verify_key) for each in persons.values()
                if (each.name, each.organisation) == (step.person, step.organisation)]  # fmt: skip
        said = step.said(about, opened)
        signers.add(
            verify(STEP_PAYLOAD, said, step.signature, {each.key_id: each for each in keys})
        )
    if len(signers) != len(shown):
        raise TrustError("one person opened both layers", hint="tell the convenor")


def _person(ring: KeyRing, persons: Persons, by: str) -> EscrowPerson:
    for key_id in ring.sealing_keys:
        person = persons.get(key_id)
        if person is None:
            continue
        if person_key(person.name) != person_key(by):
            raise RefusedError(
                f"these are the keys of {person.name}, not of {by}",
                hint=f"act as yourself: --as {person.name!r}",
            )
        return person
    raise RefusedError(
        "these are the keys of nobody who is appointed to open authorship",
        hint="run `tocsin sync` for the latest directory, and give --key FILE",
    )


def _reason(why: str) -> str:
    why = why.strip()
    if not why or len(why) > MAX_WHY_LENGTH:
        raise BadInputError("opening authorship needs a reason", hint="give it with --why")
    return why


def _object(value: JsonValue) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError(f"{str(value)[:60]!r} is no object")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError(f"{str(value)[:60]!r} is no list")
    return value

"""Escrowed authorship at the exchange: whom the convenor appoints, and what they have opened.

The exchange authenticates who hands an object in, so it knows the author without any escrow. Of
the escrow on an object it checks whom it is sealed to and that its sizes are those of all others;
whether the sealed opening is true it learns, like everybody, when two persons have opened it.
Then it compares the opening with its own record.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import evolve, frozen

from tocsin.exchange import roster
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.disclosure import Disclosure, verify_disclosure
from tocsin.exchange.placing import submitters_of
from tocsin.foundation import BadInputError, Clock, RefusedError, TrustError, canonical
from tocsin.policy import is_withdrawn
from tocsin.records import (
    FEWEST_PERSONS,
    MOST_PERSONS,
    Audience,
    Community,
    EscrowPerson,
    Marking,
    Sharing,
    StixObject,
    Tlp,
    named_id,
    person_key,
    stix_time,
)
from tocsin.trust import (
    PublicKeys,
    SigningKey,
    check_escrow_form,
    sealed_id_of,
    sign,
    sign_object,
    verify_content,
)
from tocsin.vault import Home, Shared, Snapshot, Standing, Transaction

HALF_OPENED: Final = "escrow-half-opened"
OPENED: Final = "escrow-opened"
FALSE: Final = "escrow-false"
"""Kinds of the log entries that tell of an opening; none names the author."""

_NAMESPACE: Final = UUID("0e5b3c52-6a0f-5d0f-9d3e-3f2f7a1c5b84")
_ID_PAYLOAD: Final = "application/vnd.tocsin.escrow-note-id+json"


def check_submitted(
    view: Snapshot, item: StixObject, community: Community, *, was_here: bool
) -> None:
    """Check the escrow on a submitted object, as far as that can be done without opening it.

    Args:
        was_here: a restored exchange may have passed it on before, under persons whom it forgot.

    Raises:
        RefusedError: when an unnamed author's object has none although persons are appointed.
        BadInputError: when it is sealed to others, or an envelope has another size than all have.
    """
    escrow = item.sharing.escrow if item.sharing else None
    if was_here:
        return
    if escrow is not None:
        check_escrow_form(escrow, roster.escrow_persons(view))
    elif len(community.escrow_now) >= FEWEST_PERSONS and not is_withdrawn(item):
        raise RefusedError(
            f"{item.id}: authorship that is not named goes into escrow here",
            hint="sync for the present directory, withdraw this and release it anew",
        )


@frozen
class Opened:
    """What was handed in.

    Attributes:
        member: id of the author; None while only one person has opened.
        is_content_checked: False for an object that the exchange holds sealed.
    """

    disclosure: Disclosure
    member: str | None
    name: str | None = None
    is_content_checked: bool = False


@frozen
class EscrowDesk:
    """What the convenor does for escrowed authorship; all of it logged.

    Attributes:
        by: the person who acts, for the log.
    """

    home: Home
    clock: Clock
    by: str = "convenor"

    def persons(self) -> list[EscrowPerson]:
        """Return who is appointed, and who was."""
        with self.home.vault.read() as view:
            return [*roster.escrow_persons(view).values()]

    def appoint(self, name: str, organisation: str, keys: PublicKeys) -> EscrowPerson:
        """Let a person open authorship, together with another one of another organisation.

        Raises:
            RefusedError: when the name, organisation or key is there already, or there are as many
                as there can be.
        """
        person = EscrowPerson(
            name=name.strip(),
            organisation=organisation.strip(),
            verify_key=keys.signing.to_text(),
            sealing_key=keys.sealing.to_text(),
        )

        def work(tx: Transaction) -> EscrowPerson:
            convened_by(self.home)
            _check_new(person, keys.sealing.key_id, tx)
            roster.keep_escrow_person(tx, keys.sealing.key_id, person, by=self.by)
            return person

        return self.home.vault.write(work)

    def dismiss(self, name: str) -> EscrowPerson:
        """End an appointment; what was sealed to the person before, it still opens.

        Raises:
            BadInputError: when nobody of that name is appointed.
        """

        def work(tx: Transaction) -> EscrowPerson:
            for key_id, person in roster.escrow_persons(tx).items():
                if person.active and person_key(person.name) == person_key(name):
                    gone = evolve(person, active=False)
                    roster.keep_escrow_person(tx, key_id, gone, by=self.by)
                    return gone
            raise BadInputError(f"nobody called {name!r} is appointed to open authorship")

        return self.home.vault.write(work)

    def hand_in(self, disclosure: Disclosure) -> Opened:
        """Log what one or both persons have opened, and tell the author once it was both.

        Raises:
            RefusedError: when this exchange does not hold the object with this escrow.
            TrustError: when a signature or the opening does not hold, or names somebody else than
                handed the object in; a false commitment is logged as such.
        """

        def work(tx: Transaction) -> Opened | TrustError:
            held = _held(tx, disclosure)
            persons = roster.escrow_persons(tx)
            community = roster.community_of(tx, convened_by(self.home))
            try:
                opened = _judged(tx, disclosure, held, verify_disclosure(
                    disclosure, persons, community), community)  # fmt: skip
            except TrustError as error:
                tx.log.append(FALSE, by=self.by, said=disclosure.logged() | {"why": error.message})
                return error
            kind = OPENED if opened.member else HALF_OPENED
            tx.log.append(kind, by=self.by, said=disclosure.logged())
            if opened.member is not None:
                self._tell(tx, opened.member, disclosure, self.clock.now())
            return opened

        outcome = self.home.vault.write(work)
        if isinstance(outcome, TrustError):
            raise outcome
        return outcome

    def _tell(self, tx: Transaction, member: str, disclosure: Disclosure, now: datetime) -> None:
        key = self.home.keyring.signing
        note = _note(member, disclosure, key, self.home.id, now)
        if tx.shared.get(note.id) is None:
            kept = tx.shared.accept(sign_object(note, key), standing=Standing.OWN, by=self.home.id)
            tx.visibility.set(kept.seq, [member])


def _check_new(person: EscrowPerson, key_id: str, tx: Transaction) -> None:
    known_keys = roster.escrow_persons(tx)
    present = [each for each in known_keys.values() if each.active]
    if len(present) >= MOST_PERSONS:
        raise RefusedError(f"{MOST_PERSONS} persons are appointed already", hint="dismiss one")
    if key_id in known_keys:
        raise RefusedError(
            f"this is the key of {known_keys[key_id].name}",
            hint="make another: `tocsin key escrow`",
        )
    for known in present:
        if person_key(known.name) == person_key(person.name):
            raise RefusedError(f"{known.name} is appointed already", hint="dismiss it first")
        if person_key(known.organisation) == person_key(person.organisation):
            raise RefusedError(
                f"{known.name} is of {known.organisation} as well",
                hint="two who open together are of different organisations",
            )


def _held(tx: Transaction, disclosure: Disclosure) -> Shared:
    ids = (disclosure.object_id, _sealed_id(disclosure.object_id))
    found = [held for each in ids if each and (held := tx.shared.get(each, disclosure.version))]
    for held in found:
        sharing = held.object.sharing
        if sharing is not None and sharing.escrow == disclosure.escrow:
            return held
    raise RefusedError(
        f"{disclosure.object_id}: this exchange holds no such version with this escrow",
        hint="hand it in at the exchange that passed the object on",
    )


def _sealed_id(object_id: str) -> str | None:
    try:
        return sealed_id_of(object_id)
    except TrustError:
        return None


def _judged(
    tx: Transaction, disclosure: Disclosure, held: Shared, member: str | None, community: Community
) -> Opened:
    """Hold what an opening says against the object, and against who handed it in."""
    if member is None or disclosure.opening is None:
        return Opened(disclosure, None)
    is_checked = verify_content(disclosure.opening, held.object)
    if submitters_of(tx, [held.object]) != [member]:
        raise TrustError(
            f"{disclosure.object_id}: the opening names another member than handed the object in",
            hint="the commitment is false: speak to whoever handed it in",
        )
    return Opened(disclosure, member, community.members[member].name, is_checked)


def _note(
    member: str, disclosure: Disclosure, key: SigningKey, convenor: str, now: datetime
) -> StixObject:
    """Return what tells the author; its id says nothing, since only the convenor can make it."""
    steps = "; ".join(
        f"{each.person} ({each.organisation}) on {stix_time(each.at)}: {each.why}"
        for each in disclosure.steps
    )
    stamp = stix_time(now)
    of = sign(_ID_PAYLOAD, canonical(disclosure.to_json()), key).sig
    return StixObject.of(
        {
            "type": "note",
            "spec_version": "2.1",
            "id": named_id("note", _NAMESPACE, of),
            "created": stamp,
            "modified": stamp,
            "created_by_ref": convenor,
            "abstract": "your authorship was opened",
            "content": f"that you wrote {disclosure.object_id} was opened by two persons. {steps}",
            "object_refs": [disclosure.object_id],
            "object_marking_refs": [*Marking(Tlp.AMBER_STRICT).refs],
        }
    ).with_sharing(Sharing(audience=Audience(members=frozenset({member}))))

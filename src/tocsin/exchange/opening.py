"""An appointed person opens authorship at a node: its layer, the log entry, and what it proves."""

from typing import Final

from attrs import frozen

from tocsin.exchange.disclosure import Disclosure, Persons, begin, finish, verify_disclosure
from tocsin.exchange.membership import find_directory
from tocsin.foundation import Clock, RefusedError, TrustError
from tocsin.records import Community, StixObject
from tocsin.trust import KeyRing, SealingPublicKey, sealed_id_of, verify_content
from tocsin.vault import Home, Snapshot

STEP: Final = "escrow-step"
"""Kind of the log entry at the node where a person opened its layer."""


@frozen
class Shown:
    """What a disclosure proves, as far as this node can tell.

    Attributes:
        member: id of the author; None while only one person has opened.
        name: the author's.
        is_content_checked: True when this node holds the object and its content was compared.
    """

    member: str | None
    name: str | None
    is_content_checked: bool


@frozen
class OpeningDesk:
    """Opens with a person's own keys, at a node that knows the community.

    Attributes:
        ring: the person's, which no node keeps.
        by: the person who acts.
    """

    home: Home
    ring: KeyRing
    clock: Clock
    by: str

    def begin(self, object_id: str, why: str) -> Disclosure:
        """Open the outer layer of the last version that carries an escrow, as the first person.

        Raises:
            RefusedError: when this node holds no such object, or it carries no escrow.
            TrustError: when this person does not open first.
        """
        with self.home.vault.read() as view:
            persons = persons_of(_community(view))
            item = _escrowed_version(view, object_id)
        made = begin(item, self.ring, persons, why=why, now=self.clock.now(), by=self.by)
        self._log(made)
        return made

    def finish(self, begun: Disclosure, why: str) -> Disclosure:
        """Open the inner layer, as the second person.

        Raises:
            TrustError: when the first step does not hold, or the commitment proves to be false.
        """
        with self.home.vault.read() as view:
            persons = persons_of(_community(view))
        made = finish(begun, self.ring, persons, why=why, now=self.clock.now(), by=self.by)
        show(self.home, made)
        self._log(made)
        return made

    def _log(self, made: Disclosure) -> None:
        said = made.logged()
        self.home.vault.write(lambda tx: tx.log.append(STEP, by=self.by, said=said))


def show(home: Home, disclosure: Disclosure) -> Shown:
    """Check a disclosure against the directory, and the object where this node holds it.

    Raises:
        TrustError: says what does not hold.
    """
    with home.vault.read() as view:
        community = _community(view)
        held = view.shared.get(disclosure.object_id, disclosure.version)
    member = verify_disclosure(disclosure, persons_of(community), community)
    if held is not None:
        sharing = held.object.sharing
        if sharing is None or sharing.escrow != disclosure.escrow:
            raise TrustError(
                f"{disclosure.object_id} carries another escrow here than the file says",
                hint="ask the first person for the original file",
            )
    if member is None or disclosure.opening is None:
        return Shown(None, None, is_content_checked=False)
    is_checked = held is not None and verify_content(disclosure.opening, held.object)
    return Shown(member, community.members[member].name, is_checked)


def persons_of(community: Community) -> Persons:
    """Return who opens, dismissed persons as well, by sealing key id."""
    return {SealingPublicKey.from_text(each.sealing_key).key_id: each for each in community.escrow}


def _community(view: Snapshot) -> Community:
    directory = find_directory(view)
    if directory is None:
        raise RefusedError("no member directory is known yet", hint="run `tocsin sync` once")
    return directory.community


def _escrowed_version(view: Snapshot, object_id: str) -> StixObject:
    versions = [each.object for each in view.shared.versions(object_id)]
    if not versions:
        versions = [each.object for each in view.shared.versions(_sealed(object_id))]
    if not versions:
        raise RefusedError(
            f"{object_id} is not held here", hint="open it at a node that received it"
        )
    for item in reversed(versions):
        if item.sharing is not None and item.sharing.escrow is not None:
            return item
    return versions[-1]


def _sealed(object_id: str) -> str:
    try:
        return sealed_id_of(object_id)
    except (TrustError, ValueError):
        return object_id

"""The one way out: signed, sealed where TLP:RED, visible to its receivers, in the outbox."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from tocsin.foundation import Entropy, RefusedError
from tocsin.policy import Reach
from tocsin.records import Authorship, Community, StixObject, Tlp
from tocsin.trust import (
    KeyRing,
    SealingPublicKey,
    member_of,
    seal_object,
    sealed_id_of,
    sign_object,
    with_escrow,
)
from tocsin.vault import Accepted, Offered, Standing, Transaction


@frozen
class Leaving:
    """An object on its way out, still unsigned.

    Attributes:
        reach: policy's answer for it.
        keys: canonical observable keys, for matching.
    """

    item: StixObject
    reach: Reach
    keys: Sequence[str] = ()


@frozen(kw_only=True)
class Outgoing:
    """Puts objects of this node into its outbox.

    Attributes:
        by: the person who lets them go.
    """

    community: Community
    keyring: KeyRing
    entropy: Entropy
    by: str

    def queue(
        self,
        tx: Transaction,
        item: StixObject,
        reach: Reach,
        *,
        opens_at: datetime,
        keys: Sequence[str] = (),
    ) -> StixObject:
        """Queue one object; see `queue_all`."""
        return self.queue_all(tx, [Leaving(item, reach, keys)], opens_at=opens_at)[0]

    def queue_all(
        self, tx: Transaction, leaving: Sequence[Leaving], *, opens_at: datetime
    ) -> list[StixObject]:
        """Sign objects, keep them, and queue each (or its sealed form) for its receivers.

        Returns:
            The signed objects as they are kept here, in the same order.

        Raises:
            TrustError: when one is TLP:RED and no receiver has a key to seal to.
            RefusedError: when the vault does not take one.
        """
        made: list[StixObject] = []
        kept: list[Offered] = []
        receivers: list[Sequence[str]] = []
        stays: set[int] = set()
        for each in leaving:
            signed = sign_object(self._with_escrow(each.item), self.keyring.signing)
            made.append(signed)
            kept.append(self._offered(signed, each.keys))
            receivers.append(each.reach.receivers)
            if signed.marking is not None and signed.marking.tlp is Tlp.RED:
                stays.add(len(kept) - 1)
                kept.append(self._offered(self._sealed(signed, receivers[-1])))
                receivers.append(receivers[-1])
        seqs = [_taken(done).seq for done in tx.shared.accept_all(kept)]
        tx.visibility.set_all(dict(zip(seqs, receivers, strict=True)))
        leaves = [seq for at, seq in enumerate(seqs) if at not in stays]
        tx.outbox.add_all(leaves, not_before=opens_at)
        return made

    def _offered(self, item: StixObject, keys: Sequence[str] = ()) -> Offered:
        return Offered(object=item, standing=Standing.OWN, by=self.by, keys=keys)

    def _sealed(self, item: StixObject, receivers: Sequence[str]) -> StixObject:
        keys: dict[str, SealingPublicKey] = {}
        for member_id in {*receivers, *self._hidden_among(item)}:
            text = self.community.members[member_id].sealing_key
            if text is not None:
                keys[member_id] = SealingPublicKey.from_text(text)
        outer = seal_object(item, keys, sealed_id=sealed_id_of(item.id))
        return sign_object(outer, self.keyring.signing)

    def _hidden_among(self, item: StixObject) -> tuple[str, ...]:
        """Return this member where it addresses itself, unnamed: the one left out would be it."""
        sharing = item.sharing
        if sharing is None or sharing.authorship is Authorship.NAMED:
            return ()
        me = self._me
        return (me,) if me in sharing.audience.members else ()

    def _with_escrow(self, item: StixObject) -> StixObject:
        if item.sharing is None or item.sharing.authorship is Authorship.NAMED:
            return item
        return with_escrow(item, self.community, self._me, self.keyring.signing)

    @property
    def _me(self) -> str | None:
        # By its earlier keys as well: the directory may not show a rotation yet.
        return member_of(self.community, self.keyring.verify_keys.values())


def _taken(done: Accepted | RefusedError) -> Accepted:
    if isinstance(done, RefusedError):
        raise done
    return done

"""The one way out: signed, sealed where TLP:RED, visible to its receivers, in the outbox."""

from collections.abc import Sequence
from datetime import datetime

from attrs import frozen

from tocsin.foundation import Entropy
from tocsin.policy import Reach
from tocsin.records import Community, StixObject, Tlp
from tocsin.trust import KeyRing, SealingPublicKey, seal_object, sealed_id_of, sign_object
from tocsin.vault import Standing, Transaction


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
        """Sign `item`, keep it, and queue it (or its sealed form) for `reach`'s receivers.

        Returns:
            The signed object as it is kept here.

        Raises:
            TrustError: when it is TLP:RED and no receiver has a key to seal to.
        """
        signed = sign_object(item, self.keyring.signing)
        kept = tx.shared.accept(signed, standing=Standing.OWN, by=self.by, keys=keys)
        tx.visibility.set(kept.seq, reach.receivers)
        leaving = kept.seq
        if item.marking is not None and item.marking.tlp is Tlp.RED:
            outer = self._sealed(signed, reach.receivers)
            leaving = tx.shared.accept(outer, standing=Standing.OWN, by=self.by).seq
            tx.visibility.set(leaving, reach.receivers)
        tx.outbox.add(leaving, not_before=opens_at)
        return signed

    def _sealed(self, item: StixObject, receivers: Sequence[str]) -> StixObject:
        keys: dict[str, SealingPublicKey] = {}
        for member_id in receivers:
            text = self.community.members[member_id].sealing_key
            if text is not None:
                keys[member_id] = SealingPublicKey.from_text(text)
        outer = seal_object(item, keys, sealed_id=sealed_id_of(item.id))
        return sign_object(outer, self.keyring.signing)

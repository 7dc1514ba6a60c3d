"""One member's end of the private overlap."""

from collections.abc import Callable

from attrs import frozen

from tocsin.exchange.overlap.book import Record, put_record
from tocsin.foundation import Clock, Entropy, RefusedError
from tocsin.records import Community, Member
from tocsin.trust import KeyRing, SealingPublicKey, VerifyKey
from tocsin.vault import Transaction, Vault


@frozen(kw_only=True)
class Party:
    """What each step needs of a node.

    Attributes:
        id: the node's identity in the community.
        community: the members as the directory last synced names them.
        by: who acts: a person, or the program.
    """

    id: str
    vault: Vault
    keyring: KeyRing
    community: Community
    clock: Clock
    entropy: Entropy
    by: str = "tocsin"

    @property
    def me(self) -> Member:
        """This node as a member.

        Raises:
            RefusedError: when it is none.
        """
        return self.member(self.id)

    def member(self, member_id: str) -> Member:
        """Return an active member.

        Raises:
            RefusedError: when there is none of that id.
        """
        member = self.community.members.get(member_id)
        if member is None or not member.active:
            raise RefusedError(
                f"{member_id} is not a member of {self.community.name}", hint="run `tocsin sync`"
            )
        return member

    def verify_keys(self, member_id: str) -> dict[str, VerifyKey]:
        """Return the keys whose signatures count for a member."""
        keys = map(VerifyKey.from_text, self.member(member_id).good_keys)
        return {key.key_id: key for key in keys}

    def sealing_key(self, member_id: str) -> SealingPublicKey:
        """Return the key to seal to.

        Raises:
            RefusedError: when the member has announced none.
        """
        member = self.member(member_id)
        if member.sealing_key is None:
            raise RefusedError(
                f"{member.name} has no sealing key", hint="ask them to run `tocsin sync`"
            )
        return SealingPublicKey.from_text(member.sealing_key)

    def keep(self, record: Record) -> Record:
        """Keep a record."""
        return self.write(lambda tx: put_record(tx, record, by=self.by))

    def write(self, work: "Callable[[Transaction], Record]") -> Record:
        """Run a piece of work on the vault that ends in a record."""
        return self.vault.write(work)

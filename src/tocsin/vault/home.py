"""A home: the folder of one node or exchange, with its name, keys and vault.

tocsin.json   0600  format, role, id, name, kind, created
keys.json     0600  the key ring (`trust.KeyRing.to_bytes`), under a passphrase if one was set
vault.db      0600  the vault; beside it SQLite's -wal and -shm while it is open
database.json 0600  in place of vault.db: the PostgreSQL database that the vault lies in
"""

from datetime import datetime
from pathlib import Path
from typing import Final, Self

from tocsin.foundation import BadInputError, Clock, Closing, Entropy, JsonObject
from tocsin.records import MemberKind, StixObject, new_id, stix_time
from tocsin.trust import KeyRing
from tocsin.vault.address import PostgresAddress
from tocsin.vault.backup import backup
from tocsin.vault.card import CARD, DATABASE, KEYS, Card, Role, make_folder
from tocsin.vault.files import write_atomically
from tocsin.vault.kept_keys import KeptKeys
from tocsin.vault.transaction import Transaction
from tocsin.vault.vault import Vault
from tocsin.vault.whereabouts import SETTING, keep_place, place_of

_CHANGE: Final = "key-change"
_SECTORS: Final = {
    MemberKind.PLATFORM: "technology",
    MemberKind.GOVERNMENT: "government",
}


class Home(Closing):
    """An open home; use it as a context manager.

    Attributes:
        card: who it belongs to.
        vault: its vault, which signs checkpoints with the current signing key.
    """

    def __init__(self, folder: Path, card: Card, keys: KeptKeys, vault: Vault) -> None:
        self.folder = folder
        self.card = card
        self.vault = vault
        self._keys = keys

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        name: str,
        kind: MemberKind,
        role: Role = Role.NODE,
        clock: Clock,
        entropy: Entropy,
        passphrase: str | None = None,
        database: PostgresAddress | None = None,
    ) -> Self:
        """Make a home.

        Args:
            database: where the vault shall lie; None for a file of the home's own.

        Raises:
            RefusedError: when `folder` or `database` has something in it.
            BadInputError: for an empty name.
        """
        if not name.strip():
            raise BadInputError("a home needs a name", hint="give your organisation's name")
        make_folder(folder)
        card = Card(
            id=new_id("identity", entropy),
            name=name.strip(),
            kind=MemberKind(kind),
            role=Role(role),
            created=clock.now(),
        )
        place = database or folder / DATABASE
        # The vault comes first: of several who make one home at once, one makes the vault, and
        # what fails before, such as a wrong password, leaves the folder as empty as it was.
        Vault.create(place, origin=card.origin, clock=clock, entropy=entropy).close()
        try:
            keep_place(folder, place)
            keyring = KeyRing.generate(clock.now())
            write_atomically(folder / KEYS, keyring.to_bytes(passphrase))
        except BaseException:
            for file in (KEYS, DATABASE, SETTING):
                (folder / file).unlink(missing_ok=True)
            raise
        # The card comes last: a folder without it is no home, so a crash leaves none by halves.
        write_atomically(folder / CARD, card.to_bytes())
        return cls.open(folder, clock=clock, entropy=entropy, passphrase=passphrase)

    @classmethod
    def open(
        cls, folder: Path, *, clock: Clock, entropy: Entropy, passphrase: str | None = None
    ) -> Self:
        """Open a home.

        Raises:
            StorageError: when it is none, others may read its keys or its vault, or the vault
                can't be used.
            TrustError: when the passphrase is wrong or missing.
        """
        card = Card.read(folder / CARD)
        keys = KeptKeys(folder / KEYS, passphrase)
        place = place_of(folder)
        vault = Vault.open(place, clock=clock, entropy=entropy, signer=keys.ring.signing)
        return cls(folder, card, keys, vault)

    @property
    def id(self) -> str:
        """The STIX identity id of the organisation (or of the exchange)."""
        return self.card.id

    @property
    def identity(self) -> StixObject:
        """The organisation as a STIX identity; the same bytes each time."""
        made = stix_time(self.card.created)
        body: JsonObject = {
            "type": "identity",
            "spec_version": "2.1",
            "id": self.card.id,
            "created": made,
            "modified": made,
            "name": self.card.name,
            "identity_class": "organization",
        }
        if self.card.kind in _SECTORS:
            body["sectors"] = [_SECTORS[self.card.kind]]
        return StixObject.of(body)

    @property
    def keyring(self) -> KeyRing:
        """Its keys, as the last process that changed them has left them."""
        ring = self._keys.ring
        self.vault.signer = ring.signing
        return ring

    def prepare_keys(self, now: datetime) -> KeyRing:
        """Lay new keys ready beside those in use; such as lie ready already are left alone."""
        self.vault.write(lambda _: self._keys.change(lambda ring: ring.prepared(now)))
        return self.keyring

    def adopt_keys(self, key_id: str, announcement: JsonObject | None = None) -> KeyRing:
        """Use the keys that lie ready; old seals still open, old signatures still verify.

        Safe to repeat, whatever became of an earlier call: the change is logged once, and only
        then is the old signing key let go.

        Args:
            key_id: of the signing key that lies ready; nothing is done where another one does.
            announcement: what told others of the new keys under the old one. It is kept, since
                nobody can make it again.
        """
        self.vault.write(lambda tx: self._log_change(tx, key_id, announcement))
        self.vault.write(lambda _: self._keys.change(lambda ring: _adopted(ring, key_id)))
        return self.keyring

    def announcements(self) -> list[JsonObject]:
        """Return what told others of each change of the keys, the oldest first."""
        with self.vault.read() as view:
            said = [each.body.get("announcement") for each in view.documents.list(_CHANGE)]
        return [each for each in said if isinstance(each, dict)]

    def _log_change(self, tx: Transaction, key_id: str, announcement: JsonObject | None) -> None:
        ring = self._keys.ring
        if ring is _adopted(ring, key_id) or tx.documents.get(_CHANGE, key_id) is not None:
            return
        said: JsonObject = {"from": ring.signing.key_id, "public": ring.promoted().public.to_json()}
        tx.log.append("keys-rotated", by=self.id, said=said)
        tx.documents.put(_CHANGE, key_id, {**said, "announcement": announcement}, by=self.id)

    def backup(self, file: Path) -> int:
        """Write the whole home into one file while it is in use; see `backup.backup`."""
        return backup(self.folder, file)

    def close(self) -> None:
        """Finish queued writes and let go of the files."""
        self.vault.close()


def _adopted(ring: KeyRing, key_id: str) -> KeyRing:
    """Return the ring with the keys that lie ready in use, if these are the ones meant."""
    is_meant = ring.coming is not None and ring.coming.signing.key_id == key_id
    return ring.promoted() if is_meant else ring

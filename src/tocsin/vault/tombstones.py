"""What was erased must not come back in silence: keyed hashes of what it was known by.

Of the person's data nothing is kept. The key is 32 random bytes, made with the first erasure; it
lies in this vault's settings, so that it goes wherever the vault goes and nowhere else: whoever
reads the ledger or an export of it can test no guess, whoever has the vault's file can.
"""

import hashlib
import hmac
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from tocsin.vault.documents import DocumentReads, Documents
from tocsin.vault.session import Session
from tocsin.vault.settings import SettingReads, Settings

_KIND: Final = "tombstone"
_KEY: Final = "erasure.key"
_KEY_BYTES: Final = 32


class Tombstone(StrEnum):
    """What becomes of something that comes again."""

    REFUSED = "refused"
    NOTED = "noted"


@frozen
class Graveyard:
    """What was erased here, as one transaction sees it; made once and asked often."""

    _key: bytes = field(repr=False)
    _stones: dict[str, Tombstone] = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self._stones)

    def look(self, names: Iterable[str]) -> Tombstone | None:
        """Return the sterner of what is to become of something known by any of these names."""
        if not self._stones:
            return None
        found = {self._stones.get(_hashed(name, self._key)) for name in names}
        return next((each for each in Tombstone if each in found), None)


class TombstoneReads:
    """Looks names up."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Graveyard:
        """Return all of them."""
        said = SettingReads(self._session).get(_KEY)
        if not isinstance(said, str):
            return Graveyard(b"", {})
        stones = {
            each.id: Tombstone(str(each.body["then"]))
            for each in DocumentReads(self._session).list(_KIND)
        }
        return Graveyard(bytes.fromhex(said), stones)


class Tombstones(TombstoneReads):
    """The same with a pen."""

    def __init__(self, session: Session, documents: Documents) -> None:
        super().__init__(session)
        self._documents = documents

    def add(self, names: Iterable[str], then: Tombstone, *, by: str) -> None:
        """Remember names, ids or keys; what is refused already stays so."""
        wanted = tuple(dict.fromkeys(names))
        if not wanted:
            return
        key = self._made_key()
        hashes = [_hashed(name, key) for name in wanted]
        known = self._documents.get_all(_KIND, hashes)
        new = [
            each
            for each in hashes
            if each not in known or known[each].body["then"] != Tombstone.REFUSED
        ]
        self._documents.put_all(_KIND, [(each, {"then": str(then)}) for each in new], by=by)

    def _made_key(self) -> bytes:
        settings = Settings(self._session)
        said = settings.get(_KEY)
        if isinstance(said, str):
            return bytes.fromhex(said)
        made = self._session.entropy.take(_KEY_BYTES)
        settings.set(_KEY, made.hex())
        return made


def _hashed(name: str, key: bytes) -> str:
    return hmac.digest(key, name.encode(), hashlib.sha256).hex()

"""Is a home well? Each check looks at one thing and works where others fail, for `tocsin doctor`.

A check returns a sentence that says what is well, or raises a `TocsinError` that says what is not
and what to do. None of them changes anything.
"""

import shutil
import stat
from pathlib import Path
from typing import Final

from tocsin.foundation import RefusedError, StorageError, TrustError, rfc3339
from tocsin.trust import KeyRing, read_note, verify_note
from tocsin.vault import migrate
from tocsin.vault.card import CARD, DATABASE, KEYS, Card
from tocsin.vault.engine import open_engine, open_to_look, storage_errors
from tocsin.vault.files import read_private
from tocsin.vault.home import Home
from tocsin.vault.whereabouts import place_of

LEAST_FREE: Final = 256 * 1000 * 1000
"""Bytes that have to be free however small the vault is."""


def check_home(folder: Path) -> str:
    """Look at whose home it is, and whether every file in it is its owner's alone.

    Raises:
        StorageError: when it is no home, or others may read something of it.
    """
    card = Card.read(folder / CARD)
    for each in (folder, *sorted(folder.rglob("*"))):
        try:
            found = each.lstat().st_mode
        except FileNotFoundError:
            continue  # a draft or a journal that another process has just ended
        mode = stat.S_IMODE(found)
        if mode & 0o077 and not stat.S_ISLNK(found):
            raise StorageError(
                f"{each} can be read or written by others (mode {mode:04o})",
                hint=f"run `chmod go= {each}`",
            )
    return f"{card.name} ({card.kind}), a {card.role} since {rfc3339(card.created)}"


def check_keys(folder: Path, passphrase: str | None) -> str:
    """Look whether the keys open, and whether a rotation waits.

    Raises:
        StorageError: when they can't be read, or others may read them.
        TrustError: when they do not open.
        RefusedError: when new keys wait for the exchange's acknowledgement.
    """
    raw = read_private(folder / KEYS)
    ring = KeyRing.from_bytes(raw, passphrase)
    if ring.coming is not None:
        raise RefusedError(
            f"new keys made at {rfc3339(ring.coming.created)} wait for the exchange's "
            f"acknowledgement; {ring.signing.key_id} signs until then",
            hint="run `tocsin sync`; where no exchange was joined, `tocsin key rotate`",
        )
    protection = "under a passphrase" if KeyRing.is_protected(raw) else "without a passphrase"
    made = rfc3339(ring.current.created)
    return f"{ring.signing.key_id}, made {made}, {protection}; {len(ring.retired_signing)} retired"


def check_schema(folder: Path) -> str:
    """Look whether this version of Tocsin can use the vault.

    Raises:
        StorageError: when the vault is older or newer, or none.
    """
    place = place_of(folder)
    engine = open_to_look(place)
    try:
        with storage_errors(place), engine.connect() as connection:
            migrate.check(connection, place)
            return f"schema {migrate.revision(connection)}, which this version writes"
    finally:
        engine.dispose()


def check_database(folder: Path) -> str:
    """Look whether the database keeps what it acknowledges: every connection asserts it.

    Raises:
        StorageError: when it does not, or can't be reached.
    """
    place = place_of(folder)
    engine = open_engine(place)
    try:
        with storage_errors(place), engine.connect():
            pass
    finally:
        engine.dispose()
    kind = "SQLite: write-ahead log, synchronous FULL" if isinstance(place, Path) else "PostgreSQL"
    return f"{kind}; an acknowledged write survives a power cut"


def check_disk(folder: Path) -> str:
    """Look whether a backup or an upgrade would find room.

    Raises:
        StorageError: when less is free than the vault takes, or than `LEAST_FREE`.
    """
    free = shutil.disk_usage(folder).free
    size = sum(each.stat().st_size for each in folder.glob(f"{DATABASE}*"))
    if free < max(size, LEAST_FREE):
        raise StorageError(
            f"{_mb(free)} free on the disk of {folder}, whose vault takes {_mb(size)}",
            hint="free some space: a backup takes as much again",
        )
    return f"{_mb(free)} free, {_mb(size)} taken by the vault"


def check_log(home: Home) -> str:
    """Look whether the log ends as it was signed: quick, since only its head is recomputed.

    Raises:
        TrustError: when the last checkpoint is not this home's, or the log is another.
    """
    with home.vault.read() as view:
        note, size = view.log.latest_checkpoint(), view.log.size
        if note is None:
            return "nothing is logged yet"
        claim = read_note(note)
        root = view.log.root(claim.size) if claim.size <= size else None
    if root != claim.root:
        raise TrustError(
            f"the log of {size} entries differs from its checkpoint of {claim.size}",
            hint="run `tocsin ledger verify`, which names the first bad entry; restore a backup",
        )
    _check_signature(home, note)
    return f"{size} entries end as signed; `tocsin ledger verify` recomputes each"


def _check_signature(home: Home, note: str) -> None:
    why: TrustError | None = None
    for key in home.keyring.verify_keys.values():
        try:
            verify_note(note, home.vault.origin, key)
        except TrustError as error:
            why = error
        else:
            return
    raise TrustError(
        "the log's last checkpoint is not signed by a key of this home",
        hint="run `tocsin ledger verify`; if the vault was exchanged, restore a backup",
    ) from why


def _mb(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"

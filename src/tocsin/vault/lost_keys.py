"""New keys for a home whose old ones are lost or can't be opened any more."""

import hashlib
from contextlib import suppress
from pathlib import Path

from tocsin.foundation import BadInputError, Clock, Entropy, RefusedError, TrustError
from tocsin.trust import KeyRing
from tocsin.vault.card import CARD, KEYS, Card
from tocsin.vault.files import sync_folder, write_atomically
from tocsin.vault.transaction import Transaction
from tocsin.vault.vault import Vault
from tocsin.vault.whereabouts import place_of


def replace_keys(
    folder: Path, *, clock: Clock, entropy: Entropy, passphrase: str | None = None
) -> Path | None:
    """Make new keys for the home in `folder`.

    What the old ones signed still verifies for others; what was sealed to them and has not come
    in yet can't be read. Nothing is left that could sign an announcement, so the exchange has to
    be told by a new invitation.

    Args:
        passphrase: for the new keys.

    Returns:
        Where the keys that could not be opened lie now, in case their passphrase comes to mind;
        None where there were none.

    Raises:
        RefusedError: when the keys do open, or may well open: then they are not lost.
        StorageError: when it is no home.
    """
    card = Card.read(folder / CARD)
    keys = folder / KEYS
    _refuse_if_they_open(keys, passphrase)
    made = KeyRing.generate(clock.now())

    def work(tx: Transaction) -> Path | None:
        kept = _kept_aside(keys)
        write_atomically(keys, made.to_bytes(passphrase))
        tx.log.append("keys-replaced", by=card.id, said={"public": made.public.to_json()})
        return kept

    # Opened with the new key: the log's last checkpoint is one of a key that the home holds.
    place, signer = place_of(folder), made.signing
    with Vault.open(place, clock=clock, entropy=entropy, signer=signer) as vault:
        return vault.write(work)


def _refuse_if_they_open(keys: Path, passphrase: str | None) -> None:
    try:
        KeyRing.from_bytes(keys.read_bytes(), passphrase)
    except TrustError as error:
        if passphrase is None:
            raise RefusedError(
                f"{keys}: {error.message}",
                hint="TOCSIN_PASSPHRASE_FILE names the file with their passphrase; if that is "
                "lost, with one for the new keys",
            ) from error
    except (BadInputError, OSError):
        pass
    else:
        raise RefusedError(f"{keys}: these keys open", hint="renew them with `tocsin key rotate`")


def _kept_aside(keys: Path) -> Path | None:
    """Give a file of keys a second name, which tells which file it was."""
    try:
        name = hashlib.sha256(keys.read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        return None
    kept = keys.with_name(f"keys-unopened-{name}.json")
    with suppress(FileExistsError):
        kept.hardlink_to(keys)
    kept.chmod(0o600)
    sync_folder(keys.parent)
    return kept

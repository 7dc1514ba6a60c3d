"""The process that stays with one asking until it is counted.

The library gives no way to write blinding factors down, so some process has to hold them while
the holder's people sleep. This one blinds, posts, waits, hands the outputs in and ends. If it is
killed, the next `tocsin sync` starts another, which asks anew under the same id.

    python -m tocsin.exchange.overlap.resident --home DIR --id ID [--lifetime S]
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tocsin.exchange.overlap.asker import Asker
from tocsin.exchange.overlap.book import State, get_record
from tocsin.exchange.overlap.mailbox import Mailbox
from tocsin.exchange.overlap.node import LIFETIME_S, open_mailbox, overlap_party, resident_lock
from tocsin.exchange.overlap.party import Party
from tocsin.foundation import ConnectionFailedError, SystemClock, SystemEntropy, TocsinError
from tocsin.vault import Home

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 5.0
_GROWTH: Final = 1.5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; returns 0 when the asking needs no resident any more, 1 when it could not be helped."""
    options = _parser().parse_args(arguments)
    passphrase = _read_passphrase(options.passphrase_fd)
    try:
        with resident_lock(options.home, options.id) as is_ours:
            return stay(options.home, options.id, passphrase, options.lifetime) if is_ours else 0
    except (TocsinError, OSError):
        return 1


def stay(folder: Path, asking_id: str, passphrase: str | None, lifetime_s: float) -> int:
    """Stay with an asking of a home."""
    clock, entropy = SystemClock(), SystemEntropy()
    with Home.open(folder, clock=clock, entropy=entropy, passphrase=passphrase) as home:
        identity = _identity(folder)
        party = overlap_party(home, clock, entropy)
        with open_mailbox(home) as mailbox:
            return attend(
                party,
                mailbox,
                asking_id,
                is_wanted=lambda: _identity(folder) == identity,
                lifetime_s=lifetime_s,
            )


def attend(
    party: Party,
    mailbox: Mailbox,
    asking_id: str,
    *,
    is_wanted: Callable[[], bool],
    lifetime_s: float,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> int:
    """Advance one asking until it is counted or refused.

    Args:
        is_wanted: becomes False when the home is gone.
        lifetime_s: how long at most.
    """
    asker, end, pause = Asker(), monotonic() + lifetime_s, FIRST_PAUSE_S
    while is_wanted() and monotonic() < end:
        with party.vault.read() as snapshot:
            record = get_record(snapshot, asking_id)
        if record is None or record.state is not State.WAITING:
            return 0
        try:
            notice = mailbox.notice(asking_id)
            record = asker.advance(party, mailbox, record, notice)
        except ConnectionFailedError:
            pass  # it may come back; the back-off below keeps this quiet
        if record.state is not State.WAITING:
            return 0
        sleep(pause)
        pause = min(LONGEST_PAUSE_S, pause * _GROWTH)
    return 1


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tell one folder from another that later has the same name."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _read_passphrase(number: int | None) -> str | None:
    if number is None:
        return None
    with os.fdopen(number, "rb") as pipe:
        return pipe.read().decode() or None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tocsin.exchange.overlap.resident")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--id", required=True)
    parser.add_argument("--lifetime", type=float, default=LIFETIME_S)
    parser.add_argument("--passphrase-fd", type=int)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())

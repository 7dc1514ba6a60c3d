"""The private overlap of a home that is a member of a community."""

import fcntl
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.membership import community_of, membership_of
from tocsin.exchange.overlap.asker import Asker
from tocsin.exchange.overlap.conversation import Change, step
from tocsin.exchange.overlap.party import Party
from tocsin.exchange.overlap.post import HttpMailbox
from tocsin.foundation import Clock, Entropy, Progress
from tocsin.vault import Home

LIFETIME_S: Final = 3600.0
RESIDENTS: Final = "overlap-residents"
_MODULE: Final = "tocsin.exchange.overlap.resident"


def overlap_party(home: Home, clock: Clock, entropy: Entropy, by: str = "tocsin") -> Party:
    """Return a home's end of the private overlap.

    Args:
        by: the person who acts, or the program.

    Raises:
        RefusedError: when the home has joined no community.
    """
    return Party(
        id=home.id,
        vault=home.vault,
        keyring=home.keyring,
        community=community_of(home),
        clock=clock,
        entropy=entropy,
        by=by,
    )


@contextmanager
def open_mailbox(home: Home, connect: Connect = open_http) -> Iterator[HttpMailbox]:
    """Open the mailbox at the home's exchange."""
    membership = membership_of(home)
    with ExchangeClient(
        membership.url, credential=membership.credential, connect=connect
    ) as client:
        yield HttpMailbox(client)


def overlap_step(
    home: Home,
    clock: Clock,
    entropy: Entropy,
    *,
    by: str = "tocsin",
    asker: Asker | None = None,
    passphrase: str | None = None,
    connect: Connect = open_http,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Change]:
    """Do all that can be done now; `sync` calls it after it has refreshed the directory.

    Args:
        asker: holds the blinding factors in this process. Without it an asking that waits gets a
            resident process where it has none.
        passphrase: for resident processes of a home whose keys are under one.
    """
    party = overlap_party(home, clock, entropy, by)

    def resume(asking_id: str) -> None:
        start_resident(home.folder, asking_id, passphrase=passphrase)

    with open_mailbox(home, connect) as mailbox:
        return step(
            party,
            mailbox,
            asker=asker,
            resume=None if asker else resume,
            workers=workers,
            progress=progress,
        )


def start_resident(
    folder: Path,
    asking_id: str,
    *,
    passphrase: str | None = None,
    lifetime_s: float = LIFETIME_S,
) -> bool:
    """Start the process that keeps an asking's blinding factors; False when it has one already.

    It belongs to no terminal and holds none of the caller's files, so nobody who waits for the
    caller's output waits for it. A passphrase goes through a pipe: neither the list of processes
    nor an environment shows it.
    """
    with resident_lock(folder, asking_id) as is_ours:
        if not is_ours:
            return False
    command = [sys.executable, "-m", _MODULE, "--home", str(folder.resolve()), "--id", asking_id]
    command += ["--lifetime", str(lifetime_s)]
    reading_end, writing_end = os.pipe()
    try:
        os.write(writing_end, (passphrase or "").encode())
        os.close(writing_end)
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [*command, "--passphrase-fd", str(reading_end)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(reading_end,),
            start_new_session=True,
            close_fds=True,
        )
    finally:
        os.close(reading_end)
    # Reaps it where this process lives on, as the web workbench does.
    threading.Thread(target=process.wait, daemon=True).start()
    return True


@contextmanager
def resident_lock(folder: Path, asking_id: str) -> Iterator[bool]:
    """Try to be the resident of an asking; the operating system lets go when the process ends."""
    place = folder / RESIDENTS
    place.mkdir(mode=0o700, exist_ok=True)
    number = os.open(place / f"{asking_id.rpartition('--')[2]}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(number)

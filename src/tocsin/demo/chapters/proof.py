"""Everything that happened is in a log; one flipped byte in it is found and named."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from tocsin.demo.cast import CAST, COMMUNITY, EXCHANGE_HOME, HARBOURLINE, NARRATOR
from tocsin.demo.commands import BrokenStoryError
from tocsin.demo.figures import Row, Table, Tone, number
from tocsin.demo.stage import Stage, count, order

_DATABASE: Final = "vault.db"
_COPY: Final = "tampered.db"


def prove(stage: Stage) -> None:
    """Verify every log, then flip one byte of a copy and verify that."""
    stage.chapter(
        "Proved afterwards",
        "Every member and the exchange keep a log of what they did, in which each entry is tied "
        "to all others (a Merkle tree). Nobody can change the past without being found out.",
    )
    places = [(each.name, each.home) for each in CAST] + [(COMMUNITY, EXCHANGE_HOME)]
    verified = stage.together(
        "the logs are verified", [order(None, "ledger", "verify", home) for _, home in places]
    )
    lines = tuple(
        Row(
            (
                "holds" if ran.document["ok"] is True else "does not hold",
                name,
                number(count(ran.document, "entries")),
                f"{str(ran.document['root'])[:16]}…",
            ),
            Tone.GOOD if ran.document["ok"] is True else Tone.BAD,
        )
        for (name, _), ran in zip(places, verified, strict=True)
    )
    entries = sum(count(ran.document, "entries") for ran in verified)
    holding = sum(1 for ran in verified if ran.document["ok"] is True)
    stage.fact("logs_that_hold", holding, "logs that hold")
    stage.fact("log_entries", entries, "entries in all logs")
    stage.tell(
        NARRATOR,
        f"{holding} of {len(places)} logs hold, {number(entries)} entries in all.",
        ran=verified[0],
        figures=(Table("Logs", ("state", "of", "entries", "fingerprint of all"), lines),),
    )
    _tamper(stage)
    stage.conclude("Whoever has the log can check it; nobody has to be trusted for it.")


def _tamper(stage: Stage) -> None:
    copy = stage.folder / _COPY
    entry, place = flip_one_byte(stage.folder / HARBOURLINE.home / _DATABASE, copy)
    ran = stage.run(None, "verifies the copy", "ledger", "verify", copy.name, expected=(1,))
    named = ran.document.get("first_bad")
    stage.fact("flipped_entry", entry, "entry in which one bit was flipped")
    stage.fact("named_entry", named if isinstance(named, int) else None, "entry that is named")
    stage.tell(
        NARRATOR,
        f"One bit of byte {number(place)} is flipped in a copy of {HARBOURLINE.name}'s vault.",
        f"The verifier names entry {named}; flipped was entry {entry}.",
        ran=ran,
    )


def flip_one_byte(vault: Path, copy: Path) -> tuple[int, int]:
    """Copy a vault and flip one bit of one stored log entry, in the file itself.

    Returns:
        The entry's index and the changed byte's offset in the copy.

    Raises:
        BrokenStoryError: when no entry stands in one piece and only once in the file.
    """
    copy.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"file:{vault}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        events = target.execute(
            "SELECT idx, event FROM log_entries WHERE length(event) BETWEEN 40 AND 2000"
        ).fetchall()
    data = bytearray(copy.read_bytes())
    # Any entry would do; which one is drawn from the vault, so that no number is written in.
    events.sort(key=lambda row: hashlib.sha256(row[1]).digest())
    for index, event in events:
        if data.count(event) == 1:
            place = data.index(event) + len(event) // 2
            data[place] ^= 0x01
            copy.write_bytes(data)
            return int(index), place
    raise BrokenStoryError("no log entry stands in one piece in the vault's file")

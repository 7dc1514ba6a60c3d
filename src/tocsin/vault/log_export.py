"""The public part of a log as a file: leaves and checkpoints, no contents.

Text, a line each: a JSON header, the checkpoints by ascending size as JSON strings, then the leaf
hashes in hex. Leaves are salted, so they tell nobody what was logged. Commitments stay inside the
events, which are not in the file: who wants to prove what an entry says shows its event and nonce.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from tocsin.foundation import BadInputError, JsonObject, StorageError, TocsinError, parse_json
from tocsin.trust import Frontier, VerifyKey
from tocsin.vault import migrate, schema
from tocsin.vault.address import Place
from tocsin.vault.checkpoints import CheckpointTrail
from tocsin.vault.engine import explained, open_to_look
from tocsin.vault.faults import BadEntryError, Verification

_FORMAT: Final = "tocsin-log"
_VERSION: Final = 1
_LONGEST_LINE: Final = 1 << 20


def export_log(place: Place, file: Path) -> int:
    """Write the public part of the log of the vault at `place`; returns the number of entries.

    Raises:
        StorageError: when the vault can't be read or the file can't be written.
    """
    if isinstance(place, Path) and not place.is_file():
        raise StorageError(f"there is no vault at {place}", hint="name a home or its vault.db")
    engine = open_to_look(place)
    entries, notes, meta = schema.log_entries.c, schema.checkpoints.c, schema.meta.c
    try:
        with engine.connect() as connection, file.open("w", encoding="utf-8") as out:
            migrate.check(connection, place)
            size = connection.scalar(select(func.count()).select_from(schema.log_entries)) or 0
            signers = select(meta.value).where(meta.name.startswith("signer:"))
            header = {
                "format": _FORMAT,
                "version": _VERSION,
                "origin": connection.scalar(select(meta.value).where(meta.name == "origin")),
                "entries": size,
                "keys": sorted(connection.scalars(signers)),
            }
            _write_line(out, header)
            for note in connection.scalars(
                select(notes.note).where(notes.size <= size).order_by(notes.size)
            ):
                _write_line(out, note)
            leaves = select(entries.leaf).where(entries.idx < size).order_by(entries.idx)
            for leaf in connection.execute(leaves.execution_options(yield_per=1000)).scalars():
                out.write(leaf.hex() + "\n")
    except SQLAlchemyError as error:
        raise explained(error, place) from error
    except OSError as error:
        raise StorageError(f"{file}: {error.strerror}", hint="check the disk") from error
    finally:
        engine.dispose()
    return size


def verify_export(file: Path, keys: Sequence[VerifyKey] = ()) -> Verification:
    """Recompute the roots of an exported log and compare them with its signed checkpoints.

    Args:
        keys: the log's public keys, got from its owner by another way than the file; without
            them those in the file are used.

    Raises:
        BadInputError: when the file is no export.
        StorageError: when it can't be read.
    """
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as lines:
            return _verify(file, lines, keys)
    except OSError as error:
        raise StorageError(f"{file}: {error.strerror}", hint="check the path") from error


def _verify(file: Path, lines: TextIO, keys: Sequence[VerifyKey]) -> Verification:
    header = _header(file, lines.readline(_LONGEST_LINE))
    trusted = list(keys) or [VerifyKey.from_text(str(key)) for key in _list(header.get("keys"))]
    notes: list[tuple[int, str, None]] = []
    frontier = Frontier()
    bad: BadEntryError | None = None
    line = lines.readline(_LONGEST_LINE)
    while line.startswith('"'):
        notes.append(_note(file, line))
        line = lines.readline(_LONGEST_LINE)
    trail = CheckpointTrail(notes, origin=str(header.get("origin")), keys=trusted)
    try:
        trail.check(0, frontier)
        for leaf in _leaves(line, lines, frontier):
            frontier.append(leaf)
            trail.check(frontier.size, frontier)
        trail.check_end(frontier)
        _check_count(frontier, header)
    except BadEntryError as found:
        bad = found
    return Verification(
        ok=bad is None,
        entries=frontier.size,
        root=base64.b64encode(frontier.root()).decode(),
        first_bad=None if bad is None else bad.index,
        why="" if bad is None else bad.why,
        checkpoints=trail.checked,
        signed=bool(trusted and trail.checked),
    )


def _check_count(frontier: Frontier, header: JsonObject) -> None:
    if frontier.size != header.get("entries"):
        raise BadEntryError(frontier.size, f"{header.get('entries')} entries are announced")


def _leaves(first: str, rest: TextIO, frontier: Frontier) -> Iterator[bytes]:
    line = first
    while line:
        try:
            leaf = bytes.fromhex(line.removesuffix("\n"))
        except ValueError:
            leaf = b""
        if len(leaf) != 32 or not line.endswith("\n"):
            raise BadEntryError(frontier.size, "its leaf is no hash")
        yield leaf
        line = rest.readline(_LONGEST_LINE)


def _header(file: Path, line: str) -> JsonObject:
    try:
        said = parse_json(line, source=str(file))
    except TocsinError as error:
        raise _not_an_export(file) from error
    if not isinstance(said, dict) or said.get("format") != _FORMAT:
        raise _not_an_export(file)
    if said.get("version") != _VERSION:
        raise BadInputError(
            f"{file} was written by a newer version of tocsin", hint="install that version"
        )
    return said


def _note(file: Path, line: str) -> tuple[int, str, None]:
    try:
        note = parse_json(line, source=str(file))
        size = int(str(note).split("\n")[1])
    except (TocsinError, ValueError, IndexError) as error:
        raise _not_an_export(file) from error
    return size, str(note), None


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _write_line(out: TextIO, value: object) -> None:
    out.write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")


def _not_an_export(file: Path) -> BadInputError:
    return BadInputError(
        f"{file} is no export of a log", hint="choose a file that `tocsin ledger export` wrote"
    )

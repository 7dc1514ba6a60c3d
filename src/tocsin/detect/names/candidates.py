"""Candidate names, one after the other: plain lists, certificate logs, zone differences.

A line is read by what it looks like, so that files can be mixed and streams cut anywhere. What is
no host name is counted with examples and passed over; the rest goes on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

from attrs import field, frozen

from tocsin.detect.faults import Faults
from tocsin.detect.names.hosts import host_of
from tocsin.detect.names.transparency import names_in_entry, names_in_tile
from tocsin.foundation import BadInputError, JsonValue, parse_json
from tocsin.records.observables import HostFault

_HIDDEN: Final = frozenset(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xAD))
)


@frozen
class Reading(Faults):
    """What was read, filled while candidates are drawn; faults are of names and lines.

    Attributes:
        counts: `rows`, `names`, `removed` (lines of a difference that take a name away).
    """

    counts: Counter[str] = field(factory=Counter)


def hosts_in(lines: Iterable[str], source: str, reading: Reading) -> Iterator[str]:
    """Yield the hosts of a stream of lines in ACE form; equal neighbours once.

    Args:
        source: the name of the file, for faults.
    """
    return _hosts_of(_named(lines, source, reading), reading)


def hosts_in_tile(data: bytes, source: str, reading: Reading) -> Iterator[str]:
    """Yield the hosts of a data tile of a certificate log in ACE form; equal neighbours once."""
    return _hosts_of(_named_in_tile(data, source, reading), reading)


def _hosts_of(named: Iterable[tuple[str, str]], reading: Reading) -> Iterator[str]:
    before = ""
    for where, text in named:
        reading.counts["names"] += 1
        host = host_of(text)
        if isinstance(host, HostFault):
            hidden = not _HIDDEN.isdisjoint(text)
            reading.fault("hidden-character" if hidden else str(host), where, text)
        elif host == before:
            reading.counts["repeated"] += 1
        else:
            if not text.isascii() and not _HIDDEN.isdisjoint(text):
                reading.fault("hidden-character", where, text)
            before = host
            yield host


def _named(lines: Iterable[str], source: str, reading: Reading) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, start=1):
        reading.counts["rows"] += 1
        row = line.strip()
        if not row or row[0] in "#;":
            continue
        where = f"{source} row {number}"
        for text in _names(row, where, reading):
            yield where, text


def _named_in_tile(data: bytes, source: str, reading: Reading) -> Iterator[tuple[str, str]]:
    entries = names_in_tile(data)
    for number in count(1):
        where = f"{source} entry {number}"
        try:
            found = next(entries, None)
        except BadInputError as error:
            # The next entry's place is not known any more: the rest of the tile is lost with it.
            reading.fault("broken-entry", where, error.message)
            return
        if found is None:
            return
        reading.counts["rows"] += 1
        if isinstance(found, BadInputError):
            reading.fault("broken-certificate", where, found.message)
        else:
            for text in found:
                yield where, text


def _names(row: str, where: str, reading: Reading) -> Iterable[str]:
    if row[0] == "{":
        return _of_certificate(row, where, reading)
    if row[0] in "<-" or row.startswith(("---", "+++", "@@")):
        reading.counts["removed"] += 1
        return ()
    if row[0] in "+>":
        row = row[1:].strip()
    # A list with further columns, or a record of a zone: the name stands first.
    first = row.split(None, 1)[0].split(",", 1)[0].strip('"') if row else ""
    return (first,)


def _of_certificate(row: str, where: str, reading: Reading) -> Iterable[str]:
    """Names of a message of certstream, or of a line with `domain`, `host` or `name`."""
    try:
        said = parse_json(row.encode("utf-8", "surrogateescape"), source=where)
    except (BadInputError, UnicodeError):
        reading.fault("broken-json", where, row)
        return ()
    if isinstance(said, dict) and isinstance(entries := said.get("entries"), list):
        return _of_entries(entries, where, reading)
    found = _listed(said)
    if found is None:
        if not (isinstance(said, dict) and said.get("message_type") == "heartbeat"):
            reading.fault("no-names-in-json", where, row)
        return ()
    return found


def _of_entries(entries: Iterable[JsonValue], where: str, reading: Reading) -> Iterator[str]:
    """Names of an answer to get-entries of a certificate log (RFC 6962)."""
    for number, each in enumerate(entries):
        try:
            yield from names_in_entry(each)
        except BadInputError as error:
            reading.fault("broken-entry", f"{where} entry {number}", error.message)


def _listed(said: JsonValue) -> list[str] | None:
    if not isinstance(said, dict):
        return None
    data = said.get("data")
    leaf = data.get("leaf_cert") if isinstance(data, dict) else said.get("leaf_cert")
    named: JsonValue = leaf.get("all_domains") if isinstance(leaf, dict) else None
    if named is None and isinstance(data, list):
        named = data  # certstream's stream of names only
    if named is None:
        named = next((said[key] for key in ("domain", "host", "name") if key in said), None)
    items = named if isinstance(named, list) else [named]
    found = [each for each in items if isinstance(each, str) and each]
    return list(dict.fromkeys(found)) if found else None

"""Lists of popular names as they are published: MISP warning lists, ranked CSV, plain lines."""

import csv
from pathlib import Path
from typing import Final

from tocsin.foundation import BadInputError, StorageError, parse_json
from tocsin.records.observables import canonical_host

MAX_LIST_BYTES: Final = 32 * 1024 * 1024
MAX_LIST_NAMES: Final = 200_000


def read_name_list(path: Path) -> frozenset[str]:
    """Return the hosts that a list names, in one form, without `www.`; others are passed over.

    Of a CSV row the last cell that is a host counts: ranks stand before it. At most the first
    `MAX_LIST_NAMES` are taken.

    Raises:
        StorageError: when it cannot be read.
        BadInputError: when it is too long or names no host.
    """
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise BadInputError(f"{path}: longer than {MAX_LIST_BYTES} bytes", hint="cut it")
        raw = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="check the path") from error
    found: set[str] = set()
    for text in _names(raw, path):
        host = canonical_host(text.strip().strip("."))
        if host is not None:
            found.add(host.host.removeprefix("www."))
            if len(found) == MAX_LIST_NAMES:
                break
    if not found:
        raise BadInputError(f"{path}: names no host", hint="give a list of domains, one a line")
    return frozenset(found)


def _names(raw: bytes, path: Path) -> list[str]:
    if raw.lstrip()[:1] in (b"{", b"["):
        value = parse_json(raw, source=str(path))
        listed = value.get("list") if isinstance(value, dict) else value
        return [str(each) for each in listed] if isinstance(listed, list) else []
    rows = csv.reader(raw.decode("utf-8", "replace").splitlines())
    return [row[-1] for row in rows if row and not row[0].startswith("#")]

"""Host names out of the files that a person names, in any form that candidates come in."""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from tocsin.detect.names import (
    HEAD_BYTES,
    MOST_BYTES,
    Reading,
    hosts_in,
    hosts_in_tile,
    is_tile,
)
from tocsin.foundation.progress import Advance

_STEP: Final = 1000


def hosts_of_files(files: Iterable[Path], reading: Reading) -> Iterator[str]:
    """Yield the hosts of files in any form that candidates come in; `-` is standard input."""
    return chain.from_iterable(_hosts_of(each, reading) for each in files)


def _hosts_of(file: Path, reading: Reading) -> Iterator[str]:
    if file.is_file() and file.stat().st_size <= MOST_BYTES:
        with file.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
            if is_tile(head):
                return hosts_in_tile(head + opened.read(), file.name, reading)
    return hosts_in(_lines(file), file.name, reading)


def _lines(file: Path) -> Iterator[str]:
    """Yield lines; bytes that are no UTF-8 stay in their line and make it a named fault."""
    if str(file) == "-":
        yield from (line.decode("utf-8", "surrogateescape") for line in sys.stdin.buffer)
        return
    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as opened:
        yield from opened


def stepped(hosts: Iterable[str], advance: Advance) -> Iterator[str]:
    """Pass hosts on, and say how far it is."""
    for number, host in enumerate(hosts, start=1):
        if number % _STEP == 0:
            advance(_STEP)
        yield host

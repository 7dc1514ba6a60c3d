"""Files as they should not come, and children with less than they need."""

import ctypes
import json
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import openpyxl

MIB: Final = 2**20
_CAPBSET_DROP: Final = 24
_READ_EVERYTHING: Final = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root pass by permissions."""


def bundle(names: list[str], **extra: Any) -> str:
    """A STIX bundle of domain names; `extra` goes into the last object."""
    objects: list[dict[str, Any]] = [
        {
            "type": "domain-name",
            "spec_version": "2.1",
            "id": f"domain-name--00000000-0000-4000-8000-{at:012d}",
            "value": name,
        }
        for at, name in enumerate(names)
    ]
    objects[-1].update(extra)
    return json.dumps({"type": "bundle", "id": f"bundle--{'0' * 8}-0000-4000-8000-{'0' * 12}",
                       "objects": objects})  # fmt: skip


def zip_bomb(path: Path, size: int) -> None:
    """A small workbook whose one sheet unpacks to `size` bytes of blanks."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["domain"], ["bomb.example"]):
        sheet.append(row)
    plain = path.with_suffix(".plain")
    book.save(plain)
    with zipfile.ZipFile(plain) as inside, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name in inside.namelist():
            data = inside.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"</sheetData>", b" " * size + b"</sheetData>")
            out.writestr(name, data)
    plain.unlink()


def long_line(path: Path, head: bytes, size: int, tail: bytes) -> None:
    """A file with `size` bytes of one line between `head` and `tail`."""
    with path.open("wb") as stream:
        stream.write(head)
        for _ in range(size // MIB):
            stream.write(b"z" * MIB)
        stream.write(tail)


def with_memory(mib: int) -> Callable[[], None]:
    """Run in a child: it gets this much address space."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))

    return limit


def with_files_up_to(size: int) -> Callable[[], None]:
    """Run in a child: no file of its grows past `size` bytes, as on a disk that is full."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def without_privilege() -> None:
    """Run in a child: permissions hold for it even when it is root's."""
    libc = ctypes.CDLL(None)
    for capability in _READ_EVERYTHING:
        libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0)

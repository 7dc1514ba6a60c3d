"""A disk whose power can be cut: every write of SQLite's recorded, and replayed up to a moment.

The vault's own driver and SQLite library run unchanged. Under them stands a VFS made by SQLite's
documented way (sqlite.org/vfs.html): a copy of the system's own, whose `xWrite`, `xTruncate`,
`xSync`, `xOpen` and `xDelete` note what was asked before they do it. It is registered through
ctypes as the default of the process, in the very library that the `sqlite3` module is linked to.
"""

import _sqlite3
import ctypes
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from attrs import define, field, frozen

SECTORS: Final = (512, 4096)

_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_Close = CFUNCTYPE(c_int, c_void_p)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(Structure):
    """`sqlite3_vfs`, version 3; what is passed through has no type."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("max_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("app_data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        ("others", c_void_p * 13),
    )


class _Methods(Structure):
    """`sqlite3_io_methods`, version 3."""

    _fields_ = (
        ("version", c_int),
        ("close", c_void_p),
        ("read", c_void_p),
        ("write", c_void_p),
        ("truncate", c_void_p),
        ("sync", c_void_p),
        ("others", c_void_p * 13),
    )


@frozen
class Op:
    """One thing that was asked of the disk, or `ack`: what was acknowledged by then."""

    kind: Literal["write", "truncate", "sync", "delete", "ack"]
    file: str = ""
    at: int = 0
    data: bytes = field(default=b"", repr=False)
    said: Any = None


class Recorder:
    """Notes what happens to the files, in order."""

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self._names: dict[int, str] = {}
        self._tables: dict[int, tuple[_Methods, Sequence[object]]] = {}
        self._kept: list[object] = []

    def ack(self, said: object) -> None:
        """Note that something was acknowledged."""
        self.ops.append(Op("ack", said=said))

    def vfs(self, system: _Vfs) -> _Vfs:
        """Return the system's VFS with this one's ears."""
        real_open, real_delete = _Open(system.open), _Delete(system.delete)

        def opened(vfs: int, name: int, file: int, flags: int, out: int) -> int:
            code: int = real_open(ctypes.addressof(system), name, file, flags, out)
            if not code and name:
                text = ctypes.string_at(name).decode()
                self._names[file] = Path(text).name
                self._listen(file)
            return code

        def deleted(vfs: int, name: bytes, sync_folder: int) -> int:
            self.ops.append(Op("delete", Path(name.decode()).name))
            code: int = real_delete(ctypes.addressof(system), name, sync_folder)
            return code

        made = _Vfs.from_buffer_copy(system)
        made.name, made.next = b"recorded", None
        made.open = self._held(_Open(opened))
        made.delete = self._held(_Delete(deleted))
        return made

    def _listen(self, file: int) -> None:
        """Put our methods in front of a file's, whose table is shared by all of its sort."""
        head = ctypes.cast(file, POINTER(c_void_p))
        table = head[0]
        if table is None or self._names[file].endswith("-shm"):
            return
        if table not in self._tables:
            self._tables[table] = self._methods(_Methods.from_address(table))
        head[0] = ctypes.addressof(self._tables[table][0])

    def _methods(self, real: _Methods) -> tuple[_Methods, Sequence[object]]:
        close, write = _Close(real.close), _Write(real.write)
        truncate, sync = _Truncate(real.truncate), _Sync(real.sync)

        def written(file: int, data: int, size: int, at: int) -> int:
            self.ops.append(Op("write", self._names[file], at, ctypes.string_at(data, size)))
            return int(write(file, data, size, at))

        def truncated(file: int, size: int) -> int:
            self.ops.append(Op("truncate", self._names[file], size))
            return int(truncate(file, size))

        def synced(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            self.ops.append(Op("sync", self._names[file]))
            return code

        def closed(file: int) -> int:
            self._names.pop(file, None)
            return int(close(file))

        made = _Methods.from_buffer_copy(real)
        kept = (_Write(written), _Truncate(truncated), _Sync(synced), _Close(closed))
        made.write, made.truncate, made.sync, made.close = (
            ctypes.cast(each, c_void_p).value for each in kept
        )
        return made, (*kept, real)

    def _held(self, function: Any) -> int | None:
        self._kept.append(function)
        return ctypes.cast(function, c_void_p).value


def library() -> ctypes.CDLL | None:
    """Return the SQLite that the `sqlite3` module uses; None where it is built into Python."""
    try:
        found = ctypes.CDLL(_sqlite3.__file__)  # its symbols, and those of what it is linked to
        found.sqlite3_vfs_find.restype = c_void_p
    except (AttributeError, OSError):
        return None
    return found


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Record all that SQLite writes in this process until the block ends."""
    sqlite = library()
    assert sqlite is not None
    system = _Vfs.from_address(sqlite.sqlite3_vfs_find(None))
    recorder = Recorder()
    ours = recorder.vfs(system)
    sqlite.sqlite3_vfs_register(ctypes.byref(ours), 1)
    try:
        yield recorder
    finally:
        sqlite.sqlite3_vfs_unregister(ctypes.byref(ours))
        sqlite.sqlite3_vfs_register(ctypes.byref(system), 1)


@define
class Disk:
    """What is on the platters, and what is still on its way there.

    Attributes:
        files: what is safe.
        pending: by file, what was asked since its last sync, in order.
        acked: what was acknowledged so far.
    """

    files: dict[str, bytearray]
    pending: dict[str, list[Op]] = field(factory=dict)
    acked: list[Any] = field(factory=list)

    def take(self, op: Op) -> None:
        """Let one thing happen."""
        if op.kind == "ack":
            self.acked.append(op.said)
        elif op.kind == "sync":
            for each in self.pending.pop(op.file, ()):
                _apply(self.files.setdefault(op.file, bytearray()), each)
        else:  # a deletion as well: that a name is gone may not have reached the disk
            self.pending.setdefault(op.file, []).append(op)

    def without_power(self, random: Random) -> dict[str, bytes]:
        """Return what is found after the power was cut now.

        Of what no sync has finished for, each sector may be old or new, whatever its order:
        disks reorder. Writes do not hurt what lies beside them (SQLite's powersafe overwrite).
        """
        chance = random.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        sector = random.choice((None, *SECTORS))
        left: dict[str, bytes] = {}
        for name in sorted({*self.files, *self.pending}):
            image: bytearray | None = bytearray(self.files.get(name, b""))
            if name not in self.files and random.random() >= chance:
                continue  # its very name had not reached the folder
            for op in self.pending.get(name, ()):
                for part in _parts(op, sector):
                    if random.random() >= chance:
                        continue
                    if part.kind == "delete":
                        image = None
                    else:
                        image = bytearray() if image is None else image
                        _apply(image, part)
            if image is not None:
                left[name] = bytes(image)
        return left


def moments(
    base: dict[str, bytes], ops: Iterable[Op], points: set[int]
) -> Iterator[tuple[int, Disk]]:
    """Walk a recording and stop at these moments; the disk is good until the next."""
    disk = Disk({name: bytearray(body) for name, body in base.items()})
    for at, op in enumerate(ops):
        if at in points:
            yield at, disk
        disk.take(op)


def _parts(op: Op, sector: int | None) -> Iterator[Op]:
    """Cut a write at the borders of sectors."""
    if op.kind != "write" or sector is None:
        yield op
        return
    at, end = op.at, op.at + len(op.data)
    while at < end:
        border = min(end, (at // sector + 1) * sector)
        yield Op("write", op.file, at, op.data[at - op.at : border - op.at])
        at = border


def _apply(image: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del image[op.at :]
    elif op.kind == "write":
        if len(image) < op.at:
            image.extend(bytes(op.at - len(image)))
        image[op.at : op.at + len(op.data)] = op.data
    else:
        image.clear()


Pragma = Callable[[Any, object], None]


def pragmas(**wanted: str | int) -> Pragma:
    """Return a listener for new connections that sets these after the product has set its own."""

    def configure(raw: Any, record: object) -> None:
        for name, value in wanted.items():
            raw.execute(f"PRAGMA {name} = {value}")

    return configure

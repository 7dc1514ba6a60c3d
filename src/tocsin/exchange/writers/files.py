"""Whole files or none: written beside their place, flushed, then renamed over it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tocsin.foundation import StorageError

_PRIVATE = 0o600


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that takes the place of `path` when the block ends without an error.

    Readable by its owner alone (0600), whatever stood there before.

    Raises:
        StorageError: when the folder cannot be written or the disk is full; what stood at `path`
            is untouched then.
    """
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name[:50]}.", suffix=".part", dir=path.parent
        )
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), _PRIVATE)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written: {error.strerror or error}",
            hint="check the folder, its rights and the space left",
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()

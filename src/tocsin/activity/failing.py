"""DuckDB's ways to stop under the names that the rest of Tocsin knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from tocsin.foundation import StorageError

_INTERRUPTED: Final = "Query interrupted"


@contextmanager
def asking() -> Iterator[None]:
    """Turn what a query raises into what a command shows; a function may wear it.

    Raises:
        KeyboardInterrupt: for Ctrl-C, which DuckDB reports as a plain RuntimeError.
        StorageError: when memory or disk are too small.
    """
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise StorageError(
            f"the query needs more memory: {str(error).splitlines()[0]}",
            hint="free memory or disk; where --memory is an option, give more",
        ) from error
    except duckdb.IOException as error:
        raise StorageError(
            f"the dataset cannot be read or written: {str(error).splitlines()[0]}",
            hint="check the disk; `tocsin load` the source again whose file is damaged",
        ) from error
    except RuntimeError as error:
        if str(error) == _INTERRUPTED:
            raise KeyboardInterrupt from error
        raise

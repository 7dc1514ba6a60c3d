"""The Parquet files below a home, the manifest that says which of them count, DuckDB over both.

activity/loads/<digest>.json                             one for each source; what it names, counts
activity/posts/network=…/month=…/<digest>-<n>.parquet     ads alike; `unknown` where it is
activity/.staging/<digest>/                              under way; a crash leaves it, nobody reads
activity/.staging/spill-<process>-<n>/                   what a query did not hold in memory
activity/.lock                                           held by the one process that adds
"""

import os
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Final

import duckdb
import msgspec

from tocsin.activity.memory import usual_mb
from tocsin.activity.schema import ADS, POSTS
from tocsin.foundation import StorageError

_FOLDER: Final = "activity"
_SCHEMAS: Final = {"posts": POSTS, "ads": ADS}
SPILL: Final = re.compile(r"spill-(\d+)-\d+")
"""Where a connection spills. Its name is its own: DuckDB's files in it have the same names in every
process, and two that shared a folder would overwrite each other's."""
_CONNECTIONS: Final = count()
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_SQL_TYPES: Final = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "list<item: string>": "VARCHAR[]",
    "list<element: string>": "VARCHAR[]",
    "decimal128(18, 4)": "DECIMAL(18,4)",
}


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """One source that is in the dataset.

    Attributes:
        digest: SHA-256 of its bytes.
        number: counts the loads of a dataset from 1; 0 where a version before numbers loaded it.
        files: relative to the dataset's folder.
        new, known: rows that it added, and rows that other sources had brought before.
        report: what was told about the file when it was loaded.
    """

    digest: str
    number: int = 0
    name: str
    format: str
    by: str
    at: str
    files: tuple[str, ...] = ()
    new: int = 0
    known: int = 0
    report: dict[str, object] = {}


class Dataset:
    """The activity of one node.

    Attributes:
        folder: of the dataset, `<home>/activity`; it need not be there yet.
        memory_mb: what a query may hold before it spills; None for half of the machine.
    """

    def __init__(self, home: Path, *, memory_mb: int | None = None) -> None:
        self.folder = home / _FOLDER
        self.memory_mb = memory_mb

    def load_file(self, digest: str) -> Path:
        """Return where the manifest keeps a source."""
        if not _DIGEST.fullmatch(digest):
            raise StorageError(f"{digest!r} is no SHA-256", hint="report this as a bug")
        return self.folder / "loads" / f"{digest}.json"

    def staging(self, digest: str) -> Path:
        """Return where a source is made ready."""
        return self.folder / ".staging" / digest

    def find(self, digest: str) -> Load | None:
        """Return the source of these bytes, None when it was not loaded.

        Raises:
            StorageError: when the manifest is damaged.
        """
        path = self.load_file(digest)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Load)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise StorageError(
                f"{path}: cannot be read: {error}", hint="remove it and load its source again"
            ) from error

    def loads(self) -> tuple[Load, ...]:
        """Return every source, by digest."""
        found = [self.find(path.stem) for path in sorted((self.folder / "loads").glob("*.json"))]
        return tuple(each for each in found if each is not None)

    def files(self, table: str = "posts") -> tuple[Path, ...]:
        """Return the files of a table that count, in a stable order."""
        named = (name for load in self.loads() for name in load.files)
        return tuple(self.folder / name for name in sorted(named) if name.startswith(f"{table}/"))

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB with the views `posts`, `accounts` and `ads`; close it after use."""
        connection = self.open_duckdb()
        for table in _SCHEMAS:
            connection.execute(f"CREATE VIEW {table} AS {relation(table, self.files(table))}")
        connection.execute(ACCOUNTS)
        return connection

    def open_duckdb(self) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB without any view that spills below the dataset; close it after use."""
        spill = f"spill-{os.getpid()}-{next(_CONNECTIONS)}"
        return open_duckdb(self.folder / ".staging" / spill, self.memory_mb)


ACCOUNTS: Final = """
CREATE VIEW accounts AS
SELECT platform, account, arg_max(handle, time) AS handle, arg_max(name, time) AS name,
       min(account_created) AS created, max(followers) AS followers,
       min(time) AS first_post, max(time) AS last_post, count(*) AS posts
FROM posts GROUP BY ALL
"""


def open_duckdb(
    spill: Path | None = None, memory_mb: int | None = None
) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB that fetches nothing from anywhere and spills into a folder.

    Args:
        memory_mb: what it may hold before it spills; None for half of the machine.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
        "memory_limit": f"{memory_mb or usual_mb()}MiB",
    }
    if spill is not None:
        settings["temp_directory"] = str(spill)
    return duckdb.connect(":memory:", config=settings)


def relation(table: str, files: Sequence[Path], *, origin: str | None = None) -> str:
    """Return SQL that reads files of a table; without files it has the columns and no rows.

    Columns that a file lacks are null: the schema may grow.

    Args:
        origin: name of a column more, with the name of each row's file.
    """
    schema = _SCHEMAS[table]
    empty = ", ".join(f"NULL::{_SQL_TYPES[str(each.type)]} AS {each.name}" for each in schema)
    source = f", NULL::VARCHAR AS {origin}" if origin else ""
    nothing = f"SELECT {empty}{source} WHERE false"
    if not files:
        return nothing
    listed = ", ".join(quoted(str(each)) for each in files)
    parsed = f" EXCLUDE filename, parse_filename(filename) AS {origin}" if origin else ""
    named = ", filename = true" if origin else ""
    return (
        f"{nothing} UNION ALL BY NAME SELECT *{parsed} FROM "
        f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true{named})"
    )


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"

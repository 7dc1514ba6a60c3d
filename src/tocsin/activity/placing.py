"""From staged rows to files of the dataset: nothing twice, by network and month.

Rows are compared by the columns that tell them apart, with the stored rows of the same networks and
days; only then the whole rows are read, once.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from tocsin.activity.dataset import Dataset, quoted, relation
from tocsin.activity.failing import asking
from tocsin.activity.partitions import UNKNOWN, Partitions, month_of, network_of
from tocsin.vault.files import sync_folder

_KEYS: Final = {"posts": "post", "ads": "ad"}
# What tells two rows of one post apart: tables of shares give it a row for each thing shared.
# Figures such as likes do not: an export of the next day is the same post.
_DIFFERS: Final = {"posts": ("object", "text_key", "urls", "hashtags", "media"), "ads": ()}
_TIMES: Final = {"posts": "time", "ads": "started"}
_DAY_S: Final = 86_400
_BATCH: Final = 16_384

# Narrow on purpose: of the rows only what tells them apart is held.
_FIRST_OF_EACH: Final = """
CREATE TABLE fresh AS
SELECT file_row_number AS nr FROM {rows} WHERE {key} IS NULL
UNION ALL
SELECT arg_min(file_row_number, (coalesce({time}, 9223372036854775807), file_row_number))
FROM {rows} WHERE {key} IS NOT NULL GROUP BY {same}
"""
_KNOWN: Final = """
DELETE FROM fresh WHERE nr IN (
    SELECT s.file_row_number FROM {rows} s
    WHERE s.{key} IS NOT NULL AND EXISTS (
        SELECT 1 FROM ({before}) b WHERE b.{key} = s.{key} AND {equal} AND {near}))
"""


@frozen
class Placed:
    """What became of staged rows.

    Attributes:
        total: how many there were; new: how many of them are in `files`.
        files: relative to the dataset's folder.
    """

    total: int
    new: int
    files: tuple[str, ...]


@asking()
def place(dataset: Dataset, table: str, staged: Path, target: Path, prefix: str) -> Placed:
    """Put the staged rows that no other source brought beside the files that count.

    Args:
        staged: one Parquet file with columns of the schema.
        target: an empty folder on the dataset's disk, where files are made.
        prefix: of their names.
    """
    total = pq.read_metadata(staged).num_rows
    rows = f"read_parquet({quoted(str(staged))}, file_row_number = true)"
    with dataset.open_duckdb() as connection:
        connection.execute(_FIRST_OF_EACH.format(**_terms(table), rows=rows))
        _drop_known(connection, dataset, table, rows)
        is_new = np.zeros(total, np.bool_)
        for batch in connection.sql("SELECT nr FROM fresh").to_arrow_reader(1 << 20):
            is_new[batch["nr"].to_numpy()] = True
    made = _written(staged, is_new, target, prefix, _TIMES[table])
    names = [str(Path(table) / path.relative_to(target)) for path in made]
    for path, name in zip(made, names, strict=True):
        final = dataset.folder / name
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(final)
    _keep_through_a_power_cut(dataset.folder, names)
    return Placed(total, int(is_new.sum()), tuple(names))


def _written(
    staged: Path, is_new: NDArray[np.bool_], target: Path, prefix: str, time: str
) -> tuple[Path, ...]:
    file = pq.ParquetFile(staged)
    with Partitions(target, file.schema_arrow, prefix=prefix, time=time) as partitions:
        done = 0
        for batch in file.iter_batches(_BATCH):
            wanted = is_new[done : done + batch.num_rows]
            done += batch.num_rows
            if wanted.any():
                partitions.add(pa.Table.from_batches([batch]).filter(pa.array(wanted)))
        return partitions.finish()


def _drop_known(
    connection: duckdb.DuckDBPyConnection, dataset: Dataset, table: str, rows: str
) -> None:
    """Take out of `fresh` what the dataset has, looking only where the same rows can be.

    Two exports that take a time for another zone's tell the same post up to a day apart.
    """
    terms = _terms(table)
    time, keyed = terms["time"], f"FROM {rows} WHERE {terms['key']} IS NOT NULL"
    platforms = connection.execute(f"SELECT DISTINCT platform {keyed}").fetchall()
    days = [day for (day,) in connection.execute(f"SELECT DISTINCT {time} // {_DAY_S} {keyed}")
            .fetchall()]  # fmt: skip
    networks = {network_of(each) for (each,) in platforms}
    # A row without a time may be any day's; a stored one without a time, any row's.
    is_anywhen = None in days
    known = [day for day in days if day is not None]
    months = {month_of((day + by) * _DAY_S) for day in known for by in (-1, 0, 1)} | {UNKNOWN}
    files = [
        path
        for path in dataset.files(table)
        if _part(path, -3) in networks and (is_anywhen or _part(path, -2) in months)
    ]
    if not files:
        return
    near = "true"
    if not is_anywhen:
        first, last = (min(known) - 1) * _DAY_S, (max(known) + 2) * _DAY_S
        near = f"(b.{time} BETWEEN {first} AND {last} OR b.{time} IS NULL)"
    before = relation(table, files)
    connection.execute(_KNOWN.format(**terms, rows=rows, before=before, near=near))


def _part(path: Path, at: int) -> str:
    return path.parts[at].partition("=")[2]


def _terms(table: str) -> dict[str, str]:
    key = _KEYS[table]
    same = ("platform", *_DIFFERS[table])
    return {
        "key": key,
        "time": _TIMES[table],
        "same": ", ".join((key, *same)),
        "equal": " AND ".join(f"b.{each} IS NOT DISTINCT FROM s.{each}" for each in same),
    }


def _keep_through_a_power_cut(folder: Path, names: Iterable[str]) -> None:
    """Bring files, and the folders that name them, to the disk before a manifest names them."""
    folders = {folder}
    for name in names:
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())
        folders.update(folder / each for each in Path(name).parents)
    for each in sorted(folders):
        sync_folder(each)

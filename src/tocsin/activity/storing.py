"""A source on its way into the dataset: staged in batches, compared, placed, then told of.

Only the manifest's entry makes files count, and it is written last: whatever stops before leaves
the dataset as it was, and doing it again ends as if nothing had stopped.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from attrs import frozen
from numpy.typing import NDArray

from tocsin.activity.dataset import Dataset, Load, quoted
from tocsin.activity.failing import asking
from tocsin.activity.links import link_of
from tocsin.activity.placing import place
from tocsin.activity.schema import ADS, POSTS, Ad, Post
from tocsin.activity.writing import only_writer
from tocsin.foundation import Closing, StorageError
from tocsin.vault.files import write_atomically

_ROWS: Final = 65_536
_GROUP_BYTES: Final = 16 * 2**20
_SCHEMAS: Final = {"posts": POSTS, "ads": ADS}
_ADDRESSES: Final = {"posts": "urls", "ads": "landing_urls"}


@frozen
class Stored:
    """What became of a source.

    Attributes:
        new: rows that it adds; known: rows that are there already, or stood before in the source.
        files: relative to the dataset's folder.
    """

    new: int
    known: int
    files: tuple[str, ...]


class Staging(Closing):
    """Rows of one source, on disk but not yet in the dataset; use it as a context manager."""

    def __init__(self, dataset: Dataset, digest: str) -> None:
        self._dataset = dataset
        self._digest = digest
        self._folder = dataset.staging(digest)
        self._writers: dict[str, pq.ParquetWriter] = {}
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            # The mode of `mkdir` is for the last folder alone, and all below are in this one.
            dataset.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise StorageError(
                f"{self._folder}: cannot be made: {error.strerror}", hint="check the home"
            ) from error

    def add(self, rows: Iterable[Post | Ad]) -> None:
        """Write records; those of one call are of one kind."""
        listed = list(rows)
        if not listed:
            return
        table = "ads" if isinstance(listed[0], Ad) else "posts"
        given = [name for name in _SCHEMAS[table].names if name not in ("links", "domains")]
        columns = {
            name: pa.array([getattr(row, name) for row in listed], _SCHEMAS[table].field(name).type)
            for name in given
        }
        self.add_table(pa.table(columns), table)

    def add_table(self, rows: pa.Table, table: str = "posts") -> None:
        """Write a table with columns of the schema; those that it lacks are null."""
        whole = _complete(rows, table)
        # Whoever reads a group holds it whole: long texts make it short.
        of_bytes = whole.num_rows * _GROUP_BYTES // max(whole.nbytes, 1)
        try:
            if table not in self._writers:
                self._writers[table] = pq.ParquetWriter(
                    self._staged(table), whole.schema, compression="zstd"
                )
            self._writers[table].write_table(whole, row_group_size=min(_ROWS, max(of_bytes, 1)))
        except OSError as error:
            raise StorageError(
                f"{self._staged(table)}: cannot be written: {error}", hint="check the disk"
            ) from error

    @asking()
    def busiest(self) -> tuple[str, int, int] | None:
        """Return the account with most posts, how many, and of how many; after `finish` too."""
        self._close_writers()
        if not self._staged("posts").exists():
            return None
        with self._dataset.open_duckdb() as connection:
            posts = f"read_parquet({quoted(str(self._staged('posts')))})"
            return connection.execute(
                f"SELECT account, count(*) AS n, sum(n) OVER () FROM {posts} "
                "GROUP BY account ORDER BY n DESC, account LIMIT 1"
            ).fetchone()

    def finish(self) -> Stored:
        """Place what is new beside the files that count; `Dataset` does not see it yet."""
        self._close_writers()
        new, known = 0, 0
        files: list[str] = []
        for table in self._writers:
            target = self._folder / "placed" / table
            target.mkdir(parents=True)
            placed = place(self._dataset, table, self._staged(table), target, self._digest[:16])
            new, known = new + placed.new, known + placed.total - placed.new
            files += placed.files
        return Stored(new, known, tuple(sorted(files)))

    def commit(self, load: Load) -> None:
        """Make the source part of the dataset, with the next number."""
        before = max((each.number for each in self._dataset.loads()), default=0)
        load = msgspec.structs.replace(load, number=before + 1)
        path = self._dataset.load_file(load.digest)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, msgspec.json.encode(load))

    def close(self) -> None:
        """Remove what was staged."""
        self._close_writers()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _close_writers(self) -> None:
        for writer in self._writers.values():
            if writer.is_open:
                writer.close()

    def _staged(self, table: str) -> Path:
        return self._folder / f"{table}.parquet"


def store(dataset: Dataset, load: Load, tables: Iterable[pa.Table], table: str = "posts") -> Stored:
    """Put tables with columns of the schema into the dataset as one source.

    Args:
        load: `digest`, `name` and so on; its files and counts are filled in here. A digest that
            the dataset has adds nothing.
    """
    if (before := dataset.find(load.digest)) is not None:
        return Stored(0, before.new + before.known, ())
    with only_writer(dataset, by=load.by, at=load.at), Staging(dataset, load.digest) as staging:
        for each in tables:
            staging.add_table(each, table)
        stored = staging.finish()
        staging.commit(
            msgspec.structs.replace(load, files=stored.files, new=stored.new, known=stored.known)
        )
    return stored


def _complete(rows: pa.Table, table: str) -> pa.Table:
    """Return rows with every column of the schema, addresses turned into links and domains."""
    schema = _SCHEMAS[table]
    addresses = _ADDRESSES[table]
    given = {name: rows[name] for name in rows.column_names if name in schema.names}
    if addresses in given:
        given["links"], given["domains"] = _derived(given[addresses].cast(pa.list_(pa.string())))
    nothing = {each.name: pa.nulls(rows.num_rows, each.type) for each in schema}
    return pa.table({**nothing, **given}).select(schema.names).cast(schema)


def _derived(urls: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Return links and domains of lists of addresses; each distinct address is read once."""
    whole = urls.combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks) if whole.num_chunks else pa.array([], urls.type)
    coded = pc.list_flatten(whole).dictionary_encode()
    read = [link_of(each) if each is not None else None for each in coded.dictionary.to_pylist()]
    owners = pc.list_parent_indices(whole)
    links, domains = (
        _regrouped([each[at] if each else None for each in read], coded, owners, len(whole))
        for at in (0, 1)
    )
    return links, domains


def _regrouped(
    names: list[str | None], coded: pa.DictionaryArray, owners: pa.Array, rows: int
) -> pa.Array:
    values = pa.array(names, pa.string()).take(coded.indices)
    kept = pc.is_valid(values)
    counts = _counts(owners.filter(kept), rows)
    return pa.ListArray.from_arrays(pa.array(counts, pa.int32()), values.filter(kept))


def _counts(owners: pa.Array, rows: int) -> NDArray[np.int64]:
    """Return the offsets of lists whose values belong to `owners`, in ascending order."""
    sizes = np.bincount(owners.to_numpy(zero_copy_only=False), minlength=rows)
    offsets: NDArray[np.int64] = np.concatenate(([0], np.cumsum(sizes)))
    return offsets

"""Results in a folder: every edge with its evidence, groups, networks, and what to go on from."""

import csv
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tocsin.detect.coordination.arrays import Int64s
from tocsin.detect.coordination.detection import Detection
from tocsin.detect.coordination.evidence import Evidence
from tocsin.detect.coordination.graphs import write_gexf, write_graphml
from tocsin.detect.coordination.weighing import Weighed
from tocsin.detect.coordination.windowed import windows_of
from tocsin.foundation import JsonObject, Progress, written_out

EDGES: Final = "edges.parquet"
SHARES: Final = "shares.parquet"
SUMMARY: Final = "summary.json"
REPORT: Final = "report.html"

_GROUP_COLUMNS: Final = (
    "group", "account", "pairs", "shares", "group_objects", "q_value", "stability", "explained_by",
)  # fmt: skip
_MEETINGS_AT_ONCE: Final = 5_000_000
_FORMULA: Final = ("=", "+", "-", "@", "|", "%")


def write_results(
    found: Detection,
    summary: JsonObject,
    folder: Path,
    progress: Progress,
    page: str = "",
    weighed: Sequence[Weighed] = (),
) -> tuple[Path, ...]:
    """Write everything about a run into `folder`, each file whole or not at all.

    Args:
        page: an HTML report to put beside the rest, where there is one.
        weighed: what is said of the groups besides, in their order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writers = (
        (EDGES, _write_edges),
        (SHARES, _write_shares),
        ("groups.csv", partial(_write_groups, weighed=weighed)),
        ("network.graphml", write_graphml),
        ("network.gexf", write_gexf),
    )
    texts = {SUMMARY: json.dumps(summary, indent=2) + "\n"} | ({REPORT: page} if page else {})
    with progress.task("writing results", len(writers) + len(texts)) as advance:
        for name, write in writers:
            with whole_file(folder / name) as place:
                write(found, place)
            advance()
        for name, text in texts.items():
            with whole_file(folder / name) as place:
                place.write_text(text, encoding="utf-8")
            advance()
    return tuple(folder / name for name in (*(name for name, _ in writers), *texts))


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a place beside `target` that takes its name when all went well, and goes otherwise."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    place = Path(name)
    try:
        yield place
        place.replace(target)
    finally:
        place.unlink(missing_ok=True)


def _write_edges(found: Detection, place: Path) -> None:
    group = np.full(len(found.edges), -1, np.int64)
    for number, each in enumerate(found.groups, 1):
        group[each.edges] = number
    schema = _edge_table(found, np.empty(0, np.int64), group).schema
    with pq.ParquetWriter(place, schema, compression="zstd") as writer:
        for piece in _pieces(found):
            writer.write_table(_edge_table(found, piece, group))


def _pieces(found: Detection) -> Iterator[Int64s]:
    """Cut the edges so that no piece has more meetings than fit in memory at once."""
    piece = np.cumsum(found.edges.n, dtype=np.int64) // _MEETINGS_AT_ONCE
    borders = np.flatnonzero(np.diff(piece)) + 1
    yield from np.split(np.arange(len(found.edges)), borders)


def _edge_table(found: Detection, places: Int64s, group: Int64s) -> pa.Table:
    shares, edges = found.shares, found.edges.where(places)
    evidence = Evidence.of(shares, edges, found.settings.window_s)
    tests = found.tests

    def values(column: object, kind: pa.DataType) -> pa.Array:
        return pa.nulls(len(edges), kind) if column is None else pa.array(column, kind)

    return pa.table(
        {
            "account_a": shares.accounts.take(pa.array(edges.a)),
            "account_b": shares.accounts.take(pa.array(edges.b)),
            "window_s": windows_of(edges, found.settings.window_s),
            "objects": edges.n,
            "lag_least_s": evidence.lag_least,
            "lag_median_s": evidence.lag_median,
            "a_first": evidence.a_first,
            "b_first": evidence.b_first,
            "together": evidence.together,
            "contents_a": values(evidence.contents_a, pa.int32()),
            "contents_b": values(evidence.contents_b, pa.int32()),
            "symmetry": values(evidence.symmetry, pa.float64()),
            "expected": values(tests and tests.expected[places], pa.float64()),
            "p_value": values(tests and tests.p_value[places], pa.float64()),
            "q_value": values(tests and tests.q_value[places], pa.float64()),
            "group": pa.array(group[places], mask=group[places] < 0),
        }
    )


def _write_shares(found: Detection, place: Path) -> None:
    shares = found.shares
    columns = {
        "account": pa.DictionaryArray.from_arrays(pa.array(shares.acc), shares.accounts),
        "object": pa.DictionaryArray.from_arrays(pa.array(shares.obj), shares.objects),
        "time": pa.array(shares.ts),
    }
    settings = found.settings
    about = {
        "window_s": settings.window_s,
        "windows": [*settings.every_window],
        "least": settings.least,
        "first_only": shares.first_only,
        "rows": shares.rows,
    }
    table = pa.table(columns).replace_schema_metadata({"tocsin": json.dumps(about)})
    pq.write_table(table, place, compression="zstd")


def _write_groups(found: Detection, place: Path, *, weighed: Sequence[Weighed]) -> None:
    shares = found.shares
    counts = np.bincount(shares.acc, minlength=shares.n_accounts)
    tied = [found.edges.where(group.edges) for group in found.groups]
    ends = [each for edges in tied for each in (edges.a, edges.b)]
    pairs = np.bincount(np.concatenate([np.empty(0, np.int32), *ends]), minlength=len(counts))
    with place.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(_GROUP_COLUMNS)
        for number, group in enumerate(found.groups, 1):
            q_value = found.q_of(group)
            said = weighed[number - 1] if number <= len(weighed) else Weighed()
            labels = shares.accounts.take(pa.array(group.accounts)).to_pylist()
            for label, account in zip(labels, group.accounts, strict=True):
                rows.writerow(
                    [
                        number,
                        harmless(str(label)),
                        pairs[account],
                        counts[account],
                        len(group.objects),
                        "not tested" if q_value is None else q_value,
                        "" if said.stability is None else round(said.stability, 4),
                        "; ".join(said.fitting),
                    ]
                )


def harmless(text: str) -> str:
    """Return text for a cell: hidden characters written out, no formula (CWE-1236)."""
    shown = written_out(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown

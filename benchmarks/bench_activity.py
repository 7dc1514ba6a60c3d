"""Loading activity: posts a second into the dataset, beside others that only read the same file.

Aims: a day on top of a month costs what the day costs; memory does not grow with the file. Reading
names every flaw and keeps every digit, in Python; storing compares with what is there, derives
links and parts rows, and takes twice as long as reading. Others do neither.
"""

import importlib.util
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import Measured, clock_starts, machine, measure, print_rows

POSTS = 1_000_000
DAY = 50_000
_START = 1_714_521_600  # 2024-05-01
_DAYS = 30
_COLUMNS = ("platform", "post", "account", "time", "text", "urls", "hashtags", "repost_of")
_RUNS = 1


def rows(count: int, first: int, start: int, days: int) -> list[dict[str, object]]:
    """Invented posts: pages of a Zipf-like popularity, ids past 2^53, a fifth of them reposts."""
    chance = random.Random(first)
    words = [f"w{at}" for at in range(5_000)]
    made = []
    for at in range(first, first + count):
        page = int(chance.paretovariate(0.9)) % 100_000
        made.append(
            {
                "post": str(1_790_000_000_000_000_000 + at),
                "account": str(10**15 + chance.randrange(50_000)),
                "time": start + chance.randrange(days * 86_400),
                "text": " ".join(chance.choices(words, k=15)),
                "url": f"https://site{page % 997}.example/story/{page}",
                "tag": f"tag{page % 300}",
                "repost_of": str(1_790_000_000_000_000_000 + page) if at % 5 == 0 else "",
            }
        )
    return made


def write_csv(
    path: Path, count: int, first: int = 0, start: int = _START, days: int = _DAYS
) -> None:
    """A table as 4CAT and spreadsheets have it."""
    with path.open("w", encoding="utf-8") as out:
        out.write(",".join(_COLUMNS) + "\n")
        for row in rows(count, first, start, days):
            out.write(
                f"twitter,{row['post']},{row['account']},{row['time']},{row['text']},{row['url']},"
                f"{row['tag']},{row['repost_of']}\n"
            )


def write_jsonl(path: Path, count: int) -> None:
    """Posts as `twarc2 flatten` writes them."""
    with path.open("w", encoding="utf-8") as out:
        for row in rows(count, 0, _START, _DAYS):
            post: dict[str, object] = {
                "id": row["post"],
                "author_id": row["account"],
                "created_at": row["time"],
                "text": row["text"],
                "lang": "en",
                "entities": {
                    "urls": [{"expanded_url": row["url"]}],
                    "hashtags": [{"tag": row["tag"]}],
                },
                "public_metrics": {"retweet_count": 1, "reply_count": 2, "like_count": 3},
            }
            if row["repost_of"]:
                post["referenced_tweets"] = [{"type": "retweeted", "id": row["repost_of"]}]
            out.write(json.dumps(post) + "\n")


def load(path: str) -> tuple[int, str]:
    """Load a file into an empty dataset."""
    return _loaded(Path(tempfile.mkdtemp()), Path(path))


def load_onto(home: str, path: str) -> tuple[int, str]:
    """Load a day onto a month."""
    copy = Path(tempfile.mkdtemp())
    shutil.copytree(home, copy, dirs_exist_ok=True)
    return _loaded(copy, Path(path))


def _loaded(home: Path, path: Path) -> tuple[int, str]:
    from tocsin.activity import Dataset
    from tocsin.foundation import SystemClock
    from tocsin.intake.activity import load_files

    try:
        clock_starts()
        report = load_files([path], Dataset(home), by="bench", clock=SystemClock())
        return sum(file.kept for file in report.files), f"{report.new:,} new"
    finally:
        shutil.rmtree(home)


def read_only(path: str) -> tuple[int, str]:
    """Our reader alone: posts, and nothing stored."""
    from tocsin.intake.activity import Notes, activity_reader_named

    reader = activity_reader_named("table" if path.endswith(".csv") else "twarc")
    clock_starts()
    with Path(path).open("rb") as stream:
        count = sum(1 for _ in reader.read(stream, Notes(now=2**31)))
    return count, "nothing stored"


def by_pyarrow(path: str) -> tuple[int, str]:
    """The floor: pyarrow reads the file and writes it as Parquet."""
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet as pq

    read = pyarrow.csv.read_csv if path.endswith(".csv") else pyarrow.json.read_json
    clock_starts()
    table = read(path)
    pq.write_table(table, f"{path}.parquet", compression="zstd")
    return len(table), "no checks, all in memory"


def by_duckdb(path: str) -> tuple[int, str]:
    """The floor: DuckDB reads the file and writes it as Parquet."""
    import duckdb

    read = "read_csv" if path.endswith(".csv") else "read_json"
    with duckdb.connect() as connection:
        clock_starts()
        found = connection.execute(
            f"COPY (FROM {read}('{path}')) TO '{path}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
    return int(found[0]) if found else 0, "no checks"


def by_polars(path: str) -> tuple[int, str]:
    """The floor: Polars reads the file and writes it as Parquet."""
    import polars

    clock_starts()
    frame = polars.read_csv(path) if path.endswith(".csv") else polars.read_ndjson(path)
    frame.write_parquet(f"{path}.parquet")
    return len(frame), "no checks, all in memory"


def has_polars() -> bool:
    """Whether `make bench` has installed it."""
    return importlib.util.find_spec("polars") is not None


def _row(source: str, what: str, measured: Measured) -> list[str]:
    return [
        source,
        what,
        f"{measured.units:,}",
        f"{measured.rate:,.0f}",
        f"{measured.cpu_s:.2f}",
        f"{measured.wall_s:.2f}",
        f"{measured.peak_mb:.0f}",
        measured.note,
    ]


def main() -> None:
    """Measure and print the table; a count as argument makes it smaller."""
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else POSTS
    work: list[tuple[str, Callable[..., tuple[int, str]]]] = [
        ("tocsin load", load),
        ("tocsin: reader alone", read_only),
        ("pyarrow", by_pyarrow),
        ("DuckDB", by_duckdb),
    ]
    if has_polars():
        work.append(("Polars", by_polars))
    table: list[list[str]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_csv(folder / "month.csv", posts)
        write_jsonl(folder / "month.jsonl", posts)
        write_csv(folder / "day.csv", DAY, posts, _START + _DAYS * 86_400, 1)
        for name in ("month.csv", "month.jsonl"):
            for what, run in work:
                measured = measure(run, str(folder / name), runs=_RUNS)
                table.append(_row(name, what, measured))
        home = folder / "home"
        _kept(home, folder / "month.csv")
        measured = measure(load_onto, str(home), str(folder / "day.csv"), runs=_RUNS)
        table.append(_row("day.csv", f"tocsin load onto {posts:,}", measured))
        measured = measure(load, str(folder / "day.csv"), runs=_RUNS)
        table.append(_row("day.csv", "tocsin load onto nothing", measured))
    header = ("file", "what", "posts", "posts/CPU-s", "CPU s", "wall s", "peak MB", "note")
    print_rows(f"Loading {posts:,} posts\n\n{machine()}; a fresh process each", header, table)


def _kept(home: Path, path: Path) -> None:
    from tocsin.activity import Dataset
    from tocsin.foundation import SystemClock
    from tocsin.intake.activity import load_files

    load_files([path], Dataset(home), by="bench", clock=SystemClock())


if __name__ == "__main__":
    main()

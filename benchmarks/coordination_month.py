"""An invented month of shares to measure detection on: popular objects, viral links, a few groups.

Zipf popularity inside 64 topics, accounts that mostly keep to one topic, delays of hours after an
object appears, day and night, links that thousands share within minutes, and planted groups that
share within a minute. Repeatable under its seed; sorted by time, as exports are.

    python benchmarks/coordination_month.py 1000000 month.parquet [SEED]
"""

import sys
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

DAYS: Final = 30

_SECONDS: Final = DAYS * 86_400
_START: Final = 1_700_000_000
_TOPICS: Final = 64
_OWN_TOPIC: Final = 0.6
_AT_ONCE: Final = 5_000_000

Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]
"""Account, object, second of the month."""


def write_month(rows: int, place: Path, seed: int = 1) -> None:
    """Write a month of `rows` shares as Parquet with account, object and time."""
    random = np.random.default_rng(seed)
    accounts, objects = max(rows // 20, 100), (rows // 5 // _TOPICS + 1) * _TOPICS
    planted = [*_viral(random, rows, accounts, objects), *_groups(random, rows, accounts, objects)]
    left = rows - sum(len(each[0]) for each in planted)
    columns = [*_everyday(random, left, accounts, objects), *planted]
    account, obj, second = (np.concatenate([each[k] for each in columns]) for k in range(3))
    del columns, planted
    order = np.argsort(second, kind="stable").astype(np.int32)
    schema = pa.schema({"account": pa.int64(), "object": pa.int64(), "time": pa.int64()})
    with pq.ParquetWriter(place, schema, compression="zstd") as writer:
        for start in range(0, rows, _AT_ONCE):
            part = order[start : start + _AT_ONCE]
            times = second[part].astype(np.int64) + _START
            values = [account[part].astype(np.int64), obj[part].astype(np.int64), times]
            writer.write_table(pa.table(values, schema=schema), row_group_size=1_000_000)


def _everyday(random: np.random.Generator, rows: int, accounts: int, objects: int) -> list[Columns]:
    """Shares of people: mostly in their own topic, hours after an object appears."""
    activity = np.cumsum(random.lognormal(0, 1.3, accounts))
    topics = np.cumsum(1.0 / np.arange(1, _TOPICS + 1))
    own = np.searchsorted(topics, random.random(accounts) * topics[-1]).astype(np.int32)
    popularity = np.cumsum((np.arange(objects // _TOPICS) + 10.0) ** -1.05)
    appeared = random.uniform(-3 * 86_400, _SECONDS, objects)
    clock = _day_and_night()
    made = []
    for start in range(0, rows, _AT_ONCE):
        n = min(_AT_ONCE, rows - start)
        account = np.searchsorted(activity, random.random(n) * activity[-1])
        anywhere = np.searchsorted(topics, random.random(n) * topics[-1])
        topic = np.where(random.random(n) < _OWN_TOPIC, own[account], anywhere)
        rank = np.searchsorted(popularity, random.random(n) * popularity[-1])
        obj = rank * _TOPICS + topic
        at = appeared[obj] + 10_800 * np.exp(1.6 * random.standard_normal(n))
        outside = (at < 0) | (at >= _SECONDS) | (random.random(n) < 0.2)
        at = np.where(outside, random.random(n) * _SECONDS, at)
        at = np.interp(at, np.linspace(0, _SECONDS, len(clock)), clock)
        made.append((account.astype(np.int32), obj.astype(np.int32), at.astype(np.int32)))
    return made


def _day_and_night() -> NDArray[np.float64]:
    grid = np.arange(0, _SECONDS + 1, 300)
    busy = 1 + 0.8 * np.sin(2 * np.pi * (grid / 86_400 - 0.3))
    reached = np.concatenate([[0], np.cumsum((busy[1:] + busy[:-1]) / 2)])
    return np.interp(np.linspace(0, 1, len(grid)), reached / reached[-1], grid)


def _viral(random: np.random.Generator, rows: int, accounts: int, objects: int) -> list[Columns]:
    """New links that hundreds to thousands share within minutes."""
    made = []
    for k in range(max(3, rows // 200_000)):
        n = int(np.clip(random.lognormal(np.log(2000), 0.6), 300, 10_000))
        n = min(n, accounts // 4, rows // 50)
        who = random.choice(accounts, n, replace=False)
        at = random.uniform(3_600, _SECONDS - 7_200) + random.gamma(2.0, 150.0, n)
        made.append(_columns(who, objects + k, np.minimum(at, _SECONDS - 1)))
    return made


def _groups(random: np.random.Generator, rows: int, accounts: int, objects: int) -> list[Columns]:
    """Groups of 10 to 50 accounts; each push is a link of their own or a popular one."""
    made = []
    for group in range(max(2, rows // 100_000)):
        members = random.choice(
            accounts, min(int(random.integers(10, 51)), accounts), replace=False
        )
        taking_part = random.uniform(0.3, 0.9)
        for push in range(int(random.integers(20, 61))):
            who = members[random.random(len(members)) < taking_part]
            own = objects + 10_000 + group * 100 + push
            obj = own if random.random() < 0.5 else int(random.integers(0, 20 * _TOPICS))
            at = random.uniform(0, _SECONDS - 100) + random.uniform(0, 60, len(who))
            made.append(_columns(who, obj, at))
    return made


def _columns(who: NDArray[np.int64], obj: int, at: NDArray[np.float64]) -> Columns:
    return who.astype(np.int32), np.full(len(who), obj, np.int32), at.astype(np.int32)


if __name__ == "__main__":
    write_month(int(float(sys.argv[1])), Path(sys.argv[2]), *map(int, sys.argv[3:4]))

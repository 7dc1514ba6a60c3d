"""Families of texts as a trace that coordination reads."""

import random

import pyarrow as pa
import pytest

from tests.unit.detect.texts.corpora import article, edited
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.texts import text_families
from tocsin.foundation import BadInputError, NoProgress

# ruff: noqa: S311 - the draws must be repeatable


def posts(rows: list[tuple[str, str, int]]) -> pa.Table:
    accounts, texts, times = zip(*rows, strict=True)
    return pa.table({"account": accounts, "text": texts, "time": pa.array(times, pa.int64())})


ROWS = [
    *[(f"crew{at}", edited(article(said), by=at), 100 * said + at) for said in range(4)
      for at in range(3)],
    *[(f"lone{at}", article(50 + at), 10 * at) for at in range(30)],
    *[(f"kind{at}", "Good morning!", at) for at in range(9)],
]  # fmt: skip


def test_only_texts_in_a_family_are_traced_as_they_stood() -> None:
    found = text_families(posts(ROWS), NoProgress())
    assert found["account"].to_pylist() == [account for account, _, _ in ROWS[:12]]
    assert found["time"].to_pylist() == [time for _, _, time in ROWS[:12]]
    assert found["content"].to_pylist() == [*range(12)]
    assert len(set(found["object"].to_pylist())) == 4


def test_a_family_has_the_same_name_in_any_order() -> None:
    mixed = random.Random(4).sample(ROWS, len(ROWS))
    one, other = (text_families(posts(each), NoProgress()) for each in (ROWS, mixed))
    assert dict(zip(one["time"].to_pylist(), one["object"].to_pylist(), strict=True)) == dict(
        zip(other["time"].to_pylist(), other["object"].to_pylist(), strict=True)
    )


def test_coordination_reads_the_trace() -> None:
    shares = Shares.from_table(text_families(posts(ROWS), NoProgress()))
    assert (len(shares), shares.n_accounts, shares.n_objects) == (12, 3, 4)
    assert shares.defects == ()


def test_no_texts_give_no_rows_and_a_missing_column_is_named() -> None:
    empty = posts(ROWS).slice(0, 0)
    assert len(text_families(empty, NoProgress())) == 0
    with pytest.raises(BadInputError, match="'text'"):
        text_families(empty.drop_columns("text"), NoProgress())

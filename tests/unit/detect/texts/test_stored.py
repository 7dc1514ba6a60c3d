"""The texts of a node's own activity, for families and for the trace."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from tests.unit.detect.texts.corpora import article
from tocsin.activity import Dataset, store
from tocsin.activity.dataset import Load
from tocsin.cli.root import cli
from tocsin.detect.texts import StoredTexts, Text, text_families
from tocsin.foundation import NoProgress

SAID = "The minister resigned on Tuesday after the audit was published"
MOMENT = int(datetime(2026, 11, 3, 19, tzinfo=UTC).timestamp())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    rows = [
        ("x", "1", "ada", SAID, MOMENT, "post"),
        ("x", "2", "bo", f"{SAID} 🔥", MOMENT + 9, "reply"),
        ("y", "1", "ada", article(3), None, None),
        ("x", "3", "cy", SAID, MOMENT + 10, "repost"),
        ("x", "4", "cy", " ", MOMENT + 11, "post"),
        (None, None, "dee", SAID.upper(), MOMENT + 12, "post"),
    ]
    names = ("platform", "post", "account", "text", "time", "kind")
    table = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    load = Load(digest="a" * 64, name="posts", format="test", by="me", at="now", files=(), new=0,
                known=0)  # fmt: skip
    store(Dataset(tmp_path), load, [table])
    return tmp_path


def test_posts_are_texts_with_the_platform_s_name_before_what_it_names(home: Path) -> None:
    read = StoredTexts.of(Dataset(home)).read()
    assert read.texts[0] == Text("x:1", SAID, datetime.fromtimestamp(MOMENT, UTC), "x:ada", None)
    assert [text.account for text in read.texts] == ["x:ada", "x:bo", "dee", "y:ada"]
    assert read.passed_over == {"repost": 1, "no-text": 1}
    assert read.rows == 6


def test_the_command_reads_the_node_where_no_file_is_named(home: Path) -> None:
    words = ["--home", str(home), "detect", "texts", "--letters-only", "--json"]
    answer = CliRunner().invoke(cli, words)
    said = json.loads(answer.stdout)
    assert answer.exit_code == 0
    assert (said["rows"], said["kept"]) == (6, 4)
    (finding,) = said["findings"]
    assert finding["subjects"][:2] == ["x:1", "x:2"]
    assert len(finding["subjects"]) == 3


def test_a_node_without_activity_has_no_texts(tmp_path: Path) -> None:
    assert StoredTexts.of(Dataset(tmp_path)).read().rows == 0


def test_the_trace_is_drawn_from_the_same_table(home: Path) -> None:
    found = text_families(StoredTexts.of(Dataset(home)).table, NoProgress())
    assert found["account"].to_pylist() == ["x:ada", "x:bo", "dee"]
    assert found["time"].to_pylist() == [MOMENT, MOMENT + 9, MOMENT + 12]
    assert len(set(found["object"].to_pylist())) == 1

"""Texts out of files: columns by name, damage named and kept local."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.detect.texts import Read, Text, read_texts
from tocsin.foundation import BadInputError

SAID = "The minister resigned on Tuesday."
MOMENT = datetime(2026, 11, 3, 19, tzinfo=UTC)


def read(tmp_path: Path, name: str, content: str | bytes, **chosen: str) -> Read:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_texts([file], chosen)


@pytest.mark.parametrize(
    "content",
    [
        f"id,text,created_at,user_id,lang\n7,{SAID},2026-11-03T19:00:00Z,ada,en\n",
        f"\ufeffTweet_ID;Text;Time;Account;Language\n7;{SAID};2026-11-03 19:00:00;ada;en\n",
        json.dumps({"id": 7, "text": SAID, "time": 1793732400, "account": "ada", "lang": "en"}),
        json.dumps({"id": "7", "text": SAID, "time": 1793732400000, "author": "ada", "lang": "en"}),
    ],
)
def test_columns_are_known_by_their_names(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, "posts", content).texts == (Text("7", SAID, MOMENT, "ada", "en"),)


def test_parquet_is_read_as_what_it_is_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    pq.write_table(pa.table({"doc_id": [2**60 + 1], "text": [SAID], "time": [MOMENT]}), file)
    assert read_texts([file]).texts == (Text(str(2**60 + 1), SAID, MOMENT),)


def test_ids_past_2_53_stay_exact_in_json(tmp_path: Path) -> None:
    line = f'{{"id": {2**63 + 1}, "text": "{SAID}"}}'
    assert read(tmp_path, "a.jsonl", line).texts[0].id == str(2**63 + 1)


def test_a_column_can_be_named(tmp_path: Path) -> None:
    content = f"note,words,who\nx,{SAID},ada\n"
    found = read(tmp_path, "a.csv", content, text="words", account="who")
    assert found.texts[0].text == SAID
    assert found.texts[0].account == "ada"


@pytest.mark.parametrize("chosen", [{}, {"text": "words"}])
def test_a_file_without_texts_is_refused_with_its_columns(
    tmp_path: Path, chosen: dict[str, str]
) -> None:
    with pytest.raises(BadInputError) as raised:
        read(tmp_path, "a.csv", "id,link\n1,x\n", **chosen)
    assert "id, link" in raised.value.hint


def test_each_broken_row_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    lines = [
        f'{{"id": 1, "text": "{SAID}", "time": "2026-11-03T19:00:00Z"}}',
        '{"id": 2, "text": ',
        '{"id": 3, "text": ""}',
        f'{{"id": 1, "text": "{SAID}"}}',
        f'{{"text": "{SAID}", "time": "last week"}}',
        "[" * 100_000,
    ]
    found = read(tmp_path, "a.jsonl", "\n".join(lines))
    assert dict(found.defects.counts) == {
        "broken-row": 2,
        "no-text": 1,
        "no-id": 1,
        "unreadable-time": 1,
        "repeated-id": 1,
    }
    assert found.defects.examples["broken-row"] == ["a.jsonl row 2", "a.jsonl row 6"]
    assert [text.id for text in found.texts] == ["1", "a.jsonl row 5"]
    assert found.rows == len(found.texts) + found.defects.lost


def test_a_row_of_a_table_with_too_many_cells_loses_only_itself(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", f'id,text\n1,{SAID}\n2,a,b,c\n3,"over\ntwo lines"\n')
    assert [text.id for text in found.texts] == ["1", "3"]
    assert dict(found.defects.counts) == {"broken-row": 1}


def test_bytes_that_are_no_utf_8_and_nul_do_not_stop_the_reading(tmp_path: Path) -> None:
    found = read(tmp_path, "a.csv", b"id,text\n1,caf\xe9 au lait\n2,a\0b and more\n")
    assert [text.text for text in found.texts] == ["caf\ufffd au lait", "ab and more"]


def test_objects_of_json_may_each_have_other_keys(tmp_path: Path) -> None:
    lines = ['{"kind": "like"}', f'{{"text": "{SAID}"}}', f'{{"id": 4, "full_text": "{SAID}"}}']
    found = read(tmp_path, "a.jsonl", "\n".join(lines))
    assert [text.id for text in found.texts] == ["a.jsonl row 2", "4"]
    assert found.defects.counts["no-text"] == 1


def test_half_a_surrogate_pair_is_replaced(tmp_path: Path) -> None:
    found = read(tmp_path, "a.jsonl", r'{"id": "a\ud83d", "text": "see \ud83d here"}')
    assert (found.texts[0].id, found.texts[0].text) == ("a?", "see ? here")


def test_an_empty_file_has_no_texts(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", "").rows == 0

"""Traces from files: any usual header, every digit of an identifier, times in many forms."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tocsin.detect.coordination.reading import is_wider, read_trace, read_traces
from tocsin.foundation import BadInputError

SECOND = 1_700_000_000  # 2023-11-14 22:13:20 UTC


def written(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "posts.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "header",
    [
        "account,object,time,content",
        "account_id,object_id,timestamp_share,content_id",
        "user_id,repost_id,timestamp,message_id",
        "\ufeffaccount,object,time,content",
    ],
)
def test_usual_headers_are_known(tmp_path: Path, header: str) -> None:
    trace = read_trace(written(tmp_path, f"{header}\n007,9007199254740993,{SECOND},x\n"))
    shares = trace.shares(first_only=True)
    assert shares.accounts.to_pylist() == ["007"]
    assert shares.objects.to_pylist() == ["9007199254740993"]
    assert shares.ts.tolist() == [SECOND]
    assert shares.content is not None


def test_times_in_many_forms_in_one_column_are_one_second(tmp_path: Path) -> None:
    forms = [
        str(SECOND),
        f"{SECOND}.0",
        "2023-11-14T22:13:20Z",
        "2023-11-14 22:13:20",
        "2023-11-14T22:13:20.000000000Z",
        "2023-11-15T07:13:20+09:00",
        "2023-11-14T17:13:20-0500",
        f" {SECOND} ",
    ]
    rows = [f"a{n},x,{form}" for n, form in enumerate(forms)]
    rows += ["b,x,yesterday", "c,x,2023-02-30T00:00:00Z", "d,x,"]
    trace = read_trace(written(tmp_path, "account,object,time\n" + "\n".join(rows) + "\n"))
    shares = trace.shares(first_only=True)
    assert shares.ts.tolist() == [SECOND] * len(forms)
    assert {each.kind: (each.count, each.examples) for each in shares.defects} == {
        "unreadable-time": (2, (8, 9)),
        "no-time": (1, (10,)),
    }


def test_rows_with_too_many_or_too_few_cells_are_counted_and_the_others_kept(
    tmp_path: Path,
) -> None:
    text = "account,object,time\na,x,1\nb,x\nc,x,1,2,3\nd,x,2\n"
    shares = read_trace(written(tmp_path, text)).shares(first_only=True)
    assert shares.accounts.to_pylist() == ["a", "d"]
    assert shares.rows == 4
    assert [(each.kind, each.count) for each in shares.defects] == [("broken-row", 2)]


def test_a_file_that_is_not_utf_8_is_read_and_said_so(tmp_path: Path) -> None:
    path = written(tmp_path, "account,object,time\nJosé,x,1\n", encoding="latin-1")
    shares = read_trace(path).shares(first_only=True)
    assert shares.accounts.to_pylist() == ["José"]
    assert [(each.kind, each.count) for each in shares.defects] == [("wrong-encoding", 1)]


def test_csv_and_parquet_go_together_when_their_identifiers_are_text(tmp_path: Path) -> None:
    table = pa.table({"account": ["b"], "object": ["x"], "time": ["2"]})
    pq.write_table(table, tmp_path / "posts.parquet")
    path = written(tmp_path, "account,object,time,content\na,x,1,c\n")
    trace = read_traces([path, tmp_path / "posts.parquet"])
    assert trace.table.column_names == ["account", "object", "time"]
    assert trace.shares(first_only=True).accounts.to_pylist() == ["a", "b"]


def test_identifiers_of_different_types_do_not_go_together(tmp_path: Path) -> None:
    table = pa.table({"account": [1], "object": ["x"], "time": ["2"]})
    pq.write_table(table, tmp_path / "posts.parquet")
    path = written(tmp_path, "account,object,time\na,x,1\n")
    with pytest.raises(BadInputError, match="do not go together"):
        read_traces([path, tmp_path / "posts.parquet"])


def test_a_header_of_its_own_is_named_by_the_person(tmp_path: Path) -> None:
    path = written(tmp_path, "who,what,time,more\na,x,1,z\n")
    with pytest.raises(BadInputError, match="no column 'account' or 'account_id'"):
        read_trace(path)
    columns = {"account": "who", "object": "what"}
    assert len(read_trace(path, columns).table) == 1
    assert is_wider(path, columns)
    with pytest.raises(BadInputError, match="no column 'text'"):
        read_trace(path, {**columns, "content": "text"})


@pytest.mark.parametrize("content", [b"", b"PAR1 and nothing more"])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "noise"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match="noise: no trace"):
        read_trace(path)

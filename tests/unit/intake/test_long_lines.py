"""Lines and cells that are far too long lose nothing that stands beside them."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.intake.conftest import Import, defects, keys_in, only, said_of
from tocsin.intake.encodings import Line, read_lines
from tocsin.intake.tabletext import read_rows
from tocsin.vault import Vault

MEBIBYTE = 2**20
HOSTS = ("a-news.example", "b-news.example", "c-news.example", "d-news.example")
KEYS = {f"domain:{host}" for host in HOSTS}
ROW = "0. Acquiring assets,0.6 Acquiring domains,0.6.2 For operations"

FORMATS = {
    "table": ("site;note", "{};x"),
    "meta-kill-chain": ("Tactic,Technique,Procedure,Indicator", ROW + ",{}"),
    "meta-indicators": ("indicator_type,indicator_value,comment,ds", "domain_name,{},x,2024-05-03"),
    "viginum-domains": ("domain,create date,first seen,type", "{},07/03/2013,,domain"),
    "list": ("# from a partner", "{}"),
    "text": ("Dear colleagues, we looked at this for some weeks.", "We met {} once more."),
    "mail": (
        "From: partner@ngo.example\nTo: us@member.example\nSubject: New\n\nLook at:",
        "We saw {} again",
    ),
}
FILLERS = {
    "one word": "z" * (MEBIBYTE + 9),
    "words": "so much to say " * (MEBIBYTE // 14),
    "just above what is looked at": "z" * 300_000,
}


def lines_of(format_: str, filler: str, place: int) -> bytes:
    header, row = FORMATS[format_]
    lines = [header, *(row.format(host.replace(".", "[.]")) for host in HOSTS)]
    lines.insert(place, filler)
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("place", [0, 1, 3, 5], ids=["first", "second", "middle", "last"])
@pytest.mark.parametrize("filler", FILLERS)
@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "mail"])
def test_a_line_that_is_far_too_long_changes_neither_the_format_nor_the_good_lines(
    importing: Import, vault: Vault, format_: str, filler: str, place: int
) -> None:
    report = only(importing(lines_of(format_, FILLERS[filler], place)))
    assert report.format == format_
    assert keys_in(vault) == KEYS
    if len(FILLERS[filler]) > MEBIBYTE:
        assert defects(report)["line-too-long"][0] == 1


@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_mail_with_a_line_that_is_too_long_keeps_the_others(
    importing: Import, vault: Vault, place: int
) -> None:
    report = only(importing(lines_of("mail", FILLERS["words"], place)))
    assert report.format == "mail"
    assert keys_in(vault) == KEYS


def test_a_mail_whose_first_header_is_too_long_is_a_mail(importing: Import, vault: Vault) -> None:
    data = lines_of("mail", "X-Trace: " + "z" * 400_000, 0)
    assert only(importing(data)).format == "mail"
    assert keys_in(vault) == KEYS


def test_a_first_line_of_brackets_is_no_reason_to_take_a_list_for_json(
    importing: Import, vault: Vault
) -> None:
    data = b"[1] a-news[.]example\n[2] b-news[.]example\n[telegram] c-news[.]example\n"
    assert only(importing(data)).kept == 3
    assert keys_in(vault) == {f"domain:{host}" for host in HOSTS[:3]}


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_in_every_encoding_and_with_every_line_end_the_good_lines_are_kept(
    importing: Import, vault: Vault, codec: str, end: str
) -> None:
    lines = ["é" * 700_000 + "z" * 700_000, *HOSTS]
    report = only(importing(end.join(lines).encode(codec)))
    assert defects(report) == {"line-too-long": (1, 1)}
    assert keys_in(vault) == KEYS


@pytest.mark.parametrize("size", [100_000, 200_000, 900_000, 2 * MEBIBYTE])
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("unit", ["z", "so much, to say; ", 'he said ""no"" '])
def test_a_quoted_cell_that_is_far_too_long_costs_no_row_not_even_its_own(
    importing: Import, vault: Vault, size: int, place: int, unit: str
) -> None:
    rows = [f'{host.replace(".", "[.]")},"short, and quoted",end' for host in HOSTS]
    rows[place] = rows[place].replace("short, and quoted", unit * (size // len(unit)))
    report = only(importing(("domain,note,label\n" + "\n".join(rows)).encode()))
    assert (report.format, report.records, report.kept) == ("table", 4, 4)
    assert keys_in(vault) == KEYS
    (said,) = said_of(vault, f"domain:{HOSTS[place]}")
    assert said["label"] == "end"
    assert ("line-too-long" in defects(report)) == (size > MEBIBYTE)
    assert "broken-quote" not in defects(report)


@pytest.mark.parametrize("lines", [400, 800, 4000])
def test_a_quoted_cell_of_very_many_lines_is_one_cell(
    importing: Import, vault: Vault, lines: int
) -> None:
    told = "\n".join(f"line {at}, of a report; it says little" for at in range(lines))
    rows = [f'{host},"{told if at == 1 else "x"}",end' for at, host in enumerate(HOSTS)]
    report = only(importing(("domain,note,label\n" + "\n".join(rows)).encode()))
    assert (report.records, report.kept, defects(report)) == (4, 4, {})
    assert said_of(vault, f"domain:{HOSTS[1]}")[0]["comment"] == told


def test_a_quoted_cell_with_a_line_that_is_too_long_inside_is_one_cell(
    importing: Import, vault: Vault
) -> None:
    told = f"first\n{'z' * 3 * MEBIBYTE}\nlast"
    rows = [f'{host},"{told if at == 1 else "x"}",end' for at, host in enumerate(HOSTS)]
    report = only(importing(("domain,note,label\n" + "\n".join(rows)).encode()))
    assert (report.records, report.kept) == (4, 4)
    assert defects(report) == {"line-too-long": (1, 0)}
    assert said_of(vault, f"domain:{HOSTS[1]}")[0]["label"] == "end"


@pytest.mark.parametrize(
    "broken",
    [
        'x.example,"open,end',
        'x.example,"open',
        '"x.example,open,end',
        'x.example,"' + "z" * 2 * MEBIBYTE,
        'x.example,"" open",end',
    ],
)
def test_a_quote_that_is_never_closed_swallows_no_row_below_it(
    importing: Import, vault: Vault, broken: str
) -> None:
    rows = [f'{host},"quoted, too",end' for host in HOSTS]
    text = "\n".join(["domain,note,label", rows[0], broken, *rows[1:]])
    importing(text.encode(), format="table")
    assert keys_in(vault) >= KEYS


def test_two_quotes_that_are_never_closed_do_not_close_each_other(
    importing: Import, vault: Vault
) -> None:
    rows = "".join(f'{host},"open\n' for host in HOSTS)
    report = only(importing(b"domain,note\n" + rows.encode()))
    assert (report.records, report.kept) == (4, 4)
    assert keys_in(vault) == KEYS


@given(
    st.lists(st.text(st.sampled_from('ab",; é'), max_size=40), min_size=1, max_size=5),
    st.integers(2, 12),
)
def test_the_ends_of_a_line_are_its_own_and_its_quotes_still_pair(
    texts: list[str], limit: int
) -> None:
    data = "\n".join(texts).encode()
    read = list(read_lines(io.BytesIO(data), "utf-8", limit=limit))
    kept = texts[:-1] if not texts[-1] else texts
    assert len(read) == len(kept)
    for line, text in zip(read, kept, strict=True):
        if len(text) <= limit:
            assert line == Line(text)
            continue
        head, tail = line.text.split("\n")
        assert line.fault == "line-too-long"
        assert text.startswith(head.removesuffix(chr(34)))
        assert text.endswith(tail)
        assert line.text.count('"') % 2 == text.count('"') % 2


@given(st.lists(st.text(st.sampled_from('ab",;\n é'), max_size=12), max_size=12))
def test_whatever_stands_in_a_table_every_letter_of_it_stands_in_a_row(texts: list[str]) -> None:
    data = "\n".join(texts)
    lines = read_lines(io.BytesIO(data.encode()), "utf-8")
    cells = "".join(cell for row in read_rows(lines, ",") for cell in row.cells)
    assert sorted(char for char in cells if char in "abé;") == sorted(
        char for char in data if char in "abé;"
    )

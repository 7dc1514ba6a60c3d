"""Files to pages: what is kept, what is named, and where a file was cut."""

import base64
import gzip
import io
import json
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.pages.made import (
    FAKE,
    GAZETTE,
    ICON,
    entry,
    har,
    mhtml,
    packed,
    page,
    read,
    record,
    response,
)
from tocsin.detect.pages import Captures, read_capture

URLS = [f"https://site{at}.example/" for at in range(5)]
RECORDS = [response(url, page(about=f"place{at}")) for at, url in enumerate(URLS)]


def urls(captured: Captures) -> list[str]:
    return [each.url for each in captured.pages]


@pytest.mark.parametrize(
    "file",
    [
        har(entry(GAZETTE, page())),
        har(entry(GAZETTE, page().encode())),
        response(GAZETTE, page()),
        packed(response(GAZETTE, page())),
        gzip.compress(record(b"warc", kind="warcinfo") + response(GAZETTE, page())),
        response(GAZETTE, gzip.compress(page().encode()), more="Content-Encoding: gzip\r\n"),
        response(GAZETTE, zlib.compress(page().encode()), more="Content-Encoding: deflate\r\n"),
        b"<!-- saved from url=(0028)https://towngazette.example/ -->" + page().encode(),
        b"<!DOCTYPE html><html><!--\n Page saved with SingleFile \n url: " + GAZETTE.encode()
        + b" \n-->" + page().encode(),
        mhtml((GAZETTE, "text/html", page().encode()), ("cid:1", "text/html", page().encode())),
    ],
    ids=["har", "har64", "warc", "warc.gz", "one member", "gzip", "deflate", "saved", "single",
         "mhtml"],
)  # fmt: skip
def test_the_same_page_is_read_from_every_form(file: bytes) -> None:
    captured = read(file)
    (found,) = captured.pages
    assert (found.url, found.site) == (GAZETTE, "towngazette.example")
    assert found.title == "Harbour news | Town Gazette"
    assert found.quotes == read(har(entry(GAZETTE, page()))).pages[0].quotes != {}
    assert captured.defects() == []


def test_chunks_are_joined_whether_the_archiver_did_so_or_not() -> None:
    raw = page().encode()
    chunked = b"".join(
        b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in (raw[:300], raw[300:])
    ) + b"0\r\n\r\n"  # fmt: skip
    more = "Transfer-Encoding: chunked\r\n"
    one, other = (read(response(GAZETTE, each, more=more)) for each in (chunked, raw))
    assert one.pages[0].quotes == other.pages[0].quotes != {}


def test_what_is_no_page_is_counted_only() -> None:
    file = record(b"x", kind="request") + record(b"x", kind="revisit") + RECORDS[0]
    captured = read(
        file, har(entry(FAKE, page(), headers=[dest("iframe")]), entry(FAKE, "x", "a/b"))
    )
    assert urls(captured) == URLS[:1]
    assert captured.counts["records of type revisit"] == 1
    assert captured.counts["framed"] == 1


def dest(what: str) -> dict[str, str]:
    return {"name": "Sec-Fetch-Dest", "value": what}


@given(st.integers(min_value=0, max_value=len(b"".join(RECORDS)) - 1))
def test_a_plain_archive_cut_anywhere_keeps_what_came_before(cut: int) -> None:
    whole, at = b"".join(RECORDS), 0
    captured = read(whole[:cut])
    kept = 0
    for each in RECORDS:  # the last four bytes only part one record from the next
        kept += at + len(each) - 4 <= cut
        at += len(each)
    assert urls(captured) == URLS[:kept]


@given(st.data())
def test_a_packed_archive_cut_anywhere_keeps_what_came_before_and_says_where(
    data: st.DataObject,
) -> None:
    members = [gzip.compress(each) for each in RECORDS]
    cut = data.draw(st.integers(min_value=3, max_value=len(b"".join(members)) - 1))
    captured = read(b"".join(members)[:cut])
    ends = [len(b"".join(members[:at])) for at in range(1, 6)]
    assert len(captured.pages) >= sum(end <= cut for end in ends)
    assert urls(captured) == URLS[: len(captured.pages)]
    if cut not in ends:
        assert [each["kind"] for each in captured.defects()] in (["cut-off"], ["broken-gzip"])
        (example,) = captured.examples["cut-off"] or captured.examples["broken-gzip"]
        assert int(example.split()[2].strip(":")) <= cut


def test_it_is_said_how_much_of_the_last_record_is_there() -> None:
    captured = read(RECORDS[0] + RECORDS[1][:2000])
    begun = len(RECORDS[0])
    (said,) = captured.examples["cut-off"]
    assert said.startswith(f"file0 byte {begun}: ")
    assert "bytes are there" in said


@pytest.mark.parametrize("pack", [packed, lambda *records: b"".join(records)])
def test_a_broken_record_costs_itself_only(pack) -> None:  # type: ignore[no-untyped-def]
    broken = pack(RECORDS[1]).replace(b"WARC/1.1", b"WORC/1.1").replace(b"Length: ", b"Length: x")
    if broken == pack(RECORDS[1]):
        broken = broken[:200] + b"\xff" * 60 + broken[260:]
    captured = read(pack(RECORDS[0]) + broken + pack(*RECORDS[2:]))
    assert urls(captured) == [URLS[0], *URLS[2:]]
    assert sum(captured.faults.values()) >= 1


def test_bombs_are_named_and_the_rest_is_read() -> None:
    bomb = gzip.compress(record(b"\0" * 30_000_000), compresslevel=9)
    inner = response(FAKE, gzip.compress(b"<br>" * 1_500_000), more="Content-Encoding: gzip\r\n")
    begun = time.process_time()
    captured = read(packed(RECORDS[0]) + bomb + packed(inner, *RECORDS[1:]))
    assert time.process_time() - begun < 60
    assert set(URLS) <= set(urls(captured))
    assert captured.faults["zip-bomb"] == 1
    assert captured.faults["page-too-long"] >= 1


def test_an_archive_of_damage_is_given_up_in_the_end() -> None:
    junk = b"".join(b"WARC/1.0\r\nContent-Length: nine\r\n\r\n" for _ in range(5_000))
    captured = read(junk + RECORDS[0], RECORDS[1])
    assert captured.faults["too-damaged"] == 1
    assert urls(captured) == [URLS[1]]


def test_a_har_cut_in_the_middle_keeps_the_entries_before_the_cut() -> None:
    whole = har(*(entry(url, page()) for url in URLS))
    captured = read(whole[: len(whole) // 2])
    assert urls(captured) == URLS[:2]
    assert sum(captured.faults.values()) == 1


def test_a_bad_entry_costs_itself_only() -> None:
    bad = [
        {}, 7, [], {"request": {"url": 5}, "response": {}}, entry("not a url", page()),
        entry("https://[::1/", page()), entry("https://10.0.0.1/", page()),
        {"request": {"url": FAKE}, "response": {"content": {"text": 5, "encoding": []}}},
        {"request": {"url": FAKE, "headers": 5}, "response": {"status": "x", "content": None}},
        entry("https://xn--\u202e.example/", page()),
    ]  # fmt: skip
    captured = read(json.dumps({"log": {"entries": [*bad, entry(GAZETTE, page())]}}).encode())
    assert urls(captured) == [GAZETTE]
    assert sum(captured.faults.values()) >= 6


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04", b"{}", b"\x1f\x8b\x08", b"WARC/", b"\0" * 9])
def test_what_is_no_capture_is_named(file: bytes) -> None:
    captured = read(file, RECORDS[0])
    assert urls(captured) == URLS[:1]
    assert sum(captured.faults.values()) >= 1


def test_a_page_with_its_parts_has_its_picture_and_keeps_what_stands_before_a_cut() -> None:
    icon = (GAZETTE + "favicon.ico", "image/x-icon", ICON * 90)
    whole = mhtml((GAZETTE, "text/html", page().encode()), icon, icon)
    captured = read(whole)
    assert captured.favicons(captured.pages[0]) != ()
    cut = read(whole[:-4000])
    assert urls(cut) == [GAZETTE]
    assert cut.faults == {"cut-off": 1}


def test_a_har_without_contents_is_named() -> None:
    assert read(har(entry(GAZETTE, ""))).faults == {"no-content": 1}


def test_a_host_is_named_in_its_canonical_form() -> None:
    (found,) = read(har(entry("https://WWW.T\u00f6wn.example:8443/x", page()))).pages
    assert (found.host, found.site) == ("www.xn--twn-sna.example", "xn--twn-sna.example")


def test_a_saved_page_is_not_believed_about_where_it_was_taken() -> None:
    copy = page(head=f"<link rel=canonical href={GAZETTE}>").encode()
    assert read(copy).faults == {"no-address": 1}
    assert urls(read(copy, url=FAKE)) == [FAKE]


@pytest.mark.parametrize(
    ("said", "codec"),
    [("windows-1251", "cp1251"), ("KOI8-R", "koi8-r"), ("utf-8", "utf-8"), ("gb2312", "gb18030")],
)
def test_text_is_read_in_the_encoding_that_the_page_names(said: str, codec: str) -> None:
    words = "Городская газета" if codec != "gb18030" else "城市报纸今天的新闻"
    raw = page(words).replace("charset=utf-8", f"charset='{said}'").encode(codec)
    captured = read(response(GAZETTE, raw, media="text/html"))
    assert captured.pages[0].title == words


@pytest.mark.parametrize("said", ["zlib_codec", "idna", "punycode", "rot13", "no such", "\u202e"])
def test_an_encoding_that_is_none_is_named(said: str) -> None:
    captured = read(response(GAZETTE, page(), media=f"text/html; charset={said}"))
    assert captured.faults == {"unknown-encoding": 1}
    assert captured.pages[0].title.startswith("Harbour news")


def test_the_picture_in_the_tab_is_found_whoever_comes_first() -> None:
    inline = base64.b64encode(ICON).decode()
    link = "<link rel='shortcut icon' href='/i.png?v=2'>"
    one = read(
        har(entry(GAZETTE, page(head=link)), entry(GAZETTE + "i.png?v=2", ICON, "image/png"))
    )
    two = read(response(FAKE + "favicon.ico", ICON, media="image/x-icon") + response(FAKE, page()))
    three = read(
        har(entry(FAKE, page(head=f"<link rel=icon href='data:image/png;base64,{inline}'>")))
    )
    keys = [each.favicons(each.pages[0]) for each in (one, two, three)]
    assert keys[0] == keys[1] == keys[2] != ()


@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            *(b"", b"WARC/1.0\r\n", b'{"log":', b"<", b"\x1f\x8b\x08"),
            b"Content-Type: multipart/related; boundary=a\r\n\r\n--a\r\nContent-Location: http:/",
        ]
    ),
)
def test_no_bytes_make_reading_fail(raw: bytes, head: bytes) -> None:
    read_capture(io.BytesIO(head + raw), "any", Captures(), GAZETTE)

"""Lists as partners keep them: Markdown, hosts files, lists for blocking, pages."""

import pytest

from tests.unit.intake.conftest import Import, defects, keys_in, only, said_of
from tocsin.vault import Vault

BOTH = {"domain:a-n.example", "domain:b-n.example"}


@pytest.mark.parametrize(
    "lines",
    [
        "- `a-n[.]example` (seen 2024)\n- **b-n[.]example**\n",
        "* [a-n[.]example](hxxps://a-n[.]example/)\n* [the second](https://b-n.example/)\n",
        "- [ ] a-n[.]example\n- [x] b-n[.]example\n",
        "1. a-n.example\n2) b-n.example\n",
        "# hosts\n0.0.0.0 a-n.example\n127.0.0.1  b-n.example # spoof\n",
        "! Title: filters\n||a-n.example^\n||b-n.example^$third-party\n",
        "*.a-n.example\n.b-n.example\n",
        "a-n.example # spoof of a paper\nb-n.example // other\n",
        "# from a partner\ndomain\na-n.example\nb-n.example\n",
        "a-n.example.\r\n\r\nb-n.example\r\n",
    ],
    ids=lambda each: each[:14],
)
def test_every_way_of_writing_a_list_gives_its_hosts_and_nothing_else(
    importing: Import, vault: Vault, lines: str
) -> None:
    report = only(importing(lines.encode()))
    assert (report.format, report.records, report.kept) == ("list", 2, 2)
    assert keys_in(vault) == BOTH


def test_where_a_markdown_link_leads_is_kept_beside_what_it_shows(
    importing: Import, vault: Vault
) -> None:
    assert (
        only(
            importing(b"- [a-n.example](https://archive.example/1) seen twice\n- b-n.example\n")
        ).kept
        == 2
    )
    assert keys_in(vault) == BOTH
    (said,) = said_of(vault, "domain:a-n.example")
    assert said["as_written"] == "[a-n.example](https://archive.example/1) seen twice"
    assert said["beside"] == "(of https://archive.example/1) seen twice"


def test_a_wildcard_is_named(importing: Import) -> None:
    report = only(importing(b"*.a-n.example\nb-n.example\n"))
    assert defects(report) == {"wildcard": (1, 0)}


def test_a_sentence_between_the_lines_of_a_list_is_read_as_any_text(
    importing: Import, vault: Vault
) -> None:
    text = "# Operation\n- a-n[.]example\n- b-n[.]example\n"
    text += "Both lead to c-n[.]example and t.me/ex_one.\n"
    report = only(importing(text.encode()))
    assert (report.format, report.records, report.kept) == ("list", 4, 4)
    assert keys_in(vault) == BOTH | {"domain:c-n.example", "account:telegram/@ex_one"}
    (said,) = said_of(vault, "domain:c-n.example")
    assert (said["heading"], said["as_written"]) == ("Operation", "c-n[.]example")


def test_a_markdown_table_is_a_table(importing: Import, vault: Vault) -> None:
    text = "| Domain | Note |\n|---|---|\n| `a-n[.]example` | x |\n| **b-n[.]example** | y |\n"
    report = only(importing(text.encode()))
    assert (report.format, report.kept) == ("table", 2)
    assert keys_in(vault) == BOTH
    assert said_of(vault, "domain:b-n.example")[0]["comment"] == "y"


def test_of_a_page_the_text_is_read_cell_by_cell_and_no_script(
    importing: Import, vault: Vault
) -> None:
    page = (
        "<!DOCTYPE html><html><head><title>z-n.example</title></head><body><table>"
        "<tr><td>a-n[.]<b>example</b></td><td>2024</td></tr></table><p>and</p>"
        "<a href='hxxps://b-n.example/'>here</a><script>var a='y-n.example'</script></body></html>"
    )
    assert only(importing(page.encode())).format == "text"
    assert keys_in(vault) == BOTH


def test_elements_of_xml_are_words_of_their_own(importing: Import, vault: Vault) -> None:
    importing(b"<?xml version='1.0'?><l><i>a-n.example</i><ioc>b-n.example</ioc><n/></l>")
    assert keys_in(vault) == BOTH


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.4\na-n.example\n", "a PDF"),
        (b"{\\rtf1\\ansi a-n.example\\par}", "rich text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64), "an old Office file"),
        (b"\x1f\x8b\x08" + bytes(64), "a compressed file"),
    ],
)
def test_a_file_that_is_no_text_is_named_for_what_it_is(
    importing: Import, data: bytes, name: str
) -> None:
    (defect,) = only(importing(data)).defects
    assert defect.kind == "unreadable"
    assert name in defect.examples[0]


def test_a_doubtful_word_of_a_text_is_kept_and_named(importing: Import, vault: Vault) -> None:
    report = only(importing(b"Dear all,\nAcme pays with Inc.com.\nSo they told a-n.example.\n"))
    assert defects(report) == {"doubtful-host": (1, 0)}
    assert keys_in(vault) == {"domain:inc.com", "domain:a-n.example"}
    assert said_of(vault, "domain:inc.com")[0]["doubtful"] is True

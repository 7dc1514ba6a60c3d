"""Text that makes a reader look back over and over: every function that foreign text comes to.

Bait is one unit, repeated. A function that grows with the square of its input needs minutes for
what a linear one does in a blink, so one CPU second tells them apart on any machine.
"""

import ast
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.unit.exchange.world import START
from tocsin.exchange.writers.inert import inert_json, plain_cell, safe_cell, visible
from tocsin.exchange.writers.listing import _phase
from tocsin.exchange.writers.shapes import fits
from tocsin.foundation import (
    BadInputError,
    ManualClock,
    SeededEntropy,
    TocsinError,
    parse_json,
    parse_time,
    written_out,
)
from tocsin.intake import import_files, technique_numbers
from tocsin.intake.dates import looks_like_date, read_day, read_moment
from tocsin.intake.encodings import guess_encoding, mend
from tocsin.intake.htmltext import is_markup, text_of_html
from tocsin.intake.mapping import fold
from tocsin.records import is_stix_id, person_key
from tocsin.records.observables import (
    Kind,
    defanged,
    defanged_words,
    find_observables,
    from_alternatives,
    from_pattern,
    is_placeholder,
    platform_name,
    read_quantity,
    read_value,
    refang,
)
from tocsin.records.observables.hosts import parse_host
from tocsin.records.observables.platforms import account_at
from tocsin.records.observables.urls import read_url
from tocsin.trust import Signature, VerifyKey, read_note
from tocsin.vault import Vault

MAX_CPU_S = 1.0

FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "find_observables": find_observables,
    "refang": refang,
    "read_value": read_value,
    **{f"read_value as {kind}": partial(read_value, hint=kind) for kind in Kind},
    "from_pattern": from_pattern,
    "from_pattern, a value": lambda text: from_pattern(f"[domain-name:value = '{text}']"),
    "from_alternatives": from_alternatives,
    "from_alternatives, a value": lambda text: from_alternatives(f"[url:value = '{text}'] OR "),
    "parse_host": parse_host,
    "read_url": read_url,
    "account_at": lambda text: account_at("facebook.com", f"/{text}", text),
    "platform_name": platform_name,
    "read_quantity": lambda text: read_quantity(f"423 {text}"),
    "is_placeholder": is_placeholder,
    "text_of_html": text_of_html,
    "is_markup": is_markup,
    "read_day": lambda text: read_day(text, None),
    "read_moment": lambda text: read_moment(text, None),
    "looks_like_date": looks_like_date,
    "header of a column": fold,
    "technique_numbers": technique_numbers,
    "mend": mend,
    "guess_encoding": lambda text: guess_encoding(text.encode("utf-8", "surrogatepass")),
    "visible": visible,
    "safe_cell": safe_cell,
    "plain_cell": plain_cell,
    "inert_json": inert_json,
    "defanged": defanged,
    "defanged_words": defanged_words,
    "written_out": written_out,
    "kill chain phase": _phase,
    "URI of a reference": lambda text: fits("uri", f"http:{text}"),
    "person_key": person_key,
    "is_stix_id": is_stix_id,
    "parse_json": lambda text: parse_json(text, source="bait"),
    "parse_json, a text": lambda text: parse_json('{"a":"' + text + '"}', source="bait"),
    "parse_time": lambda text: parse_time(text, field="bait"),
    "parse_time, a fraction": lambda text: parse_time(f"2026-11-03T19:00:00.{text}Z"),
    "read_note": read_note,
    "signature": lambda text: Signature.from_json({"keyid": text, "sig": text}),
    "verify key": VerifyKey.from_text,
}
UNITS = [
    "a", "a.", "a-", "a@", ".", "-", "(", "[", "{", "<", "'", '"', "\\", " ", "\n", "\t", "\r\n",
    ",", ";", "|", "1", "1.", "1-", "+1 ", "0x", "http://", "hxxp://", "hxxp[:]//", "[.]", "(dot) ",
    " dot ", "[at]", "[a](", "](", "<a ", "<!--", "<![", "<script>", '<a b="', "&amp;", "&#1", "%2",
    "://", "/", "?a=", "#", "=", "a=", "a: ", "AND ", " OR ", "' OR '", "[a:b = 'c'] OR ", "\\'",
    "T1234.", "ab.cd", "ab.cd1", "\u00e9", "\u200d.", "\u202e", "\ud800", "xn--", "\u3002", "A1",
    "registration date: ", "a's ", "l'a", "*", "_", "**a**", '","', '{"a":', "[[", "\x00",
    "version ", "readme.md ", "me@a.b,", "1/1/2020 ", "(a+)+$", "=HYPERLINK(",
]  # fmt: skip
EDGES = [("", ""), ("a", "b"), ("a.b", "!"), ("[", "]"), ("http://a.example/", " \x00")]
QUICK_UNITS = ["a.", "(", " ", "<a ", "<!--", '"', "\\'", "[.]", " OR ", "1.", "http://", "(a+)+$"]


def bait(unit: str, size: int, edges: tuple[str, str] = ("a", "b")) -> str:
    before, after = edges
    return before + (unit * (size // len(unit) + 1))[:size] + after


def cpu_s(work: Callable[[str], Any], text: str) -> float:
    """Return what a call costs; to refuse its input is as good as to read it."""
    begun = time.process_time()
    with suppress(TocsinError):
        work(text)
    return time.process_time() - begun


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_reader_of_foreign_text_grows_with_the_square_of_it(name: str) -> None:
    for unit in QUICK_UNITS:
        assert cpu_s(FUNCTIONS[name], bait(unit, 50_000)) <= MAX_CPU_S, unit


@pytest.mark.long
@pytest.mark.parametrize("edges", EDGES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_reader_of_foreign_text_grows_with_the_square_of_any_bait(
    name: str, edges: tuple[str, str]
) -> None:
    for unit in UNITS:
        assert cpu_s(FUNCTIONS[name], bait(unit, 65_536, edges)) <= MAX_CPU_S, unit


@pytest.mark.parametrize("unit", ["<a ", "<!--", "<![CDATA[", "<![", "</", "<?", '<a b="', "<"])
def test_markup_that_is_never_closed_is_text_and_read_once(unit: str) -> None:
    text = bait(unit, 200_000)
    assert cpu_s(text_of_html, text) <= MAX_CPU_S
    assert cpu_s(text_of_html, "<p>site.example</p>" + text) <= MAX_CPU_S


@pytest.mark.parametrize(
    "section", ["<![x]>", "<![ if y]>", "<![CDATA[a]]>", "<![endif]-->", "<![>"]
)
def test_a_marked_section_of_any_name_is_passed_over(section: str) -> None:
    assert text_of_html(f"<p>one.example{section} two.example</p>").split()[0] == "one.example"
    assert "two.example" in text_of_html(f"<p>one.example{section} two.example</p>")


def test_a_kill_chain_phase_of_blanks_costs_nothing() -> None:
    assert _phase("a" + " " * 500_000 + "b") == "a-b"
    assert _phase("  12. Conduct Pump  ") == "conduct-pump"


@pytest.mark.parametrize("unit", ["<a ", " ", "[.]", '"', "a."])
@pytest.mark.parametrize("form", ["page", "mail", "table", "json", "list"])
def test_a_file_of_bait_is_imported_in_proportion_to_its_size(
    tmp_path: Path, form: str, unit: str
) -> None:
    path = tmp_path / f"bait.{form}"
    path.write_bytes(_file(form, bait(unit, 40_000)))
    clock = ManualClock(START)
    made = Vault.create(tmp_path / "v.db", origin="a", clock=clock, entropy=SeededEntropy(1))
    with made:
        begun = time.process_time()
        report = import_files([path], made, by="ana", clock=clock)
        assert time.process_time() - begun <= MAX_CPU_S
    assert len(report.files) == 1


def test_no_regular_expression_is_made_of_foreign_text() -> None:
    """Patterns are constants; those made while running come from our own table of platforms.

    The delimiter of a table is one of four characters, and escaped.
    """
    assert set(_made_while_running()) == {
        "intake/tabletext.py: read_rows",
        "records/observables/platforms.py: _compiled",
        "records/observables/platforms.py: _route",
    }


def _made_while_running() -> Iterator[str]:
    source = Path(__file__).parents[2] / "src/tocsin"
    for path in sorted(source.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and _is_made(call):
                        yield f"{path.relative_to(source)}: {function.name}"


def _is_made(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name.startswith("re.") and bool(call.args) and _is_no_constant(call)


def _is_no_constant(call: ast.Call) -> bool:
    is_escape = ast.unparse(call.func) == "re.escape"
    return not is_escape and not isinstance(call.args[0], ast.Constant)


def _file(form: str, text: str) -> bytes:
    if form == "page":
        return f"<html><body><p>one.example</p>{text}".encode()
    if form == "mail":
        mail = EmailMessage()
        mail["From"], mail["Subject"] = "ana@a.example", "bait"
        mail.set_content("two.example")
        mail.add_alternative(f"<p>{text}", subtype="html")
        return mail.as_bytes()
    if form == "table":
        return f"domain,comment\none.example,{text}\n".encode()
    if form == "json":
        return json.dumps([{"domain": "one.example", "comment": text}]).encode()
    return f"one.example\n{text}\n".encode()


def test_a_refusal_of_bait_names_no_more_of_it_than_a_line() -> None:
    for name in ("parse_json", "parse_time", "read_note", "verify key", "signature"):
        for unit in UNITS:
            assert len(_refusal(FUNCTIONS[name], bait(unit, 20_000))) < 1_000, (name, unit)


def _refusal(work: Callable[[str], Any], text: str) -> str:
    try:
        work(text)
    except BadInputError as error:
        return error.message
    return ""

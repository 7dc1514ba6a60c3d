"""Bytes that no client sends, to the real server over a socket.

Where one message ends and the next begins must be beyond doubt: whoever stands in front of the
exchange would otherwise take a part of one caller's body for another caller's request.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.abuse.town import copied
from tests.unit.exchange.served import Served, served

MEBIBYTE = 1024 * 1024
CLOCK = b"/tocsin/v1/clock"
JOIN = b"POST /tocsin/v1/join HTTP/1.1\r\nHost: a\r\n"
GET = b"GET " + CLOCK + b" HTTP/1.1\r\nHost: a\r\n"
SMUGGLED = b"GET " + CLOCK + b" HTTP/1.1\r\nHost: smuggled\r\nConnection: close\r\n\r\n"
LAST = GET + b"Connection: close\r\n\r\n"

REFUSED: dict[str, bytes] = {
    "two lengths that differ": JOIN
    + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED)
    + SMUGGLED,
    "two lengths in one field": JOIN + b"Content-Length: 0, 5\r\n\r\n" + SMUGGLED,
    "a length with a sign": JOIN + b"Content-Length: +5\r\n\r\n" + SMUGGLED,
    "a negative length": JOIN + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length in hex": JOIN + b"Content-Length: 0x5\r\n\r\n" + SMUGGLED,
    "a length of letters": JOIN + b"Content-Length: five\r\n\r\n" + SMUGGLED,
    "a length of thousands of digits": JOIN + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "another transfer coding": JOIN + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "two transfer codings": JOIN + b"Transfer-Encoding: chunked, identity\r\n\r\n" + SMUGGLED,
    "two transfer codings in two fields": JOIN
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
    + SMUGGLED,
    "a blank before the colon": JOIN + b"Transfer-Encoding : chunked\r\n\r\n" + SMUGGLED,
    "a vertical tab before the coding": JOIN + b"Transfer-Encoding:\x0bchunked\r\n\r\n" + SMUGGLED,
    "a field without a name": GET + b": value\r\n\r\n",
    "a line without a colon": GET + b"nothing at all\r\n\r\n",
    "a NUL in a name": GET + b"X\x00Y: a\r\n\r\n",
    "a NUL in a value": GET + b"X: a\x00b\r\n\r\n",
    "a carriage return alone in a value": GET + b"X: a\rTransfer-Encoding: chunked\r\n\r\n",
    "a chunk that is no number": JOIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a negative chunk": JOIN + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n",
    "a chunk past 64 bits": JOIN + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 40 + b"\r\nabc",
    "an endless chunk extension": JOIN
    + b"Transfer-Encoding: chunked\r\n\r\n1;"
    + b"a" * 200_000
    + b"\r\n",
    "a request line of 200 kB": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "a field of 200 kB": GET + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
    "thirty thousand fields": GET + b"X: a\r\n" * 30_000 + b"\r\n",
    "no host": b"GET " + CLOCK + b" HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: b\r\n\r\n",
    "no version": b"GET " + CLOCK + b"\r\n\r\n",
    "another protocol": b"GET " + CLOCK + b" HTTQ/1.1\r\nHost: a\r\n\r\n",
    "a target with a control character": b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    "TLS in the clear": bytes.fromhex("16030100c8010000c40303") + b"\x00" * 200,
}


@pytest.fixture(scope="module")
def server(town_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with copied(town_folder, tmp_path_factory.mktemp("raw") / "town") as town:
        folder = town.world.exchange.folder
        town.world.exchange.close()
        with served(folder) as running:
            yield running


@pytest.mark.parametrize("what", REFUSED)
def test_a_message_of_doubtful_bounds_is_refused_and_nothing_in_it_is_answered(
    server: Served, what: str
) -> None:
    answers = _statuses(server, REFUSED[what])
    assert len(answers) <= 1
    assert all(400 <= each < 500 for each in answers)
    assert _is_well(server)


def test_another_versions_preface_is_no_request_that_is_answered_with_anything(
    server: Served,
) -> None:
    answers = _statuses(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert set(answers) <= {400, 404, 505}
    assert _is_well(server)


def test_chunks_decide_where_a_length_contradicts_them(server: Served) -> None:
    """RFC 9112 §6.3: Transfer-Encoding overrides; what follows the last chunk is a request."""
    body = b"2\r\n{}\r\n0\r\n\r\n"
    sent = JOIN + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    assert _statuses(server, sent + SMUGGLED) in ([422, 200], [422])


def test_a_folded_line_is_one_value_and_no_field_of_its_own(server: Served) -> None:
    """RFC 9112 §5.2: obs-fold is replaced by blanks, or refused; never read as a field."""
    folded = GET + b"Connection: close\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n"
    assert _statuses(server, folded) in ([200], [400])


def test_a_long_request_line_and_long_fields_within_the_limit_are_read(server: Served) -> None:
    assert _statuses(server, GET + b"X: " + b"a" * 30_000 + LAST.partition(b"Host: a")[2]) == [200]


def test_requests_one_after_another_are_answered_in_their_order(server: Served) -> None:
    unknown = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
    assert _statuses(server, GET + b"\r\n" + unknown + LAST) == [200, 404, 200]


def test_a_body_of_ten_megabytes_and_one_byte_is_413_before_it_is_sent(server: Served) -> None:
    sent = JOIN + b"Content-Length: %d\r\n\r\n" % (10 * MEBIBYTE + 1)
    assert _statuses(server, sent) == [413]


def test_an_answer_to_a_scanner_tells_neither_program_nor_version(server: Served) -> None:
    for sent in (LAST, LAST.replace(CLOCK, b"/x"), b"nonsense\r\n\r\n"):
        said = _answer(server, sent).lower()
        for word in (b"uvicorn", b"starlette", b"python", b"h11", b"tocsin/", b"traceback"):
            assert word not in said


def _statuses(server: Served, sent: bytes) -> list[int]:
    found = re.findall(rb"HTTP/1\.[01] (\d{3})", _answer(server, sent))
    return [int(each) for each in found]


def _answer(server: Served, sent: bytes) -> bytes:
    """Send bytes and return all that comes back until the server hangs up or waits for more."""
    parts = []
    with _connected(server) as line:
        try:
            line.sendall(sent)
            while part := line.recv(65_536):
                parts.append(part)
        except (ConnectionError, TimeoutError):
            pass  # closed while more was being sent: refused
    return b"".join(parts)


@contextmanager
def _connected(server: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as line:
        yield line


def _is_well(server: Served) -> bool:
    return _statuses(server, LAST) == [200]

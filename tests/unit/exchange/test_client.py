"""The node's line to the exchange: patient with a weak line, never with a lying one."""

from collections.abc import Callable

import httpx
import pytest

from tocsin.exchange.client import PAUSES_S, ExchangeClient, checked_url
from tocsin.exchange.limits import MAX_ANSWER_BYTES
from tocsin.foundation import (
    BadInputError,
    ConnectionFailedError,
    RefusedError,
    TocsinError,
    UsageError,
)

URL = "http://127.0.0.1:9"


def _client(
    handler: Callable[[httpx.Request], httpx.Response], pauses: list[float] | None = None
) -> ExchangeClient:
    return ExchangeClient(
        URL,
        credential="secret",
        connect=lambda url: httpx.Client(transport=httpx.MockTransport(handler), base_url=url),
        sleep=(pauses if pauses is not None else []).append,
    )


def test_a_weak_line_is_tried_again_with_growing_pauses() -> None:
    calls = []

    def weak(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        if len(calls) < 3:
            raise httpx.ReadTimeout("slow", request=request)
        return httpx.Response(200, json={"ok": True})

    pauses: list[float] = []
    with _client(weak, pauses) as client:
        assert client.post("/x", {}) == {"ok": True}
    assert pauses == list(PAUSES_S[:2])


def test_an_exchange_that_never_answers_is_said_with_a_way_out() -> None:
    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with _client(dead) as client, pytest.raises(ConnectionFailedError) as caught:
        client.get("/x")
    assert "--bundle-out" in caught.value.hint


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, RefusedError),
        (403, RefusedError),
        (404, RefusedError),
        (422, RefusedError),
        (500, ConnectionFailedError),
        (503, ConnectionFailedError),
    ],
)
def test_every_refusal_carries_what_the_exchange_said(
    status: int, error: type[TocsinError]
) -> None:
    answer = {"title": "no such thing", "description": "look elsewhere"}
    with (
        _client(lambda _: httpx.Response(status, json=answer)) as client,
        pytest.raises(error) as caught,
    ):
        client.get("/x")
    assert status == 401 or "no such thing" in caught.value.message


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"a": 1, "a": 2}', b"\xff", b""])
def test_an_answer_that_is_no_strict_json_object_is_refused(body: bytes) -> None:
    with (
        _client(lambda _: httpx.Response(200, content=body)) as client,
        pytest.raises(BadInputError),
    ):
        client.get("/x")


def test_an_endless_answer_is_cut_off() -> None:
    endless = httpx.Response(200, content=(b" " * 1_000_000 for _ in range(10_000)))
    with _client(lambda _: endless) as client, pytest.raises(BadInputError, match="longer"):
        client.get("/x")
    assert MAX_ANSWER_BYTES < 10_000 * 1_000_000


def test_a_redirect_is_not_followed_and_the_credential_goes_nowhere_else() -> None:
    seen = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"location": "http://127.0.0.2/"}, content=b"{}")

    with _client(elsewhere) as client, pytest.raises(RefusedError):
        client.get("/x")
    assert seen == ["127.0.0.1"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "http://10.0.0.1:80",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "http://localhost.example.org",
        "http://[::ffff:10.0.0.1]",
        "file:///etc/passwd",
        "http://",
        "https://",
        "http://127.0.0.1:99999",
        "https://example.org?x=1",
    ],
)
def test_an_address_in_the_clear_or_none_at_all_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        checked_url(url)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://exchange.example/", "https://exchange.example"),
        ("http://127.0.0.1:80/", "http://127.0.0.1:80"),
        ("http://localhost:80", "http://localhost:80"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("http://127.9.9.9", "http://127.9.9.9"),
    ],
)
def test_https_and_loopback_are_accepted(url: str, kept: str) -> None:
    assert checked_url(url) == kept

"""Bodies that do not end: too slow, broken off, or longer than they say."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Message

from tests.abuse.town import OWN, Town
from tests.simulation.access.asgi import Loop
from tocsin.exchange.server import bodies


def test_a_body_that_hardly_comes_is_answered_with_408_and_the_line_is_closed(
    town: Town, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.05)

    async def one_byte_and_never_another() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": b"{", "more_body": True}
        await asyncio.sleep(60)

    status, headers = loop.run(_posted(town, one_byte_and_never_another()))
    assert status == 408
    assert headers["connection"] == "close"


def test_a_body_that_comes_steadily_may_take_its_time(
    town: Town, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.05)

    async def piece_by_piece() -> AsyncIterator[Message]:
        for _ in range(4):  # 16 kB buy 8 s each; without them the third piece would be too late
            yield {"type": "http.request", "body": b" " * 16_384, "more_body": True}
            await asyncio.sleep(0.05)
        yield {"type": "http.request", "body": b"{}", "more_body": False}

    status, _ = loop.run(_posted(town, piece_by_piece()))
    assert status == 422  # read whole, and refused for what it says


def test_a_caller_that_hangs_up_is_no_error_of_the_exchange(town: Town, loop: Loop) -> None:
    async def broken_off() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": b"{", "more_body": True}
        yield {"type": "http.disconnect"}

    status, _ = loop.run(_posted(town, broken_off()))
    assert status == 400


def test_a_body_that_becomes_longer_than_it_may_is_cut_off(town: Town, loop: Loop) -> None:
    taken = 0

    async def endless() -> AsyncIterator[Message]:
        nonlocal taken
        while True:
            taken += 1
            yield {"type": "http.request", "body": b" " * 1_048_576, "more_body": True}

    status, _ = loop.run(_posted(town, endless()))
    assert status == 413
    assert taken == 11  # of a mebibyte each: one more than a body may have


async def _posted(town: Town, pieces: AsyncIterator[Message]) -> tuple[int, dict[str, str]]:
    said: list[Message] = []

    async def receive() -> Message:
        return await anext(pieces)

    async def send(message: Message) -> None:
        said.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "POST",
        "path": OWN + "join",
        "raw_path": b"/tocsin/v1/join",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json")],
        "server": ("exchange.example", 443),
        "client": ("10.9.8.7", 1),
    }
    await town.app(scope, receive, send)
    return said[0]["status"], {name.decode(): value.decode() for name, value in said[0]["headers"]}

"""Lines that are held open with the head of a request that never becomes whole."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from tests.abuse.town import Town
from tocsin.exchange.server import patience
from tocsin.exchange.server.certificates import CertifiedProtocol
from tocsin.exchange.server.patience import PatientProtocol

CLOCK = b"GET /tocsin/v1/clock HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("protocol", [PatientProtocol, CertifiedProtocol])
@pytest.mark.parametrize("begun", [b"", b"G", CLOCK[:-2], CLOCK + b"G"])
def test_a_caller_whose_request_does_not_come_is_let_go(
    town: Town, monkeypatch: pytest.MonkeyPatch, protocol: type[PatientProtocol], begun: bytes
) -> None:
    monkeypatch.setattr(patience, "HEAD_PATIENCE_S", 0.05)
    answered = asyncio.run(_spoken(town, protocol, begun))
    assert answered.count(b"HTTP/1.1 200") == begun.count(CLOCK)


def test_a_request_that_has_come_is_answered_however_long_it_takes(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "HEAD_PATIENCE_S", 0.05)

    async def slow(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        await asyncio.sleep(0.3)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent = CLOCK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert b"HTTP/1.1 204" in asyncio.run(_spoken(town, PatientProtocol, sent, app=slow))


async def _spoken(
    town: Town, protocol: type[PatientProtocol], sent: bytes, app: Any = None
) -> bytes:
    """Serve, send some bytes, and return all that comes until the server hangs up."""
    config = uvicorn.Config(app or town.app, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answered = await asyncio.wait_for(reader.read(), 20)
        writer.close()
        await writer.wait_closed()
    return answered

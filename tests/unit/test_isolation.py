"""The guards that conftest puts around every test."""

import asyncio
import socket

import pytest

from tests.conftest import OutsideNetworkError

ELSEWHERE = "192.0.2.1"  # TEST-NET-1 of RFC 5737: nobody's


def test_no_test_connects_to_another_machine() -> None:
    with socket.socket() as outgoing, pytest.raises(OutsideNetworkError, match=ELSEWHERE):
        outgoing.connect((ELSEWHERE, 80))
    with socket.socket() as outgoing, pytest.raises(OutsideNetworkError, match=ELSEWHERE):
        outgoing.connect_ex((ELSEWHERE, 80))


def test_no_test_sends_a_datagram_to_another_machine() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outgoing,
        pytest.raises(OutsideNetworkError, match=ELSEWHERE),
    ):
        outgoing.sendto(b"hello", (ELSEWHERE, 53))


@pytest.mark.parametrize("host", ["exchange.example", b"exchange.example", "2001:db8::1"])
def test_no_test_resolves_a_name(host: bytes | str) -> None:
    with pytest.raises(OutsideNetworkError):
        socket.getaddrinfo(host, 443)


def test_an_asynchronous_client_is_held_back_as_well() -> None:
    async def connect() -> None:
        await asyncio.open_connection(ELSEWHERE, 80)

    with pytest.raises(OutsideNetworkError):
        asyncio.run(connect())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_stays_open(host: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection((host, server.getsockname()[1])) as client,
    ):
        client.sendall(b"hello")
        accepted, _ = server.accept()
        with accepted:
            assert accepted.recv(5) == b"hello"

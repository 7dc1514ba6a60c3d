"""The wiretap between nodes and exchange."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tocsin.demo.relay import Crossed, Wiretap


def test_it_counts_and_keeps_every_byte_in_both_directions() -> None:
    sent, answer = b"\x00question" * 50_000, b"answer\xff" * 70_000
    with _server(len(sent), answer) as port, Wiretap(port) as line:
        got = _ask(line, sent)
        crossed = _settled(line, len(sent) + len(answer))
    assert got == answer
    assert (crossed.to_exchange, crossed.to_node) == (len(sent), len(answer))
    assert sorted(crossed.streams) == sorted([sent, answer])
    assert crossed.connections == 1


def test_connections_at_the_same_time_stay_apart() -> None:
    questions = [bytes([number]) * 10_000 for number in range(8)]
    with _server(10_000, b"ok", times=8) as port, Wiretap(port) as line:
        threads = [threading.Thread(target=_ask, args=(line, each)) for each in questions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        crossed = _settled(line, 8 * 10_002)
    assert crossed.connections == 8
    assert {each for each in crossed.streams if each != b"ok"} == set(questions)


def test_a_mark_leaves_out_what_crossed_before() -> None:
    with _server(5, b"later", times=2) as port, Wiretap(port) as line:
        _ask(line, b"first")
        _settled(line, 10)
        mark = line.mark()
        _ask(line, b"again")
        _settled(line, 20)
        crossed = line.since(mark)
    assert sorted(crossed.streams) == [b"again", b"later"]
    assert line.since(0).total == 20


def test_it_ends_while_a_connection_is_open() -> None:
    with _server(100, b"never") as port, Wiretap(port) as line:
        hanging = socket.create_connection(_address(line))
        hanging.sendall(b"half")
        _settled(line, 4)
    with hanging:
        hanging.settimeout(5)
        assert hanging.recv(10) == b""


def test_a_node_sees_a_closed_connection_when_the_exchange_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Wiretap(port) as line, socket.create_connection(_address(line)) as node:
        node.settimeout(5)
        assert node.recv(10) == b""


@contextmanager
def _server(size: int, answer: bytes, times: int = 1) -> Iterator[int]:
    """Serve on loopback: read `size` bytes, answer, close; `times` times."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def serve_one() -> None:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with client:
                got = 0
                while got < size and (piece := client.recv(65_536)):
                    got += len(piece)
                if got == size:
                    client.sendall(answer)

        threads = [threading.Thread(target=serve_one) for _ in range(times)]
        for thread in threads:
            thread.start()
        yield listening.getsockname()[1]
        for thread in threads:
            thread.join()


def _ask(line: Wiretap, question: bytes) -> bytes:
    with socket.create_connection(_address(line)) as node:
        node.sendall(question)
        got = b""
        while piece := node.recv(65_536):
            got += piece
    return got


def _address(line: Wiretap) -> tuple[str, int]:
    return "127.0.0.1", int(line.url.rpartition(":")[2])


def _settled(line: Wiretap, total: int) -> Crossed:
    """Return what crossed once `total` bytes have; the copying threads need a moment."""
    pause = threading.Event()
    for _ in range(500):
        if line.since(0).total >= total:
            break
        pause.wait(0.01)
    return line.since(0)

"""Several processes that serve one exchange, and the one that starts them.

Each worker has a listening socket of its own on the same port, so that the kernel shares the
callers out. The first process holds all these sockets and serves nobody: when a worker dies, what
was waiting at its socket is served by the next one.
"""

import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from time import monotonic
from types import FrameType
from typing import Final, NoReturn, TypeAlias

import uvicorn
from attrs import define, field

from tocsin.foundation import StorageError, TocsinError

MOST_WORKERS: Final = 64
STOPPING_S: Final = 10
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 30.0
_HELD_S: Final = 5.0
"""A worker that lived this long did not die of how it was started."""

_log = logging.getLogger(__name__)

Ready: TypeAlias = Callable[[], None]
Serve: TypeAlias = Callable[[socket.socket, Ready], None]
"""Serves a socket until told to stop; calls `Ready` once it answers."""


class ReadyServer(uvicorn.Server):
    """A server that says when it answers, and stops when whoever started it is gone."""

    def __init__(self, config: uvicorn.Config, ready: Ready, parent: int | None = None) -> None:
        super().__init__(config)
        self._ready = ready
        self._parent = parent

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()

    async def on_tick(self, counter: int) -> bool:
        if self._parent is not None and os.getppid() != self._parent:
            return True
        return await super().on_tick(counter)


@contextmanager
def leaving_in_order() -> Iterator[None]:
    """Let SIGTERM end a block as leaving it would, with everything closed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_workers(posts: Sequence[tuple[Serve, socket.socket]], on_ready: Ready) -> None:
    """Serve each socket by a process of its own until SIGTERM or SIGINT.

    Call it from the main thread of a process that has no other, and no open vault: workers begin
    as its copies.

    Args:
        on_ready: called once all workers answer.

    Raises:
        StorageError: when a worker cannot start.
    """
    _Crew([_Post(serve, each) for serve, each in posts]).run(on_ready)


@define
class _Post:
    """A socket and the worker that serves it."""

    serve: Serve
    socket: socket.socket
    worker: BaseProcess | None = None
    started: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    start_at: float = 0.0


@define
class _Crew:
    posts: list[_Post]
    _context: multiprocessing.context.ForkContext = field(
        factory=lambda: multiprocessing.get_context("fork")
    )

    def run(self, on_ready: Ready) -> None:
        with _told_to_stop() as stop:
            try:
                self._start_all(stop)
                if not stop.is_told():
                    on_ready()
                while not stop.is_told():
                    self._renew()
                    sentinels = [each.worker.sentinel for each in self.posts if each.worker]
                    wait([stop.reader, *sentinels], timeout=self._next_start())
            finally:
                self._end()

    def _start_all(self, stop: "_Stop") -> None:
        readers = []
        for post in self.posts:
            reader, writer = self._context.Pipe(duplex=False)
            self._start(post, writer.fileno())
            writer.close()
            readers.append(reader)
        for reader, post in zip(readers, self.posts, strict=True):
            # The pipe's other end is the worker's alone: it ends with the worker.
            while not reader.poll(0.1):
                if stop.is_told():
                    return
            try:
                reader.recv_bytes()
            except EOFError:
                raise StorageError(
                    f"a worker could not start (exit code {_code(post.worker)})",
                    hint="what it said stands above",
                ) from None
            finally:
                reader.close()

    def _start(self, post: _Post, ready: int | None = None) -> None:
        post.worker = self._context.Process(
            target=_work, args=(post.serve, post.socket, ready), daemon=True
        )
        post.worker.start()
        post.started = monotonic()

    def _renew(self) -> None:
        """Put others in the place of workers that ended, after a pause that grows."""
        for post in self.posts:
            if post.worker is not None and not post.worker.is_alive():
                _log.warning("worker_ended", extra={"exit_code": _code(post.worker)})
                if monotonic() - post.started > _HELD_S:
                    post.pause_s = _FIRST_PAUSE_S
                post.worker, post.start_at = None, monotonic() + post.pause_s
                post.pause_s = min(2 * post.pause_s, _LONGEST_PAUSE_S)
            if post.worker is None and post.start_at <= monotonic():
                self._start(post)

    def _next_start(self) -> float | None:
        """Return the seconds until a worker is due, None when all are there."""
        due = [post.start_at - monotonic() for post in self.posts if post.worker is None]
        return max(min(due), 0.0) if due else None

    def _end(self) -> None:
        workers = [post.worker for post in self.posts if post.worker is not None]
        for worker in workers:
            if worker.is_alive():
                worker.terminate()
        until = monotonic() + STOPPING_S
        for worker in workers:
            worker.join(max(until - monotonic(), 0))
            if worker.is_alive():
                worker.kill()
                worker.join()


@define
class _Stop:
    """Whether a signal asked to stop; `reader` becomes readable when one did."""

    reader: int
    told: bool = False

    def is_told(self) -> bool:
        return self.told


@contextmanager
def _told_to_stop() -> Iterator[_Stop]:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    stop = _Stop(reader)

    def note(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.told = True

    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, note) for each in signals]
    wakeup = signal.set_wakeup_fd(writer)
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(wakeup)
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
        os.close(reader)
        os.close(writer)


def _work(serve: Serve, listening: socket.socket, ready: int | None) -> None:
    """Be a worker."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)

    def say_ready() -> None:
        if ready is not None:
            with multiprocessing.connection.Connection(ready, readable=False) as pipe:
                pipe.send_bytes(b"ready")

    try:
        serve(listening, say_ready)
    except TocsinError as error:
        _log.error(
            "worker_failed", extra={"why": error.message, "hint": error.hint}, exc_info=error
        )
        sys.exit(1)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    sys.exit(0)


def _code(worker: BaseProcess | None) -> int | None:
    return None if worker is None else worker.exitcode

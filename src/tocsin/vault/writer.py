"""The one writer: a thread that commits many pieces of work together.

Each piece runs in a savepoint of its own, so that one that fails does not hurt the others; all of
them are acknowledged after the one commit. Under load a commit is shared by up to `GROUP` pieces,
which is what makes fsync on every commit affordable.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

from attrs import frozen
from sqlalchemy import Connection

from tocsin.foundation import StorageError, UsageError
from tocsin.vault.session import Session
from tocsin.vault.transaction import Transaction

GROUP: Final = 256

T = TypeVar("T")
Work: TypeAlias = Callable[[Transaction], T]


@frozen
class _Piece:
    work: Work[Any]
    future: "Future[Any]"


class Writer:
    """Runs work in order of submission.

    Args:
        connect: opens a connection that holds the write lock, and commits at the end of its block.
        begin: makes the session of one transaction.
        finish: runs as the last act of each transaction that did something.
        explain: turns an error of the database into one for people.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], AbstractContextManager[Connection]],
        begin: Callable[[Connection], Session],
        finish: Callable[[Transaction], None],
        explain: Callable[[BaseException], BaseException],
    ) -> None:
        self._connect = connect
        self._begin = begin
        self._finish = finish
        self._explain = explain
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, work: Work[T]) -> "Future[T]":
        """Queue a piece of work; its future is resolved after the commit."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StorageError("the vault is closed", hint="open it again")
            if self._thread is None:
                # Started late: most commands only read.
                self._thread = threading.Thread(target=self._run, name="vault", daemon=True)
                self._thread.start()
            self._queue.put(_Piece(work, future))
        return future

    def write(self, work: Work[T]) -> T:
        """Run a piece of work and return its result once it is on the disk."""
        if threading.current_thread() is self._thread:
            raise UsageError("a piece of work can't wait for another: use its own transaction")
        return self.submit(work).result()

    def close(self) -> None:
        """Finish what is queued, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            try:
                done = self._commit(group)
            except Exception as error:  # noqa: BLE001 - the writer must outlive any error
                why = self._explain(error)
                for piece in group:
                    piece.future.set_exception(why)
                continue
            for piece, (result, failure) in zip(group, done, strict=True):
                if failure is None:
                    piece.future.set_result(result)
                else:
                    piece.future.set_exception(self._explain(failure))

    def _next_group(self) -> list[_Piece]:
        """Wait for work; nothing once the writer is closed and the queue is empty."""
        group: list[_Piece] = []
        while not group:
            first = self._queue.get()
            if first is None:
                break
            if first.future.set_running_or_notify_cancel():
                group.append(first)
        self._add_waiting(group)
        return group

    def _add_waiting(self, group: list[_Piece]) -> None:
        """Add to a group what is queued by now."""
        while group and len(group) < GROUP:
            try:
                piece = self._queue.get_nowait()
            except Empty:
                return
            if piece is None:
                self._queue.put(None)  # the end comes after this group
                return
            if piece.future.set_running_or_notify_cancel():
                group.append(piece)

    def _commit(self, group: list[_Piece]) -> list[tuple[Any, BaseException | None]]:
        with self._connect() as connection:
            # While another process had the lock more may have come.
            self._add_waiting(group)
            session = self._begin(connection)
            done = [_attempt(session, piece.work) for piece in group]
            if any(failure is None for _, failure in done):
                self._finish(Transaction(session))
            session.flush()
        return done


def _attempt(session: Session, work: Work[Any]) -> tuple[Any, BaseException | None]:
    """Run one piece in a savepoint.

    Raises:
        Exception: when the whole transaction is lost: SQLite rolls all of it back by itself when
            the disk is full.
    """
    run = session.connection.exec_driver_sql
    run("SAVEPOINT piece")
    try:
        result = work(Transaction(session))
        # PostgreSQL may say only here that a row could not be inserted.
        run("RELEASE SAVEPOINT piece")
    except BaseException as error:  # noqa: BLE001 - told to whoever waits for this piece
        session.forget()
        try:
            run("ROLLBACK TO SAVEPOINT piece")
            run("RELEASE SAVEPOINT piece")
        except Exception as lost:
            raise error from lost
        return None, error
    return result, None

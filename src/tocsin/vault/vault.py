"""The vault: one file, many readers, one writer at a time."""

import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, insert, select

from tocsin.foundation import Clock, Closing, Entropy, RefusedError, StorageError
from tocsin.trust import SigningKey
from tocsin.vault import migrate, schema
from tocsin.vault.engine import DATABASE_ERRORS, WRITING, explained, open_engine, storage_errors
from tocsin.vault.session import Session
from tocsin.vault.transaction import Snapshot, Transaction
from tocsin.vault.writer import Work, Writer

T = TypeVar("T")


class Vault(Closing):
    """Objects, documents and the log of one node or exchange.

    Open it with `create` or `open`; use it as a context manager. Any number of threads may share
    one, and several processes may open the same file.

    Attributes:
        origin: the log's name in its checkpoints.
        signer: signs a checkpoint at the end of each group of writes; None to sign none.
    """

    def __init__(
        self,
        path: Path,
        engine: Engine,
        *,
        origin: str,
        clock: Clock,
        entropy: Entropy,
        signer: SigningKey | None,
    ) -> None:
        self.path = path
        self.origin = origin
        self.signer = signer
        self._engine = engine
        self._clock = clock
        self._entropy = entropy
        self._writer = Writer(
            connect=lambda: engine.connect().execution_options(**{WRITING: True}),
            begin=self._session,
            finish=self._finish,
            explain=self._explain,
        )

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        origin: str,
        clock: Clock,
        entropy: Entropy,
        signer: SigningKey | None = None,
    ) -> Self:
        """Make a new vault, readable by its owner only.

        Raises:
            RefusedError: when something is at `path`.
        """
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError:
            raise RefusedError(f"{path} is there already", hint="choose another place") from None
        except OSError as error:
            raise StorageError(f"{path}: {error.strerror}", hint="check the folder") from error
        engine = open_engine(path)
        try:
            with storage_errors(path):
                migrate.upgrade(engine)
                writing = engine.connect().execution_options(**{WRITING: True})
                with writing as connection, connection.begin():
                    connection.execute(insert(schema.meta).values(name="origin", value=origin))
                    connection.execute(insert(schema.counters).values(name="tick", value=0))
        finally:
            engine.dispose()
        return cls.open(path, clock=clock, entropy=entropy, signer=signer)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        entropy: Entropy,
        signer: SigningKey | None = None,
    ) -> Self:
        """Open a vault.

        Raises:
            StorageError: when there is none, it is damaged, or its schema is older or newer than
                this version of Tocsin writes.
        """
        if not path.is_file():
            raise StorageError(f"there is no vault at {path}", hint="make one with `tocsin init`")
        engine = open_engine(path)
        try:
            with storage_errors(path), engine.connect() as connection:
                migrate.check(connection, path)
                origin = connection.scalar(
                    select(schema.meta.c.value).where(schema.meta.c.name == "origin")
                )
        except BaseException:
            engine.dispose()
            raise
        if origin is None:
            engine.dispose()
            raise StorageError(f"{path} was not made to the end", hint="make a new one")
        return cls(path, engine, origin=origin, clock=clock, entropy=entropy, signer=signer)

    def write(self, work: Work[T]) -> T:
        """Run `work` under the write lock and return its result once it is on the disk.

        Work of other callers may share the commit; if `work` raises, nothing of it is kept and
        the error comes out here. Keep it short: everyone else's writes wait for it.
        """
        return self._writer.write(work)

    def submit(self, work: Work[T]) -> "Future[T]":
        """Queue `work`; the future is resolved once it is on the disk."""
        return self._writer.submit(work)

    @contextmanager
    def read(self) -> Iterator[Snapshot]:
        """Open a view that does not change while writers go on."""
        with storage_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield Snapshot(self._session(connection))

    def close(self) -> None:
        """Finish what is queued and let go of the file."""
        self._writer.close()
        self._engine.dispose()

    def _session(self, connection: Connection) -> Session:
        return Session(connection, self._clock, self._entropy, self.origin, self.path)

    def _finish(self, transaction: Transaction) -> None:
        if self.signer is not None and transaction.log.size:
            transaction.log.checkpoint(self.signer)

    def _explain(self, error: BaseException) -> BaseException:
        return explained(error, self.path) if isinstance(error, DATABASE_ERRORS) else error

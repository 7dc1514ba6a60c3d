"""The vault: one file or database, many readers, one writer at a time."""

import os
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self, TypeVar

from sqlalchemy import Connection, Engine

from tocsin.foundation import Clock, Closing, Entropy, RefusedError, StorageError, UsageError
from tocsin.trust import SigningKey
from tocsin.vault import migrate
from tocsin.vault.address import Place
from tocsin.vault.engine import (
    DATABASE_ERRORS,
    WRITING,
    begun,
    explained,
    open_engine,
    storage_errors,
)
from tocsin.vault.session import Session
from tocsin.vault.transaction import Snapshot, Transaction
from tocsin.vault.writer import Work, Writer

_OPENING_S: Final = 2.0
"""How long opening waits for a server: a person is waiting too."""

T = TypeVar("T")


class Vault(Closing):
    """Objects, documents and the log of one node or exchange.

    Open it with `create` or `open`; use it as a context manager. Any number of threads may share
    one, and several processes may open the same file or database.

    Attributes:
        place: where it lies.
        origin: the log's name in its checkpoints.
        signer: signs a checkpoint at the end of each group of writes; None to sign none.
    """

    def __init__(
        self,
        place: Place,
        engine: Engine,
        *,
        origin: str,
        clock: Clock,
        entropy: Entropy,
        signer: SigningKey | None,
    ) -> None:
        self.place = place
        self.origin = origin
        self.signer = signer
        self._engine = engine
        self._clock = clock
        self._entropy = entropy
        self._writer = Writer(
            connect=lambda: begun(engine, **{WRITING: True}),
            begin=self._session,
            finish=self._finish,
            explain=self._explain,
        )

    @classmethod
    def create(
        cls,
        place: Place,
        *,
        origin: str,
        clock: Clock,
        entropy: Entropy,
        signer: SigningKey | None = None,
    ) -> Self:
        """Make a new vault: a file that only its owner may read, or the tables of a database.

        Raises:
            RefusedError: when something is there already.
        """
        if isinstance(place, Path):
            _make_file(place)
        engine = open_engine(place)
        try:
            with storage_errors(place):
                migrate.create(engine, place, origin=origin)
        except BaseException:
            if isinstance(place, Path):
                place.unlink(missing_ok=True)  # ours: it was not there before
            raise
        finally:
            engine.dispose()
        return cls.open(place, clock=clock, entropy=entropy, signer=signer)

    @classmethod
    def open(
        cls,
        place: Place,
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
        if isinstance(place, Path) and not place.is_file():
            raise StorageError(f"there is no vault at {place}", hint="make one with `tocsin init`")
        engine = open_engine(place)
        try:
            with storage_errors(place), begun(engine, patience_s=_OPENING_S) as connection:
                migrate.check(connection, place)
                origin = migrate.origin_of(connection)
        except BaseException:
            engine.dispose()
            raise
        if origin is None:
            engine.dispose()
            raise StorageError(f"{place} was not made to the end", hint="make a new one")
        return cls(place, engine, origin=origin, clock=clock, entropy=entropy, signer=signer)

    @property
    def path(self) -> Path:
        """The file that it lies in.

        Raises:
            UsageError: when it lies in a database.
        """
        if isinstance(self.place, Path):
            return self.place
        raise UsageError(f"{self.place} is no file")

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
        with storage_errors(self.place), begun(self._engine) as connection:
            yield Snapshot(self._session(connection))

    def close(self) -> None:
        """Finish what is queued and let go of the file or database."""
        self._writer.close()
        self._engine.dispose()

    def _session(self, connection: Connection) -> Session:
        return Session(connection, self._clock, self._entropy, self.origin)

    def _finish(self, transaction: Transaction) -> None:
        if self.signer is not None and transaction.log.size:
            transaction.log.checkpoint(self.signer)

    def _explain(self, error: BaseException) -> BaseException:
        return explained(error, self.place) if isinstance(error, DATABASE_ERRORS) else error


def _make_file(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise RefusedError(f"{path} is there already", hint="choose another place") from None
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}", hint="check the folder") from error

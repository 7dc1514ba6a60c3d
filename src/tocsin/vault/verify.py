"""Verifying a vault or the public export of its log; read-only, with public material only."""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from tocsin.foundation import StorageError, TocsinError
from tocsin.trust import Frontier, VerifyKey
from tocsin.vault import migrate, schema
from tocsin.vault.address import Place
from tocsin.vault.checkpoints import CheckpointTrail
from tocsin.vault.engine import explained, open_to_look
from tocsin.vault.faults import BadEntryError, Verification
from tocsin.vault.log_export import export_log, verify_export
from tocsin.vault.walk import Walk

__all__ = ["Verification", "export_log", "signers", "verify_export", "verify_vault"]


def verify_vault(place: Place, keys: Sequence[VerifyKey] = ()) -> Verification:
    """Recompute everything that the log covers and name the first bad entry.

    Every leaf from event and nonce, every commitment from body and nonce, all kept nodes, the
    roots of all checkpoints; rows in no entry, and entries whose row is missing without an
    erasure. Memory stays bounded; nothing is written.

    Args:
        keys: the log's public keys. Without them those that the vault itself names are used,
            which finds damage but not a vault that was forged together with its keys.

    Raises:
        StorageError: when there is no vault there, or its schema is older or newer.
    """
    if isinstance(place, Path) and not place.is_file():
        raise StorageError(f"there is no vault at {place}", hint="name a home or its vault.db")
    engine = open_to_look(place)
    try:
        with engine.connect() as connection:
            migrate.check(connection, place)
            return verify_connection(connection, keys)
    except SQLAlchemyError as error:
        return Verification(ok=False, entries=0, root="", why=explained(error, place).message)
    finally:
        engine.dispose()


def verify_connection(connection: Connection, keys: Sequence[VerifyKey] = ()) -> Verification:
    """Verify an open vault as one transaction sees it."""
    trusted = list(keys) or signers(connection)
    origin = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.name == "origin"))
    trail = CheckpointTrail(_notes(connection), origin=str(origin), keys=trusted)
    walk = Walk(connection, trail)
    try:
        walk.run()
        _check_file(connection)
    except BadEntryError as bad:
        return _found(walk.frontier, trail, trusted, bad)
    except (AttributeError, TypeError, ValueError) as error:
        # A damaged file may hold anything in any column, a null where none is allowed included.
        damage = BadEntryError(None, f"the database file is damaged: {error}")
        return _found(walk.frontier, trail, trusted, damage)
    return _found(walk.frontier, trail, trusted, None)


def signers(connection: Connection) -> list[VerifyKey]:
    """Return the public keys that the vault says have signed its checkpoints."""
    named = schema.meta.c
    texts = connection.scalars(select(named.value).where(named.name.startswith("signer:")))
    keys: list[VerifyKey] = []
    for each in texts:
        try:
            keys.append(VerifyKey.from_text(each))
        except TocsinError:
            continue  # a damaged key verifies nothing, so its checkpoints will be named
    return keys


def _notes(connection: Connection) -> Iterator[tuple[int, str, bytes]]:
    table = schema.checkpoints.c
    statement = select(table.size, table.note, table.root).order_by(table.size)
    for row in connection.execute(statement.execution_options(yield_per=1000)):
        yield row.size, row.note, row.root


def _check_file(connection: Connection) -> None:
    """Let SQLite compare its indexes with its tables."""
    if connection.dialect.name == "sqlite":
        said = connection.scalar(text("PRAGMA integrity_check(1)"))
        if said != "ok":
            raise BadEntryError(None, f"the database file is damaged: {said}")


def _found(
    frontier: Frontier,
    trail: CheckpointTrail,
    keys: Sequence[VerifyKey],
    bad: BadEntryError | None,
) -> Verification:
    return Verification(
        ok=bad is None,
        entries=frontier.size,
        root=base64.b64encode(frontier.root()).decode(),
        first_bad=None if bad is None else bad.index,
        why="" if bad is None else bad.why,
        checkpoints=trail.checked,
        signed=bool(keys and trail.checked),
    )

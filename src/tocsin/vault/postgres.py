"""A vault in a PostgreSQL database: durable settings asserted, errors said in words.

One writer at a time over all processes: a transaction that writes takes an advisory lock in the
same message that begins it, and holds it until its commit is on the disk. It reads at READ
COMMITTED, so that each statement sees all that was committed before the lock was given; at
REPEATABLE READ its view would date from before it waited. Transactions that only read have one
view from beginning to end and wait for nobody.
"""

import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from tocsin.foundation import StorageError, TocsinError, UsageError
from tocsin.vault.address import PASSWORD_VARIABLE, Encryption, PostgresAddress
from tocsin.vault.sqlite import WRITING

if TYPE_CHECKING:
    from tocsin.vault.pgwire import WireConnection

LOCK_TIMEOUT_S: Final = 30
CONNECT_TIMEOUT_S: Final = 10
IDLE_WRITER_S: Final = 60
"""How long a writer that does nothing may hold the lock: one that hangs must not stop the rest."""

_WRITE_LOCK: Final = 0x746F6373696E  # "tocsin"; advisory locks are a database's own
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
    f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_WRITER_S}s';"
    f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})"
)
_SESSION: Final = (
    "SET client_min_messages = warning;"
    "SET timezone = 'UTC';"
    "SET standard_conforming_strings = on;"
    f"SET lock_timeout = '{LOCK_TIMEOUT_S}s';"
    # What the server's or the role's settings say otherwise is not asked: an acknowledgement
    # must not come before the disk. Stronger modes than `on` stay.
    "SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')"
)
_ASSERTED: Final = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_apply"),
    "server_encoding": ("UTF8",),
}
_GONE: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
"""The server stops, starts, or ended this session."""

_NOT_LET_IN: Final = frozenset({"28P01", "28000"})
_READ_ONLY: Final = frozenset({"25006"})
_FULL: Final = frozenset({"53100", "53200", "58030"})
_CROWDED: Final = frozenset({"53300"})
_LOCKED: Final = frozenset({"55P03", "40P01"})
_NOT_ALLOWED: Final = frozenset({"42501"})
_UNKNOWN_DATABASE: Final = frozenset({"3D000"})
_NOT_TEXT: Final = frozenset({"22021", "22P05"})
_DAMAGED: Final = frozenset({"XX001", "XX002"})


class DatabaseAwayError(StorageError):
    """The server cannot be reached for now, or ended the connection; it may come back."""


def open_server(address: PostgresAddress) -> Engine:
    """Return an engine over a database; see `engine.open_engine`.

    Raises:
        UsageError: when the driver is not installed.
    """
    try:
        from tocsin.vault.pgwire import WireConnection  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise UsageError(
            "PostgreSQL needs a driver that is not installed",
            hint="install `tocsin[postgres]`, which brings pg8000",
        ) from error
    engine = create_engine(
        # The driver gets the address from `creator`: no password stands in the engine.
        URL.create("postgresql+pg8000"),
        creator=lambda: _connect(address, WireConnection),
        hide_parameters=True,
        pool_size=8,
        max_overflow=8,
        pool_use_lifo=True,  # what is not needed any more grows old, and the server closes it
    )
    event.listen(engine, "begin", _begin)
    return engine


def explained_by_postgres(cause: BaseException | None, address: PostgresAddress) -> TocsinError:
    """Return what to tell a person about an error of PostgreSQL or the way to it."""
    if isinstance(cause, TocsinError):
        return cause
    where, code, said = address.shown, _code(cause), _message(cause)
    for codes, error in (
        (
            _NOT_LET_IN,
            StorageError(
                f"{where}: the server does not let {address.user!r} in with this password",
                hint=f"set {PASSWORD_VARIABLE}, or put the right address into the exchange's "
                "database.json",
            ),
        ),
        (_UNKNOWN_DATABASE, StorageError(f"{where}: no such database", hint="run `createdb`")),
        (
            _READ_ONLY,
            StorageError(f"{where}: read-only", hint="name the primary server, not a standby"),
        ),
        (
            _FULL,
            StorageError(
                f"{where}: the server's disk is full or cannot be written; nothing of this "
                "write was kept",
                hint="free some space there, then do it again",
            ),
        ),
        (
            _CROWDED,
            DatabaseAwayError(
                f"{where}: the server takes no more connections",
                hint="raise its max_connections, or serve with fewer workers",
            ),
        ),
        (
            _LOCKED,
            StorageError(
                f"{where}: locked by another process for more than {LOCK_TIMEOUT_S} s",
                hint="wait for the other import or backup to end, then try again",
            ),
        ),
        (
            _NOT_ALLOWED,
            StorageError(
                f"{where}: {address.user!r} may not do this there: {said}",
                hint="let the role own the database",
            ),
        ),
        (
            _NOT_TEXT,
            StorageError(
                f"{where}: a text holds a character that PostgreSQL cannot store",
                hint="remove the NUL character (\\u0000) from it",
            ),
        ),
        (
            _DAMAGED,
            StorageError(f"{where}: the database is damaged: {said}", hint="restore a backup"),
        ),
    ):
        if code in codes:
            return error
    if is_away(cause):
        return DatabaseAwayError(
            f"{where}: the connection to the database was lost",
            hint="see whether the server runs; trying again later is safe",
        )
    return StorageError(f"{where}: {said}", hint="see the server's log")


def is_away(cause: BaseException | None) -> bool:
    """Tell whether the server may be back soon, and nothing was done meanwhile."""
    if isinstance(cause, DatabaseAwayError):
        return True
    code = _code(cause)
    if code:
        return code in _GONE or code.startswith("08")
    # The driver is an optional extra: its errors are known by name.
    said = str(cause) if type(cause).__name__ == "InterfaceError" else ""
    return "network error" in said or "connection is closed" in said


def _connect(address: PostgresAddress, driver: "type[WireConnection]") -> "WireConnection":
    from pg8000.exceptions import DatabaseError, InterfaceError  # noqa: PLC0415 - see above

    line = _reach(address)
    try:
        raw = driver(
            address.user,
            host=address.host,
            database=address.database,
            password=address.secret,
            application_name="tocsin",
            ssl_context=_trust(address),
            sock=line,
        )
    except AttributeError:  # what pg8000 makes of a password that is asked for and is not there
        line.close()
        raise StorageError(
            f"{address}: the server asks for a password",
            hint=f"set {PASSWORD_VARIABLE}, or put the password into the exchange's database.json",
        ) from None
    except (DatabaseError, InterfaceError, OSError) as error:
        line.close()
        if isinstance(error, ssl.SSLError) or "SSL" in str(error):
            raise StorageError(
                f"{address}: the way to the server cannot be protected: {error}",
                hint="see the server's certificate, or sslmode and sslrootcert in the address",
            ) from error
        raise explained_by_postgres(error, address) from error
    try:
        _assert_durable(raw, address)
    except BaseException:
        raw.close()
        raise
    return raw


def _reach(address: PostgresAddress) -> socket.socket:
    """Return an open line; what hangs on the way is noticed within half a minute."""
    try:
        if address.socket:
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(CONNECT_TIMEOUT_S)
            line.connect(address.socket)
        else:
            line = socket.create_connection((address.host, address.port), CONNECT_TIMEOUT_S)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for name, value in (
                ("TCP_KEEPIDLE", 10),
                ("TCP_KEEPINTVL", 5),
                ("TCP_KEEPCNT", 4),
                ("TCP_USER_TIMEOUT", LOCK_TIMEOUT_S * 1000),
            ):
                if hasattr(socket, name):
                    line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    except OSError as error:
        raise DatabaseAwayError(
            f"{address}: no database answers there: {error.strerror or error}",
            hint="start the server, or see host and port",
        ) from error
    line.settimeout(None)
    return line


def _trust(address: PostgresAddress) -> ssl.SSLContext | bool:
    if address.encryption is Encryption.DISABLE:
        return False
    try:
        context = ssl.create_default_context(cafile=address.root_certificate or None)
    except OSError as error:
        raise UsageError(
            f"{address.root_certificate}: cannot be used: {error.strerror or error}",
            hint="let sslrootcert name a PEM file",
        ) from error
    if address.encryption is Encryption.REQUIRE:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _assert_durable(raw: "WireConnection", address: PostgresAddress) -> None:
    raw.run(_SESSION, ())
    for name in _ASSERTED:
        ((setting,),) = raw.run(f"SHOW {name}", ()).rows
        if setting not in _ASSERTED[name]:
            raise StorageError(
                f"{address}: the server runs with {name} = {setting}, which loses or garbles "
                "what was acknowledged",
                hint=f"set {name} = {_ASSERTED[name][0]} there"
                if name != "server_encoding"
                else "make the database with ENCODING 'UTF8' TEMPLATE template0",
            )


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql(_WRITE if is_writing else _READ).close()


def _code(cause: BaseException | None) -> str:
    said: Any = cause.args[0] if cause is not None and cause.args else None
    return str(said.get("C", "")) if isinstance(said, dict) else ""


def _message(cause: BaseException | None) -> str:
    """Return the server's words, never its detail: that repeats what was to be stored."""
    said: Any = cause.args[0] if cause is not None and cause.args else None
    return str(said.get("M", "")) if isinstance(said, dict) else str(cause)

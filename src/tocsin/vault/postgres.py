"""A vault in a PostgreSQL database: the way there, and durable settings asserted.

One writer at a time over all processes: a transaction that writes takes an advisory lock in the
same message that begins it, and holds it until its commit is on the disk. It reads at READ
COMMITTED, so that each statement sees all that was committed before the lock was given; at
REPEATABLE READ its view would date from before it waited. Transactions that only read have one
view from beginning to end and wait for nobody.
"""

import socket
import ssl
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from tocsin.foundation import StorageError, UsageError
from tocsin.vault.address import PASSWORD_VARIABLE, Encryption, PostgresAddress
from tocsin.vault.postgres_errors import LOCK_TIMEOUT_S, DatabaseAwayError, explained_by_postgres
from tocsin.vault.sqlite import WRITING

if TYPE_CHECKING:
    from tocsin.vault.pgwire import WireConnection

CONNECT_TIMEOUT_S: Final = 10
IDLE_WRITER_S: Final = 60
"""How long a writer that does nothing may hold the lock: one that hangs must not stop the rest."""

_WRITE_LOCK: Final = 0x746F6373696E  # "tocsin"; advisory locks are a database's own
_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
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
    )
    event.listen(engine, "begin", _begin)
    return engine


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
    asked = ", ".join(f"current_setting('{name}')" for name in _ASSERTED)
    (found,) = raw.run(f"SELECT {asked}", ()).rows
    for name, setting in zip(_ASSERTED, found, strict=True):
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

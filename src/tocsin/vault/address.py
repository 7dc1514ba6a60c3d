"""Where a vault lies: a SQLite file, or a database of a PostgreSQL server.

The address of the second kind is a `postgresql://` URL, as libpq writes it:

    postgresql://user:password@host:5432/database?sslmode=verify-full&sslrootcert=ca.pem
    postgresql:///database?host=/run/postgresql      (a Unix socket)

Whoever holds the password holds the exchange's contents: it is shown nowhere, and `str` of an
address leaves it out.
"""

import getpass
import ipaddress
import os
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias

from attrs import evolve, field, frozen
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from tocsin.foundation import UsageError

SCHEMES: Final = frozenset({"postgresql", "postgres"})
PASSWORD_VARIABLE: Final = "PGPASSWORD"  # noqa: S105 - the name of a variable, libpq's own
_PORT: Final = 5432
_KNOWN: Final = frozenset({"host", "port", "sslmode", "sslrootcert"})
_HINT: Final = "write it as postgresql://USER@HOST:PORT/DATABASE"


class Encryption(StrEnum):
    """How the way to the server is protected: those of libpq's modes that mean one thing."""

    DISABLE = "disable"
    REQUIRE = "require"
    VERIFY_FULL = "verify-full"


@frozen(kw_only=True)
class PostgresAddress:
    """A database of a PostgreSQL server.

    Attributes:
        host: a name, an IP address, or the folder of a Unix socket (it begins with a slash).
        root_certificate: PEM file of who signs the server's certificate; empty for the system's.
    """

    host: str
    port: int
    database: str
    user: str
    password: str | None = field(default=None, repr=False)
    encryption: Encryption = Encryption.DISABLE
    root_certificate: str = ""

    @classmethod
    def parse(cls, text: str) -> "PostgresAddress":
        """Read an address.

        Without `sslmode`, what leaves this machine is encrypted and the certificate verified;
        `sslmode=disable` is the operator's word that the network in between is theirs.

        Raises:
            UsageError: when it is none; nothing of what stands in it is repeated.
        """
        try:
            url = make_url(text.strip())
        except (ArgumentError, ValueError):
            raise UsageError("this is no database's address", hint=_HINT) from None
        if url.drivername not in SCHEMES:
            raise UsageError("only postgresql:// names a database here", hint=_HINT)
        said = _query(url)
        host = said.get("host") or url.host or "/run/postgresql"
        try:
            port = int(said.get("port") or url.port or _PORT)
            encryption = Encryption(said.get("sslmode") or _usual(host))
        except ValueError:
            modes = ", ".join(Encryption)
            raise UsageError(
                "the database's address has a port or sslmode that is not understood",
                hint=f"give a number, and one of {modes}",
            ) from None
        user = url.username or getpass.getuser()
        return cls(
            host=host,
            port=port,
            database=url.database or user,
            user=user,
            password=url.password,
            encryption=encryption,
            root_certificate=said.get("sslrootcert", ""),
        )

    @property
    def secret(self) -> str | None:
        """The password: the address's own, else what `PGPASSWORD` says."""
        return self.password if self.password is not None else os.environ.get(PASSWORD_VARIABLE)

    @property
    def socket(self) -> str | None:
        """The Unix socket's path, None where the server is reached by TCP."""
        return f"{self.host}/.s.PGSQL.{self.port}" if self.host.startswith("/") else None

    @property
    def shown(self) -> str:
        """The address without password, for messages."""
        return self._url(password=None)

    @property
    def whole(self) -> str:
        """The address with its own password, for a file that only its owner may read."""
        return self._url(password=self.password)

    def is_same(self, other: "PostgresAddress") -> bool:
        """Tell whether both name the same database, whoever enters it and how."""
        here, there = (evolve(each, user="", password=None) for each in (self, other))
        return (here.host, here.port, here.database) == (there.host, there.port, there.database)

    def __str__(self) -> str:
        return self.shown

    def _url(self, password: str | None) -> str:
        query = {"sslmode": str(self.encryption)}
        if self.root_certificate:
            query["sslrootcert"] = self.root_certificate
        if self.socket:
            query["host"] = self.host
        url = URL.create(
            "postgresql",
            self.user,
            password,
            None if self.socket else self.host,
            self.port,
            self.database,
            query,
        )
        return url.render_as_string(hide_password=False)


Place: TypeAlias = Path | PostgresAddress
"""Where a vault lies."""


def _query(url: URL) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in url.query.items():
        if name not in _KNOWN or not isinstance(value, str):
            raise UsageError(
                f"the database's address says {name[:40]!r}, which is not understood",
                hint=f"known are {', '.join(sorted(_KNOWN))}",
            )
        found[name] = value
    return found


def _usual(host: str) -> Encryption:
    """What never leaves this machine needs no encryption."""
    if host.startswith("/") or host.lower() == "localhost":
        return Encryption.DISABLE
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    return Encryption.DISABLE if is_here else Encryption.VERIFY_FULL

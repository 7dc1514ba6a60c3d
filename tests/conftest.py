"""What holds for every test: no network but loopback, repeatable examples, no hidden data."""

import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import WHY_NOT, Server, binaries, running_server
from tests.story import Story, told_once

LONG = os.environ.get("TOCSIN_LONG") == "1"

# A shared machine stalls at times: a deadline would report its load, not our code.
settings.register_profile(
    "quick",
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    max_examples=2_000,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("long" if LONG else "quick")


class OutsideNetworkError(BaseException):
    """A test reached for another machine. Not an `Exception`, so that no retry swallows it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this run has not asked for or has no data for."""
    for item in items:
        if item.get_closest_marker("long") and not LONG:
            item.add_marker(pytest.mark.skip(reason="full counts run under make test-long"))
        if item.get_closest_marker("realdata") and _datasets() is None:
            item.add_marker(pytest.mark.skip(reason="TOCSIN_DATASETS names no folder of real data"))


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of real public data; the test is skipped where there is none."""
    folder = _datasets()
    if folder is None:
        pytest.skip("TOCSIN_DATASETS names no folder of real data")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, one for all tests of this process; the test is skipped without one."""
    if binaries() is None:
        pytest.skip(WHY_NOT)
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The demo's story, for every worker of this run the same telling."""
    base = tmp_path_factory.getbasetemp()
    return told_once(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Let sockets reach this machine alone, and resolve no name but its own.

    Child processes are not covered: what they may reach is for the test that starts them.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        patch.setattr(socket.socket, "sendto", _guarded(socket.socket.sendto, place=-1))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _datasets() -> Path | None:
    named = os.environ.get("TOCSIN_DATASETS")
    return Path(named) if named and Path(named).is_dir() else None


def _guarded(call: Callable[..., Any], place: int = 0) -> Callable[..., Any]:
    def checked(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_outside(args[place][0])
        return call(self, *args)

    return checked


def _guarded_lookup(call: Callable[..., Any]) -> Callable[..., Any]:
    def checked(host: bytes | str | None, *args: Any, **kwargs: Any) -> Any:
        if host:
            _refuse_outside(host.decode() if isinstance(host, bytes) else host)
        return call(host, *args, **kwargs)

    return checked


def _refuse_outside(host: str) -> None:
    if host == "localhost":
        return
    try:
        # The unspecified address is where a server listens, and a client there meets itself.
        address = ipaddress.ip_address(host.partition("%")[0])
        if address.is_loopback or address.is_unspecified:
            return
    except ValueError:
        pass
    raise OutsideNetworkError(f"a test reached for {host!r}; only loopback is allowed")

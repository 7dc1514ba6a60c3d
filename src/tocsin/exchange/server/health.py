"""Is the exchange ready to serve: the vault, its schema, its log, the disk, and its workers.

The answers name checks and nothing else: no member, no number, no hint that would help a stranger.
What a check found stands in the log.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from attrs import frozen

from tocsin.exchange.server.board import Board
from tocsin.foundation import StorageError, TocsinError
from tocsin.vault import Home
from tocsin.vault.checks import check_database, check_disk, check_log, check_schema

_log = logging.getLogger("tocsin.exchange")

CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "workers": "at least one worker lives",
        "database": "the database answers, and keeps what it acknowledges",
        "schema": "the schema is the one that this version writes",
        "log": "the log's head is as it was signed",
        "disk": "the disk has room for a backup",
    }
)


@frozen
class Health:
    """The checks over one exchange."""

    home: Home
    board: Board

    def is_live(self) -> bool:
        """Tell whether anyone serves."""
        return self.board.workers_up() > 0

    def ready(self) -> dict[str, bool]:
        """Return, by name, whether each check holds."""
        folder = self.home.folder
        found = {
            "workers": _holds("workers", self._check_workers),
            "database": _holds("database", self._check_database),
            "schema": False,
            "log": False,
            "disk": _holds("disk", lambda: check_disk(folder)),
        }
        if found["database"]:  # or each would wait for it in vain
            found["schema"] = _holds("schema", lambda: check_schema(folder))
            found["log"] = _holds("log", lambda: check_log(self.home))
        return found

    def _check_database(self) -> str:
        place = self.home.vault.place
        if isinstance(place, Path) and not place.is_file():  # connecting would make an empty one
            raise StorageError(f"there is no vault at {place}")
        return check_database(self.home.folder)

    def _check_workers(self) -> str:
        if not self.is_live():
            raise StorageError("no worker lives")
        return ""


def _holds(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except (TocsinError, OSError) as error:
        _log.warning("not_ready", extra={"check": name}, exc_info=error)
        return False
    return True

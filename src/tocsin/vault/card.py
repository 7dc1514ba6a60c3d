"""Whose folder it is: the card of a home, and the names of its files."""

import os
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from attrs import frozen

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    RefusedError,
    StorageError,
    canonical,
    parse_json,
    parse_time,
    rfc3339,
)
from tocsin.records import MemberKind, is_stix_id
from tocsin.vault.files import sync_folder

CARD: Final = "tocsin.json"
KEYS: Final = "keys.json"
DATABASE: Final = "vault.db"

_FORMAT: Final = "tocsin-home"
_VERSION: Final = 1


class Role(StrEnum):
    """What a home serves as."""

    NODE = "node"
    EXCHANGE = "exchange"


@frozen(kw_only=True)
class Card:
    """Who a home belongs to: the content of `tocsin.json`."""

    id: str
    name: str
    kind: MemberKind
    role: Role
    created: datetime

    @property
    def origin(self) -> str:
        """The name of the home's log: unique, and without spaces or plus signs."""
        return f"tocsin/{self.role}/{self.id}"

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        return canonical(
            {
                "format": _FORMAT,
                "version": _VERSION,
                "id": self.id,
                "name": self.name,
                "kind": str(self.kind),
                "role": str(self.role),
                "created": rfc3339(self.created),
            }
        )

    @classmethod
    def read(cls, path: Path) -> "Card":
        """Read the file.

        Raises:
            StorageError: when there is none, it is damaged or of a newer version.
        """
        try:
            said = parse_json(path.read_bytes(), source=str(path))
        except OSError as error:
            raise StorageError(
                f"{path.parent} is no home of tocsin", hint="make one with `tocsin init`"
            ) from error
        except BadInputError as error:
            raise _damaged(path) from error
        if not isinstance(said, dict) or said.get("format") != _FORMAT:
            raise _damaged(path)
        if said.get("version") != _VERSION:
            raise StorageError(
                f"{path} was written by a newer version of tocsin", hint="install that version"
            )
        try:
            return cls._checked(said)
        except (BadInputError, ValueError) as error:
            raise _damaged(path) from error

    @classmethod
    def _checked(cls, said: JsonObject) -> "Card":
        id_, name = said.get("id"), said.get("name")
        if not is_stix_id(id_) or not isinstance(name, str):
            raise BadInputError("id or name is missing")
        return cls(
            id=str(id_),
            name=name,
            kind=MemberKind(str(said.get("kind"))),
            role=Role(str(said.get("role"))),
            created=parse_time(str(said.get("created")), field="created"),
        )


def make_folder(folder: Path) -> None:
    """Make an empty folder for its owner only.

    Raises:
        RefusedError: when there is something in it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise RefusedError(
                f"{folder} is not empty", hint="choose another folder, or remove what is in it"
            )
        folder.chmod(0o700)
        sync_folder(folder.parent)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be made: {os.strerror(error.errno or 0)}", hint="check the path"
        ) from error


def _damaged(path: Path) -> StorageError:
    return StorageError(f"{path} is damaged", hint="restore a backup with `tocsin restore`")

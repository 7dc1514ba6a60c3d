"""The server that the TAXII checks talk to: an exchange made by commands, or one that is named.

Environment, to point the checks at another server (all of it is optional but the first three):

- `TAXII_URL`, `TAXII_USER`, `TAXII_PASSWORD`: its discovery address (`https://HOST/taxii2/`) and
  an account that may read and write the first collection of the list that it can write.
- `TAXII_OTHER_USER`, `TAXII_OTHER_PASSWORD`: an account that may read that collection, and neither
  delete what the first one adds nor read the first one's statuses.
- `TAXII_POSTABLE`: a JSON file with a list of STIX objects that the server has not yet and would
  take; each is used once.
- `TAXII_HIDDEN`: the id of an object there that the other account must not see.

The collection should hold at least twelve objects of two types, and one object in two versions.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, frozen

from tests.acceptance.town import Node, Town, founded, tocsin


@frozen
class Account:
    """User name and password for HTTP Basic."""

    user: str
    password: str


@define
class Target:
    """A TAXII 2.1 server, and who may ask it what.

    Attributes:
        url: of its discovery resource.
        hidden: id of an object that `owner` sees and `other` must not.
        postable: objects that `owner` may add; `fresh` takes them away one by one.
    """

    url: str
    owner: Account
    other: Account | None
    hidden: str | None
    postable: list[dict[str, Any]]

    def fresh(self) -> dict[str, Any]:
        """Return an object that the server does not have yet."""
        if not self.postable:
            pytest.skip("TAXII_POSTABLE names too few objects")
        return self.postable.pop()

    def stranger(self) -> Account:
        """Return the other account."""
        if self.other is None:
            pytest.skip("TAXII_OTHER_USER names no second account")
        return self.other


@contextmanager
def target(folder: Path, database: str | None = None) -> Iterator[Target]:
    """Give the server that the environment names, else one of our own.

    Args:
        database: address of an empty PostgreSQL database; three processes then serve from it.
    """
    if "TAXII_URL" in os.environ:
        yield _named()
        return
    with founded(
        folder,
        ("--database", database) if database else (),
        ("--workers", "3") if database else (),
        owner=("Owner", "platform"),
        other=("Other", "research"),
        third=("Third", "platform"),
    ) as town:
        yield _filled(town)


def _named() -> Target:
    said = os.environ
    postable = said.get("TAXII_POSTABLE")
    other = said.get("TAXII_OTHER_USER")
    return Target(
        url=said["TAXII_URL"],
        owner=Account(said["TAXII_USER"], said["TAXII_PASSWORD"]),
        other=None if other is None else Account(other, said["TAXII_OTHER_PASSWORD"]),
        hidden=said.get("TAXII_HIDDEN"),
        postable=[] if postable is None else json.loads(Path(postable).read_text("utf-8")),
    )


def _filled(town: Town) -> Target:
    """Share indicators, sightings and a withdrawal, and sign what the checks are to add."""
    tocsin("exchange", "groups", town.exchange, "--create", "Pair")
    for member in ("Owner", "Third"):
        tocsin("exchange", "groups", town.exchange, "--add", "Pair", member)
    town.sync()
    owner, other = town["owner"], town["other"]
    shared = _release(owner, "First", 14, "community")
    hidden = _release(owner, "Hidden", 1, "Pair")
    town.sync()
    other.pastes([f"first-{at}.example" for at in range(5)], "Seen here")
    other.says("match")
    town.sync()
    owner.says("withdraw", shared[-1], "--why", "a mistake")
    town.sync()

    spare = set(_release(owner, "Spare", 40, "community"))
    bundle = town.folder / "spare.json"
    owner.says("sync", "--bundle-out", bundle)
    objects = json.loads(bundle.read_text("utf-8"))["objects"]
    return Target(
        url=owner.says("key", "taxii")["url"],
        owner=_account(owner),
        other=_account(other),
        hidden=hidden[0],
        postable=[each for each in objects if each["id"] in spare],
    )


def _release(node: Node, case: str, count: int, to: str) -> list[str]:
    node.pastes([f"{case.lower()}-{at}.example" for at in range(count)], case)
    ids: list[str] = node.says("release", case, "--to", to, "--tlp", "clear")["objects"]
    return ids


def _account(node: Node) -> Account:
    login = node.says("key", "taxii")
    return Account(login["user"], login["password"])

"""One TAXII server for all checks of this process."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conformance.taxii_client import Taxii
from tests.conformance.taxii_target import Target, target


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)]
)
def taxii_target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """The server to check: one process on SQLite, and three on PostgreSQL."""
    database = None
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres").new_database().whole
    with target(tmp_path_factory.mktemp("taxii"), database) as found:
        yield found


@pytest.fixture(scope="session")
def owner(taxii_target: Target) -> Iterator[Taxii]:
    """Who may read and write."""
    with closing(Taxii(taxii_target, taxii_target.owner)) as made:
        yield made.open()


@pytest.fixture(scope="session")
def other(taxii_target: Target, owner: Taxii) -> Iterator[Taxii]:
    """Another account that reads the same collection."""
    with closing(Taxii(taxii_target, taxii_target.stranger())) as made:
        yield made.open(owner)


@pytest.fixture(scope="session")
def nobody(taxii_target: Target, owner: Taxii) -> Iterator[Taxii]:
    """A stranger without credentials, who knows the addresses."""
    with closing(Taxii(taxii_target, None)) as made:
        yield made.open(owner)

"""TAXII clients made elsewhere fetch all that there is, with whatever page size."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stix2
from attrs import frozen
from cytaxii2 import cytaxii2
from taxii2client.v21 import Collection, Server, as_pages

from tests.acceptance.town import Town, founded

EVERY_SIZE = range(1, 1_001)
SOME_SIZES = (1, 7, 59, 60, 61, 1_000)
FEW = 60
MANY = 12_000


@frozen
class Feed:
    """A collection that holds exactly these objects, and the account that reads it."""

    discovery: str
    address: str
    user: str
    password: str
    ids: frozenset[str]

    @property
    def collection(self) -> Collection:
        """The collection through taxii2-client, found by discovery."""
        server = Server(self.discovery, user=self.user, password=self.password)
        found: Collection = server.api_roots[0].collections[0]
        return found

    @property
    def cyware(self) -> Any:
        """The same server through cytaxii2."""
        return cytaxii2.cytaxii2(self.discovery, self.user, self.password)


def by_taxii2_client(feed: Feed, size: int) -> Iterator[str]:
    """Read with `as_pages`."""
    for page in as_pages(feed.collection.get_objects, per_request=size):
        yield from (each["id"] for each in page.get("objects", []))


def by_cytaxii2(feed: Feed, size: int) -> Iterator[str]:
    """Read with `poll_request`, by `next`."""
    client, token = feed.cyware, None
    where = feed.address.rstrip("/").rpartition("/")[2]
    while True:
        answer = client.poll_request(where, limit=size, next=token)
        assert answer["status"] is True, answer
        yield from (each["id"] for each in answer["response"].get("objects", []))
        if not answer["response"]["more"]:
            return
        token = answer["response"]["next"]


def by_collection_source(feed: Feed, size: int) -> Iterator[str]:
    """Read with stix2's source."""
    source = stix2.TAXIICollectionSource(feed.collection, allow_custom=True, items_per_page=size)
    yield from (each["id"] for each in source.query())


def by_collection_store(feed: Feed, size: int) -> Iterator[str]:
    """Read with stix2's store."""
    store = stix2.TAXIICollectionStore(feed.collection, allow_custom=True, items_per_page=size)
    yield from (each["id"] for each in store.query())


CLIENTS = [by_taxii2_client, by_cytaxii2, by_collection_source, by_collection_store]
Client = Callable[[Feed, int], Iterator[str]]


def filled(town: Town, count: int) -> Feed:
    """Let one organisation share this many, and give the feed of the other."""
    lab, agency = town["lab"], town["agency"]
    lab.pastes([f"name-{at}.example" for at in range(count)], "All")
    shared = lab.says("release", "All", "--to", "community", "--tlp", "clear")["objects"]
    assert len(shared) == count
    assert lab.says("sync")["sent"] == count
    login = agency.says("key", "taxii")
    return Feed(
        login["url"], login["collection"], login["user"], login["password"], frozenset(shared)
    )


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    with _town(tmp_path_factory) as town:
        yield filled(town, FEW)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    with _town(tmp_path_factory) as town:
        yield filled(town, MANY)


def _town(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("clients")
    return founded(folder, lab=("Lab", "research"), agency=("Agency", "agency"))


@pytest.mark.parametrize("size", SOME_SIZES)
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_all_of_a_small_feed(few: Feed, client: Client, size: int) -> None:
    found = list(client(few, size))
    assert len(found) == FEW
    assert set(found) == few.ids


@pytest.mark.long
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_all_of_a_small_feed_in_pages_of_every_size(
    few: Feed, client: Client
) -> None:
    for size in EVERY_SIZE:
        found = list(client(few, size))
        assert (size, len(found), frozenset(found)) == (size, FEW, few.ids)


@pytest.mark.long
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_reads_all_of_a_large_feed(many: Feed, client: Client) -> None:
    found = list(client(many, 1_000))
    assert len(found) == MANY
    assert set(found) == many.ids


@pytest.mark.long
def test_a_client_that_asks_for_more_than_a_page_holds_still_gets_everything(many: Feed) -> None:
    found = list(by_taxii2_client(many, 5_000))
    assert len(found) == MANY
    assert set(found) == many.ids

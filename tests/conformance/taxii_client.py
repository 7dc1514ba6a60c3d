"""Plain HTTP to a TAXII 2.1 server, and what its resources must look like."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin
from uuid import UUID

import httpx
from attrs import define, field

from tests.conformance.taxii_target import Account, Target

TAXII: Final = "application/taxii+json;version=2.1"
FIRST: Final = "x-taxii-date-added-first"
LAST: Final = "x-taxii-date-added-last"
NOWHERE: Final = "5b2f9a61-7d1c-4b1e-8c55-9f0a3d2e1c77"
NO_OBJECT: Final = f"indicator--{NOWHERE}"
MOST_PAGES: Final = 1_000
_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@define(eq=False)
class Taxii:
    """A server as one account meets it; None is a stranger."""

    target: Target
    account: Account | None
    http: httpx.Client = field(init=False)
    root: str = field(init=False)
    collection: dict[str, Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        auth = None if self.account is None else (self.account.user, self.account.password)
        http = httpx.Client(auth=auth, timeout=60, headers={"Accept": TAXII})
        self.http = http

    def open(self, like: "Taxii | None" = None) -> "Taxii":
        """Find the API root and a collection to read and write; the same ones as another did."""
        if like is not None:
            self.root, self.collection = like.root, like.collection
            return self
        discovery = self.get(self.target.url).json()
        root = discovery.get("default") or discovery["api_roots"][0]
        self.root = urljoin(self.target.url, root)
        listed = self.get(f"{self.root}collections/").json()["collections"]
        self.collection = next(each for each in listed if each["can_read"] and each["can_write"])
        return self

    def close(self) -> None:
        """Hang up."""
        self.http.close()

    @property
    def here(self) -> str:
        """The collection's address."""
        return f"{self.root}collections/{self.collection['id']}/"

    @property
    def objects(self) -> str:
        return f"{self.here}objects/"

    @property
    def manifest(self) -> str:
        return f"{self.here}manifest/"

    def one(self, object_id: str) -> str:
        return f"{self.objects}{object_id}/"

    def get(self, url: str, **query: str | int) -> httpx.Response:
        return self.http.get(url, params=query)

    def rows(self, **query: str | int) -> list[dict[str, Any]]:
        """Return the manifest, all pages of it."""
        return list(self.walk(self.manifest, **query))

    def walk(self, url: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """Yield everything by `next`; fails where that never ends."""
        token: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = self.get(url, **query, **token).json()
            yield from page.get("objects", [])
            if not page.get("more"):
                return
            token = {"next": page["next"]}
        raise AssertionError(f"{url}: still more after {MOST_PAGES} pages")

    def post(self, content: Any, **headers: str) -> httpx.Response:
        """Add objects; bytes go as they are."""
        said = {"Content-Type": TAXII, **headers}
        if isinstance(content, bytes):
            return self.http.post(self.objects, content=content, headers=said)
        return self.http.post(self.objects, json=content, headers=said)

    def added(self) -> dict[str, Any]:
        """Add a fresh object and return it."""
        item = self.target.fresh()
        status = self.post({"objects": [item]}).json()
        assert status["success_count"] == 1, status
        return item


def is_identifier(value: object) -> bool:
    """Tell whether it is a version 4 UUID (§2)."""
    return isinstance(value, str) and UUID(value).version == 4


def is_timestamp(value: object) -> bool:
    """Tell whether it is a time with microseconds and Z (§2)."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        return False
    return datetime.fromisoformat(value).tzinfo is not None


def is_error(answer: httpx.Response, *statuses: int) -> bool:
    """Tell whether it is an error of one of these statuses with an error message (§3.6.1)."""
    said = answer.json()
    return (
        answer.status_code in statuses
        and answer.headers["content-type"].replace(" ", "") == TAXII
        and isinstance(said.get("title"), str)
        and bool(said["title"])
        and said.get("http_status", str(answer.status_code)) == str(answer.status_code)
    )

"""From files that a member supplies to pages. Nothing is fetched, no script is run."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import BinaryIO, Final

from attrs import field, frozen

from tocsin.detect.pages.bounds import (
    MOST_ADDRESS,
    MOST_PAGES,
    MOST_PICTURE,
    MOST_PICTURES,
    MOST_READ,
)
from tocsin.detect.pages.har import is_har, read_har
from tocsin.detect.pages.mhtml import is_mhtml, read_mhtml
from tocsin.detect.pages.page import Page, host_of, page_of, picture_key
from tocsin.detect.pages.public import EMBEDDED, is_below
from tocsin.detect.pages.responses import PAGES, Notes, Response
from tocsin.detect.pages.saved import read_saved
from tocsin.detect.pages.warc import is_warc, read_warc
from tocsin.intake.htmltext import is_markup

_HEAD: Final = 4096
_FINE: Final = range(200, 300)


@frozen
class Captures(Notes):
    """Pages and pictures of some files, filled while these are read.

    Attributes:
        counts: also `pages` and their `bytes`, `repeated`: the same page again, and `not-found`:
            answers that are no success.
        pages: in order of coming.
        pictures: the key of each picture by its URL.
    """

    pages: list[Page] = field(factory=list)
    pictures: dict[str, str] = field(factory=dict)
    _seen: set[tuple[str, bytes]] = field(factory=set)

    def favicons(self, page: Page) -> tuple[str, ...]:
        """Return the keys of the pictures that stand in the page's tab."""
        found = (
            each if each.startswith("sha256:") else self.pictures.get(each) for each in page.icons
        )
        return tuple(dict.fromkeys(filter(None, found)))

    def take(self, responses: Iterable[Response]) -> None:
        """Keep what is of use of some answers."""
        for each in responses:
            if each.status not in _FINE:
                self.counts["not-found"] += 1
            elif _is_page(each) and is_below(host_of(each.url), EMBEDDED):
                self.counts["framed"] += 1
            elif _is_page(each):
                self._take_page(each)
            elif _is_picture(each) and len(self.pictures) < MOST_PICTURES:
                self.pictures[each.url] = picture_key(each.body)

    def _take_page(self, response: Response) -> None:
        key = response.url[:MOST_ADDRESS], sha256(response.body).digest()
        if key in self._seen:
            self.counts["repeated"] += 1
        elif len(self.pages) >= MOST_PAGES or self.counts["bytes"] >= MOST_READ:
            self.fault("too-many-pages", response.where)
        elif page := page_of(response, self):
            self._seen.add(key)
            self.counts["pages"] += 1
            self.counts["bytes"] += len(response.body)
            self.pages.append(page)


def read_capture(stream: BinaryIO, name: str, into: Captures, url: str = "") -> None:
    """Read one file: HAR, WARC, MHTML or saved HTML, told by how it begins.

    Args:
        name: of the file, for messages.
        url: where a saved page was taken, if a person says so.
    """
    head = stream.read(_HEAD)
    stream.seek(0)
    into.take(_responses(stream, head, name, into, url))


def _responses(
    stream: BinaryIO, head: bytes, name: str, into: Captures, url: str
) -> Iterator[Response]:
    if is_warc(head):
        return read_warc(stream, name, into)
    if is_har(head):
        return read_har(stream, name, into)
    if is_mhtml(head):
        return read_mhtml(stream, name, into)
    if b"<" in head:
        return read_saved(stream, name, into, url)
    into.fault("unknown-form", name)
    return iter(())


def _is_picture(response: Response) -> bool:
    is_said = response.media.startswith("image/") or response.url.endswith(".ico")
    return is_said and len(response.url) <= MOST_ADDRESS and 0 < len(response.body) <= MOST_PICTURE


def _is_page(response: Response) -> bool:
    if response.media:
        return response.media in PAGES
    return is_markup(response.body[:_HEAD].decode("utf-8", "replace"))

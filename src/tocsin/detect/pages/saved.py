"""Pages saved as one file of HTML: where they were taken is what the browser wrote, or a person.

What the page itself says of its address (its canonical link) is no answer: a copy says there what
the original says.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from tocsin.detect.pages.bounds import MOST_ADDRESS, MOST_BODY
from tocsin.detect.pages.responses import Notes, Response

_HEAD: Final = 4096
_SAVED_BY: Final = (
    re.compile(rb"<!--\s{0,9}saved from url=\(\d{1,5}\)(https?://[^\s<>\"']{1,2000})", re.I),
    re.compile(rb"Page saved with SingleFile\s{1,9}url:\s{0,9}(https?://[^\s<>\"']{1,2000})", re.I),
)


def read_saved(stream: BinaryIO, name: str, notes: Notes, url: str = "") -> Iterator[Response]:
    """Yield the page.

    Args:
        url: where it was taken, if a person says so.
    """
    body = stream.read(MOST_BODY + 1)
    notes.counts["records"] += 1
    url = url or _address(body[:_HEAD])
    if not url:
        notes.fault("no-address", name)
        return
    if len(body) > MOST_BODY:
        notes.fault("page-too-long", name)
    yield Response(url=url[:MOST_ADDRESS], where=name, body=body[:MOST_BODY], media="text/html")


def _address(head: bytes) -> str:
    found = (each.search(head) for each in _SAVED_BY)
    return next((each[1].decode("ascii", "replace") for each in found if each), "")

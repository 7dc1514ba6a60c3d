"""A captured page: what it carries, how it is built, what it says, whom it names.

Runs of elements and of letters are kept as numbers, so that two pages compare by sets. Of the runs
of letters every eighth is kept, chosen by its own number and so the same one on every page
(Broder, On the resemblance and containment of documents, 1997, section 4).
"""

import re
from binascii import a2b_base64
from collections.abc import Iterator
from hashlib import sha256
from ipaddress import ip_address
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit
from zlib import crc32

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.pages.bounds import MOST_ADDRESS, MOST_PICTURE
from tocsin.detect.pages.identifiers import identifiers, social_account
from tocsin.detect.pages.markup import Markup, decoded, read_markup
from tocsin.detect.pages.responses import Notes, Response
from tocsin.detect.sites import site_of
from tocsin.detect.texts import text_key
from tocsin.records.observables import canonical_host

_RUN_OF_ELEMENTS: Final = 5
_RUN_OF_LETTERS: Final = 24
_SAMPLED: Final = 8
_BLOCK: Final = 5_000
_MOST_LETTERS: Final = 200_000
_PARTS: Final = re.compile(r"\s[|\u2013\u2014\u00b7\u2022:-]\s|\s?[|\u00bb\u203a]\s?")
_NAMES: Final = frozenset({"og:site_name", "application-name", "apple-mobile-web-app-title"})
_MOST_NAME: Final = 120
_LEAST_QUOTE: Final = 20
_MOST_QUOTES: Final = 200
_QUOTE: Final = 160
_INLINE_PICTURE: Final = re.compile(r"data:image/[\w.+-]{1,40};base64,", re.I)


Runs: TypeAlias = NDArray[np.uint32]


@frozen(kw_only=True, eq=False)
class Page:
    """One page, built by `page_of`.

    Attributes:
        site: that it belongs to, as `tocsin detect sites` names it.
        names: what it calls itself beside its title; `titles` are the parts of that.
        carried: kinds and values as `tocsin detect sites` names them.
        icons: whole URLs of pictures for the tab, and `sha256:…` of those inside the page.
        files: kind and whole URL of what it loads, without query.
        links: whole URLs of other hosts that it links to.
        asks: sites to which its forms send a password.
        shape: runs of elements as numbers, ascending, each once; letters: sampled runs of these.
        quotes: by the number of its letters, the beginning of each longer block of text.
    """

    url: str
    host: str
    site: str
    where: str
    title: str
    names: tuple[str, ...]
    titles: tuple[str, ...]
    canonical: str
    carried: tuple[tuple[str, str], ...]
    icons: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    links: tuple[str, ...]
    asks: tuple[str, ...]
    classes: tuple[str, ...]
    shape: Runs
    letters: Runs
    quotes: dict[int, str]


def page_of(response: Response, notes: Notes) -> Page | None:
    """Read a page; None, and named, where its address names no site."""
    host, site = canonical_host(host_of(response.url)), site_of(response.url)
    if host is None or site is None:
        notes.fault("no-site", response.where, response.url)
        return None
    faults: list[str] = []
    markup = read_markup(decoded(response.body, response.charset, faults))
    for kind in dict.fromkeys((*faults, *markup.faults)):
        notes.fault(kind, response.where)
    base = _joined(response.url, markup.base) or response.url
    files = dict.fromkeys(
        (kind, url) for kind, each in markup.files if (url := _plain(_joined(base, each)))
    )
    links = _links(base, markup, site)
    blocks = _blocks(markup)
    return Page(
        url=response.url[:MOST_ADDRESS],
        host=host.host,
        site=site,
        where=response.where,
        title=_even(markup.title),
        names=tuple(
            dict.fromkeys(
                _even(said)[:_MOST_NAME] for name, said in markup.metas if name in _NAMES and said
            )
        ),
        titles=tuple(dict.fromkeys(filter(None, map(_even, _PARTS.split(markup.title))))),
        canonical=_joined(base, markup.canonical),
        carried=tuple(dict.fromkeys(_carried(response, markup, links, files, site))),
        icons=tuple(_icons(base, response.url, markup)),
        files=tuple(files),
        links=tuple(links),
        asks=tuple(_asks(base, markup, site)),
        classes=tuple(markup.classes),
        shape=_shape(markup.shape),
        letters=_letters("".join(blocks)),
        quotes=_quotes(blocks),
    )


def picture_key(body: bytes) -> str:
    """Return the name of a picture by its bytes.

    Not the hash that Shodan lists (MurmurHash3 of the picture in base64): no library for it is
    among those that Tocsin may rest on.
    """
    return f"sha256:{sha256(body).hexdigest()}"


def host_of(url: str) -> str:
    """Return the host of a URL, empty where it has none."""
    split = _split(url)
    return (split.hostname or "") if split else ""


def _carried(
    response: Response,
    markup: Markup,
    links: dict[str, str],
    files: dict[tuple[str, str], None],
    site: str,
) -> Iterator[tuple[str, str]]:
    yield from identifiers(markup)
    if _is_address(response.address):
        yield "ip", response.address
    yield from (("certificate-name", name) for each in response.names if (name := site_of(each)))
    for url, to in links.items():
        if account := social_account(url, to):
            yield "social", account
        else:
            yield "link", to
    for _, url in files:
        host = site_of(url)
        if host is not None and host != site:
            yield "asset", host


def _links(base: str, markup: Markup, site: str) -> dict[str, str]:
    """Return whole URLs of links to other sites, each with its site."""
    found: dict[str, str] = {}
    for each in markup.links:
        url = _joined(base, each)
        to = site_of(url) if url.startswith(("http://", "https://")) else None
        if to is not None and to != site:
            found[url.partition("#")[0]] = to
    return found


def _asks(base: str, markup: Markup, site: str) -> Iterator[str]:
    for form in markup.forms:
        if form.asks:
            yield site_of(_joined(base, form.action) or base) or site


def _icons(base: str, url: str, markup: Markup) -> Iterator[str]:
    for each in markup.icons:
        if inline := _INLINE_PICTURE.match(each):
            body = _from_base64(each[inline.end() :])
            if body:
                yield picture_key(body)
        elif whole := _joined(base, each):
            yield whole
    yield urljoin(url, "/favicon.ico")


def _from_base64(text: str) -> bytes:
    try:
        return a2b_base64(text[: 2 * MOST_PICTURE].encode("ascii", "ignore"))
    except ValueError:
        return b""


def _shape(elements: list[tuple[str, int]]) -> Runs:
    said = [f"{tag} {depth}" for tag, depth in elements]
    runs = range(len(said) - _RUN_OF_ELEMENTS + 1)
    return _runs({crc32("|".join(said[at : at + _RUN_OF_ELEMENTS]).encode()) for at in runs})


def _letters(key: str) -> Runs:
    runs = range(len(key) - _RUN_OF_LETTERS + 1)
    numbers = (crc32(key[at : at + _RUN_OF_LETTERS].encode("utf-8", "replace")) for at in runs)
    return _runs({each for each in numbers if each % _SAMPLED == 0})


def _runs(numbers: set[int]) -> Runs:
    return np.array(sorted(numbers), np.uint32)


def _blocks(markup: Markup) -> dict[str, str]:
    """Return blocks of text by their key, each once."""
    found: dict[str, str] = {}
    left = _MOST_LETTERS
    for block in markup.blocks:
        key = text_key(block[:_BLOCK])
        if key and left > 0 and key not in found:
            found[key] = _even(block[:_BLOCK])
            left -= len(key)
    return found


def _quotes(blocks: dict[str, str]) -> dict[int, str]:
    longer = sorted((key for key in blocks if len(key) >= _LEAST_QUOTE), key=len, reverse=True)
    return {
        crc32(key.encode("utf-8", "replace")): blocks[key][:_QUOTE] for key in longer[:_MOST_QUOTES]
    }


def _even(text: str) -> str:
    return " ".join(text.split())


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url[:MOST_ADDRESS]) if url.startswith(("http://", "https://")) else None
    except ValueError:
        return None


def _joined(base: str, to: str) -> str:
    try:
        return urljoin(base, to.strip())[:MOST_ADDRESS] if to else ""
    except ValueError:
        return ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _plain(url: str) -> str:
    """Return a web address without query and fragment, empty for others."""
    if not url.startswith(("http://", "https://")):
        return ""
    return url.partition("#")[0].partition("?")[0]

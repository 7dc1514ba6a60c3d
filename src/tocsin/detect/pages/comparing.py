"""What a captured page has in common with a genuine one, a line each that a person can check.

There are two sorts. By *identity* a page passes itself off: its name, its picture in the tab, the
style and logo that it loads from the genuine site, a host that looks alike. What is *copied* shows
where it was made from, and honest pages have it too: a theme, an agency's text, a counter of one
owner. Only both together are an imitation.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

import numpy as np
from attrs import field, frozen

from tocsin.detect.names.letters import transliterated
from tocsin.detect.pages.page import Page, Runs
from tocsin.detect.pages.public import PUBLIC_FILES, is_below
from tocsin.detect.sites import site_of
from tocsin.detect.texts import text_key

NEAR_SHAPE: Final = 0.7
"""Of the runs of elements of both pages, so much is in both."""

NEAR_TEXT: Final = 0.3
"""Of the runs of letters of the shorter page, so much is in the other."""

_LEAST_SHAPE: Final = 40
_LEAST_LETTERS: Final = 25
_LEAST_LINKS: Final = 10
_LEAST_FILES: Final = 2
_LEAST_NAME: Final = 3
_FURNITURE: Final = ("logo", "brand", "masthead", "favicon")
_ACCOUNTS: Final = {
    "analytics": "counts its visits",
    "advertising": "is paid for its advertisements",
    "verification": "proves to whom it belongs",
    "wallet": "takes its donations",
    "e-mail": "is its address for mail",
    "phone": "is its telephone number",
}


_FAMILIES: Final = {
    **dict.fromkeys(_ACCOUNTS, "accounts"),
    **dict.fromkeys(("links", "canonical", "hot-linked-pictures", "embeds"), "pointing"),
    **dict.fromkeys(("shape", "same-files"), "building"),
}


@frozen
class Evidence:
    """One thing that a page shares with a genuine one.

    Attributes:
        says: in a line, with what a person has to compare.
        genuine: URL of the genuine page, empty where none was captured.
    """

    kind: str
    value: str
    says: str
    is_identity: bool = False
    genuine: str = ""

    @property
    def family(self) -> str:
        """What goes together with it for one innocent reason."""
        return _FAMILIES.get(self.kind, self.kind)


@frozen(kw_only=True)
class Genuine:
    """Whom a page may imitate, built by `genuine_of`.

    Attributes:
        name: for people.
        sites: its own, on which nothing is an imitation.
        names: what it calls itself, by key, as it stands.
        favicons, carried, files: by which page they are on.
        linked: sites that its pages link to or load from.
    """

    name: str
    sites: frozenset[str]
    names: Mapping[str, str] = field(factory=dict)
    favicons: Mapping[str, str] = field(factory=dict)
    carried: Mapping[tuple[str, str], str] = field(factory=dict)
    files: Mapping[str, str] = field(factory=dict)
    linked: frozenset[str] = frozenset()
    pages: tuple[Page, ...] = ()


@frozen
class Ordinary:
    """What pages of others have too, which therefore says nothing."""

    names: frozenset[str] = frozenset()
    favicons: frozenset[str] = frozenset()
    carried: frozenset[tuple[str, str]] = frozenset()
    files: frozenset[str] = frozenset()
    shapes: tuple[Runs, ...] = ()
    letters: Runs = field(factory=lambda: np.empty(0, np.uint32))


def genuine_of(
    name: str,
    pages: Iterable[tuple[Page, tuple[str, ...]]],
    own: Iterable[str] = (),
    names: Iterable[str] = (),
) -> Genuine:
    """Put together what is known of somebody genuine.

    Args:
        name: for people, where nothing else is known.
        pages: of its sites, each with the keys of its pictures in the tab; perhaps none.
        own: sites that are its own beside those of the pages.
        names: that it is known under.
    """
    captured = list(pages)
    each_page = [page for page, _ in captured]
    called = [*names, *(_own_names(each_page))]
    return Genuine(
        name=next(iter(called), name),
        sites=frozenset({*own, *(page.site for page in each_page)}),
        names={key: said for said in reversed(called) if len(key := text_key(said)) >= _LEAST_NAME},
        favicons={key: page.url for page, keys in captured for key in keys},
        carried={each: page.url for page in each_page for each in page.carried},
        files={url: page.url for page in each_page for _, url in page.files},
        linked=frozenset(
            to for page in each_page for kind, to in page.carried if kind in {"link", "asset"}
        ),
        pages=tuple(each_page),
    )


def ordinary_of(pages: Iterable[tuple[Page, tuple[str, ...]]]) -> Ordinary:
    """Put together what ordinary pages have."""
    captured = list(pages)
    each_page = [page for page, _ in captured]
    return Ordinary(
        names=frozenset(key for page in each_page for key in _claimed(page)),
        favicons=frozenset(key for _, keys in captured for key in keys),
        carried=frozenset(each for page in each_page for each in page.carried),
        files=frozenset(url for page in each_page for _, url in page.files),
        shapes=tuple(page.shape for page in each_page),
        letters=np.unique(
            np.concatenate([np.empty(0, np.uint32), *(page.letters for page in each_page)])
        ),
    )


def shared(
    page: Page, favicons: Iterable[str], genuine: Genuine, ordinary: Ordinary
) -> tuple[Evidence, ...]:
    """Return what a page shares with a genuine site, what identifies first."""
    found = (
        _name(page, genuine, ordinary),
        _favicon(favicons, genuine, ordinary),
        *_files(page, genuine, ordinary),
        *_accounts(page, genuine, ordinary),
        _shape(page, genuine, ordinary),
        _text(page, genuine, ordinary),
        _links(page, genuine),
        _password(page, genuine),
    )
    kept = [each for each in found if each is not None]
    return tuple(sorted(kept, key=lambda each: not each.is_identity))


def _own_names(pages: list[Page]) -> list[str]:
    """Return what a site calls itself; by its titles only where no page says it outright."""
    said = [name for page in pages for name in page.names]
    if said:
        return list(dict.fromkeys(said))
    common = [set(page.titles) for page in pages]
    always = set.intersection(*common) if len({page.title for page in pages}) > 1 else set()
    return sorted(always) or [
        name for page in pages[:1] for name in page.titles if _is_of_host(name, page.site)
    ]


def _is_of_host(name: str, site: str) -> bool:
    """Tell whether a name is written out in its host; "Home" and "News" are nobody's."""
    label, words = _label(site), text_key(transliterated(name))
    return len(words) >= _LEAST_NAME and (words in label or label in words)


def _label(site: str) -> str:
    return text_key(site.partition(".")[0])


def _claimed(page: Page) -> dict[str, str]:
    """Return what a page calls itself, by key.

    Where it says so outright, the title says nothing. Where a part of the title is the label of its
    own host, as on the page of a newspaper at a platform, the other parts say nothing.
    """
    if page.names:
        return {text_key(each): each for each in page.names}
    parts = {text_key(each): each for each in page.titles}
    label = _label(page.site)
    return {label: parts[label]} if label in parts else parts


def _name(page: Page, genuine: Genuine, ordinary: Ordinary) -> Evidence | None:
    for key, said in _claimed(page).items():
        if key in genuine.names and key not in ordinary.names:
            return Evidence("name", said, f'it calls itself "{said}"', is_identity=True)
    return None


def _favicon(favicons: Iterable[str], genuine: Genuine, ordinary: Ordinary) -> Evidence | None:
    for key in favicons:
        if (url := genuine.favicons.get(key)) and key not in ordinary.favicons:
            says = "the picture in its tab is the genuine one, byte for byte"
            return Evidence("favicon", key, says, is_identity=True, genuine=url)
    return None


def _files(page: Page, genuine: Genuine, ordinary: Ordinary) -> Iterable[Evidence]:
    """Yield files that it loads from the genuine site, and those that both load from elsewhere."""
    from_there, same = [], []
    for kind, url in page.files:
        site = site_of(url)
        if site in genuine.sites:
            from_there.append((kind, url))
        elif (
            url in genuine.files
            and url not in ordinary.files
            and site != page.site
            and not is_below(urlsplit(url).hostname or "", PUBLIC_FILES)
        ):
            same.append(url)
    sorts: dict[str, list[str]] = {}
    for kind, url in from_there:
        sorts.setdefault(_sort_of(kind, url), []).append(url)
    for sort, urls in sorts.items():
        files = f"{len(urls)} file{'s'[: len(urls) > 1]}"
        says = f"it loads {files} from the genuine site, such as {urls[0]}"
        yield Evidence(sort, urls[0], says, is_identity=sort == "hot-link")
    if len(same) >= _LEAST_FILES:
        says = f"it loads {len(same)} files that the genuine page loads, such as {same[0]}"
        yield Evidence("same-files", same[0], says, genuine=genuine.files[same[0]])


def _sort_of(kind: str, url: str) -> str:
    """Tell files that make the look of a site from those that honest pages embed."""
    path = urlsplit(url).path.lower()
    is_logo = kind == "picture" and any(word in path for word in _FURNITURE)
    if kind in {"style", "icon"} or is_logo:
        return "hot-link"
    return "hot-linked-pictures" if kind == "picture" else "embeds"


def _accounts(page: Page, genuine: Genuine, ordinary: Ordinary) -> Iterable[Evidence]:
    told = set[str]()
    for kind, value in page.carried:
        url = genuine.carried.get((kind, value))
        if url and kind in _ACCOUNTS and kind not in told and (kind, value) not in ordinary.carried:
            told.add(kind)
            says = f"in both pages stands {value}, which {_ACCOUNTS[kind]}"
            yield Evidence(kind, value, says, genuine=url)


def _shape(page: Page, genuine: Genuine, ordinary: Ordinary) -> Evidence | None:
    best, url = 0.0, ""
    for each in genuine.pages:
        if min(len(page.shape), len(each.shape)) >= _LEAST_SHAPE:
            near = _jaccard(page.shape, each.shape)
            if near > max(best, NEAR_SHAPE) and not _is_theme(each.shape, ordinary):
                best, url = near, each.url
    if not url:
        return None
    says = (
        f"it is built like the genuine page: {best:.0%} of the runs of five elements are the same"
    )
    return Evidence("shape", f"{best:.2f}", says, genuine=url)


def _is_theme(shape: Runs, ordinary: Ordinary) -> bool:
    return any(_jaccard(shape, each) >= NEAR_SHAPE for each in ordinary.shapes)


def _common(one: Runs, other: Runs) -> int:
    return len(np.intersect1d(one, other, assume_unique=True))


def _jaccard(one: Runs, other: Runs) -> float:
    both = _common(one, other)
    return both / max(len(one) + len(other) - both, 1)


def _text(page: Page, genuine: Genuine, ordinary: Ordinary) -> Evidence | None:
    best, of = 0.0, None
    mine = np.setdiff1d(page.letters, ordinary.letters, assume_unique=True)
    for each in genuine.pages:
        both, shorter = _common(mine, each.letters), min(len(mine), len(each.letters))
        if both >= _LEAST_LETTERS and both / shorter > best:
            best, of = both / shorter, each
    if of is None or best < NEAR_TEXT:
        return None
    quoted = next((said for key, said in page.quotes.items() if key in of.quotes), "")
    says = f"{best:.0%} of the shorter page's text is in both"
    return Evidence(
        "text", f"{best:.2f}", f'{says}, such as "{quoted}"' if quoted else says, genuine=of.url
    )


def _links(page: Page, genuine: Genuine) -> Evidence | None:
    found = [url for url in page.links if site_of(url) in genuine.sites]
    if page.canonical and site_of(page.canonical) in genuine.sites:
        says = f"it calls {page.canonical} its own address (canonical)"
        return Evidence("canonical", page.canonical, says, genuine=page.canonical)
    if len(found) < _LEAST_LINKS:
        return None
    says = f"{len(found)} of its links lead to the genuine site, such as {found[0]}"
    return Evidence("links", found[0], says)


def _password(page: Page, genuine: Genuine) -> Evidence | None:
    for ask in page.asks:
        if ask not in genuine.sites:
            return Evidence("password", ask, f"it asks for a password and sends it to {ask}")
    return None

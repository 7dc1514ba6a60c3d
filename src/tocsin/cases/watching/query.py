"""What a watch looks for: terms that must all hold, in one text or several.

`domain:example.org` the domain or anything under it; `name:TEXT` in a name; `technique:T0049` or a
part of it; `pattern:*GLOB*` in an identifier or an indicator's pattern; `type:TYPE` a STIX type or
the kind of an identifier; `resembles:NAME` a host, handle or name that looks like it; `trace:url`
of activity; `handle:STEM` a handle but for figures at its end; `url:ADDRESS` a page or what is
below it; `hashtag:TAG` and `said:TEXT` a post with that; a bare word anywhere. Values with blanks
stand in double quotes.

A post is met only where a query asks for posts, by `hashtag:`, `said:` or `type:post`: otherwise
the account or link is told, once, and not each of ten thousand posts that name it.
"""

import re
import shlex
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from attrs import frozen

from tocsin.activity.links import link_of
from tocsin.cases.watching.arrivals import Arrival, shown_hosts
from tocsin.cases.watching.skeletons import skeleton
from tocsin.foundation import HIDDEN, BadInputError
from tocsin.records.observables import canonical_host, refang

Why: TypeAlias = str | None
_Match: TypeAlias = Callable[[str, Arrival], Why]

MIN_RESEMBLANCE: Final = 4
"""The fewest letters of a skeleton: shorter ones stand in every second name."""

MIN_STEM: Final = 3
"""The fewest letters of a handle's stem."""
_AROUND: Final = 40

_FIELD: Final = re.compile(r"([a-z]+):(?!//)(.*)", re.DOTALL)
_T_NUMBER: Final = re.compile(r"T\d{4}(?:\.\d{3})?")
_FIGURES: Final = re.compile(r"[\d_.-]+$")
_POST: Final = "post"
_OF_POSTS: Final = frozenset({"hashtag", "said"})
_GLOB: Final = frozenset("*?[")
_OR: Final = " or "


@frozen
class Term:
    """One condition.

    Attributes:
        value: in the form that is compared.
    """

    field: str
    value: str

    def met_by(self, arrival: Arrival) -> Why:
        """Return in what way an arrival meets it, None when it does not."""
        return _MATCHES[self.field](self.value, arrival)

    def __str__(self) -> str:
        quoted = f'"{self.value}"' if re.search(r"\s", self.value) else self.value
        return quoted if self.field == "text" else f"{self.field}:{quoted}"


@frozen
class Query:
    """Alternatives, each of terms that must all hold; build it with `read`."""

    alternatives: tuple[tuple[Term, ...], ...]

    @classmethod
    def read(cls, texts: Iterable[str]) -> "Query":
        """Read one text an alternative.

        Raises:
            BadInputError: for an unknown field or a value that its field does not take.
        """
        found = tuple(dict.fromkeys(tuple(_terms(text)) for text in texts))
        if not found or not all(found):
            raise BadInputError(
                "a watch looks for nothing", hint="give --query, such as `domain:example.org`"
            )
        return cls(found)

    @property
    def asks_for_posts(self) -> bool:
        """Whether some alternative can be met by a post."""
        return any(map(_are_of_posts, self.alternatives))

    def met_by(self, arrival: Arrival) -> Why:
        """Return in what way an arrival meets an alternative, None when it meets none."""
        for terms in self.alternatives:
            if arrival.type == _POST and not _are_of_posts(terms):
                continue
            whys = [term.met_by(arrival) for term in terms]
            if all(whys):
                return "; ".join(why for why in whys if why)
        return None

    def __str__(self) -> str:
        return _OR.join(" ".join(str(term) for term in terms) for terms in self.alternatives)


def _are_of_posts(terms: Iterable[Term]) -> bool:
    return any(
        term.field in _OF_POSTS or (term.field == "type" and term.value == _POST) for term in terms
    )


def _terms(text: str) -> Iterator[Term]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInputError(
            f"query {text[:80]!r} cannot be read: {error}", hint="close the quotes"
        ) from error
    for word in words:
        named = _FIELD.fullmatch(word)
        yield _term(*named.groups()) if named else Term("text", _folded(word))


def _term(field: str, said: str) -> Term:
    read = _READERS.get(field)
    if read is None:
        known = ", ".join(sorted(_READERS))
        raise BadInputError(
            f"{field!r} is no field of a query", hint=f"fields: {known}; put other words in quotes"
        )
    if not said.strip():
        raise BadInputError(f"{field}: there is no value behind it", hint=f"write {field}:VALUE")
    return Term(field, read(said))


def _read_domain(said: str) -> str:
    host = canonical_host(refang(said))
    if host is None:
        raise BadInputError(
            f"domain: {said[:80]!r} is no host name", hint="use pattern: for a part"
        )
    return host.host


def _read_technique(said: str) -> str:
    number = said.strip().upper()
    if not _T_NUMBER.fullmatch(number):
        raise BadInputError(f"technique: {said[:80]!r} is no T-number", hint="write T0049")
    return number


def _read_resembles(said: str) -> str:
    if len(skeleton(_protected(said))) < MIN_RESEMBLANCE:
        raise BadInputError(
            f"resembles: {said[:80]!r} is too short to tell what resembles it",
            hint=f"give at least {MIN_RESEMBLANCE} letters",
        )
    return said.strip()


def _folded(said: str) -> str:
    return " ".join(said.casefold().split())


def _read_handle(said: str) -> str:
    stem = _stem(said)
    if len(stem) < MIN_STEM:
        raise BadInputError(
            f"handle: {said[:80]!r} has too few letters before its figures",
            hint=f"give at least {MIN_STEM} letters",
        )
    return stem


def _read_url(said: str) -> str:
    found = link_of(refang(said))
    if found is None:
        raise BadInputError(
            f"url: {said[:80]!r} is no web address", hint="write url:https://example.org/a"
        )
    return found[0]


def _read_said(said: str) -> str:
    return _as_read(said)


def _read_hashtag(said: str) -> str:
    return _folded(said.strip().lstrip("#\uff03"))


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "domain": _read_domain,
    "handle": _read_handle,
    "hashtag": _read_hashtag,
    "name": _folded,
    "pattern": _folded,
    "resembles": _read_resembles,
    "said": _read_said,
    "technique": _read_technique,
    "text": _folded,
    "trace": _folded,
    "type": _folded,
    "url": _read_url,
}


def _protected(said: str) -> str:
    """Return the name to protect: of a host, what was registered, without its suffix."""
    host = canonical_host(refang(said))
    return host.registrable.partition(".")[0] if host else said


def _domain(value: str, arrival: Arrival) -> Why:
    for host in arrival.hosts:
        if host == value:
            return f"it names {value}"
        if host.endswith(f".{value}"):
            return f"{host} is under {value}"
    return None


def _name(value: str, arrival: Arrival) -> Why:
    found = next((each for each in arrival.names if value in _folded(each)), None)
    return f"its name {found!r} holds {value!r}" if found else None


def _technique(value: str, arrival: Arrival) -> Why:
    found = sorted(
        each for each in arrival.techniques if each == value or each.startswith(f"{value}.")
    )
    return f"technique {', '.join(found)}" if found else None


def _pattern(value: str, arrival: Arrival) -> Why:
    glob = value if _GLOB & set(value) else f"*{value}*"
    texts = [*arrival.values, *arrival.names, *([arrival.pattern] if arrival.pattern else [])]
    found = next((each for each in texts if fnmatchcase(_folded(each), glob)), None)
    return f"{found!r} fits {value!r}" if found else None


def _text(value: str, arrival: Arrival) -> Why:
    texts = [*arrival.names, *arrival.values, *([arrival.pattern] if arrival.pattern else [])]
    found = next((each for each in texts if value in _folded(each)), None)
    return f"{found!r} holds {value!r}" if found else _said(value, arrival)


def _said(value: str, arrival: Arrival) -> Why:
    for text in arrival.texts:
        read = _as_read(text)
        at = read.find(value)
        if at >= 0:
            start = max(0, at - _AROUND)
            return f"it says {read[start : at + len(value) + _AROUND]!r}"
    return None


def _hashtag(value: str, arrival: Arrival) -> Why:
    return f"it has #{value}" if f"hashtag:{value}" in arrival.keys else None


def _handle(value: str, arrival: Arrival) -> Why:
    found = next((each for each in arrival.handles if _stem(each) == value), None)
    return f"the handle {found!r} is {value!r} but for figures" if found else None


def _url(value: str, arrival: Arrival) -> Why:
    below = tuple(value + mark for mark in "/?#")
    for key in arrival.keys:
        kind, _, address = key.partition(":")
        link = link_of(address) if kind == "url" else None
        if link is not None and (link[0] == value or link[0].startswith(below)):
            return f"it names {link[0]}"
    return None


def _stem(handle: str) -> str:
    return _FIGURES.sub("", handle.strip().lstrip("@").casefold())


def _as_read(text: str) -> str:
    """Return a text as a reader takes it in: no hidden letters, one case, single blanks."""
    # Word by word: ends of lines count as hidden too.
    shown = " ".join(HIDDEN.sub("", word) for word in text.split())
    return _folded(unicodedata.normalize("NFKC", shown))


def _type(value: str, arrival: Arrival) -> Why:
    return f"it is of type {value}" if value in {arrival.type, *arrival.kinds} else None


def _trace(value: str, arrival: Arrival) -> Why:
    return f"it is a trace of {value}" if arrival.trace == value else None


def _resembles(value: str, arrival: Arrival) -> Why:
    """The entity's own host, and what is under it, resembles nobody."""
    own = canonical_host(refang(value))
    wanted = skeleton(_protected(value))
    for host, shown in shown_hosts(arrival.hosts):
        is_own = own is not None and (host == own.host or host.endswith(f".{own.host}"))
        if not is_own and wanted in skeleton(shown):
            return f"the host {shown!r} looks like {value!r}"
    for name in (*arrival.handles, *arrival.names):
        if not _is_host(name) and wanted in skeleton(name):
            return f"{name!r} looks like {value!r}"
    return None


def _is_host(name: str) -> bool:
    return canonical_host(refang(name)) is not None


_MATCHES: Final[dict[str, _Match]] = {
    "domain": _domain,
    "handle": _handle,
    "hashtag": _hashtag,
    "name": _name,
    "pattern": _pattern,
    "resembles": _resembles,
    "said": _said,
    "technique": _technique,
    "text": _text,
    "trace": _trace,
    "type": _type,
    "url": _url,
}

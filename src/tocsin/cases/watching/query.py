"""What a watch looks for: terms that must all hold, in one text or several.

`domain:example.org` the domain or anything under it; `name:TEXT` in a name; `technique:T0049` or a
part of it; `pattern:*GLOB*` in an identifier or an indicator's pattern; `type:TYPE` a STIX type or
the kind of an identifier; `resembles:NAME` a host, handle or name that looks like it; `trace:url`
of activity; a bare word anywhere. Values with blanks stand in double quotes.
"""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

from attrs import frozen

from tocsin.cases.watching.arrivals import Arrival, shown_hosts
from tocsin.cases.watching.skeletons import skeleton
from tocsin.foundation import BadInputError
from tocsin.records.observables import canonical_host, refang

Why: TypeAlias = str | None
_Match: TypeAlias = Callable[[str, Arrival], Why]

MIN_RESEMBLANCE: Final = 4
"""The fewest letters of a skeleton: shorter ones stand in every second name."""

_FIELD: Final = re.compile(r"([a-z]+):(?!//)(.*)", re.DOTALL)
_T_NUMBER: Final = re.compile(r"T\d{4}(?:\.\d{3})?")
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

    def met_by(self, arrival: Arrival) -> Why:
        """Return in what way an arrival meets an alternative, None when it meets none."""
        for terms in self.alternatives:
            whys = [term.met_by(arrival) for term in terms]
            if all(whys):
                return "; ".join(why for why in whys if why)
        return None

    def __str__(self) -> str:
        return _OR.join(" ".join(str(term) for term in terms) for terms in self.alternatives)


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


_READERS: Final[dict[str, Callable[[str], str]]] = {
    "domain": _read_domain,
    "name": _folded,
    "pattern": _folded,
    "resembles": _read_resembles,
    "technique": _read_technique,
    "text": _folded,
    "trace": _folded,
    "type": _folded,
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
    return f"{found!r} holds {value!r}" if found else None


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
    "name": _name,
    "pattern": _pattern,
    "resembles": _resembles,
    "technique": _technique,
    "text": _text,
    "trace": _trace,
    "type": _type,
}

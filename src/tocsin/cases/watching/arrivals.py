"""Something that has come to a node, as far as a watch looks at it."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from tocsin.foundation import JsonValue
from tocsin.records import StixObject
from tocsin.records.observables import canonical_host

_NAMES: Final = ("name", "display_name", "user_id", "account_login", "statement", "value")


@frozen(kw_only=True)
class Arrival:
    """One object, or one act of an account, that a feed brings.

    Attributes:
        id: what a hit is remembered by: the same thing again is no new hit.
        type: its STIX type; of activity `account`, `url` or `post`.
        names: what it is called, as written.
        keys: its canonical identifiers, such as `domain:example.org`.
        texts: what a post says.
        pattern: of an indicator.
        techniques: T-numbers that it, or a source, names for it.
        trace: of activity, in what two accounts may meet, such as `url`; None for objects.
        origin: the list, file or member that it came from.
    """

    id: str
    type: str
    names: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    pattern: str | None = None
    techniques: frozenset[str] = frozenset()
    trace: str | None = None
    origin: str = ""

    @property
    def name(self) -> str:
        """What to call it in front of a person."""
        return self.names[0] if self.names else self.id

    @property
    def values(self) -> Iterator[str]:
        """The identifiers without their kind."""
        return (key.partition(":")[2] for key in self.keys)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of its identifiers."""
        return frozenset(key.partition(":")[0] for key in self.keys)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that its identifiers name, each once."""
        found = (_host_of(*key.split(":", 1)) for key in self.keys if ":" in key)
        return tuple(dict.fromkeys(host for host in found if host))

    @property
    def handles(self) -> tuple[str, ...]:
        """The handles of the accounts that it names, without platform."""
        accounts = (key for key in self.keys if key.startswith("account:"))
        return tuple(key.rpartition("/")[2].removeprefix("@") for key in accounts if "/@" in key)


def names_of(item: StixObject) -> tuple[str, ...]:
    """Return what an object is called, each name once."""
    said: list[JsonValue] = [item.body.get(key) for key in _NAMES]
    aliases = item.body.get("aliases")
    said += aliases if isinstance(aliases, list) else []
    return tuple(dict.fromkeys(each for each in said if isinstance(each, str) and each))


def shown_hosts(hosts: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each host with the form in which people see it."""
    for host in hosts:
        read = canonical_host(host)
        yield host, read.unicode if read else host


def _host_of(kind: str, value: str) -> str | None:
    if kind == "domain":
        return value
    if kind == "url":
        netloc = value.partition("://")[2].partition("/")[0]
        return netloc if netloc.startswith("[") else netloc.partition(":")[0]
    if kind == "email":
        return value.rpartition("@")[2]
    return None

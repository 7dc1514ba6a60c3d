"""Host names: IDNA 2008 (with the mapping of UTS 46), public suffixes, and what is no host name.

A host under a shared domain (`x.blogspot.com`, `x.eu.com`) is named whole; the shared domain is
never named in its place. The list of suffixes is the one that `publicsuffixlist` ships: no look-up
leaves the machine.
"""

import json
import re
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

import idna
from attrs import frozen
from publicsuffixlist import PublicSuffixList


class HostFault(StrEnum):
    """Why a text is no host name that could be an indicator."""

    EMPTY = "empty-host"
    SINGLE_LABEL = "incomplete-host"
    TOO_LONG = "host-too-long"
    LABEL_TOO_LONG = "label-too-long"
    EMPTY_LABEL = "empty-label"
    BAD_CHARACTER = "bad-character-in-host"
    NUMERIC_TLD = "numeric-top-level-domain"
    UNKNOWN_SUFFIX = "unknown-top-level-domain"
    PUBLIC_SUFFIX = "public-suffix-only"
    BROKEN_PUNYCODE = "broken-punycode"
    NOT_IDNA = "not-idna"


@frozen
class Host:
    """A canonical host name and the domains that it belongs to.

    Attributes:
        host: lower-case ACE form without trailing dot.
        suffix: the public suffix that ICANN's part of the list knows, such as `co.uk`.
        registrable: what was registered, such as `example.co.uk`.
        registrable_private: the same where private suffixes count: `x.blogspot.com`; equal to
            `registrable` elsewhere, and the whole host where it is itself a private suffix.
        is_shared_host: it stands on a domain that hosts many strangers, so that domain must not
            be blamed in its place.
    """

    host: str
    suffix: str
    registrable: str
    registrable_private: str
    is_shared_host: bool

    @property
    def unicode(self) -> str:
        """The form for people; equal to `host` where it cannot be shown."""
        try:
            return idna.decode(self.host) if "xn--" in self.host else self.host
        except idna.IDNAError:
            return self.host


_RESERVED: Final = ("example", "test", "invalid")  # RFC 2606: invented names stand under these

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN: Final = re.compile(rf"(?:{_LABEL}\.)+[a-z]{{2,63}}")
_ANY_LABEL: Final = re.compile(r"[a-z0-9_-]{1,63}")
_PROPER_LABEL: Final = re.compile(_LABEL)
_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")


@cache
def _suffixes(*, only_icann: bool = False, accept_unknown: bool = True) -> PublicSuffixList:
    """The list that ships with its package, read when the first host asks: 0.07 s each."""
    return PublicSuffixList(only_icann=only_icann, accept_unknown=accept_unknown)


def canonical_host(text: str) -> Host | None:
    """Return the host that `text` names, None when it names none (see `host_fault`)."""
    read = parse_host(text)
    return read if isinstance(read, Host) else None


def host_fault(text: str) -> HostFault | None:
    """Return why `text` is no host name, None when it is one."""
    read = parse_host(text)
    return read if isinstance(read, HostFault) else None


@lru_cache(maxsize=65536)
def parse_host(text: str) -> Host | HostFault:
    """Return the host that `text` (refanged, without port) names, or why it names none."""
    ace = ace_form(text)
    return ace if isinstance(ace, HostFault) else _described(ace)


def plain_host(text: str) -> str | None:
    """Return the host that `text` is, defanged by `[.]` or not; None to read it the long way.

    Nearly all hosts of a list are of this form, under a top where nothing is left to ask.
    """
    name = text.replace("[.]", ".").lower()
    is_plain = text.isascii() and len(name) <= 253 and "xn--" not in name
    if is_plain and _PLAIN.fullmatch(name) and _is_flat_top(name.rpartition(".")[2]):
        return name
    return None


def ace_form(text: str) -> str | HostFault:
    """Return the canonical ACE form of a host name, or why there is none."""
    name = text.lower()
    if len(name) <= 253 and "xn--" not in name and _PLAIN.fullmatch(name):
        return name if _is_flat_top(name.rpartition(".")[2]) else _checked(name)
    name = _DOTS.sub(".", name.strip()).removesuffix(".")
    if not name:
        return HostFault.EMPTY
    if len(name) > 1000:
        return HostFault.TOO_LONG
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii").removesuffix(".")
        except (idna.IDNAError, UnicodeError):
            return HostFault.NOT_IDNA
    if len(name) > 253:
        return HostFault.TOO_LONG
    fault = next((bad for bad in map(_label_fault, name.split(".")) if bad), None)
    return fault or _checked(name)


def _label_fault(label: str) -> HostFault | None:
    if not label:
        return HostFault.EMPTY_LABEL
    if len(label) > 63:
        return HostFault.LABEL_TOO_LONG
    if not _ANY_LABEL.fullmatch(label):
        return HostFault.BAD_CHARACTER
    if label.startswith("xn--") and not _decodes(label):
        return HostFault.BROKEN_PUNYCODE
    return None


def _decodes(label: str) -> bool:
    """Tell whether an ACE label stands for a name; emoji names exist although IDNA bars them."""
    try:
        shown = label[4:].encode("ascii").decode("punycode")
        return not shown.isascii() and shown.encode("punycode").decode("ascii") == label[4:]
    except (UnicodeError, OverflowError, ValueError, IndexError):
        return False


def _checked(name: str) -> str | HostFault:
    """Check the top of the name; labels below the registered one may hold what DNS allows."""
    labels = name.split(".")
    if len(labels) < 2:
        return HostFault.SINGLE_LABEL
    if labels[-1].isdigit():
        return HostFault.NUMERIC_TLD
    if not _is_known_top(labels[-1]):
        return HostFault.UNKNOWN_SUFFIX
    registrable = _registrable(name)
    if registrable is None:
        return HostFault.PUBLIC_SUFFIX
    if not _PROPER_LABEL.fullmatch(registrable.partition(".")[0]):
        return HostFault.BAD_CHARACTER
    return name


@lru_cache(maxsize=4096)
def _is_known_top(label: str) -> bool:
    return (
        label in _RESERVED
        or label in _tops_with_levels()  # `za` has no rule of its own, `co.za` has
        or _suffixes(only_icann=True, accept_unknown=False).publicsuffix(f"a.b.{label}") is not None
    )


@lru_cache(maxsize=4096)
def _is_flat_top(label: str) -> bool:
    """Tell whether names are registered right below a known top, as below `com` but not `uk`."""
    return _is_known_top(label) and label not in _tops_with_levels()


@lru_cache(maxsize=1)
def _tops_with_levels() -> frozenset[str]:
    """Return the tops below which ICANN's part of the list has rules of several labels."""
    raw = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    lines = raw.partition("// ===END ICANN DOMAINS===")[0].splitlines()
    rules = (
        line.split(maxsplit=1)[0] for line in lines if line.strip() and not line.startswith("//")
    )
    return frozenset(rule.rpartition(".")[2].lower() for rule in rules if "." in rule)


def _registrable(name: str) -> str | None:
    found: str | None = _suffixes(only_icann=True).privatesuffix(name)
    return found


@lru_cache(maxsize=1)
def _shared_domains() -> frozenset[str]:
    return frozenset(_shared_list()["domains"])


@lru_cache(maxsize=1)
def _shared_list() -> dict[str, list[str]]:
    raw = files("tocsin.records.observables").joinpath("shared_domains.json").read_text("utf-8")
    found: dict[str, list[str]] = json.loads(raw)
    return found


@lru_cache(maxsize=1)
def shared_roots() -> frozenset[str]:
    """Return the hosts that many strangers share, each as it stands alone.

    Those that host strangers below them, by our list and the private part of the list of public
    suffixes (`blogspot.com`), and those that do so by path (`bit.ly`).
    """
    raw = files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8")
    private = raw.partition("// ===BEGIN PRIVATE DOMAINS===")[2].splitlines()
    rules = (line.strip() for line in private)
    plain = (rule for rule in rules if "." in rule and not rule.startswith(("//", "*", "!")))
    return frozenset((*plain, *_shared_domains(), *_shared_list()["by_path"]))


def _described(name: str) -> Host:
    registrable = _registrable(name) or name
    private: str = _suffixes().privatesuffix(name) or name
    suffix: str = _suffixes(only_icann=True).publicsuffix(name) or ""
    below_private = private != registrable or _suffixes().publicsuffix(name) == name
    is_shared = below_private or registrable in _shared_domains()
    return Host(name, suffix, registrable, private, is_shared)

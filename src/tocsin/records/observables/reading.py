"""One written cell: the identifiers it gives, the quantity it states, and the prose around them.

The rule for cells that hold more than an identifier: **a value counts where the cell begins with
it**, alone or followed by more values between separators. It must be defanged, or carry a scheme
or a path, or be set off by punctuation (`a.example (spoof)`); a sentence that begins with a name
such as `Booking.com was used` gives nothing. What a sentence mentions later on is never taken:
`info[at]a.example, hosted with Mail.email service` gives the e-mail address only. That the prose
mentions something is told as the defect `host-in-prose`; `find_observables` lists what.
"""

import re
from enum import StrEnum
from itertools import pairwise
from typing import Final

from msgspec import Struct

from tocsin.records.observables.finding import find_observables
from tocsin.records.observables.hosts import HostFault, ace_form, plain_host
from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.platforms import names_account_by_subdomain
from tocsin.records.observables.quantities import Quantity, is_placeholder, read_quantity
from tocsin.records.observables.refang import MAX_LENGTH, is_defanged, refang
from tocsin.records.observables.tokens import Token, read_token, trimmed


class Defect(StrEnum):
    """What is told about a cell beside its content; faults of hosts (`HostFault`) are told too."""

    PROSE_AFTER_VALUE = "prose-after-value"
    HOST_IN_PROSE = "host-in-prose"
    SCHEME_ASSUMED = "scheme-assumed"
    USERINFO_STRIPPED = "userinfo-stripped"
    FRAGMENT_DROPPED = "fragment-dropped"
    PORT_DROPPED = "port-dropped"
    SPACE_IN_URL = "space-in-url"
    NOT_OF_PROMISED_KIND = "not-of-promised-kind"
    NO_COUNTRY_CODE = "no-country-code"
    PLATFORM_UNKNOWN = "platform-unknown"
    TOO_LONG = "too-long"
    BROKEN_TEXT = "broken-text"
    WILDCARD = "wildcard"


class Reading(Struct, frozen=True, gc=False):
    """What a cell says.

    Attributes:
        observables: the identifiers it gives, in order, each once.
        quantity: the count it states in place of names.
        prose: the rest of the cell, as written.
        placeholder: the cell was left to be filled in.
        defects: names from `Defect` and `HostFault`, in order, each once.
    """

    observables: tuple[Observable, ...] = ()
    quantity: Quantity | None = None
    prose: str | None = None
    placeholder: bool = False
    defects: tuple[str, ...] = ()


_BLANK: Final = Reading()
_SIMPLE: Final = re.compile(r"[A-Za-z0-9-]+(?:(?:\.|\[\.\])[A-Za-z0-9-]+)+")
_SPACE: Final = re.compile(r"\s")
_LOCAL_NUMBER: Final = re.compile(r"[0-9][0-9 ().\-/]{5,24}")
_PIECE: Final = re.compile(r"\S+")
_SPACED_MARK: Final = re.compile(r"\s{0,3}[\[({]\s?(dot|at|@|\.)\s?[\])}]\s{0,3}", re.IGNORECASE)
_SEPARATORS: Final = ",;|/&+\u2022\u00b7-\u2013\u2014*"
_CONJUNCTIONS: Final = frozenset({"and", "or", "et", "ou", "und", "y"})
_URL_PIECE: Final = re.compile(r"[\w%./=&?~@!$'()*+-]+", re.ASCII)
_URL_SIGN: Final = re.compile(r"[-_/%.=&0-9]")
_LINK: Final = re.compile(r"\[((?:[^\[\]\s]|\[[.:@]\]| ){1,500})\]\(<?([^\s()<>]{1,2000})>?\)")
_DATE: Final = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_WITH_SPACES: Final = frozenset({Kind.FILE_NAME, Kind.PHONE, Kind.ACCOUNT})


def read_value(text: str, hint: Kind | None = None, platform: str | None = None) -> Reading:
    """Read one cell of a list. Never raises, never invents.

    Args:
        text: the cell as written, in any script, defanged or not.
        hint: the kind that the list promises, which settles what the form alone does not.
        platform: the platform that the list gives for its accounts, in any spelling.
    """
    if hint is None or hint is Kind.DOMAIN:
        fast = _simple_host(text)
        if fast:
            return fast
    sound = _sound(text)
    cell = _unlinked(sound.strip())
    broken = (Defect.BROKEN_TEXT.value,) if sound != text else ()
    if not cell:
        return _BLANK
    if len(cell) > MAX_LENGTH:
        return Reading(prose=cell, defects=(*broken, Defect.TOO_LONG.value))
    if is_placeholder(cell):
        return Reading(placeholder=True)
    quantity = read_quantity(cell)
    if quantity:
        return Reading(quantity=quantity)
    read = _whole(cell, hint, platform) or _split_url(cell) or _leading(cell, hint, platform)
    return read if not broken else _with(read, broken)


def _unlinked(cell: str) -> str:
    """Write a Markdown link at the start of a cell as the identifier that it shows or leads to.

    The other of the two becomes prose: an archive's page is no indicator.
    """
    link = _LINK.match(cell)
    if link is None:
        return cell
    shown, target, rest = link[1], link[2], cell[link.end() :]
    if read_token(refang(shown)).observable is None:
        shown, target = target, shown
    return f"{shown} (of {target}){rest}" if shown != target else f"{shown}{rest}"


def _simple_host(text: str) -> Reading | None:
    """Read what most cells are, a plain or `[.]`-defanged host, without the long way."""
    host = plain_host(text)
    if host is None:
        if not _SIMPLE.fullmatch(text):
            return None
        read = ace_form(text.replace("[.]", "."))
        if isinstance(read, HostFault):
            return None
        host = read
    if names_account_by_subdomain(host):
        return None
    return Reading((Observable(Kind.DOMAIN, host),))


def _whole(cell: str, hint: Kind | None, platform: str | None) -> Reading | None:
    refanged = refang(cell)
    if _SPACE.search(refanged) and hint not in _WITH_SPACES and refanged[:1] != "+":
        return None
    token = read_token(refanged, hint, platform)
    return Reading((token.observable,), defects=token.defects) if token.observable else None


def _split_url(cell: str) -> Reading | None:
    """Join an address that a line break tore: every piece must look like part of an address.

    Without joining, `…/status/1000000000000 000001` would name somebody else's post.
    """
    pieces = refang(cell).split()
    if not 2 <= len(pieces) <= 4 or "://" not in pieces[0] or "/" not in pieces[0][8:]:
        return None
    for before, piece in pairwise(pieces):
        torn_number = piece.isdigit() and before[-1:].isdigit()
        fits = _URL_PIECE.fullmatch(piece) and _URL_SIGN.search(piece)
        if not fits or _DATE.fullmatch(piece) or (piece.isdigit() and not torn_number):
            return None
        named = read_token(piece).observable
        if named and named.kind is not Kind.FILE_NAME:
            return None
    token = read_token("".join(pieces))
    if token.observable is None:
        return None
    return Reading((token.observable,), defects=(*token.defects, Defect.SPACE_IN_URL.value))


def _leading(cell: str, hint: Kind | None, platform: str | None) -> Reading:
    """Take the values that the cell begins with; the rest is prose."""
    joined = _SPACED_MARK.sub(lambda mark: f"[{mark[1]}]", cell)
    found: list[Observable] = []
    defects: list[str] = []
    rest = 0
    for matched in _PIECE.finditer(joined):
        piece = matched[0]
        if not piece.strip(_SEPARATORS) or (found and piece.casefold() in _CONJUNCTIONS):
            continue
        taken = _values_in(piece, hint, platform)
        if not taken or not (found or _is_set_off(joined, matched)):
            break
        for token in taken:
            found += [token.observable] if token.observable else []
            defects += token.defects
        rest = matched.end()
    prose = _after_values(joined[rest:]) if found else cell
    defects += _about_prose(prose, hint, has_values=bool(found))
    return Reading(
        tuple(dict.fromkeys(found)), None, prose or None, False, tuple(dict.fromkeys(defects))
    )


def _after_values(text: str) -> str:
    prose = text.strip().lstrip(_SEPARATORS + ":").strip()
    is_bracketed = prose.startswith("(") and prose.endswith(")") and prose.count("(") == 1
    return prose[1:-1].strip() if is_bracketed else prose


def _about_prose(prose: str, hint: Kind | None, *, has_values: bool) -> list[str]:
    told: list[str] = []
    if prose and has_values:
        told.append(Defect.PROSE_AFTER_VALUE.value)
    elif prose and not _SPACE.search(prose):
        told.extend(read_token(refang(prose), hint).defects)
    if hint is Kind.PHONE and not has_values and _LOCAL_NUMBER.fullmatch(prose):
        told.append(Defect.NO_COUNTRY_CODE.value)
    if hint and not has_values and not told:
        told.append(Defect.NOT_OF_PROMISED_KIND.value)
    if prose and find_observables(prose):
        told.append(Defect.HOST_IN_PROSE.value)
    return told


def _values_in(piece: str, hint: Kind | None, platform: str | None) -> list[Token]:
    """Return the values of one word, perhaps a list without spaces; none if a part is no value."""
    whole = _value(piece, hint, platform)
    if whole.observable:
        return [whole]
    parts = [part for part in re.split(r"[,;|]", piece) if trimmed(part)]
    tokens = [_value(part, hint, platform) for part in parts]
    return tokens if all(token.observable for token in tokens) else []


def _value(word: str, hint: Kind | None, platform: str | None) -> Token:
    """Read one word of several; only a cell of its own names a bare handle or a file."""
    token = read_token(refang(word), None if hint in _WITH_SPACES else hint, platform)
    is_file = token.observable is not None and token.observable.kind is Kind.FILE_NAME
    return Token(None) if is_file else token


def _is_set_off(cell: str, matched: re.Match[str]) -> bool:
    """Tell whether the first word is meant as a value rather than the start of a sentence."""
    piece, after = matched[0], cell[matched.end() :]
    if is_defanged(trimmed(piece)) or "://" in piece or "/" in piece or "@" in piece:
        return True
    return piece[-1] in ",;:|" or not after.strip() or after[:1] == "\n" or _opens(after.lstrip())


def _opens(after: str) -> bool:
    first = after.split(maxsplit=1)[0]
    if after[0] in "([{,;:|-\u2013\u2014=>\u2192/&#<\u2190" or first.casefold() in _CONJUNCTIONS:
        return True
    return read_token(refang(first)).observable is not None


def _sound(text: str) -> str:
    """Replace lone surrogates, which no file can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def _with(read: Reading, more: tuple[str, ...]) -> Reading:
    return Reading(
        read.observables, read.quantity, read.prose, read.placeholder, (*more, *read.defects)
    )

"""One written cell: the identifiers it gives, the quantity it states, and the prose around them.

The rule for cells that hold more than an identifier: **a value counts where the cell begins with
it**, alone or followed by more values between separators. It must be defanged, or carry a scheme
or a path, or be set off by punctuation (`a.example (spoof)`); a sentence that begins with a name
such as `Booking.com was used` gives nothing. What a sentence mentions later on is never taken:
`info[at]a.example, hosted with Titan.email service` gives the e-mail address only. That the prose
mentions something is told as the defect `host-in-prose`; `find_observables` lists what.
"""

import re
from enum import StrEnum
from typing import Final

from attrs import frozen

from tocsin.records.observables.finding import find_observables
from tocsin.records.observables.hosts import HostFault, ace_form
from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.quantities import Quantity, is_placeholder, read_quantity
from tocsin.records.observables.refang import MAX_LENGTH, is_defanged, refang
from tocsin.records.observables.tokens import read_token, trimmed


class Defect(StrEnum):
    """What is told about a cell beside its content; faults of hosts (`HostFault`) are told too."""

    PROSE_AFTER_VALUE = "prose-after-value"
    HOST_IN_PROSE = "host-in-prose"
    SCHEME_ASSUMED = "scheme-assumed"
    USERINFO_STRIPPED = "userinfo-stripped"
    FRAGMENT_DROPPED = "fragment-dropped"
    PORT_DROPPED = "port-dropped"
    SPACE_IN_URL = "space-in-url"
    PLATFORM_UNKNOWN = "platform-unknown"
    TOO_LONG = "too-long"
    BROKEN_TEXT = "broken-text"


@frozen
class Reading:
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
_PIECE: Final = re.compile(r"\S+")
_SPACED_MARK: Final = re.compile(r"\s*[\[({]\s*(dot|at|@|\.)\s*[\])}]\s*", re.IGNORECASE)
_SEPARATORS: Final = ",;|/&+•·-–—*"
_CONJUNCTIONS: Final = frozenset({"and", "or", "et", "ou", "und", "y"})
_URL_PIECE: Final = re.compile(r"[\w%./=&?~@!$'()*+-]*[-_/%.=&0-9][\w%./=&?~@!$'()*+-]*", re.ASCII)
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
    cell = sound.strip()
    broken = (Defect.BROKEN_TEXT,) if sound != text else ()
    if not cell:
        return _BLANK
    if len(cell) > MAX_LENGTH:
        return Reading(prose=cell, defects=(*broken, Defect.TOO_LONG))
    if is_placeholder(cell):
        return Reading(placeholder=True)
    quantity = read_quantity(cell)
    if quantity:
        return Reading(quantity=quantity)
    read = _whole(cell, hint, platform) or _split_url(cell) or _leading(cell, hint, platform)
    return read if not broken else _with(read, broken)


def _simple_host(text: str) -> Reading | None:
    """Read what most cells are, a plain or `[.]`-defanged host, without the long way."""
    if not _SIMPLE.fullmatch(text):
        return None
    host = ace_form(text.replace("[.]", "."))
    if isinstance(host, HostFault) or _is_platform_host(host):
        return None
    return Reading((Observable(Kind.DOMAIN, host),))


def _is_platform_host(host: str) -> bool:
    return host.endswith((".medium.com", ".tumblr.com", ".livejournal.com"))


def _whole(cell: str, hint: Kind | None, platform: str | None) -> Reading | None:
    refanged = refang(cell)
    if re.search(r"\s", refanged) and hint not in _WITH_SPACES and refanged[:1] != "+":
        return None
    token = read_token(refanged, hint, platform)
    if token.observable:
        return Reading((token.observable,), defects=token.defects)
    if re.search(r"\s", refanged):
        return None
    return Reading(prose=cell, defects=token.defects)


def _split_url(cell: str) -> Reading | None:
    """Join an address that a line break tore: every piece must look like part of an address.

    Without joining, `…/status/1562640310273 921025` would name somebody else's post.
    """
    pieces = refang(cell).split()
    if not 2 <= len(pieces) <= 4 or "://" not in pieces[0] or "/" not in pieces[0][8:]:
        return None
    for before, piece in zip(pieces, pieces[1:], strict=False):
        torn_number = piece.isdigit() and before[-1:].isdigit()
        fits = _URL_PIECE.fullmatch(piece) and not _DATE.fullmatch(piece)
        if "://" in piece or not fits or (piece.isdigit() and not torn_number):
            return None
        if read_token(piece).observable:
            return None
    token = read_token("".join(pieces))
    if token.observable is None:
        return None
    return Reading((token.observable,), defects=(*token.defects, Defect.SPACE_IN_URL))


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
        set_off = found or _is_set_off(joined, matched)
        if taken is None or not set_off:
            break
        for token_observable, token_defects in taken:
            found.append(token_observable)
            defects.extend(token_defects)
        rest = matched.end()
    prose = joined[rest:].strip().lstrip(_SEPARATORS + ":").strip() if found else cell
    if prose.startswith("(") and prose.endswith(")") and prose.count("(") == 1:
        prose = prose[1:-1].strip()
    if prose and found:
        defects.append(Defect.PROSE_AFTER_VALUE)
    if prose and find_observables(prose):
        defects.append(Defect.HOST_IN_PROSE)
    return Reading(
        tuple(dict.fromkeys(found)), None, prose or None, False, tuple(dict.fromkeys(defects))
    )


def _values_in(
    piece: str, hint: Kind | None, platform: str | None
) -> list[tuple[Observable, tuple[str, ...]]] | None:
    """Return the values of one word, which may be a list without spaces; None if one is no value."""
    only = hint if hint not in (Kind.ACCOUNT, Kind.FILE_NAME) else None
    whole = read_token(refang(piece), only, platform)
    if whole.observable:
        return [(whole.observable, whole.defects)]
    parts = [part for part in re.split(r"[,;|]", piece) if trimmed(part)]
    if len(parts) < 2:
        return None
    tokens = [read_token(refang(part), only, platform) for part in parts]
    if not all(token.observable for token in tokens):
        return None
    return [(token.observable, token.defects) for token in tokens if token.observable]


def _is_set_off(cell: str, matched: re.Match[str]) -> bool:
    """Tell whether the first word is meant as a value rather than the start of a sentence."""
    piece, after = matched[0], cell[matched.end() :]
    if is_defanged(trimmed(piece)) or "://" in piece or "/" in piece or "@" in piece:
        return True
    return piece[-1] in ",;:|" or not after.strip() or after[:1] == "\n" or _opens(after.lstrip())


def _opens(after: str) -> bool:
    first = after.split(maxsplit=1)[0]
    if after[0] in "([{,;:|-–—=>→/&" or first.casefold() in _CONJUNCTIONS:
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

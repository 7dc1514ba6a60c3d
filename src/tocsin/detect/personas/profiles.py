"""Profiles of accounts, read from tables that a member supplies; nothing is fetched.

A picture is given by its perceptual hash in hexadecimal: PDQ (256 bit) or a hash of 64 bit.
"""

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from attrs import field, frozen

from tocsin.detect.faults import Faults
from tocsin.foundation import BadInputError
from tocsin.intake.activity.notes import Notes
from tocsin.intake.activity.tables import rows_of
from tocsin.intake.activity.values import moment
from tocsin.records.observables import canonical_host, canonical_url

_HEADERS: Final = {
    "account": ("account", "account id", "user id", "id"),
    "handle": ("handle", "username", "screen name", "twitter handle"),
    "name": ("name", "display name", "displayname"),
    "picture": ("picture", "picture hash", "pdq", "avatar"),
    "biography": ("biography", "bio", "description"),
    "links": ("links", "link", "url", "website", "domain"),
    "created": ("created", "created at", "creation date"),
    "platform": ("platform", "network"),
}
_HASH: Final = re.compile(r"(?:[0-9a-fA-F]{16}|[0-9a-fA-F]{64})")
_BETWEEN: Final = re.compile(r"[\s,;|]+")
_BLANK: Final = 8
"""A hash of which no more than an eighth is set, or unset, is that of a plain surface."""


@frozen(kw_only=True)
class Profile:
    """What an account shows of itself.

    Attributes:
        account: what it is called in findings.
        picture: its perceptual hash; of `bits` bits, 0 where there is none.
        links: in one spelling, without scheme and `www.`.
        created: Unix seconds.
        is_own: belongs to who asks.
    """

    account: str
    platform: str = ""
    handle: str = ""
    name: str = ""
    picture: int = 0
    bits: int = 0
    biography: str = ""
    links: frozenset[str] = frozenset()
    created: int | None = None
    is_own: bool = False


@frozen
class Profiles(Faults):
    """Profiles, filled while tables are read; of an account that comes again the first row counts.

    Attributes:
        rows: of all tables, one entry each.
        by_account: by platform and account.
    """

    rows: list[int] = field(factory=list)
    by_account: dict[tuple[str, str], Profile] = field(factory=dict)

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.by_account.values())

    def __len__(self) -> int:
        return len(self.by_account)


def read_profiles(
    stream: BinaryIO,
    name: str,
    into: Profiles,
    columns: Mapping[str, str] | None = None,
    *,
    now: int,
    is_own: bool = False,
) -> None:
    """Read one table; a bad row, picture or time is named and left out, the rest stays.

    Args:
        name: of the file, for faults.
        columns: by what it holds, the folded header of a column that has an unusual one.
        now: Unix seconds; an account is not younger.
        is_own: all its accounts belong to who asks; to be read first.

    Raises:
        BadInputError: when no column holds handles or names.
    """
    notes = Notes(now=now)
    places: dict[str, str] | None = None
    count = 0
    for cells in rows_of(stream, notes):
        count += 1
        where = f"{name} {notes.place}"
        if not isinstance(cells, dict):
            into.fault("unreadable-row", where)
            continue
        places = places or _places(cells, name, columns or {})
        said = {what: cells.get(place, "").strip() for what, place in places.items()}
        profile = _profile(said, where, into, notes, is_own=is_own)
        if profile is not None:
            into.by_account.setdefault((profile.platform, profile.account.casefold()), profile)
    into.rows.append(count)
    if places is None:
        raise BadInputError(f"{name}: no rows", hint="a table with a header: handle, name, picture")


def _places(header: Mapping[str, str], name: str, columns: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for what, usual in _HEADERS.items():
        place = next((each for each in (columns.get(what), *usual) if each in header), None)
        if place is not None:
            found[what] = place
    if "handle" not in found and "name" not in found:
        raise BadInputError(
            f"{name}: no column holds handles or names",
            hint="call it handle or name, or say which it is: --column handle=HEADER",
        )
    return found


def _profile(
    said: Mapping[str, str], where: str, into: Profiles, notes: Notes, *, is_own: bool
) -> Profile | None:
    handle, name = said.get("handle", "").lstrip("@"), said.get("name", "")
    account = said.get("account") or handle or name
    if not (handle or name):
        into.fault("no-name", where, account)
        return None
    picture = said.get("picture", "")
    is_hash = bool(_HASH.fullmatch(picture))
    if picture and not is_hash:
        into.fault("bad-picture", where, picture)
    value, bits = (int(picture, 16), 4 * len(picture)) if is_hash else (0, 0)
    if not bits // _BLANK < value.bit_count() < bits - bits // _BLANK:
        value = bits = 0
    created = moment(said.get("created"), notes, is_optional=True)
    if said.get("created") and created is None:
        into.fault("bad-time", where, said["created"])
    return Profile(
        account=account,
        platform=said.get("platform", "").casefold(),
        handle=handle,
        name=name,
        picture=value,
        bits=bits,
        biography=said.get("biography", ""),
        links=frozenset(_links(said.get("links", ""))),
        created=created,
        is_own=is_own,
    )


def _links(text: str) -> Iterator[str]:
    """Yield each address in one spelling; what is none is left out."""
    for each in _BETWEEN.split(text):
        url = canonical_url(each if "://" in each else f"https://{each}") if each else None
        if url is None:
            continue
        host, _, path = url.partition("://")[2].partition("/")
        if canonical_host(host.partition(":")[0]) is not None:
            yield f"{host.removeprefix('www.')}/{path}".rstrip("/")

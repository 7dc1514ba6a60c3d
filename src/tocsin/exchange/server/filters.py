"""The query of a TAXII 2.1 read: `added_after`, `limit`, `next` and `match[…]` (§3.4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

from attrs import frozen
from starlette.datastructures import QueryParams

from tocsin.exchange.limits import MAX_PAGE
from tocsin.exchange.server.media import HttpError
from tocsin.foundation import BadInputError, canonical, parse_time, rfc3339
from tocsin.policy import Action, Principal
from tocsin.vault import Lens

VersionChoice: TypeAlias = "Literal['last', 'first', 'all'] | datetime"

_NAMED: Final[dict[str, Literal["last", "first", "all"]]] = {
    "first": "first",
    "last": "last",
    "all": "all",
}
_MATCHES: Final = frozenset({"id", "type", "version", "spec_version"})
_MAX_TERMS: Final = 500
_MAX_TYPES: Final = 64  # STIX 2.1 has 43; each is read from a lane of its own
_SPEC: Final = "2.1"


@frozen(kw_only=True)
class Filters:
    """A checked query. Within a field the values are alternatives; fields are all required.

    Attributes:
        added_after: exclusive, to the microsecond; never compared with STIX `modified`.
        limit: as asked, capped at `MAX_PAGE`.
        next: the client's token, unread.
        versions: `last`, `first`, `all` or times; `("last",)` unless asked otherwise.
    """

    added_after: datetime | None = None
    limit: int = MAX_PAGE
    next: str | None = None
    ids: frozenset[str] | None = None
    types: frozenset[str] | None = None
    versions: tuple[VersionChoice, ...] = ("last",)
    spec_versions: frozenset[str] | None = None

    def lens(self, reader: Principal) -> Lens:
        """Return what of all that `reader` may read this asks for; STIX 2.1 is all there is."""
        is_ours = self.spec_versions is None or _SPEC in self.spec_versions
        is_ours = is_ours and Action.READ in reader.rights
        return Lens(
            reader=reader.member.id,
            may_types=reader.scope.types,
            may_tlps=reader.scope.tlps,
            types=self.types if is_ours else frozenset(),
            ids=self.ids,
            versions=self.versions,
        )

    def question(self, reader: str, place: str) -> bytes:
        """Return what a `next` is bound to: who asks what where; the limit may change."""
        return canonical(
            [
                reader,
                place,
                _said(self.added_after),
                _sorted(self.ids),
                _sorted(self.types),
                sorted(str(_said(each)) for each in self.versions),
                _sorted(self.spec_versions),
            ]
        )


def read_filters(query: QueryParams, *, matches: frozenset[str] = _MATCHES) -> Filters:
    """Check a query.

    Args:
        matches: the `match` fields that this endpoint knows.

    Raises:
        HttpError: 400 for a value that is none, one given twice, or an unknown `match` field.
    """
    said: dict[str, str] = {}
    for name, value in query.multi_items():
        if name in said:
            raise HttpError(400, f"{name[:60]} is given twice")
        said[name] = value
    for name in said:
        if name.startswith("match") and name not in {f"match[{each}]" for each in matches}:
            raise HttpError(400, f"{name[:60]} is no filter of this endpoint")
    return Filters(
        added_after=_time(said["added_after"]) if "added_after" in said else None,
        limit=_limit(said.get("limit")),
        next=said.get("next"),
        ids=_terms(said, "id"),
        types=_types(said),
        versions=_versions(_list(said, "version")),
        spec_versions=_terms(said, "spec_version"),
    )


def _limit(text: str | None) -> int:
    if text is None:
        return MAX_PAGE
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit() and digits):
        raise HttpError(400, "limit is no positive number")
    # int() of a very long text costs time.
    return min(int(digits), MAX_PAGE) if len(digits) < 9 else MAX_PAGE


def _time(text: str) -> datetime:
    try:
        return parse_time(text.replace(" ", "+"), field="added_after")
    except BadInputError as error:
        raise HttpError(400, error.message[:200]) from error


def _versions(texts: Sequence[str]) -> tuple[VersionChoice, ...]:
    """Check what §3.4.1 forbids: a keyword or value given twice, and anything beside `all`."""
    found = tuple(_version(each) for each in texts)
    if len(set(found)) < len(found) or ("all" in found and len(found) > 1):
        raise HttpError(400, "match[version] holds a value twice, or others beside all")
    return found or ("last",)


def _version(text: str) -> VersionChoice:
    if text in _NAMED:
        return _NAMED[text]
    try:
        return parse_time(text.replace(" ", "+"), field="match[version]")
    except BadInputError as error:
        raise HttpError(400, error.message[:200]) from error


def _terms(said: dict[str, str], field: str) -> frozenset[str] | None:
    found = _list(said, field)
    return frozenset(found) if found else None


def _types(said: dict[str, str]) -> frozenset[str] | None:
    found = _terms(said, "type")
    if found is not None and len(found) > _MAX_TYPES:
        raise HttpError(400, f"match[type] names more than {_MAX_TYPES} types")
    return found


def _list(said: dict[str, str], field: str) -> Sequence[str]:
    text = said.get(f"match[{field}]")
    if text is None:
        return ()
    terms = text.split(",")
    if len(terms) > _MAX_TERMS or not all(terms):
        raise HttpError(400, f"match[{field}] holds an empty or too many values")
    return terms


def _said(value: str | datetime | None) -> str | None:
    return rfc3339(value) if isinstance(value, datetime) else value


def _sorted(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)

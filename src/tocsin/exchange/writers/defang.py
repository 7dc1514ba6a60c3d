"""Identifiers in the harmless spelling that lists use, and back through `refang`."""

from functools import lru_cache
from typing import Final

from tocsin.records.observables import (
    Kind,
    Observable,
    defanged,
    platforms,
    read_value,
    refang,
)

_BY_HANDLE: Final = ("/@{}", "/{}", "/c/{}", "/user/{}")
_BY_ID: Final = ("/profile.php?id={}", "/channel/{}", "/i/user/{}", "/id{}", "/profile/{}", "/{}")
_WITH_DOTS: Final = frozenset({Kind.DOMAIN, Kind.IPV4, Kind.NETWORK, Kind.EMAIL})


def written(observable: Observable) -> str:
    """Return how a list writes the identifier, without defanging.

    An account stands by its address where the platform has one that reads back as this account,
    else by its handle or id: the columns beside it name kind and platform.
    """
    if observable.kind is Kind.AUTONOMOUS_SYSTEM:
        return f"AS{observable.value}"
    if observable.kind is not Kind.ACCOUNT:
        return observable.user_id or observable.value
    return _address(observable) or (
        observable.user_id if observable.user_id else f"@{observable.handle}"
    )


def harmless(observable: Observable) -> str:
    """Return the identifier as it stands in an exported list; `refang` gives `written` back."""
    plain = written(observable)
    is_address = plain.lower().startswith(("http://", "https://", "ftp://", "ftps://"))
    return defanged(plain) if is_address or observable.kind in _WITH_DOTS else plain


@lru_cache(maxsize=4096)
def _address(observable: Observable) -> str | None:
    hosts = _hosts().get(observable.platform or "")
    if not hosts:
        return None
    if observable.user_id:
        tails = [template.format(observable.user_id) for template in _BY_ID]
    else:
        tails = [template.format(observable.handle) for template in _BY_HANDLE]
    for tail in tails:
        address = f"https://{hosts[0]}{tail}"
        found = read_value(address).observables
        if refang(address) == address and [each.key for each in found] == [observable.key]:
            return address
    return None


@lru_cache(maxsize=1)
def _hosts() -> dict[str, tuple[str, ...]]:
    return {platform.name: platform.hosts for platform in platforms()}

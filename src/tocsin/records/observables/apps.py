"""Apps: Android packages and App Store ids, and the store pages that name them."""

import re
from typing import Final
from urllib.parse import parse_qs

from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable

_PACKAGE: Final = re.compile(r"[A-Za-z]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){1,15}", re.ASCII)
_STORE_ID: Final = re.compile(r"(?:id)?([1-9][0-9]{7,10})", re.IGNORECASE)
_IOS_PATH: Final = re.compile(r"(?:/[a-z]{2})?/app(?:/[^/]+)?/id([0-9]{8,11})/?", re.IGNORECASE)
_IOS_HOSTS: Final = ("apps.apple.com", "itunes.apple.com")


def app(text: str) -> Observable | None:
    """Return the app that a package name or an App Store id names. Packages keep their case."""
    number = _STORE_ID.fullmatch(text)
    if number:
        return Observable(Kind.APP, f"ios/{number[1]}", "ios", None, number[1])
    if _PACKAGE.fullmatch(text):
        return Observable(Kind.APP, f"android/{text}", "android", None, text)
    return None


def app_at(host: str, path: str, query: str) -> Observable | None:
    """Return the app whose store page an address is."""
    if host == "play.google.com" and path.rstrip("/") == "/store/apps/details":
        named = parse_qs(query).get("id", [""])[0]
        return app(named) if _PACKAGE.fullmatch(named) else None
    if host in _IOS_HOSTS:
        matched = _IOS_PATH.fullmatch(path)
        return app(matched[1]) if matched else None
    return None

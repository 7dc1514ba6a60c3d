"""Addresses, hashes, numbers and service ids: kinds that a pattern and a library settle."""

import ipaddress
import re
from typing import Final

import phonenumbers

from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable

_HEX: Final = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128}")
_BY_LENGTH: Final = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256, 128: Kind.SHA512}
_AS: Final = re.compile(r"AS[N ]{0,2}([0-9]{1,10})", re.IGNORECASE)
_TRACKERS: Final = (
    ("google-analytics", re.compile(r"UA-[0-9]{4,10}(?:-[0-9]{1,4})?", re.IGNORECASE)),
    ("google-analytics", re.compile(r"G-(?=[A-Z]*[0-9])[A-Z0-9]{8,12}")),
    ("google-tag-manager", re.compile(r"GTM-[A-Z0-9]{4,9}", re.IGNORECASE)),
    ("google-ads", re.compile(r"AW-[0-9]{8,12}", re.IGNORECASE)),
    ("google-adsense", re.compile(r"(?:ca-)?pub-[0-9]{10,20}", re.IGNORECASE)),
)
_SERVICES: Final = ("facebook-pixel", "yandex-metrika", "matomo", "vk-pixel", "tiktok-pixel")
_AD_ACCOUNT: Final = re.compile(r"act[_=]([0-9]{5,20})", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?:tel:)?(?:\+|00)[0-9][0-9 ().\-/\u00a0]{5,24}")


def file_hash(text: str, kind: Kind | None = None) -> Observable | None:
    """Return the hash; 64 hexadecimal digits are SHA-256 unless the list says PDQ."""
    if not _HEX.fullmatch(text):
        return None
    found = _BY_LENGTH[len(text)]
    if kind is Kind.PDQ and found is Kind.SHA256:
        found = Kind.PDQ
    return Observable(found, text.lower())


def ip_address(text: str) -> Observable | None:
    """Return the address or CIDR network. Networks lose their host bits."""
    bare = text.removeprefix("[").removesuffix("]")
    try:
        if "/" in bare:
            network = ipaddress.ip_network(bare, strict=False)
            if network.prefixlen < network.max_prefixlen:
                return Observable(Kind.NETWORK, str(network))
            return _address(network.network_address)
        return _address(ipaddress.ip_address(bare))
    except ValueError:
        return None


def _address(found: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Observable | None:
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return Observable(Kind.IPV4, str(found.ipv4_mapped))
        return None if found.scope_id else Observable(Kind.IPV6, str(found))
    return Observable(Kind.IPV4, str(found))


def autonomous_system(text: str, *, bare: bool = False) -> Observable | None:
    """Return the autonomous system; digits alone count only where the list says so (`bare`)."""
    matched = _AS.fullmatch(text)
    digits = matched[1] if matched else text if bare else ""
    if not (digits.isascii() and digits.isdigit()) or not 0 < int(digits[:11]) < 2**32:
        return None
    return Observable(Kind.AUTONOMOUS_SYSTEM, str(int(digits)))


def phone(text: str, *, is_expected: bool = False) -> Observable | None:
    """Return the number in E.164. Without a country code a number names nobody.

    Args:
        text: digits with the usual separators; `00` stands for `+`.
        is_expected: the list says that this is a phone number, so the length check is enough.
    """
    if not _PHONE.fullmatch(text):
        return None
    bare = text.removeprefix("tel:")
    try:
        number = phonenumbers.parse("+" + bare[2:] if bare.startswith("00") else bare, None)
    except phonenumbers.NumberParseException:
        return None
    accepts = phonenumbers.is_possible_number if is_expected else phonenumbers.is_valid_number
    if not accepts(number):
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Observable(Kind.PHONE, written)


def tracker(text: str, service: str | None = None) -> Observable | None:
    """Return the analytics or advertising id; other services' bare ids need `service`."""
    for name, form in _TRACKERS:
        if form.fullmatch(text):
            value = text.upper() if name != "google-adsense" else text.lower().removeprefix("ca-")
            return Observable(Kind.TRACKER, value, name, None, value)
    if service in _SERVICES and re.fullmatch(r"[0-9A-Z]{5,20}", text):
        return Observable(Kind.TRACKER, f"{service}/{text}", service, None, text)
    return None


def ad_account(text: str, platform: str | None = None) -> Observable | None:
    """Return the ad account: Meta's `act_…`, or digits where the platform is given."""
    matched = _AD_ACCOUNT.fullmatch(text)
    if matched:
        return _ad_account("facebook", matched[1])
    digits = text.replace("-", "")
    if platform and digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 20:
        return _ad_account(platform, digits)
    return None


def _ad_account(platform: str, number: str) -> Observable:
    return Observable(Kind.AD_ACCOUNT, f"{platform}/#{number}", platform, None, number)

"""The STIX 2.1 cyber-observable that carries each kind. No custom type is needed.

Where STIX has no type of its own, the nearest standard one carries the kind, so that readers who
know nothing of Tocsin still keep, match and show it:

* phone, ad account and tracker are accounts at a service: `user-account` whose `account_type`
  (an open vocabulary) says `phone-number`, `ad-account-<platform>` or `tracker-<service>`;
* an app is named by its page in its store, the one public name that it has: `url`;
* a network is an `ipv4-addr` or `ipv6-addr` in CIDR notation, as §6.8 and §6.9 allow;
* PDQ is a `file` hash under the key `PDQ` (`hash-algorithm-ov` is open). The `stix2` library
  refuses unknown algorithms unless told otherwise; the pattern form always parses.

The id-contributing properties are those of STIX 2.1 §6, the id is that of §2.9.
"""

from typing import Final

from tocsin.foundation import JsonObject, canonical
from tocsin.records.observables.kinds import Kind
from tocsin.records.stix import SCO_NAMESPACE, uuid5_text

PHONE_TYPE: Final = "phone-number"
AD_ACCOUNT_PREFIX: Final = "ad-account-"
TRACKER_PREFIX: Final = "tracker-"

HASH_NAMES: Final = {
    Kind.MD5: "MD5",
    Kind.SHA1: "SHA-1",
    Kind.SHA256: "SHA-256",
    Kind.SHA512: "SHA-512",
    Kind.PDQ: "PDQ",
}

_NAMESPACE: Final = SCO_NAMESPACE.bytes

_VALUE_TYPES: Final = {
    Kind.DOMAIN: "domain-name",
    Kind.URL: "url",
    Kind.EMAIL: "email-addr",
    Kind.IPV4: "ipv4-addr",
    Kind.IPV6: "ipv6-addr",
}

STORE_PAGES: Final = {
    "android": "https://play.google.com/store/apps/details?id=",
    "ios": "https://apps.apple.com/app/id",
}


def carrier(
    kind: Kind, value: str, platform: str | None, handle: str | None, user_id: str | None
) -> tuple[str, JsonObject]:
    """Return the SCO's type and its id-contributing properties."""
    if kind in _VALUE_TYPES:
        return _VALUE_TYPES[kind], {"value": value}
    if kind is Kind.ACCOUNT:
        said = {"account_type": platform, "user_id": user_id, "account_login": handle}
        return "user-account", {name: text for name, text in said.items() if text}
    if kind in HASH_NAMES:
        return "file", {"hashes": {HASH_NAMES[kind]: value}}
    if kind is Kind.NETWORK:
        return ("ipv6-addr" if ":" in value else "ipv4-addr"), {"value": value}
    return _carrier_of_rare(kind, value, platform, user_id)


def _carrier_of_rare(
    kind: Kind, value: str, platform: str | None, user_id: str | None
) -> tuple[str, JsonObject]:
    if kind is Kind.AUTONOMOUS_SYSTEM:
        return "autonomous-system", {"number": int(value)}
    if kind is Kind.FILE_NAME:
        return "file", {"name": value}
    if kind is Kind.APP:
        store, _, name = value.partition("/")
        return "url", {"value": STORE_PAGES[store] + name}
    if kind is Kind.PHONE:
        return "user-account", {"account_type": PHONE_TYPE, "user_id": value}
    prefix = AD_ACCOUNT_PREFIX if kind is Kind.AD_ACCOUNT else TRACKER_PREFIX
    return "user-account", {"account_type": f"{prefix}{platform}", "user_id": user_id or value}


def sco_id(type_: str, contributing: JsonObject) -> str:
    """Return the deterministic id of an SCO (STIX 2.1 §2.9)."""
    return f"{type_}--{uuid5_text(_NAMESPACE, canonical(contributing))}"


def pattern_of(type_: str, contributing: JsonObject) -> str:
    """Return the STIX pattern that matches exactly this observable."""
    return f"[{' AND '.join(_comparisons(type_, contributing))}]"


def _comparisons(type_: str, contributing: JsonObject) -> list[str]:
    made = []
    for name, wanted in contributing.items():
        if isinstance(wanted, dict):
            for algorithm, digest in wanted.items():
                step = algorithm if algorithm.isalnum() else f"'{algorithm}'"
                made.append(f"{type_}:{name}.{step} = {_literal(str(digest))}")
        elif isinstance(wanted, int):
            made.append(f"{type_}:{name} = {wanted}")
        else:
            made.append(f"{type_}:{name} = {_literal(str(wanted))}")
    return made


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"

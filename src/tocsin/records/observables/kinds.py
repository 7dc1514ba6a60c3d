"""The kinds of things that an identifier can name."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an observable names. Quantities, hashtags and prose are no observables."""

    DOMAIN = "domain"
    URL = "url"
    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    NETWORK = "network"
    AUTONOMOUS_SYSTEM = "autonomous-system"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    PDQ = "pdq"
    FILE_NAME = "file-name"
    APP = "app"
    AD_ACCOUNT = "ad-account"
    TRACKER = "tracker"


PERSONAL: Final = frozenset({Kind.ACCOUNT, Kind.EMAIL, Kind.PHONE})
"""Kinds that can name a person: they leave a member only after the checks for people."""

HASHES: Final = frozenset({Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.PDQ})

"""The file form of a key ring: one JSON document, versioned, optionally under a passphrase.

    {"header": {...}, "keys": {...}}            without a passphrase
    {"header": {...}, "sealed": "base64"}       with one

The header in RFC 8785 form is the associated data of the encryption, so neither the version nor
the cost of guessing can be changed unnoticed.
"""

import secrets
import unicodedata
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from tocsin.foundation import (
    BadInputError,
    JsonObject,
    TrustError,
    UsageError,
    canonical,
    parse_json,
)
from tocsin.trust._encoding import from_base64, to_base64

FORMAT = "tocsin-keyring"
VERSION = 1
_NONE = "none"
_PASSPHRASE = "argon2id-chacha20poly1305"  # noqa: S105 - the name of a scheme

# RFC 9106 section 4, second recommended option: 64 MiB, three passes, four lanes.
_COST = {"memory_kib": 65536, "iterations": 3, "lanes": 4}
# A file from elsewhere must not make opening it cost gigabytes or hours.
_MOST = {"memory_kib": 1 << 20, "iterations": 16, "lanes": 16}
_SALT_BYTES, _NONCE_BYTES = 16, 12


def wrap(keys: JsonObject, passphrase: str | None) -> bytes:
    """Return the file's bytes.

    Raises:
        UsageError: for an empty passphrase, which would only look like protection.
    """
    header: JsonObject = {"format": FORMAT, "version": VERSION, "protection": _NONE}
    if passphrase is None:
        return canonical({"header": header, "keys": keys}) + b"\n"
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    header |= {
        "protection": _PASSPHRASE,
        "salt": to_base64(salt),
        "nonce": to_base64(nonce),
        **_COST,
    }
    cipher = ChaCha20Poly1305(_derive(passphrase, salt, _COST))
    sealed = cipher.encrypt(nonce, canonical(keys), canonical(header))
    return canonical({"header": header, "sealed": to_base64(sealed)}) + b"\n"


def is_protected(data: bytes) -> bool:
    """Tell whether a ring's file can be opened only with a passphrase."""
    header = _mapping(_mapping(parse_json(data, source="key ring")).get("header"))
    return header.get("protection") != _NONE


def unwrap(data: bytes, passphrase: str | None) -> JsonObject:
    """Return the keys' object from the file's bytes.

    Raises:
        TrustError: for a wrong or missing passphrase, an altered file or a newer version.
        BadInputError: when the bytes are no key ring.
    """
    document = _mapping(parse_json(data, source="key ring"))
    header = _mapping(document.get("header"))
    _check_version(header)
    protection = header.get("protection")
    if protection == _NONE:
        return _mapping(document.get("keys"))
    if protection != _PASSPHRASE:
        raise _not_a_ring(f"protection {protection!r} is not known")
    if passphrase is None:
        raise TrustError(
            "the key ring is protected by a passphrase and none was given",
            hint="give the passphrase that was set when the node was made",
        )
    salt = from_base64(header.get("salt"), what="key ring: salt", size=_SALT_BYTES)
    nonce = from_base64(header.get("nonce"), what="key ring: nonce", size=_NONCE_BYTES)
    sealed = from_base64(document.get("sealed"), what="key ring: sealed")
    cipher = ChaCha20Poly1305(_derive(passphrase, salt, _cost(header)))
    try:
        plain = cipher.decrypt(nonce, sealed, canonical(header))
    except InvalidTag as error:
        raise TrustError(
            "the key ring does not open with this passphrase",
            hint="try the passphrase again; if it is right, the file was altered: restore a backup",
        ) from error
    return _mapping(parse_json(plain, source="key ring"))


def _check_version(header: JsonObject) -> None:
    version = header.get("version")
    if header.get("format") != FORMAT or type(version) is not int or version < 1:
        raise _not_a_ring("it does not say that it is one")
    if version > VERSION:
        raise TrustError(
            f"the key ring has version {version}, written by a newer Tocsin than this one",
            hint="install that version of Tocsin, then open the key ring with it",
        )


def _cost(header: JsonObject) -> dict[str, int]:
    cost: dict[str, int] = {}
    for name, most in _MOST.items():
        value = header.get(name)
        if type(value) is not int or not 1 <= value <= most:
            raise _not_a_ring(f"{name} is out of bounds")
        cost[name] = value
    if cost["memory_kib"] < 8 * cost["lanes"]:
        raise _not_a_ring("memory_kib is out of bounds")
    return cost


def _derive(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    if not passphrase:
        raise UsageError("an empty passphrase protects nothing", hint="give one, or none at all")
    # The same passphrase typed on another system may come in another Unicode form.
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    kdf = Argon2id(
        salt=salt,
        length=32,
        iterations=cost["iterations"],
        lanes=cost["lanes"],
        memory_cost=cost["memory_kib"],
    )
    return kdf.derive(typed)


def _mapping(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise _not_a_ring("a part is missing")
    return value


def _not_a_ring(why: str) -> BadInputError:
    return BadInputError(f"not a key ring: {why}", hint="restore the file from a backup")

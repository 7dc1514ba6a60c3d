"""Names in entries of certificate-transparency logs, as a member downloaded them.

Two forms: answers to get-entries (RFC 6962 §4.6, JSON with base64 in it) and data tiles of the
static API (c2sp.org/static-ct-api, binary). Certificates are read, not checked: what stands in a
log is what matters, whoever signed it. A precertificate (RFC 6962 §3.1) names as much as the
certificate that follows.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from attrs import define
from cryptography import x509
from cryptography.x509.oid import NameOID

from tocsin.foundation import BadInputError, JsonValue

_X509: Final = 0
_PRECERTIFICATE: Final = 1
_ISSUER_KEY_HASH: Final = 32
_STAMP: Final = 8
_FINGERPRINTS: Final = 2
HEAD_BYTES: Final = _STAMP + 2
MOST_BYTES: Final = 64 * 1024 * 1024
"""A tile has 256 entries at most (static-ct-api): this is more than they ever took."""


def is_tile(head: bytes) -> bool:
    """Tell whether bytes begin a data tile: a time in milliseconds, then the type of an entry."""
    return head[:2] == b"\0\0" and head[_STAMP:HEAD_BYTES] in {b"\0\0", b"\0\1"}


def names_in_tile(data: bytes) -> Iterator[list[str] | BadInputError]:
    """Yield the names of each entry of a data tile, or why its certificate cannot be read.

    Raises:
        BadInputError: where the tile breaks off or is none; what came before was good.
    """
    cursor = _Cursor(data)
    while not cursor.is_at_end:
        certificate, kind = _timestamped(cursor)
        if kind == _PRECERTIFICATE:
            certificate = cursor.vector(3)
        cursor.vector(_FINGERPRINTS)
        try:
            yield names_in_certificate(certificate)
        except BadInputError as error:
            yield error


def names_in_entry(said: JsonValue) -> list[str]:
    """Return the names of one entry of an answer to get-entries.

    Raises:
        BadInputError: when it is none.
    """
    if not isinstance(said, dict):
        raise BadInputError("an entry is no JSON object")
    leaf = _Cursor(_decoded(said.get("leaf_input")))
    if leaf.take(2) != b"\0\0":
        raise BadInputError(
            "an entry is of no version that is known", hint="RFC 6962 has version 0"
        )
    certificate, kind = _timestamped(leaf)
    if kind == _PRECERTIFICATE:
        certificate = _Cursor(_decoded(said.get("extra_data"))).vector(3)
    return names_in_certificate(certificate)


def names_in_certificate(der: bytes) -> list[str]:
    """Return the DNS names of a certificate, and its common name where that is a host.

    Raises:
        BadInputError: when it cannot be read.
    """
    try:
        read = x509.load_der_x509_certificate(der)
        found = [
            str(each.value)
            for each in read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
            if "." in str(each.value) and " " not in str(each.value)
        ]
        try:
            named = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            found += named.get_values_for_type(x509.DNSName)
        except x509.ExtensionNotFound:
            pass
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise BadInputError(f"a certificate cannot be read: {error}") from error
    return list(dict.fromkeys(found))


def _timestamped(cursor: "_Cursor") -> tuple[bytes, int]:
    """Read a TimestampedEntry (RFC 6962 §3.4) up to the end of its extensions."""
    cursor.take(_STAMP)
    kind = int.from_bytes(cursor.take(2))
    if kind not in {_X509, _PRECERTIFICATE}:
        raise BadInputError(f"an entry is of type {kind}, which is not known")
    if kind == _PRECERTIFICATE:
        cursor.take(_ISSUER_KEY_HASH)
    signed = cursor.vector(3)
    cursor.vector(2)
    return signed, kind


def _decoded(text: JsonValue) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInputError("an entry is no base64") from error


@define
class _Cursor:
    """Reads what TLS calls vectors (RFC 8446 §3.4): a length, then so many bytes."""

    data: bytes
    at: int = 0

    @property
    def is_at_end(self) -> bool:
        return self.at >= len(self.data)

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise BadInputError("an entry breaks off", hint="download it again")
        part = self.data[self.at : end]
        self.at = end
        return part

    def vector(self, length_bytes: int) -> bytes:
        return self.take(int.from_bytes(self.take(length_bytes)))

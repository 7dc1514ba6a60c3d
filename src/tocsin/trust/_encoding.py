"""Base64 at the edges of this room: one way out, strict on the way in."""

import base64
import binascii

from tocsin.foundation import BadInputError


def to_base64(raw: bytes) -> str:
    """Return standard, padded base64 (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode("ascii")


def from_base64(text: object, *, what: str, size: int | None = None) -> bytes:
    """Decode standard base64, canonical only: one value has one spelling.

    Args:
        text: what came in; anything but a string is refused.
        what: how an error names it, such as "signing key".
        size: the exact number of bytes expected.

    Raises:
        BadInputError: for another alphabet, missing padding, stray bits or a wrong size.
    """
    hint = "copy it again from where it was issued, whole and unchanged"
    if not isinstance(text, str):
        raise BadInputError(f"{what}: expected base64 text", hint=hint)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInputError(f"{what}: not base64", hint=hint) from error
    if to_base64(raw) != text:
        raise BadInputError(f"{what}: not canonical base64", hint=hint)
    if size is not None and len(raw) != size:
        raise BadInputError(f"{what}: {len(raw)} bytes where {size} belong", hint=hint)
    return raw


def prefixed(*parts: bytes) -> bytes:
    """Join byte strings so that no two lists of parts give the same bytes (4-byte lengths)."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)

"""A second VOPRF, written from RFC 9497 and RFC 9380 over libsodium's ristretto255 (rbcl).

It shares nothing with `tocsin.trust` nor with the library `voprf`: the group comes from libsodium,
the hashing from the standard library. It evaluates in the clear; it blinds and proves nothing.
"""

import hashlib

import rbcl

_CONTEXT = b"OPRFV1-" + bytes([1]) + b"-ristretto255-SHA512"  # RFC 9497 section 3.1, mode VOPRF


def expand_message_xmd(message: bytes, tag: bytes, size: int) -> bytes:
    """RFC 9380 section 5.3.1 with SHA-512 (128-byte blocks, 64-byte output)."""
    tag_prime = tag + bytes([len(tag)])
    first = hashlib.sha512(
        bytes(128) + message + size.to_bytes(2, "big") + b"\0" + tag_prime
    ).digest()
    block = hashlib.sha512(first + b"\1" + tag_prime).digest()
    blocks = [block]
    while len(blocks) * 64 < size:
        mixed = bytes(one ^ two for one, two in zip(first, block, strict=True))
        block = hashlib.sha512(mixed + bytes([len(blocks) + 1]) + tag_prime).digest()
        blocks.append(block)
    return b"".join(blocks)[:size]


def derive_private_key(seed: bytes, info: bytes) -> bytes:
    """RFC 9497 section 3.2.1, DeriveKeyPair; HashToScalar as in section 4.1."""
    for counter in range(256):
        message = seed + len(info).to_bytes(2, "big") + info + bytes([counter])
        wide = expand_message_xmd(message, b"DeriveKeyPair" + _CONTEXT, 64)
        scalar = bytes(rbcl.crypto_core_ristretto255_scalar_reduce(wide))
        if any(scalar):
            return scalar
    raise AssertionError("RFC 9497: DeriveKeyPairError")


def public_key(private: bytes) -> bytes:
    """Return the private scalar times the generator."""
    return bytes(rbcl.crypto_scalarmult_ristretto255_base(private))


def hash_to_group(item: bytes) -> bytes:
    """RFC 9497 section 4.1, HashToGroup."""
    wide = expand_message_xmd(item, b"HashToGroup-" + _CONTEXT, 64)
    return bytes(rbcl.crypto_core_ristretto255_from_hash(wide))


def multiply(scalar: bytes, element: bytes) -> bytes:
    """Return scalar times element."""
    return bytes(rbcl.crypto_scalarmult_ristretto255(scalar, element))


def evaluate(private: bytes, item: bytes) -> bytes:
    """RFC 9497 section 3.3.1, Evaluate, which mode VOPRF shares."""
    element = multiply(private, hash_to_group(item))
    return hashlib.sha512(
        len(item).to_bytes(2, "big")
        + item
        + len(element).to_bytes(2, "big")
        + element
        + b"Finalize"
    ).digest()

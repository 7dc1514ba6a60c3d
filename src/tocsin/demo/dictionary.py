"""What a dictionary of guesses finds: in plain hashes everything, in what crossed nothing.

The search is independent of the product: it looks for every guess, plain and with `www.`, and for
its SHA-256, SHA-1 and MD5, in the bytes as they crossed and in whatever hexadecimal, base64 or
gzip decodes to inside them.
"""

import base64
import binascii
import hashlib
import re
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from attrs import field, frozen

_PREFIX: Final = 6
_HEX: Final = re.compile(rb"[0-9a-fA-F]{32,}")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]{20,}={0,2}")
_CHUNK_LINE: Final = re.compile(rb"\r\n[0-9a-fA-F]{1,8}\r\n")
_GZIP: Final = re.compile(rb"\x1f\x8b\x08")
_DIGESTS: Final[tuple[Callable[[bytes], bytes], ...]] = (
    lambda data: hashlib.sha256(data).digest(),
    lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    lambda data: hashlib.md5(data, usedforsecurity=False).digest(),
)


@frozen
class Fallen:
    """What guessing did to a list of plain hashes.

    Attributes:
        names: the entries of the list that a guess names.
    """

    names: frozenset[str]
    guesses: int
    seconds: float = field(eq=False)


def plain_hashes(values: Iterable[str]) -> frozenset[str]:
    """Return the SHA-256 of each value as such lists are exchanged: hexadecimal."""
    return frozenset(hashlib.sha256(value.encode()).hexdigest() for value in values)


def break_hashes(hashes: Collection[str], guesses: Iterable[str]) -> Fallen:
    """Hash every guess and look it up."""
    began = time.perf_counter()
    tried, named = 0, set()
    for guess in guesses:
        tried += 1
        if hashlib.sha256(guess.encode()).hexdigest() in hashes:
            named.add(guess)
    return Fallen(frozenset(named), tried, time.perf_counter() - began)


def find_guesses(streams: Iterable[bytes], guesses: Iterable[str]) -> frozenset[str]:
    """Return the guesses that stand in any stream, plain or as a digest.

    A very short guess may stand somewhere by accident: the answer errs on the side of a find.
    """
    patterns: dict[bytes, list[tuple[bytes, str]]] = {}
    for guess in guesses:
        for pattern in _patterns(guess):
            patterns.setdefault(pattern[:_PREFIX], []).append((pattern, guess))
    short = [(start, names) for start, names in patterns.items() if len(start) < _PREFIX]
    prefixes = frozenset(patterns)
    found: set[str] = set()
    for stream in streams:
        for text in _readings(stream):
            found |= {guess for start, names in short if start in text for _, guess in names}
            for at in range(len(text) - _PREFIX + 1):
                start = text[at : at + _PREFIX]
                if start in prefixes:
                    found |= {
                        guess for pattern, guess in patterns[start] if text.startswith(pattern, at)
                    }
    return frozenset(found)


def _patterns(guess: str) -> Iterator[bytes]:
    """The byte strings that would give a guess away."""
    # "www." in front of the plain name needs no pattern of its own: it ends in the plain name.
    forms = {guess, guess.lower()}
    for form in forms:
        yield form.encode()
    for form in forms | {f"www.{form}" for form in forms}:
        for digest in _DIGESTS:
            yield digest(form.encode())


def _readings(stream: bytes) -> Iterator[bytes]:
    """The stream itself and what its encoded parts decode to.

    Host names are searched as they stand and in lower case; chunked transfer is joined first.
    """
    whole = _CHUNK_LINE.sub(b"", stream)
    texts = [whole, *([stream] if whole != stream else [])]
    texts += [_gunzipped(stream[hit.start() :]) for hit in _GZIP.finditer(stream)]
    for text in texts:
        yield text
        if text != text.lower():
            yield text.lower()
        # Something in front of a digest may use the same letters: every alignment is tried.
        for run in _HEX.finditer(text):
            yield from (_unhex(run[0][shift:]) for shift in range(2))
        for run in _BASE64.finditer(text):
            yield from (_unbase64(run[0][shift:]) for shift in range(4))


def _unhex(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) // 2 * 2])


def _unbase64(run: bytes) -> bytes:
    whole = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    whole = whole[: len(whole) - 1] if len(whole) % 4 == 1 else whole
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


def _gunzipped(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, 64 * 1024 * 1024)
    except zlib.error:
        return b""

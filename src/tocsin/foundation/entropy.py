"""Randomness is passed in. Key generation does not use it: libraries do the cryptography."""

import random
import secrets
from typing import Protocol
from uuid import UUID


class Entropy(Protocol):
    """A source of random bytes."""

    def take(self, size: int) -> bytes:
        """Return `size` random bytes."""
        ...


class SystemEntropy:
    """The operating system's generator."""

    def take(self, size: int) -> bytes:
        return secrets.token_bytes(size)


class SeededEntropy:
    """Repeatable bytes for tests, simulations and the demo. Never for secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def take(self, size: int) -> bytes:
        return self._random.randbytes(size)


def uuid4(entropy: Entropy) -> UUID:
    """Return a version 4 UUID drawn from `entropy`."""
    return UUID(bytes=entropy.take(16), version=4)

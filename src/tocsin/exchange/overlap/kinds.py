"""What can be asked about, by the words of the command line, and the vault's keys behind them."""

from collections.abc import Iterable
from typing import Final

from tocsin.foundation import BadInputError

OFFERED: Final[dict[str, tuple[str, ...]]] = {
    "domain": ("domain",),
    "url": ("url",),
    "media": ("md5", "pdq", "sha1", "sha256", "sha512"),
    "account": ("account",),
    "email": ("email",),
    "phone": ("phone",),
}
"""Each kind with the words before the colon of the keys that it covers.

Media are compared exactly, also by their perceptual hashes: private matching of near hashes is
still research.
"""

DEFAULT: Final = ("domain", "url", "media")
"""Asked for when nothing else is said; kinds that can name a person never are."""


def checked_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds sorted, each once.

    Raises:
        BadInputError: for an unknown kind, or none at all.
    """
    wanted = tuple(sorted(set(kinds)))
    unknown = [kind for kind in wanted if kind not in OFFERED]
    if unknown or not wanted:
        raise BadInputError(
            f"overlap: {unknown[0]!r} is no kind to ask about"
            if unknown
            else "overlap: no kind to ask about",
            hint=f"kinds are: {', '.join(OFFERED)}",
        )
    return wanted


def key_words(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return what stands before the colon in the keys of these kinds, sorted."""
    return tuple(sorted({word for kind in kinds for word in OFFERED[kind]}))

"""What two names have in common that look alike to a reader.

A short table of what is met most; it is no replacement for `detect names`, which knows the habits
of those who register look-alikes.
"""

import unicodedata
from typing import Final

_LOOKALIKES: Final = str.maketrans(
    {
        "0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
        "i": "l", "|": "l", "!": "l", "$": "s", "@": "a", "q": "g",
        "а": "a", "в": "b", "е": "e", "ё": "e", "о": "o", "р": "p", "с": "c", "у": "y",  # noqa: RUF001
        "х": "x", "к": "k", "м": "m", "н": "h", "т": "t", "і": "l", "ї": "l", "ј": "j",  # noqa: RUF001
        "ѕ": "s", "ԁ": "d", "һ": "h", "ӏ": "l", "ɡ": "g",  # noqa: RUF001
        "α": "a", "ε": "e", "ι": "l", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t",  # noqa: RUF001
        "υ": "u", "χ": "x", "ı": "l", "ł": "l", "ø": "o", "đ": "d",  # noqa: RUF001
    }
)  # fmt: skip
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


def skeleton(text: str) -> str:
    """Return what all spellings of a name that look alike have in common; letters only.

    Case, accents, punctuation, digits that stand for letters, look-alikes of other scripts.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(each for each in folded.translate(_LOOKALIKES) if each.isalnum())
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain

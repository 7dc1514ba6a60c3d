"""When two names are one person's: what every rule that asks for a second person goes by."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# Default_Ignorable_Code_Point (Unicode 5.21) beyond the category Cf: they show nothing either.
_IGNORABLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def person_key(name: str) -> str:
    """Return what all spellings of a person's name have in common; empty for a blank name.

    Spellings differ in case, in blanks, in characters that show nothing and in Unicode form (as
    NFKC_Casefold, Unicode 3.13). Names that read differently, such as a login and a full name,
    are two persons here: nothing is guessed.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    shown = (
        each
        for each in _IGNORABLE.sub("", folded)
        if not each.isspace() and unicodedata.category(each) not in _UNSEEN
    )
    return unicodedata.normalize("NFKC", "".join(shown))


def persons(names: Iterable[str]) -> frozenset[str]:
    """Return the keys of all persons that are named; blank names are nobody's."""
    return frozenset(person_key(name) for name in names) - {""}

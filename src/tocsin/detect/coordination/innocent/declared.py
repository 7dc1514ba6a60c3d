"""What accounts say of themselves. Words are cheap: no explanation fits by them alone."""

import re
from collections import Counter
from collections.abc import Callable, Sequence, Set
from typing import Final

from attrs import frozen

from tocsin.detect.coordination.innocent.acts import Acts
from tocsin.detect.coordination.innocent.signs import MOST, Sign, listed, shown
from tocsin.detect.coordination.innocent.surroundings import Surroundings

BOTS: Final = frozenset(
    {"automat", "automated", "automatic", "automatico", "automatique", "automatisch"}
    | {"automatisiert", "automatisé", "automático", "bot", "bots", "robot", "бот"}
)
FANS: Final = frozenset(
    {"fan", "fanbase", "fanclub", "fandom", "fanpage", "fans", "fanseite", "hincha"}
    | {"stan", "stans", "supporter", "ultras", "фан", "фанат"}
)
REPORTERS: Final = frozenset(
    {"broadcaster", "correspondent", "editor", "giornalista", "journalist", "journaliste"}
    | {"journalistin", "journalists", "newspaper", "newsroom", "newswire", "outlet"}
    | {"periodista", "redacción", "redakteur", "redakteurin", "redaktion", "redazione"}
    | {"reporter", "rédaction", "zeitung", "журналист", "редакция"}
)

_DENIALS: Final = frozenset(
    {"ain't", "isn't", "kein", "keine", "never", "nicht", "no", "non", "not", "pas", "sin", "не"}
)
_REACH: Final = 3  # words back in which a denial still counts: "not really a bot"
_WORD: Final = re.compile(r"[\w']+")


@frozen
class Declared:
    """How many of a group declare something; the rest say something else, nothing, or who knows."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    unknown: tuple[str, ...]

    def sign(self, says: str, missing: str, most: float = MOST) -> Sign:
        """Return whether enough of the group declare it, whoever is not known declaring or not.

        Args:
            says: what they declare, as in "12 of 12 accounts {says}".
            missing: what is not known where that decides.
            most: share of the group that is enough.
        """
        size = len(self.yes) + len(self.no) + len(self.unknown)
        text = f"{len(self.yes)} of {size} accounts {says}"
        if len(self.yes) >= most * size:
            others = self.no + self.unknown
            return Sign(True, text + (f" (not {listed(others)})" if others else ""))
        if len(self.yes) + len(self.unknown) < most * size:
            return Sign(False, f"only {text}" if self.yes else f"none of {size} accounts {says}")
        return Sign(None, f"{missing} of {len(self.unknown)} of {size} accounts; give --accounts")


def of_words(acts: Acts, around: Surroundings, words: Set[str]) -> Declared:
    """Return who says to be one of `words`: in what it says it is, its description or its name."""

    def said(label: str) -> bool | None:
        if _claimed(label, around, words):
            return True
        return None if label not in around.kind and label not in around.description else False

    return _sorted(acts, said)


def of_owner(acts: Acts, around: Surroundings) -> tuple[str, Declared]:
    """Return the owner that most of a group declare, and who declares it."""
    owners = Counter(
        _plain(around.owner[each]) for each in acts.accounts if around.owner.get(each, "").strip()
    )
    if not owners:
        return "", _sorted(acts, lambda label: False if label in around.owner else None)
    most = max(owners, key=lambda owner: (owners[owner], owner))
    name = next(
        around.owner[each].strip()
        for each in acts.accounts
        if _plain(around.owner.get(each, "")) == most
    )
    return name, _sorted(
        acts, lambda label: _plain(around.owner[label]) == most if label in around.owner else None
    )


def one_owner(acts: Acts, around: Surroundings) -> Sign:
    """Expect nearly all accounts to declare the same owner."""
    owner, declared = of_owner(acts, around)
    if not owner:
        return declared.sign("declare an owner", "no declared owners are known")
    return declared.sign(f"declare the owner {shown(owner)}", "no declared owners are known")


def say_they_are(
    acts: Acts, around: Surroundings, words: Set[str], what: str, most: float = MOST
) -> Sign:
    """Expect nearly all accounts, or `most` of them, to say openly what they are."""
    return of_words(acts, around, words).sign(
        f"say that they are {what}", "it is not known what they say they are:", most
    )


def alike(labels: Sequence[str], around: Surroundings) -> tuple[tuple[int, ...], ...]:
    """Return the places of those among accounts who declare the same, the most of them first.

    The same owner, or to be automated, fans, or journalists: four ways in which innocents say
    what they are. Who declares two of them is in both.
    """
    said = [
        frozenset(
            {f"owner {_plain(around.owner.get(label, ''))}"}
            | {
                what
                for what, words in (("bots", BOTS), ("fans", FANS), ("reporters", REPORTERS))
                if _claimed(label, around, words)
            }
        )
        for label in labels
    ]
    every = frozenset[str]().union(*said) - {"owner "}
    places = {
        tuple(at for at, declared in enumerate(said) if what in declared) for what in sorted(every)
    }
    return tuple(sorted(places, key=lambda each: (-len(each), each)))


def _claimed(label: str, around: Surroundings, words: Set[str]) -> bool:
    told = (around.kind, around.description, around.name)
    return any(claims(each.get(label, ""), words) for each in told)


def same_owner(one: str, other: str) -> bool:
    """Tell whether two names of an owner are the same but for case and spaces."""
    return _plain(one) == _plain(other)


def claims(text: str, words: Set[str]) -> bool:
    """Tell whether a text claims one of `words`; "not a bot" does not."""
    tokens = _WORD.findall(text.casefold())
    return any(
        token in words and not _DENIALS & set(tokens[max(0, at - _REACH) : at])
        for at, token in enumerate(tokens)
    )


def _sorted(acts: Acts, said: Callable[[str], bool | None]) -> Declared:
    answers = [(label, said(label)) for label in acts.accounts]
    return Declared(
        *(tuple(label for label, answer in answers if answer is one) for one in (True, False, None))
    )


def _plain(owner: str) -> str:
    return " ".join(owner.casefold().split())

"""Innocent explanations of why texts say the same, each tried on every family.

Sameness of content alone proves nothing: it says where to look.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tocsin.detect.texts.corpus import Text
from tocsin.records import Explanation

_LINK: Final = re.compile(r"https?://[^\s<>\"']+", re.I)
_REPEATS: Final = re.compile(r"(?:^|\s)(?:RT\s+@|via\s+@|QT\s+@)|^[\"“„«]", re.I)
_WORD: Final = re.compile(r"\w+")
_MOST: Final = 0.8  # what holds for so many of a family explains it
_FORMULA: Final = 45  # characters: what fits on a greeting card
_FEW: Final = 4  # wordings that show no frame yet
_FRAME: Final = 0.4  # the share of words that make a frame around what changes


def explanations(texts: Sequence[Text], wordings: Sequence[str]) -> tuple[Explanation, ...]:
    """Try each explanation on the texts of one family.

    Args:
        wordings: of its distinct documents, without padding.
    """
    return (
        _one_author(texts),
        _shared_link(texts),
        _quotation(texts),
        _formula(wordings),
        _template(texts, wordings),
    )


def _one_author(texts: Sequence[Text]) -> Explanation:
    name = "one account repeats itself"
    if any(text.account is None for text in texts):
        return Explanation(name, None, "accounts are not known")
    accounts = len({text.account for text in texts})
    return Explanation(name, accounts == 1, f"{accounts} accounts")


def _shared_link(texts: Sequence[Text]) -> Explanation:
    """A button that shares a page fills in its headline: the same words, and no plan behind."""
    linked = Counter(link for text in texts for link in set(_LINK.findall(text.text)))
    most = max(linked.values(), default=0)
    return Explanation(
        "headline of a shared page",
        most >= _MOST * len(texts),
        f"{most} of {len(texts)} texts carry the same link",
    )


def _quotation(texts: Sequence[Text]) -> Explanation:
    quoting = sum(1 for text in texts if _REPEATS.search(text.text))
    return Explanation(
        "quotation or repost",
        quoting >= _MOST * len(texts),
        f"{quoting} of {len(texts)} texts begin as a quotation or name whom they repeat",
    )


def _formula(wordings: Sequence[str]) -> Explanation:
    shortest = min(map(len, wordings))
    is_short = shortest < _FORMULA
    return Explanation(
        "common phrase",
        None if is_short else False,
        f"the shortest has {shortest} characters"
        + ("; people may have come to it by themselves" if is_short else ""),
    )


def _template(texts: Sequence[Text], wordings: Sequence[str]) -> Explanation:
    """Alerts and listings have the same words around figures and names that change."""
    name = "alerts or listings from one template"
    if len(wordings) < _FEW:
        return Explanation(name, False, f"{len(wordings)} wordings of {len(texts)} texts")
    said = [_WORD.findall(words) for words in wordings]
    holders = Counter(word for words in said for word in set(words))
    fixed = {word for word, count in holders.items() if count >= _MOST * len(said)}
    changing = [word for words in said for word in words if word not in fixed]
    share = 1 - len(changing) / max(sum(map(len, said)), 1)
    slots = sum(1 for word in changing if not word.islower()) / max(len(changing), 1)
    return Explanation(
        name,
        share >= _FRAME and slots >= _MOST,
        f"{share:.0%} of the words are the same in nearly all of {len(wordings)} wordings; of the"
        f" others {slots:.0%} are figures or names",
    )

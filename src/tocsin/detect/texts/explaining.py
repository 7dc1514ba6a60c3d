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
_NUMBER: Final = re.compile(r"\d+")
_MOST: Final = 0.8  # what holds for so many of a family explains it
_FORMULA: Final = 45  # letters: what fits on a greeting card


def explanations(texts: Sequence[Text], keys: Sequence[str]) -> tuple[Explanation, ...]:
    """Try each explanation on the texts of one family.

    Args:
        keys: of its distinct documents.
    """
    return (
        _one_author(texts),
        _shared_link(texts),
        _quotation(texts),
        _formula(keys),
        _template(texts, keys),
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


def _formula(keys: Sequence[str]) -> Explanation:
    shortest = min(map(len, keys))
    return Explanation(
        "common phrase",
        None if shortest < _FORMULA else False,
        f"the shortest has {shortest} letters"
        + ("; people may have come to it by themselves" if shortest < _FORMULA else ""),
    )


def _template(texts: Sequence[Text], keys: Sequence[str]) -> Explanation:
    """Alerts of weather, quakes or traffic differ in their figures alone."""
    without = {_NUMBER.sub("0", key) for key in keys}
    fits = len(keys) > 1 and len(without) == 1
    return Explanation(
        "alerts from one template",
        fits,
        f"{len(keys)} wordings of {len(texts)} texts, {len(without)} when figures are left out",
    )

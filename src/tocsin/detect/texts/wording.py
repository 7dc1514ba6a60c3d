"""What a text says once padding is gone: a key to compare by, and words for a reader or a model.

Padding is whatever a reader does not read or read past: emoji, zero-width characters, letters of
another alphabet that look the same, accents piled on letters, capitals, punctuation, links, names
that are mentioned, and hashtags before or after the sentence.
"""

import re
import unicodedata
from typing import Final

from attrs import frozen

from tocsin.detect.texts.homoglyphs import CLASSES, mixes_scripts, own_script
from tocsin.foundation import HIDDEN

MIN_LETTERS: Final = 20
"""A key with fewer letters is a greeting or a formula: anybody's, no sign of a common source."""
MIN_IDEOGRAPHS: Final = 8
"""The same for Chinese, Japanese and Korean, where a sign says as much as a short word."""

_LINK: Final = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w.-]{1,80}\.(?:com|org|net|info|ly|me)/\S+", re.I
)
_MENTION: Final = re.compile(r"(?:\bRT\s+)?(?<!\w)@\w[\w.-]*:?", re.I)
_LEADING_TAGS: Final = re.compile(r"^(?:[^\w#]*#\w+)+")
_TRAILING_TAGS: Final = re.compile(r"(?:[^\w#]*#\w+)+[\W_]*$")
_TAIL: Final = 1_000
_KEYCAP: Final = re.compile("[0-9#*]\ufe0f?\u20e3")
_JOINERS: Final = re.compile("[\u200c\u200d\ufe00-\ufe0f\u20e3\u3164\uffa0\u115f\u1160]")
_ACCENTS: Final = re.compile("[\u0300-\u036f\u0483-\u0489\u0640\u064b-\u065f\u0670]")
_NO_WORD: Final = re.compile(r"[\W_]+")
_IDEOGRAPH: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")
_SYMBOLS: Final = frozenset({"So", "Sk", "Cf", "Co", "Cn", "Cs", "Me"})
# Squared and circled letters that NFKC leaves alone: A of three alphabets of 26.
_ENCLOSED: Final = {
    first + at: chr(ord("a") + at) for first in (0x1F150, 0x1F170) for at in range(26)
}
_SPACES: Final = re.compile(r"\s+")


@frozen
class Wording:
    """One text without its padding.

    Attributes:
        key: letters and digits only, look-alikes taken together: equal for texts that a reader
            takes for the same.
        words: readable, in the writer's own script, for a model.
        padding: what was taken away, by name.
    """

    key: str
    words: str
    padding: frozenset[str]

    @property
    def says_enough(self) -> bool:
        """Whether it is long enough to have a source: no greeting, no formula, not empty."""
        return key_says_enough(self.key)

    @classmethod
    def of(cls, text: str) -> "Wording":
        """Take the padding off `text`."""
        plain, padding = _plain(text)
        linkless = _MENTION.sub(" ", _LINK.sub(" ", plain))
        said = _without_tags_around(linkless)
        # "Caught in a #RevolvingDoor": what is left without the hashtags is no sentence.
        if not key_says_enough(key_of_words(said)):
            said = linkless
        if said != plain:
            padding.add("links, mentions or hashtags")
        read = own_script(said)
        if mixes_scripts(plain):
            padding.add("look-alike letters")
        return cls(key=key_of_words(said), words=_words(read), padding=frozenset(padding))


def text_key(text: str) -> str:
    """Return what stays the same under padding; empty for a text without words."""
    return Wording.of(text).key


def _plain(text: str) -> tuple[str, set[str]]:
    """Return one form of every character, without hidden ones and pictures."""
    padding: set[str] = set()
    if text.isascii():
        return HIDDEN.sub(_space_or_nothing, text), padding
    shown = _JOINERS.sub("", HIDDEN.sub(_space_or_nothing, _KEYCAP.sub(" ", text)))
    if len(shown) < len(text) and any(unicodedata.category(c) == "Cf" for c in text):
        padding.add("zero-width characters")
    even = unicodedata.normalize("NFKC", shown.translate(_ENCLOSED))
    even = _JOINERS.sub("", even)
    plain = "".join(" " if unicodedata.category(c) in _SYMBOLS else c for c in even)
    if plain != even:
        padding.add("emoji")
    return plain, padding


def _space_or_nothing(hidden: re.Match[str]) -> str:
    return " " if hidden[0] in "\t\n\r\x0b\x0c\x85\u2028\u2029" else ""


def _without_tags_around(linkless: str) -> str:
    # Only the tail is searched: from every hashtag of a long list the search would begin again.
    head, tail = linkless[:-_TAIL], linkless[-_TAIL:]
    return _LEADING_TAGS.sub(" ", head + _TRAILING_TAGS.sub(" ", tail))


def key_of_words(said: str) -> str:
    """Return letters and figures of what has no padding but capitals, accents, look-alikes."""
    folded = said.casefold()
    if not folded.isascii():
        folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", folded))
        folded = unicodedata.normalize("NFKC", folded).casefold().translate(CLASSES)
    return _NO_WORD.sub("", folded)


def _words(read: str) -> str:
    even = _SPACES.sub(" ", read.replace("#", " ")).strip()
    return even.lower() if even.isupper() else even


def key_says_enough(key: str) -> bool:
    """Whether a key is long enough to have a source; a sign of Chinese counts as a short word."""
    signs = 0 if key.isascii() else len(_IDEOGRAPH.findall(key))
    return len(key) + signs * (MIN_LETTERS - MIN_IDEOGRAPHS) // MIN_IDEOGRAPHS >= MIN_LETTERS

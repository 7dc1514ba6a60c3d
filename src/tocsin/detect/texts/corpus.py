"""Texts as they came, and the distinct ones among them once padding is gone."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from tocsin.detect.texts.languages import guess_language, primary
from tocsin.detect.texts.wording import Wording
from tocsin.foundation.progress import Advance

_LATE: Final = datetime.max.replace(tzinfo=UTC)


@frozen
class Text:
    """One post, comment, article or advertisement.

    Attributes:
        id: as its source has it; findings name it.
        time: aware; None when it is not known.
        language: as its source says, None to guess.
    """

    id: str
    text: str
    time: datetime | None = None
    account: str | None = None
    language: str | None = None


@frozen
class Document:
    """What several texts say letter for letter, padding aside.

    Attributes:
        texts: places in the corpus, earliest first (unknown times last, then by id).
        padding: of each of `texts`.
        language: ISO 639-1, `und` when nothing tells.
    """

    key: str
    words: str
    texts: tuple[int, ...]
    padding: tuple[frozenset[str], ...]
    language: str


@frozen
class Corpus:
    """All texts, their distinct documents, and what was passed over.

    Attributes:
        documents: sorted by key, so that the order of rows changes nothing.
        too_short: texts with too few letters to have a source, empty ones among them.
    """

    texts: tuple[Text, ...]
    documents: tuple[Document, ...]
    too_short: int

    @property
    def languages(self) -> Counter[str]:
        """How many documents each language has."""
        return Counter(document.language for document in self.documents)

    def first_seen(self, document: int) -> tuple[bool, datetime, str]:
        """Return what documents are sorted by in time: unknown times last, then by id."""
        return _when(self.texts[self.documents[document].texts[0]])

    @classmethod
    def of(
        cls,
        texts: Iterable[Text],
        advance: Advance,
        guess: Callable[[str], str] = guess_language,
    ) -> "Corpus":
        """Take off padding and put together what is the same.

        Args:
            guess: tells the language of words that no source tells it of.
        """
        held = tuple(texts)
        wordings: dict[str, list[tuple[int, Wording]]] = {}
        read: dict[str, Wording] = {}  # most posts of a campaign are letter for letter the same
        too_short = 0
        for at, text in enumerate(held):
            wording = read.get(text.text)
            if wording is None:
                wording = read[text.text] = Wording.of(text.text)
            if wording.says_enough:
                wordings.setdefault(wording.key, []).append((at, wording))
            else:
                too_short += 1
            advance()
        documents = tuple(_document(key, wordings[key], held, guess) for key in sorted(wordings))
        return cls(held, documents, too_short)


def _document(
    key: str,
    said: list[tuple[int, Wording]],
    texts: Sequence[Text],
    guess: Callable[[str], str],
) -> Document:
    ordered = sorted(said, key=lambda each: _when(texts[each[0]]))
    # The least padded wording is the best to read; equal keys make the choice among them free.
    words = min((wording.words for _, wording in said), key=lambda each: (len(each), each))
    named = Counter(code for at, _ in said if (code := primary(texts[at].language)))
    language = min(named, key=lambda code: (-named[code], code)) if named else guess(words)
    return Document(
        key=key,
        words=words,
        texts=tuple(at for at, _ in ordered),
        padding=tuple(wording.padding for _, wording in ordered),
        language=language,
    )


def _when(text: Text) -> tuple[bool, datetime, str]:
    return text.time is None, text.time or _LATE, text.id

"""Indicators inside free text, such as an e-mail pasted from a partner.

Written plainly, a word with a dot is often no host: `U.S.`, `e.g.`, `Node.js`, `setup.zip`, or a
stop without its space (`over.It was`). So a plain word counts only with a known suffix, at least
two letters before the dot, no usual file name, and no capital that begins a new sentence. Among
those that count, the ones that may still be words are named as doubtful: two labels of letters
alone that have a capital (`Inc.com`), or whose suffix is a word of running text (`there.it`) or the
ending of files (`point.md`). Defanged words, addresses with a scheme or a path, e-mail addresses,
hashes and IP addresses count as such. A word may hold more than the host: an article before it
(`d'a.example`), a case or compound behind it (`a.example's`, `a.example-Seite`), emphasis, or the
next sentence (`a.example.The`).
"""

import re
from collections.abc import Iterator
from typing import Final

from attrs import frozen

from tocsin.records.observables.kinds import Kind
from tocsin.records.observables.observable import Observable
from tocsin.records.observables.refang import is_defanged, refang
from tocsin.records.observables.tokens import read_token, trimmed


@frozen
class Found:
    """An indicator in a text: `text[start:end]` is how it was written.

    Attributes:
        is_doubtful: it may be a word or the name of a firm: somebody must look.
    """

    observable: Observable
    start: int
    end: int
    written: str
    is_doubtful: bool = False


_MARK: Final = r"\s?[\[({](?:dot|at)[\])}]\s?"
_CANDIDATE: Final = re.compile(
    rf"(?:[^\s\"\u201c\u201d\u00ab\u00bb\u201e\u2018`|;,]|{_MARK}|,(?=\w{{1,40}}=))+", re.IGNORECASE
)
_HINTS: Final = re.compile(
    r"[.@:\[({]|[0-9a-fA-F]{32}|^(?:AS|UA|G|GTM|AW|ca|pub|act)[-_0-9N]", re.I
)
_INNER: Final = re.compile(r"(?:h(?:tt|xx|\*\*)ps?|ftp)[\[({]?:[\])}]?//\S+", re.IGNORECASE)
_LABELLED: Final = re.compile(r"[^\W\d_]{2,20}[:=](?!/)")
_ASCII_RUN: Final = re.compile(r"[!-~]{4,}")
_PLAIN_HOST: Final = re.compile(r"[^\W_][\w-]*(?:\.[\w-]+)+")
_ARTICLE: Final = re.compile(r"[^\W\d_]{1,8}['\u2019](?=\w)")
_CASE: Final = re.compile(r"['\u2019][^\W\d_]{1,6}$")
_COMPOUND: Final = re.compile(r"(.+\.[^\W\d_]+)-[^\W\d_][^.]*")
_NEXT_SENTENCE: Final = re.compile(r"(.+?[^\W_]\.[^\W\d_]{2,})\.([^\W\d_])[^\W\d_]*")
_EMPHASIS: Final = "*_~"
_NEVER_PLAIN: Final = frozenset({"zip", "mov"})
"""Top-level domains whose names, written plainly, are files nearly always."""
_SCRIPT_ENDINGS: Final = frozenset({"py", "sh", "so"})
_FILE_ENDINGS: Final = frozenset({"ai", "app", "cc", "dev", "md", "pl", "ps", "rs"})
_USUAL_FILES: Final = re.compile(
    r"(?:readme|changelog|license|contributing|security|main|index|setup|install|configure|config"
    r"|build|test|tests|run|start|update|script|manage|conftest|lib\w*)\.(?:md|pl|ps|py|rs|sh|so)",
    re.IGNORECASE,
)
# English, French, German, Spanish and Italian words that are top-level domains.
_WORDS: Final = frozenset(
    {
        *("am", "as", "at", "be", "by", "do", "in", "is", "it", "me", "my", "no", "so", "to", "us"),
        *("er", "es", "et", "il", "im", "la", "ne", "se", "va"),
    }
)
_VERSION: Final = re.compile(r"(?:\b(?:v|version|release|build)\.?\s*)$", re.IGNORECASE)
_PLAIN_KINDS: Final = frozenset({Kind.FILE_NAME, Kind.APP})
_MAX_WORD: Final = 2500


def find_observables(text: str) -> list[Found]:
    """Return the indicators that a text mentions, in order, each occurrence once."""
    made: list[Found] = []
    for matched in _CANDIDATE.finditer(text):
        word = matched[0]
        if len(word) > _MAX_WORD or not _HINTS.search(word):
            continue
        found = _found(text, matched.start(), word)
        if found:
            made.append(found)
    return made


def _found(text: str, start: int, word: str) -> Found | None:
    before = text[max(0, start - 20) : start]
    for at, part in _readings(word):
        bare = trimmed(part)
        observable = read_token(refang(bare)).observable if bare else None
        if observable and _is_meant(before, bare, observable):
            first = start + at + part.find(bare)
            return Found(observable, first, first + len(bare), bare, _is_doubtful(bare))
    return None


def _readings(word: str) -> Iterator[tuple[int, str]]:
    """Yield the word, then what it may enclose: an address, a labelled value, an ASCII run."""
    yield 0, word
    inner = _INNER.search(word)
    if inner:
        yield inner.start(), inner[0]
    labelled = _LABELLED.match(word)
    if labelled:
        yield labelled.end(), word[labelled.end() :]
    yield from _inflected(word)
    if not word.isascii():
        for run in _ASCII_RUN.finditer(word):
            yield run.start(), run[0]


def _inflected(word: str) -> Iterator[tuple[int, str]]:
    """Yield the word without what a language puts around a name, or the next sentence behind it."""
    bare = trimmed(word).strip(_EMPHASIS)
    article = _ARTICLE.match(bare)
    bare = trimmed(bare[article.end() :] if article else bare)
    at = word.find(bare)
    yield at, bare
    case = _CASE.search(bare)
    if case:
        yield at, bare[: case.start()]
    compound = _COMPOUND.fullmatch(bare)
    if compound:
        yield at, compound[1]
    sentence = _NEXT_SENTENCE.fullmatch(bare)
    if sentence and sentence[2].isupper():
        yield at, sentence[1]


def _is_meant(before: str, written: str, observable: Observable) -> bool:
    kind = observable.kind
    if kind in _PLAIN_KINDS or (kind is Kind.ACCOUNT and not observable.platform):
        return False
    if is_defanged(written):
        return True
    if kind is Kind.IPV4:
        return not _VERSION.search(before)
    if kind is Kind.IPV6:
        return written.count(":") >= 3
    return not _PLAIN_HOST.fullmatch(written) or _reads_as_host(written)


def _reads_as_host(written: str) -> bool:
    """Tell a plain host from a file name, an abbreviation and two sentences without a space."""
    labels = written.split(".")
    if labels[0].lower() == "www":
        return True
    is_file = labels[-1].lower() in _NEVER_PLAIN or _USUAL_FILES.fullmatch(written)
    if is_file or max(map(len, labels[:-1])) < 2:
        return False
    if written in (written.lower(), written.upper()):
        return True
    return all(label.islower() or not label.isalpha() for label in labels[1:])


def _is_doubtful(written: str) -> bool:
    """Tell whether a plain host may be a word; see the module's own words for the rule."""
    if not _PLAIN_HOST.fullmatch(written):
        return False
    labels = written.split(".")
    suffix = labels[-1].lower()
    if len(labels) != 2 or suffix in _SCRIPT_ENDINGS:
        return len(labels) == 2
    is_word = labels[0].isalpha()
    return is_word and (written != written.lower() or suffix in _WORDS | _FILE_ENDINGS)

"""Indicators inside free text, such as an e-mail pasted from a partner.

Written plainly, a word with a dot is often no host: `U.S.`, `e.g.`, `Node.js`, `setup.zip`, or a
stop without its space (`over.It was`). So a plain word counts only with a known suffix, no file
ending, at least two letters before the dot, and no capital that begins a new sentence. Defanged
words, addresses with a scheme or a path, e-mail addresses, hashes and IP addresses count as such.
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
    """An indicator in a text: `text[start:end]` is how it was written."""

    observable: Observable
    start: int
    end: int
    written: str


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
_FILE_ENDINGS: Final = frozenset(
    {
        "zip",
        "mov",
        "py",
        "sh",
        "rs",
        "pl",
        "ps",
        "md",
        "so",
        "ai",
        "app",
        "cc",
        "java",
        "bin",
        "dev",
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
            return Found(observable, first, first + len(bare), bare)
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
    if not word.isascii():
        for run in _ASCII_RUN.finditer(word):
            yield run.start(), run[0]


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
    if labels[-1].lower() in _FILE_ENDINGS or max(map(len, labels[:-1])) < 2:
        return False
    is_one_case = written.isupper() or written.islower() or not written.isascii()
    return is_one_case or all(label.islower() or not label.isalpha() for label in labels[1:])

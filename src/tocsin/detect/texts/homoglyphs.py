"""Letters that pass for others: one class for the key, the writer's own script for reading.

A text's key takes every look-alike to one Latin letter, in Russian text as in English, so that a
swapped letter changes nothing. That would be no text to read any more: for a model that knows
languages a word is put back into the script that most of the text is written in.

The pairs are those of Unicode's confusables (UTS #39) that are letters of living alphabets and
appear in keyboards or generators of "fancy text"; not the whole table, which also joins letters
that honest writers tell apart.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

_TABLES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = tomllib.loads(
    files(__package__).joinpath("homoglyphs.toml").read_text(encoding="utf-8")
)


def _table(pairs: Iterable[tuple[str, str]], *, back: bool = False) -> Mapping[int, int]:
    """Return what `str.translate` takes, from the first to the second of each pair, or back."""
    strangers, latin = map("".join, zip(*pairs, strict=True))
    return str.maketrans(latin, strangers) if back else str.maketrans(strangers, latin)


CLASSES: Final = _table(_TABLES["classes"].values())
"""Case-folded letters to the Latin letter that they pass for."""

_BACK: Final = {
    "latin": _table(_TABLES["alike"].values()),
    "cyrillic": _table([_TABLES["alike"]["cyrillic"]], back=True),
    "greek": _table([_TABLES["alike"]["greek"]], back=True),
}

_WORD: Final = re.compile(r"[^\W\d_]+")
_OF_SCRIPT: Final = {
    "latin": re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
}


def own_script(text: str) -> str:
    """Return `text` with the letters of strangers in its words put back into its own script.

    A word that mixes scripts, or that has look-alikes only, is read in the script that most words
    of the text are in; a foreign word with letters of its own is a quotation and stays.
    """
    if text.isascii():
        return text
    letters = {script: len(found.findall(text)) for script, found in _OF_SCRIPT.items()}
    main, most = max(letters.items(), key=lambda each: (each[1], each[0]))
    if most == sum(letters.values()):
        return text
    table, here = _BACK[main], _OF_SCRIPT[main]

    def put_back(word: re.Match[str]) -> str:
        said = word[0]
        turned = said.translate(table)
        is_mixed = here.search(said) is not None
        return turned if is_mixed or _is_within(turned, here) else said

    return _WORD.sub(put_back, text)


def mixes_scripts(text: str) -> bool:
    """Whether some word has letters of two alphabets that pass for each other."""
    if text.isascii():
        return False
    for word in _WORD.findall(text):
        if sum(script.search(word) is not None for script in _OF_SCRIPT.values()) > 1:
            return True
    return False


def _is_within(word: str, script: re.Pattern[str]) -> bool:
    return len(script.findall(word)) == len(word)

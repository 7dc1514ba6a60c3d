"""Which language a text is in, well enough to take a language's common direction out of a model.

By script where the script decides, else by the small words that no text does without. A guess: a
column that says the language is better and is used where it is there.
"""

import re
from collections.abc import Mapping
from typing import Final

UNKNOWN: Final = "und"  # ISO 639-2: undetermined
OTHER: Final = "mis"  # ISO 639-2: some other language
SUPPORTED: Final = frozenset(
    {"ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh"}
)
"""What the Universal Sentence Encoder (multilingual 3) was trained on; zh in both scripts."""

# Each range is of letters that one language alone has, or has far more of than its neighbours.
_SCRIPTS: Final = (
    ("ja", "[\u3040-\u30ff]", 0.15),
    ("ko", "[\uac00-\ud7af\u1100-\u11ff]", 0.3),
    ("zh", "[\u3400-\u9fff]", 0.3),
    ("th", "[\u0e00-\u0e7f]", 0.3),
    ("el", "[\u0370-\u03ff]", 0.5),
    ("he", "[\u0590-\u05ff]", 0.5),
    ("hi", "[\u0900-\u097f]", 0.5),
    ("hy", "[\u0530-\u058f]", 0.5),
    ("ka", "[\u10a0-\u10ff]", 0.5),
    ("uk", "[іїєґІЇЄҐ]", 0.015),
    ("sr", "[ђћјљњџЂЋЈЉЊЏ]", 0.015),
    ("ru", "[\u0400-\u04ff]", 0.4),
    ("ur", "[ٹڈڑںےھ]", 0.015),
    ("fa", "[پچژگ]", 0.015),
    ("ar", "[\u0600-\u06ff]", 0.4),
)
_KNOWN_SCRIPTS: Final = re.compile(
    "[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0400-\u04ff\u0600-\u06ff"
    "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_BY_SCRIPT: Final = tuple((code, re.compile(found), least) for code, found, least in _SCRIPTS)

_SMALL_WORDS: Final[Mapping[str, str]] = {
    "en": "the of and to in is that for it with was on are this by from be have not you as at "
    "had which they their his her will would what how why who we our after has were about an",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch",
    "fr": "de la le et les des en un une du est que pour qui dans par sur pas au plus ce sont",
    "es": "de la que el en y a los del se las por un para con no una su al es lo más",
    "it": "di e il la che in a per un è del non una sono con si della da le dei al nel gli",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos foi ao",
    "nl": "de het een van en in is dat op te zijn met voor niet aan er om ook als maar door",
    "pl": "w i na z się do nie że to jest o jak ale od za po przez są dla który oraz przy",
    "tr": "ve bir bu da için de ile olarak çok daha olan gibi kadar en sonra ne ya değil mi var",
    "sv": "och att det som en på är av för med till den har de inte om ett han men var",
    "da": "og at det som en på er af for med til den har de ikke om et han men var jeg",
    "fi": "ja on ei se että oli hän mutta kun mitä niin ovat joka tai kuin myös",
    "cs": "a se v na je že o s z do i to k ve pro za by ale si po jako jsou",
    "ro": "și în cu pe nu din că este o pentru un mai care fi ca prin sunt",
    "hu": "a az és hogy nem is egy ez meg de csak már mint volt van el még",
    "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada",
    "vi": "và của là có trong được cho không một các với người đã này khi những",
}
_LANGUAGES_OF: Final = {
    word: tuple(code for code, words in _SMALL_WORDS.items() if word in words.split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
}
_LETTERS_OF: Final = (
    ("de", "äöüß"),
    ("fr", "éçèêëîïœûù"),
    ("es", "ñ¿¡áíóú"),
    ("pt", "ãõçâêá"),
    ("it", "àèìòù"),
    ("pl", "ąćęłńśźż"),
    ("tr", "ğışİçöü"),
    ("sv", "åäö"),
    ("da", "åøæ"),
    ("cs", "řěůčšž"),
    ("ro", "șțăîâ"),
    ("hu", "őűáéöü"),
    ("vi", "ăđơưạảấầậắếềệốồộớờợ"),
)
_NO_LANGUAGE: Final = frozenset({"und", "unk", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})
"""What columns have for no language, Twitter's codes for hashtags and links among them."""
_WORDS: Final = re.compile(r"[^\W\d_]+")
_EVIDENCE: Final = 0.6  # one small word of one language, or two letters of its alphabet
_EVIDENCE_AGAINST: Final = 2.0  # for a language that the model lacks, as it shuts a text out


def guess_language(words: str) -> str:
    """Return the language's code (ISO 639-1), `und` when nothing tells, `mis` for other scripts."""
    letters = sum(map(str.isalpha, words))
    if not letters:
        return UNKNOWN
    return (None if words.isascii() else _by_script(words, letters)) or _by_small_words(words)


def _by_script(words: str, letters: int) -> str | None:
    for code, found, least in _BY_SCRIPT:
        if len(found.findall(words)) >= max(1, least * letters):
            return code
    # Of a script that it never saw the model makes one and the same vector for every text.
    return OTHER if len(_KNOWN_SCRIPTS.findall(words)) < letters / 2 else None


def _by_small_words(words: str) -> str:
    scores = dict.fromkeys(_SMALL_WORDS, 0.0)
    said = words.lower()
    for word in _WORDS.findall(said):
        known = _LANGUAGES_OF.get(word, ())
        for code in known:
            scores[code] += 1 / len(known)
    if not said.isascii():
        for code, marks in _LETTERS_OF:
            scores[code] += 0.4 * sum(said.count(mark) for mark in marks)
    # At a draw the language that stands first: a Czech small word is an English one as well.
    best = max(_SMALL_WORDS, key=lambda code: scores[code])
    needed = _EVIDENCE if best in SUPPORTED else _EVIDENCE_AGAINST
    return best if scores[best] >= needed else UNKNOWN


def primary(code: str | None) -> str | None:
    """Return the language of a code as columns have it: `en-GB`, `EN` and `en_US` are `en`."""
    said = re.split(r"[-_]", (code or "").strip().lower(), maxsplit=1)[0]
    return said if 2 <= len(said) <= 3 and said not in _NO_LANGUAGE else None

"""Undo defanging and the marks that copying leaves behind.

Forms seen in Meta's and VIGINUM's lists: `[.]`, `[at]`, `hxxp`, `[:]//`, `{:}//`. The others are
common in partners' e-mails.
"""

import re
from typing import Final

MAX_LENGTH: Final = 8192
"""Longer text is prose: no identifier is that long, and rewriting it would cost time."""

_MAX_ROUNDS: Final = 16
_OPEN, _CLOSE = r"[\[({<]", r"[\])}>]"
_REWRITES: Final = (
    (
        re.compile(
            rf"\s{{0,3}}{_OPEN}\s?(?:dot|punkt|point|punto)\s?{_CLOSE}\s{{0,3}}", re.IGNORECASE
        ),
        ".",
    ),
    (re.compile(rf"\s{{0,3}}{_OPEN}\s?(?:at|arobase|@)\s?{_CLOSE}\s{{0,3}}", re.IGNORECASE), "@"),
    (re.compile(rf"{_OPEN}\s?([.,])\s?{_CLOSE}"), "."),
    (re.compile(rf"{_OPEN}\s?(://|:/{{0,2}}|/)\s?{_CLOSE}"), r"\1"),
    (re.compile(rf"{_OPEN}(www|https?|ftp){_CLOSE}", re.IGNORECASE), r"\1"),
    (re.compile(r"\\(?=[.:/@])"), ""),
    (re.compile(r"\[\.(?=\w)|(?<=\w)\.\]"), "."),
    (re.compile(r"(?<![a-z0-9])h(?:xx|\*\*|__|tx|xt|XX)p(s?)(?=\s?:)", re.IGNORECASE), r"http\1"),
    (re.compile(r"(?<![a-z0-9])fxp(s?)(?=\s?:)", re.IGNORECASE), r"ftp\1"),
    (re.compile(r"^(https?|ftp)\s?:\s?/\s?/\s?(?=\w)", re.IGNORECASE), r"\1://"),
)
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
# Zero-width joiners are letters' neighbours in Persian and Indic names, and litter beside ASCII.
_JOINERS: Final = re.compile(
    "(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f])|^[\u200c\u200d]+|[\u200c\u200d]+$"
)
_FULLWIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3002: ".",
    0xFF61: ".",
    0x3000: " ",
    0x00A0: " ",
    0x202F: " ",
    0x2024: ".",
}
_SUSPECT: Final = re.compile(r"[\[({<\\*_\]]|h(?:xx|XX|tx|xt)|fxp|^[a-z]{3,5}\s?:", re.IGNORECASE)


def refang(text: str) -> str:
    """Return `text` as it was before somebody made it harmless. Idempotent.

    A text that takes more than a few rounds was made to cost time: it is returned unchanged.
    """
    if len(text) > MAX_LENGTH:
        return text
    made = text
    for _ in range(_MAX_ROUNDS):
        before = made
        made = _one_round(before)
        if made == before:
            return made
    return text


def is_defanged(text: str) -> bool:
    """Tell whether somebody made `text` harmless on purpose: it is meant as an indicator."""
    return refang(text) != text.strip()


def _one_round(text: str) -> str:
    made = (text if text.isascii() else _visible(text)).strip()
    if _SUSPECT.search(made):
        for form, plain in _REWRITES:
            made = form.sub(plain, made)
    return made


def _visible(text: str) -> str:
    return _JOINERS.sub("", _INVISIBLE.sub("", text.translate(_FULLWIDTH)))

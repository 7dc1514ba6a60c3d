"""Text from outside, made so that no program acts on it.

Three dangers: a spreadsheet runs a cell that begins like a formula (CSV injection, CWE-1236);
control and direction characters make a terminal or a page show something else than is there; a
cell beyond Excel's limit makes the whole workbook unreadable.
"""

import re
from typing import Final

from tocsin.foundation import HIDDEN, JsonValue, canonical, written_out

MAX_CELL: Final = 32_767
"""Characters that Excel takes in one cell, counted in UTF-16 units (Microsoft, Excel limits)."""

GUARD: Final = "'"
# ASCII signs, then the full-width, small and mathematical forms that spreadsheets fold into them.
_TRIGGERS: Final = "=+-@|%\t\r\n\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212"
_CUT: Final = " … (cut)"


def visible(text: str) -> str:
    """Return `text` with everything hidden written out as `\\u202e`; line ends become ` / `."""
    lines = re.split(r"[\r\n\u2028\u2029]+", text) if HIDDEN.search(text) else [text]
    return written_out(" / ".join(line.strip("\t ") for line in lines if line.strip()))


def safe_cell(text: str) -> str:
    """Return what may stand in a cell: visible, never a formula, no longer than Excel takes.

    A cell that begins like a formula gets an apostrophe in front, also where blanks precede the
    sign. `plain_cell` takes it off.
    """
    shown = _short(visible(text))
    bare = shown.lstrip()
    return GUARD + shown if bare and (bare[0] in _TRIGGERS or _is_guarded(bare)) else shown


def plain_cell(cell: str) -> str:
    """Return the text that `safe_cell` was given, as far as it was visible."""
    return cell[1:] if _is_guarded(cell) else cell


def inert_json(value: JsonValue) -> bytes:
    """Return canonical JSON in which hidden characters stand as `\\uXXXX`.

    Such characters can only stand inside strings, so escaping them in the text changes no value.
    """
    text = canonical(value).decode()
    return HIDDEN.sub(_json_escape, text).encode() + b"\n"


def _is_guarded(text: str) -> bool:
    """Tell whether `text` is a guard before a formula's sign, or before another such guard."""
    bare = text.lstrip(GUARD)
    return text.startswith(GUARD) and bare.lstrip()[:1] in tuple(_TRIGGERS)


def _short(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 < MAX_CELL:
        return text
    room = (MAX_CELL - len(_CUT) - 1) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + _CUT


def _json_escape(matched: re.Match[str]) -> str:
    code = ord(matched[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"

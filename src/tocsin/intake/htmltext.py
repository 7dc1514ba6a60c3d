"""The text of a page or a message in HTML, with the cells of its tables kept apart."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final

from tocsin.records.observables import refang

_SILENT: Final = frozenset({"script", "style", "head", "title"})
# Tags that may stand inside a word; every other one ends it, those of XML dialects too.
_INSIDE_WORDS: Final = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em"),
        *("font", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span"),
        *("strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"),
    }
)
_CELLS: Final = frozenset({"td", "th"})
_ADDRESS: Final = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_MARKUP: Final = re.compile(r"\s*<(?:!doctype\s+html|html|\?xml|!--)", re.IGNORECASE)


def is_markup(text: str) -> bool:
    """Tell whether a text begins as a page or as XML does."""
    return _MARKUP.match(text) is not None


def text_of_html(html: str) -> str:
    """Return the text; where a link leads is told after its text, unless the text says so."""
    parser = _Text()
    for chunk in _chunks(html):
        parser.feed(chunk)
    parser.close()
    return "".join(parser.pieces)


def _chunks(html: str, size: int = 1024 * 1024) -> Iterator[str]:
    return (html[at : at + size] for at in range(0, len(html), size))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0
        self._link = ""
        self._link_at = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        self._end_word(tag)
        if tag == "a":
            self._link = refang(dict(attrs).get("href") or "")
            self._link_at = len(self.pieces)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._end_word(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        self._end_word(tag)
        if tag == "a" and _ADDRESS.match(self._link):
            shown = refang("".join(self.pieces[self._link_at :]))
            if shown.rstrip("/") != self._link.rstrip("/"):
                self.pieces.append(f" <{self._link}> ")
            self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)

    def _end_word(self, tag: str) -> None:
        if tag not in _INSIDE_WORDS:
            self.pieces.append("\t" if tag in _CELLS else "\n")

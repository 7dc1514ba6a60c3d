"""The text of a page or a message in HTML, with the cells of its tables kept apart."""

import re
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
_PAIRS: Final = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<", ">"))
_MARKUP: Final = re.compile(r"\s*<(?:!doctype\s+html|html|\?xml|!--)", re.IGNORECASE)


def is_markup(text: str) -> bool:
    """Tell whether a text begins as a page or as XML does."""
    return _MARKUP.match(text) is not None


def text_of_html(html: str) -> str:
    """Return the text; where a link leads is told after its text, unless the text says so."""
    parser = _Text()
    parser.feed(without_loose_ends(html))
    parser.close()
    return "".join(parser.pieces)


def without_loose_ends(html: str) -> str:
    """Write as text what opens and is never closed.

    The parser looks to the end of the page for each `<` that nothing closes, and again for the
    next one: half a megabyte of `<a <a <a` would keep it busy for many minutes.
    """
    for opens, closes in _PAIRS:
        end = html.rfind(closes) + 1
        html = html[:end] + html[end:].replace(opens, "&lt;" + opens[1:])
    return html


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

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Pass over `<![…]>` whatever its name; the parser's own way raises for a name unknown."""
        del report
        closing = "]]>" if self.rawdata.startswith("<![CDATA[", i) else ">"
        end = self.rawdata.find(closing, i)
        return -1 if end < 0 else end + len(closing)

    def _end_word(self, tag: str) -> None:
        if tag not in _INSIDE_WORDS:
            self.pieces.append("\t" if tag in _CELLS else "\n")

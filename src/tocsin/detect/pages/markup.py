"""What stands in a page's HTML: its parts, no judgement.

Nothing recurses, nothing is run, and what a hostile page has too much of is cut and named.
"""

import codecs
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Final

from attrs import define, field

from tocsin.detect.pages.bounds import (
    MOST_DEPTH,
    MOST_ELEMENTS,
    MOST_LISTED,
    MOST_TEXT,
)
from tocsin.intake.encodings import guess_encoding
from tocsin.intake.htmltext import without_loose_ends

_VOID: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)
_INLINE: Final = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "img", "kbd", "mark"),
        *("q", "s", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"),
    }
)
_SILENT: Final = frozenset({"script", "style", "noscript", "template", "title"})
_CODECS: Final = frozenset(
    {
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "ascii", "koi8-r", "koi8-u", "cp866"),
        *(f"iso8859-{at}" for at in (*range(1, 12), 13, 14, 15, 16)),
        *(f"cp{at}" for at in (*range(1250, 1259), 874, 932, 949, 950)),
        *("gb2312", "gbk", "gb18030", "big5", "euc_jp", "euc_kr", "shift_jis", "mac-cyrillic"),
    }
)
_META: Final = re.compile(rb"<meta[^>]{0,200}charset\s{0,9}=\s{0,9}[\"']?([\w-]{1,40})", re.I)
_SOON: Final = 2048
_MOST_CODE: Final = 1_000_000
_MOST_CLASSES: Final = 400
_CLASS: Final = re.compile(r"[A-Za-z][\w-]{2,60}")
_CREDENTIALS: Final = frozenset({"password"})


@define
class Form:
    """Attributes:
    action: as it stands; empty for the page itself.
    asks: it asks for a password.
    """

    action: str
    asks: bool = False


@define
class Markup:
    """The parts of a page, in order; addresses as they stand.

    Attributes:
        shape: of each element its tag and, up to a bound, its depth.
        blocks: texts that a person sees, a block each.
        code: of scripts and addresses, where identifiers stand.
        metas: name or property, and content.
        files: what it loads, by what kind: `style`, `script`, `icon`, `picture`, `frame`, `media`.
        faults: kinds of defect.
    """

    title: str = ""
    base: str = ""
    canonical: str = ""
    shape: list[tuple[str, int]] = field(factory=list)
    blocks: list[str] = field(factory=list)
    code: str = ""
    metas: list[tuple[str, str]] = field(factory=list)
    links: dict[str, None] = field(factory=dict)
    files: dict[tuple[str, str], None] = field(factory=dict)
    icons: dict[str, None] = field(factory=dict)
    forms: list[Form] = field(factory=list)
    classes: dict[str, None] = field(factory=dict)
    faults: list[str] = field(factory=list)


def read_markup(html: str) -> Markup:
    """Take a page apart."""
    found = Markup()
    if len(html) > MOST_TEXT:
        found.faults.append("page-too-long")
    parser = _Parts(found)
    try:
        parser.feed(without_loose_ends(html[:MOST_TEXT]))
        parser.close()
    except _EnoughError:
        found.faults.append("too-many-elements")
    except (AssertionError, ValueError):
        found.faults.append("broken-html")
    parser.finish()
    return found


def decoded(body: bytes, charset: str, faults: list[str]) -> str:
    """Return the text of a page: by mark, by what the server said, by what the page says.

    Only plain codecs of texts are taken: others of Python's unpack, or take a square of the time.
    """
    codec = ""
    if not body.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        meta = _META.search(body[:_SOON])
        for said in (charset, meta[1].decode("ascii", "replace") if meta else ""):
            if said and not codec:
                codec = _known(said)
                if not codec:
                    faults.append("unknown-encoding")
    text = body.decode(codec or guess_encoding(body[: 16 * _SOON]), "replace")
    if text.count("\ufffd") > max(8, len(text) // 100):
        faults.append("wrong-encoding")
    return text


def _known(charset: str) -> str:
    try:
        name = codecs.lookup(charset[:40]).name
    except (LookupError, ValueError):
        return ""
    # Pages that say Latin-1 are Windows-1252 (WHATWG Encoding, section 4.2).
    name = "cp1252" if name in {"iso8859-1", "ascii"} else name
    return name if name in _CODECS else ""


class _EnoughError(Exception):
    """The page has more elements than are read."""


class _Parts(HTMLParser):
    def __init__(self, found: Markup) -> None:
        super().__init__(convert_charrefs=True)
        self._found = found
        self._open: list[str] = []
        self._opened: Counter[str] = Counter()
        self._text: list[str] = []
        self._code: list[str] = []
        self._code_left = _MOST_CODE
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = self._found
        if len(found.shape) >= MOST_ELEMENTS:
            raise _EnoughError
        found.shape.append((tag[:20], min(len(self._open), MOST_DEPTH)))
        if tag not in _INLINE:
            self._end_block()
        said = {key: value or "" for key, value in attrs}
        if tag not in _VOID:
            if len(self._open) < MOST_DEPTH:
                self._open.append(tag)
                self._opened[tag] += 1
            elif "too-deep" not in found.faults:
                found.faults.append("too-deep")
        if len(found.classes) < _MOST_CLASSES:
            found.classes.update(dict.fromkeys(_CLASS.findall(said.get("class", "")[:1_000])))
        self._note(tag, said)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self._end_block()
        if tag == "form":
            self._form = None
        # An end that nothing began is passed over at once; each element is closed once.
        while self._opened[tag]:
            last = self._open.pop()
            self._opened[last] -= 1
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        inner = self._open[-1] if self._open else ""
        if inner == "title" and not self._opened["svg"]:
            self._found.title = (self._found.title + data)[:300]
        if inner == "script":
            self._add_code(data)
        elif inner not in _SILENT and data.strip():
            self._text.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Pass over `<![…]>` whatever its name; the parser's own way raises for a name unknown."""
        del report
        end = self.rawdata.find(">", i)
        return -1 if end < 0 else end + 1

    def finish(self) -> None:
        """Hand over what is still at hand."""
        self._end_block()
        self._found.code = "\n".join(self._code)

    def _end_block(self) -> None:
        if self._text:
            self._found.blocks.append("".join(self._text))
            self._text.clear()

    def _add_code(self, code: str) -> None:
        self._code.append(code[: self._code_left])
        self._code_left -= len(self._code[-1])

    def _note(self, tag: str, said: dict[str, str]) -> None:
        found = self._found
        source = said.get("src", "")
        if tag in {"a", "area"} and (to := said.get("href")) and len(found.links) < MOST_LISTED:
            found.links[to] = None
        elif tag == "base":
            found.base = found.base or said.get("href", "")
        elif tag == "link":
            self._note_link(said)
        elif tag == "meta" and len(found.metas) < MOST_LISTED:
            name = said.get("name") or said.get("property", "")
            found.metas.append((name.strip().lower()[:60], said.get("content", "")[:500]))
        elif tag == "form" and len(found.forms) < MOST_LISTED:
            self._form = Form(said.get("action", ""))
            found.forms.append(self._form)
        elif tag == "input":
            self._note_input(said)
        elif source and (kind := _LOADS.get(tag)):
            self._note_file(kind, source)

    def _note_input(self, said: dict[str, str]) -> None:
        if said.get("type", "").lower() in _CREDENTIALS:
            if self._form is None:
                self._form = Form("")
                self._found.forms.append(self._form)
            self._form.asks = True

    def _note_link(self, said: dict[str, str]) -> None:
        found, to = self._found, said.get("href", "")
        relations = said.get("rel", "").lower().split()
        if not to:
            return
        if "canonical" in relations:
            found.canonical = found.canonical or to
        elif "stylesheet" in relations:
            self._note_file("style", to)
        elif "icon" in relations:
            if len(found.icons) < MOST_LISTED:
                found.icons[to] = None
            self._note_file("icon", to)

    def _note_file(self, kind: str, address: str) -> None:
        self._add_code(address[:2_000])
        if len(self._found.files) < MOST_LISTED and not address.startswith("data:"):
            self._found.files[kind, address] = None


_LOADS: Final = {
    "script": "script",
    "img": "picture",
    "iframe": "frame",
    "frame": "frame",
    "embed": "media",
    "audio": "media",
    "video": "media",
    "source": "media",
    "amp-img": "picture",
}

"""The part of a JSON text that is in memory while it is read in pieces."""

import codecs
import re
from typing import BinaryIO, Final

from attrs import define

CHUNK: Final = 1024 * 1024

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_MARK: Final = re.compile(r'["\[\]{}]')
_REST_OF_STRING: Final = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+("?)', re.DOTALL)
_REST_OF_SCALAR: Final = re.compile(r"[^,\]}\s]*")


@define
class Window:
    """The text from the place at hand on, as far as it was read."""

    stream: BinaryIO
    decoder: codecs.IncrementalDecoder
    text: str = ""
    at: int = 0
    ended: bool = False
    _dropped: int = 0

    def fill(self, size: int = CHUNK) -> bool:
        """Read on; False at the end of the stream."""
        if self.ended:
            return False
        self._dropped += len(self.text[: self.at].encode("utf-8", "surrogatepass"))
        raw = self.stream.read(size)
        self.ended = not raw
        self.text = self.text[self.at :] + self.decoder.decode(raw, final=self.ended)
        self.at = 0
        return True

    def offset(self) -> int:
        """Return the offset of the current place in bytes."""
        return self._dropped + len(self.text[: self.at].encode("utf-8", "surrogatepass"))

    def skip_space(self) -> str:
        """Move to the next character that is no space and return it, empty at the end."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                if self.text[self.at] != "\ufeff":
                    return self.text[self.at]
                self.at += 1
            elif not self.fill():
                return ""

    def pass_over(self) -> bool:
        """Move behind the value at hand, holding none of it; False when the stream ends in it."""
        if self.text[self.at] not in ("{", "[", '"'):
            while (found := _REST_OF_SCALAR.match(self.text, self.at)) is not None:
                self.at = found.end()
                if self.at < len(self.text) or not self.fill():
                    break
            return self.at < len(self.text)
        depth, quoted = 0, False
        while True:
            found = (_REST_OF_STRING.match if quoted else _MARK.search)(self.text, self.at)
            self.at = found.end() if found else len(self.text)
            if found is not None and quoted:
                quoted = not found[1]
            elif found is not None:
                quoted = found[0] == '"'
                depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
            if found is not None and found[0] and not quoted and depth == 0:
                return True
            # A backslash at the end of the window waits for what it escapes.
            is_used_up = self.at == len(self.text) or (quoted and self.text[self.at] == "\\")
            if is_used_up and not self.fill():
                return False

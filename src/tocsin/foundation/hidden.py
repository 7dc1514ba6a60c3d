"""Characters that show nothing or turn what stands beside them: written out, never passed on.

Text from outside can hold an escape that repaints a terminal, or a mark that makes `gpj.exe` read
as `exe.jpg`.
"""

import re
from typing import Final

# C0, DEL, C1, soft hyphen, zero-width and direction characters, line separators, interlinear and
# tag characters, surrogates and non-characters. Zero-width joiners stay: Persian and Indic
# spelling needs them.
HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)


def written_out(text: str, *, keep: str = "") -> str:
    """Return `text` with every hidden character but those of `keep` as `\\u202e`."""
    return HIDDEN.sub(lambda at: at[0] if at[0] in keep else _escaped(at[0]), text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""Addresses that no program turns into a link; `refang` reads them back."""

import re
from typing import Final

_SCHEME: Final = re.compile(r"^(?:http(s?)|ftp(s?))://([^/?#]*)", re.IGNORECASE)


def defanged(text: str) -> str:
    """Return an address with `hxxp`, `[.]` and `[at]`; other text as it is."""
    matched = _SCHEME.match(text)
    if matched:
        scheme = "hxxp" if text[:1].lower() == "h" else "fxp"
        secure = matched[1] or matched[2] or ""
        host = matched[3].replace(".", "[.]").replace("@", "[at]")
        return f"{scheme}{secure}://{host}{text[matched.end() :]}"
    return text.replace("@", "[at]").replace(".", "[.]")


def defanged_words(text: str) -> str:
    """Return prose in which no address is live."""
    return " ".join(
        defanged(word) if "://" in word or "@" in word else word for word in text.split(" ")
    )

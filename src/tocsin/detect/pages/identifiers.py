"""Identifiers of accounts in a page: who counts its visits, is paid, proved it, takes donations.

The forms are those that the services document for their snippets. An account of Google Analytics
is told beside its property, as one account counts several sites.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from tocsin.detect.pages.markup import Markup
from tocsin.records.observables import Kind, platforms, read_value

_IN_CODE: Final = (
    ("analytics", "", re.compile(r"\b(UA-\d{4,10}-\d{1,4})\b")),
    ("analytics", "", re.compile(r"\b(UA-\d{4,10})-\d{1,4}\b")),
    ("analytics", "", re.compile(r"(?<=['\"=])(G-[A-Z0-9]{6,12})\b")),
    ("analytics", "", re.compile(r"\b(GTM-[A-Z0-9]{4,9})\b")),
    ("analytics", "yandex-metrica ", re.compile(r"\bym\(\s{0,5}(\d{5,10})\s{0,5},")),
    ("analytics", "yandex-metrica ", re.compile(r"\bmc\.yandex\.\w{2,3}/watch/(\d{5,10})\b")),
    ("analytics", "facebook-pixel ",
     re.compile(r"\bfbq\(\s{0,5}['\"]init['\"]\s{0,5},\s{0,5}['\"](\d{8,20})['\"]")),
    ("analytics", "facebook-pixel ",
     re.compile(r"\bfacebook\.com/tr\?[^\s'\"]{0,40}\bid=(\d{8,20})\b")),
    ("analytics", "mail.ru ",
     re.compile(r"_tmr\.push\(\{\s{0,5}['\"]?id['\"]?:\s?['\"](\d{4,12})")),
    ("advertising", "", re.compile(r"\b(?:ca-)?(pub-\d{10,20})\b")),
    ("advertising", "", re.compile(r"\b(AW-\d{7,12})\b")),
)  # fmt: skip
_IN_TEXT: Final = (
    ("e-mail",
     re.compile(r"(?<![\w.+-])(\w[\w.+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5})",
                re.I | re.A)),
    ("wallet", re.compile(r"\b(bc1[a-z0-9]{25,62})\b")),
    ("wallet", re.compile(r"(?<![\w/])(0x[0-9a-fA-F]{40})\b")),
    ("wallet", re.compile(r"(?<![\w/])([13][1-9A-HJ-NP-Za-km-z]{26,34})\b")),
    ("wallet", re.compile(r"(?<![\w/])(T[1-9A-HJ-NP-Za-km-z]{33})\b")),
)  # fmt: skip
_PROOFS: Final = frozenset(
    {
        *("google-site-verification", "yandex-verification", "msvalidate.01", "p:domain_verify"),
        *("facebook-domain-verification", "baidu-site-verification", "naver-site-verification"),
        *("zoho-verification", "wot-verification", "mailru-verification", "wmail-verification"),
    }
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9][\w=+/.:-]{3,120}")
_MOST: Final = 200
_BLOCK: Final = 5_000
_LEAST_DIGITS: Final = 8


def identifiers(markup: Markup) -> Iterator[tuple[str, str]]:
    """Yield kinds and values as `tocsin detect sites` names them, each once."""
    yield from dict.fromkeys((*_in_code(markup.code), *_proofs(markup.metas), *_contacts(markup)))


def social_account(url: str, site: str) -> str | None:
    """Return the account on a platform that a link to `site` names, None when it names none.

    It is told as the end of its address, which is what `tocsin detect sites` compares.
    """
    if site not in _platform_sites():
        return None
    read = read_value(url).observables
    return (read[0].handle or read[0].user_id) if read and read[0].kind is Kind.ACCOUNT else None


@cache
def _platform_sites() -> frozenset[str]:
    return frozenset(host for each in platforms() for host in each.hosts)


def _in_code(code: str) -> Iterator[tuple[str, str]]:
    for kind, before, pattern in _IN_CODE:
        for at, found in enumerate(pattern.finditer(code)):
            if at >= _MOST:
                break
            yield kind, before + found[1]


def _proofs(metas: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, content in metas:
        if name in _PROOFS and _TOKEN.fullmatch(content.strip()):
            yield "verification", f"{name}|{content.strip()}"


def _contacts(markup: Markup) -> Iterator[tuple[str, str]]:
    mails = [each[7:].partition("?")[0] for each in markup.links if each.startswith("mailto:")]
    phones = [each[4:] for each in markup.links if each.startswith("tel:")]
    left = _MOST
    for block in (*mails, *markup.blocks):
        for kind, pattern in _IN_TEXT:
            for found in pattern.finditer(block[:_BLOCK]):
                left -= 1
                if left < 0:
                    return
                if kind == "e-mail" or _is_mixed(found[1]):
                    yield kind, found[1].lower() if kind == "e-mail" else found[1]
    for each in phones[:_MOST]:
        digits = "".join(letter for letter in each if letter.isdigit() and letter.isascii())
        if len(digits) >= _LEAST_DIGITS:
            yield "phone", digits


def _is_mixed(text: str) -> bool:
    """Tell whether letters and figures alternate as in a key, not as in a word or number."""
    return any(letter.isdigit() for letter in text[2:]) and any(map(str.isalpha, text[2:]))

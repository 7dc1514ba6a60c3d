"""Addresses of posts in the one spelling by which two posts share the same page."""

import re
from functools import lru_cache
from typing import Final

from tocsin.records.observables import canonical_host, canonical_url

# Parameters that say where a click came from, not which page it is.
_TRACKING: Final = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|twclid|ttclid|yclid|igshid|igsh|mc_[ce]id|_hs\w+|"
    r"ref_src|ref_url|cmpid|wt_mc|ocid|smid|spm",
    re.IGNORECASE,
)
_WORTH_KEEPING: Final = 1 << 18


@lru_cache(maxsize=_WORTH_KEEPING)
def link_of(url: str) -> tuple[str, str] | None:
    """Return the link and the domain of an address, None when it is no web address.

    On top of `canonical_url`: http counts as https, `www.` and `m.` are dropped, and so are
    parameters that only say where a click came from. The domain is what somebody registered,
    below a shared suffix such as blogspot.com the name of the site.
    """
    is_mail = "@" in url and "://" not in url
    spelled = None if is_mail else canonical_url(url.strip())
    if spelled is None:
        return None
    scheme, _, rest = spelled.partition("://")
    if scheme not in ("http", "https"):
        return None
    place, question, query = rest.partition("?")
    if question:
        query, hash_, fragment = query.partition("#")
        kept = [each for each in query.split("&") if not _is_tracking(each)]
        query = ("?" + "&".join(kept) if kept else "") + hash_ + fragment
    name = re.sub(r"^(?:www|m)\.(?=[^/]*\.)", "", place)
    host = canonical_host(name.partition("/")[0].partition(":")[0])
    domain = host.registrable_private if host else name.partition("/")[0]
    return f"https://{name}{query}", domain


def _is_tracking(parameter: str) -> bool:
    return _TRACKING.fullmatch(parameter.partition("=")[0]) is not None

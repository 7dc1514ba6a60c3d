"""Hosts from which unrelated pages load the same files, and hosts that show copies of others."""

from typing import Final

PUBLIC_FILES: Final = frozenset(
    {
        *("cdnjs.cloudflare.com", "ajax.googleapis.com", "fonts.googleapis.com", "jsdelivr.net"),
        *("fonts.gstatic.com", "unpkg.com", "code.jquery.com", "googletagmanager.com"),
        *("google-analytics.com", "googlesyndication.com", "doubleclick.net", "recaptcha.net"),
        *("connect.facebook.net", "platform.twitter.com", "bootstrapcdn.com", "fontawesome.com"),
        *("yastatic.net", "s.w.org", "stats.wp.com", "gravatar.com", "mc.yandex.ru"),
        *("vk.com", "mail.ru", "cloudflareinsights.com", "hotjar.com", "google.com", "gstatic.com"),
        *("youtube.com", "wixstatic.com", "parastorage.com", "squarespace.com", "tildacdn.com"),
        *("shopify.com", "wsimg.com", "editmysite.com", "jimstatic.com", "ucoz.net", "blogger.com"),
        *("addthis.com", "cookiebot.com", "cookielaw.org", "consensu.org", "scorecardresearch.com"),
        *("outbrain.com", "taboola.com", "disqus.com", "typekit.net", "polyfill.io"),
        *("bing.com", "criteo.net"),
    }
)  # fmt: skip
"""Libraries, counters, advertisements and parts of site builders. From their documentation."""

EMBEDDED: Final = frozenset(
    {
        *("doubleclick.net", "googlesyndication.com", "googletagmanager.com", "recaptcha.net"),
        *("google-analytics.com", "connect.facebook.net", "platform.twitter.com", "criteo.net"),
        *("outbrain.com", "taboola.com", "disqus.com", "addthis.com", "cookiebot.com"),
        *("consensu.org", "scorecardresearch.com", "hotjar.com", "adnxs.com", "rubiconproject.com"),
    }
)  # fmt: skip
"""Their pages are shown inside those of others only: advertisements, comments, consent."""

ARCHIVES: Final = frozenset(
    {
        *("archive.org", "archive.ph", "archive.today", "archive.is", "archive.md", "archive.li"),
        *("translate.goog", "googleusercontent.com", "ampproject.org", "perma.cc"),
        *("ghostarchive.org", "webcitation.org", "conifer.rhizome.org", "arquivo.pt"),
        *("webarchive.org.uk",),
    }
)  # fmt: skip
"""They show pages of others, as an archive, a translation or a faster copy."""


def is_below(host: str, roots: frozenset[str]) -> bool:
    """Tell whether a host is one of some, or below one."""
    labels = host.split(".")
    return any(".".join(labels[at:]) in roots for at in range(len(labels)))

"""Kinds of identifier that two sites can share, and how often chance alone makes them share one.

`by_chance` is an upper bound, from experience and not from a measurement: the largest part of the
web that carries one same value of this kind without being run together. An agency puts its own
account on the pages of its clients; an address of a cheap host serves thousands, and a list of
sites from one country may have a twentieth of them there. Values that are more common than that
are left out by rule, see `hubs`; a background replaces the bound by what was counted in it.
"""

from typing import Final

from attrs import frozen

from tocsin.foundation import UsageError


@frozen
class Kind:
    """One kind.

    Attributes:
        family: kinds of one family tend to go together, so only the strongest of them counts.
        by_chance: largest share of unrelated sites with one same value, see the module.
        says: what it means that sites share one, with `{value}`.
        aliases: under which further names, folded, files call it.
    """

    name: str
    family: str
    by_chance: float
    says: str
    aliases: tuple[str, ...] = ()


ASSET: Final = "asset"
LINK: Final = "link"
CERTIFICATE_NAME: Final = "certificate-name"
CREATED: Final = "created"
TEMPLATE: Final = "css-class"
WHOIS: Final = "whois"

KINDS: Final = {
    each.name: each
    for each in (
        Kind("verification", "verification", 1e-7, "a webmaster account proved both: {value}",
             ("verification id", "site verification")),
        Kind("analytics", "measurement", 3e-6, "one account counts the visits: {value}",
             ("ga id", "ga tag id", "gtm", "yandex tag id", "metrika", "tracker", "matomo")),
        Kind("advertising", "money", 3e-6, "one account is paid for the advertisements: {value}",
             ("adsense", "ads id", "ads", "publisher id")),
        Kind("wallet", "money", 1e-6, "one wallet takes donations: {value}",
             ("crypto wallet", "bitcoin", "ethereum")),
        Kind("e-mail", "contact", 1e-6, "one address for mail: {value}",
             ("email", "mail", "emails", "email addr")),
        Kind("phone", "contact", 1e-6, "one number: {value}", ("telephone",)),
        Kind("registrant", "registration", 3e-6, "one registrant: {value}",
             ("org", "organisation", "organization", "owner name", "registrant name")),
        Kind("social", "contact", 1e-6, "one account elsewhere: {value}",
             ("facebookurl", "facebook", "twitterusername", "twitter", "telegram", "youtube",
              "vk", "instagram")),
        Kind("app", "contact", 1e-6, "one app: {value}", ("itunesappstoreurl", "app store")),
        Kind("uuid", "page", 1e-5, "one identifier in the page: {value}", ("guid",)),
        Kind("certificate", "certificate", 1e-5, "one certificate: {value}",
             ("certificate sha256", "tls fingerprint")),
        Kind(CERTIFICATE_NAME, "certificate", 1e-5, "a certificate names {value} too",
             ("cert domain", "san")),
        Kind("ip", "hosting", 0.05, "one address: {value}",
             ("awsorigin", "ipv4", "ipv6", "ipv4 addr", "ip address", "a record")),
        Kind("subnet", "hosting", 0.06, "neighbouring addresses: {value}", ("network", "cidr")),
        Kind("name-server", "hosting", 0.3, "one name server: {value}",
             ("ns", "nameserver", "name servers")),
        Kind(ASSET, "assets", 1e-2, "loads files of {value}",
             ("cdn domain", "hotlink", "third party")),
        Kind(LINK, "links", 1e-4, "they name each other: {value}",
             ("otherpublicationdomain", "link", "sister", "outlink")),
        Kind("favicon", "page", 1e-4, "one picture in the tab: {value}", ("favicon hash", "mmh3")),
        Kind("article", "articles", 1e-4, "the same article: {value}", ("text family", "story")),
        Kind(TEMPLATE, "template", 1e-2, "pages built alike", ("css", "css classes")),
        Kind(CREATED, "creation", 1.0, "begun together: {value}",
             ("creation date", "registered", "twitteraccountcreatedat", "created at")),
        Kind(WHOIS, "registration", 1.0, "", ("rdap",)),
    )
}  # fmt: skip

_BY_ALIAS: Final = {
    alias.replace("-", " "): each.name
    for each in KINDS.values()
    for alias in (each.name, *each.aliases)
}
_NOT_EVIDENCE: Final = frozenset({"domain", "domain suffix", "meta social", "meta generic"})
"""What the laundromat of GMF lists beside them: the site's own names."""


def kind_of(text: str) -> str | None:
    """Return the kind that a header or indicator type names, None where it names none."""
    return _BY_ALIAS.get(_plain(text))


def is_no_evidence(text: str) -> bool:
    """Tell whether an indicator type is known and says nothing of who runs the site."""
    return _plain(text) in _NOT_EVIDENCE


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def chosen_kind(text: str) -> str:
    """Return the kind that a person names.

    Raises:
        UsageError: when there is no such kind.
    """
    found = kind_of(text)
    if found is None:
        raise UsageError(f"{text!r} is no kind of identifier", hint=f"one of {', '.join(KINDS)}")
    return found

"""Examples of every kind, used by tests, the demo and the reference page."""

from typing import Final

from attrs import frozen

from tocsin.records.observables.kinds import Kind


@frozen
class Example:
    """How somebody wrote it, and the key that it must get.

    Attributes:
        hint: the kind that the list promises, where the form alone does not settle it.
        platform: the platform that the list gives.
    """

    written: str
    key: str
    hint: Kind | None = None
    platform: str | None = None


_PDQ: Final = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"

EXAMPLES: Final[dict[Kind, tuple[Example, ...]]] = {
    Kind.DOMAIN: (
        Example("spiegel-nachrichten[.]example", "domain:spiegel-nachrichten.example"),
        Example(" WWW.News(dot)Example. ", "domain:www.news.example"),
        Example("https://newexample[.]example/", "domain:newexample.example"),
        Example("bücher[.]example", "domain:xn--bcher-kva.example"),
        Example("fake.example (hosted a spoof)", "domain:fake.example"),
    ),
    Kind.URL: (
        Example("hxxps[:]//News[.]example:443/A/../b?q=1#top", "url:https://news.example/b?q=1"),
        Example("news[.]example/a b".replace(" ", "%20"), "url:https://news.example/a%20b"),
        Example("twitter[.]com/somebody/status/1", "url:https://twitter.com/somebody/status/1"),
    ),
    Kind.ACCOUNT: (
        Example("https://t[.]me/s/Example_Channel", "account:telegram/@example_channel"),
        Example("x[.]com/Example", "account:twitter/@example"),
        Example("facebook.com/profile.php?id=100012", "account:facebook/#100012"),
        Example("@Example", "account:tiktok/@example", platform="TikTok"),
    ),
    Kind.EMAIL: (
        Example("Info[at]amc[.]example", "email:info@amc.example"),
        Example("info[at]amc[.]example, hosted with mail.example", "email:info@amc.example"),
    ),
    Kind.PHONE: (
        Example("+33 1 99 00 12 34", "phone:+33199001234", Kind.PHONE),
        Example("0033 1 99 00 12 34", "phone:+33199001234", Kind.PHONE),
    ),
    Kind.IPV4: (Example("192[.]0[.]2[.]7", "ipv4:192.0.2.7"),),
    Kind.IPV6: (Example("2001:DB8::0:7", "ipv6:2001:db8::7"),),
    Kind.NETWORK: (Example("192.0.2.7/24", "network:192.0.2.0/24"),),
    Kind.AUTONOMOUS_SYSTEM: (
        Example("AS64500", "autonomous-system:64500"),
        Example("64500", "autonomous-system:64500", Kind.AUTONOMOUS_SYSTEM),
    ),
    Kind.MD5: (
        Example("D41D8CD98F00B204E9800998ECF8427E", f"md5:{'d41d8cd98f00b204e9800998ecf8427e'}"),
    ),
    Kind.SHA1: (
        Example(
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ),
    ),
    Kind.SHA256: (Example(" " + "AB" * 32, f"sha256:{'ab' * 32}"),),
    Kind.SHA512: (Example("cd" * 64, f"sha512:{'cd' * 64}"),),
    Kind.PDQ: (Example(_PDQ, f"pdq:{_PDQ}", Kind.PDQ),),
    Kind.FILE_NAME: (Example("invoice 7.pdf", "file-name:invoice 7.pdf", Kind.FILE_NAME),),
    Kind.APP: (
        Example("com.example.safechat", "app:android/com.example.safechat", Kind.APP),
        Example(
            "https://play.google[.]com/store/apps/details?id=com.example.safechat",
            "app:android/com.example.safechat",
        ),
        Example("1500000001", "app:ios/1500000001", Kind.APP),
    ),
    Kind.AD_ACCOUNT: (
        Example("act_1234567890", "ad-account:facebook/#1234567890"),
        Example("123-456-7890", "ad-account:google/#1234567890", Kind.AD_ACCOUNT, "Google"),
    ),
    Kind.TRACKER: (
        Example("ua-1234567-1", "tracker:UA-1234567-1"),
        Example("ca-pub-1234567890123456", "tracker:pub-1234567890123456"),
    ),
}


def examples() -> list[tuple[Kind, Example]]:
    """Return every example with its kind."""
    return [(kind, each) for kind, several in EXAMPLES.items() for each in several]

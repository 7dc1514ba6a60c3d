"""Host names: one spelling, the domains they belong to, and why a text is none."""

import pytest

from tocsin.records.observables import HostFault, canonical_host, host_fault


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("News.Example", "news.example"),
        ("news.example.", "news.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("привет.рф", "xn--b1agh1afp.xn--p1ai"),
        ("news。example", "news.example"),
        ("_dmarc.news.example", "_dmarc.news.example"),
        ("my_blog.blogspot.com", "my_blog.blogspot.com"),
        ("xn--i-7iq.ws", "xn--i-7iq.ws"),
    ],
)
def test_a_host_has_one_spelling(text: str, host: str) -> None:
    found = canonical_host(text)
    assert found is not None
    assert found.host == host


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", HostFault.EMPTY),
        ("t.", HostFault.SINGLE_LABEL),
        ("com", HostFault.SINGLE_LABEL),
        ("a..example", HostFault.EMPTY_LABEL),
        (".example", HostFault.EMPTY_LABEL),
        ("192.0.2.7", HostFault.NUMERIC_TLD),
        ("setup.exe", HostFault.UNKNOWN_SUFFIX),
        ("document.pdf", HostFault.UNKNOWN_SUFFIX),
        ("co.uk", HostFault.PUBLIC_SUFFIX),
        ("a b.example", HostFault.BAD_CHARACTER),
        ("-a.example", HostFault.BAD_CHARACTER),
        ("a_b.com", HostFault.BAD_CHARACTER),
        ("a" * 64 + ".example", HostFault.LABEL_TOO_LONG),
        ("a." * 130 + "example", HostFault.TOO_LONG),
        ("xn--zzzzzz\u00ad.example", HostFault.BROKEN_PUNYCODE),
        ("xn--.example", HostFault.BROKEN_PUNYCODE),
        ("xn--abc-.example", HostFault.BROKEN_PUNYCODE),
        ("\u2764.example", HostFault.NOT_IDNA),
    ],
)
def test_what_is_no_host_is_named(text: str, fault: HostFault) -> None:
    assert canonical_host(text) is None
    assert host_fault(text) in {fault, HostFault.NOT_IDNA}


@pytest.mark.parametrize(
    ("text", "registrable", "private", "is_shared"),
    [
        ("a.b.example", "b.example", "b.example", False),
        ("a.b.co.uk", "b.co.uk", "b.co.uk", False),
        ("x.eu.com", "eu.com", "x.eu.com", True),
        ("eu.com", "eu.com", "eu.com", True),
        ("a.x.ddns.net", "ddns.net", "x.ddns.net", True),
        ("x.blogspot.com", "blogspot.com", "x.blogspot.com", True),
        ("x.tilda.ws", "tilda.ws", "tilda.ws", True),
        ("x.squarespace.com", "squarespace.com", "squarespace.com", True),
    ],
)
def test_a_host_on_a_shared_domain_says_so(
    text: str, registrable: str, private: str, is_shared: bool
) -> None:
    found = canonical_host(text)
    assert found is not None
    assert found.host == text
    assert (found.registrable, found.registrable_private) == (registrable, private)
    assert found.is_shared_host is is_shared


@pytest.mark.parametrize("name", ["a.example", "a.test", "a.invalid"])
def test_invented_names_under_reserved_domains_are_hosts(name: str) -> None:
    assert canonical_host(name) is not None


def test_people_see_the_unicode_form() -> None:
    found = canonical_host("bücher.example")
    assert found is not None
    assert found.unicode == "bücher.example"

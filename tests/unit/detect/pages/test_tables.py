"""What captured sites carry, as `tocsin detect sites` reads it."""

import io
from typing import Any

from tests.unit.detect.pages.made import FAKE, GAZETTE, entry, har, page, read, response
from tocsin.detect.pages import evidence_rows, genuine_of, written_table
from tocsin.detect.sites import Carried, read_evidence

HEAD = """
<meta name="google-site-verification" content="abcDEF_123">
<meta name="yandex-verification" content="0123456789abcdef">
<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABCDEF1234"></script>
<script>ga('create','UA-7654321-2'); ym(12345678, "init", {}); fbq('init', '123456789012345');
(adsbygoogle = []).push({google_ad_client: "ca-pub-1234567890123456"}); x = 'GTM-ABC123'</script>
"""
BODY = """
<p>Write to Editor@Town-News.example or give 0x00112233445566778899aAbBcCdDeEfF00112233</p>
<a href="tel:+49 30 1234567">call</a> <a href="https://t.me/TownNews">news</a>
<a href="https://www.facebook.com/sharer/sharer.php?u=x">share</a>
<a href="https://partner.example/a">p</a> <img src="https://files.example/x.png">
<img src="https://mc.yandex.ru/watch/87654321">
"""
SITE = "https://news.town-news.example/x"


def rows_of(*files: bytes) -> set[tuple[str, str]]:
    rows, _ = evidence_rows(read(*files))
    return {(kind, value) for _, kind, value in rows if kind != "css-class"}


def test_every_kind_of_identifier_is_found() -> None:
    found = rows_of(response(SITE, page(head=HEAD, body=BODY)))
    assert found == {
        ("verification", "google-site-verification|abcDEF_123"),
        ("verification", "yandex-verification|0123456789abcdef"),
        ("analytics", "G-ABCDEF1234"), ("analytics", "UA-7654321-2"), ("analytics", "UA-7654321"),
        ("analytics", "GTM-ABC123"), ("analytics", "yandex-metrica 12345678"),
        ("analytics", "yandex-metrica 87654321"), ("analytics", "facebook-pixel 123456789012345"),
        ("advertising", "pub-1234567890123456"),
        ("e-mail", "editor@town-news.example"), ("phone", "49301234567"),
        ("wallet", "0x00112233445566778899aAbBcCdDeEfF00112233"),
        ("social", "townnews"), ("link", "facebook.com"), ("link", "partner.example"),
        ("asset", "files.example"), ("asset", "yandex.ru"), ("asset", "googletagmanager.com"),
        ("ip", "198.51.100.7"),
    }  # fmt: skip


def test_addresses_and_names_of_certificates_come_from_the_capture() -> None:
    more: dict[str, Any] = {
        "serverIPAddress": "[2001:db8::7]",
        "_securityDetails": {"subjectName": "town.example", "sanList": ["*.other.example", 5]},
    }
    found = rows_of(har(entry(SITE, "<p>x</p>", **more)))
    assert found == {
        ("ip", "2001:db8::7"),
        ("certificate-name", "town.example"),
        ("certificate-name", "other.example"),
    }


def test_the_table_is_read_by_the_detector_of_sites_without_a_fault() -> None:
    twice = [
        response(f"https://{name}.example/", page(head=HEAD, body=BODY)) for name in ("one", "two")
    ]
    rows, _ = evidence_rows(read(b"".join(twice)))
    carried = Carried()
    read_evidence(io.BytesIO(written_table(rows).encode()), "table", carried)
    assert not carried.faults
    assert set(carried.sites) == {"one.example", "two.example"}
    assert carried.carriers["analytics", "UA-7654321"] == {"one.example", "two.example"}
    assert carried.carriers["social", "townnews"] == {"one.example", "two.example"}
    assert "card" in carried.tokens["one.example"]


def test_what_the_genuine_page_carries_is_no_evidence_between_its_copies() -> None:
    real = read(har(entry(GAZETTE, page(head=HEAD))))
    hot = f"<img src='{GAZETTE}logo.png'><a href='{GAZETTE}'>x</a>"
    copies = read(
        har(
            *(
                entry(url, page(head=HEAD + "<script>'UA-99999-1'</script>", body=hot))
                for url in (FAKE, "https://second.test/", GAZETTE + "own")
            )
        )
    )
    genuine = genuine_of("", [(each, ()) for each in real.pages])
    rows, copied = evidence_rows(copies, [genuine])
    assert {each[1:] for each in rows} == {("analytics", "UA-99999-1"), ("analytics", "UA-99999")}
    assert {each[0] for each in rows} == {"towngazette-live.test", "second.test"}
    assert copied > 10


def test_no_cell_begins_like_a_formula_or_holds_a_line() -> None:
    body = "<p>=cmd@evil.example +1@evil.example</p><a href='tel:=1+123456789'>x</a>"
    head = (
        "<meta name=google-site-verification content='=HYPERLINK(1)'><meta name='a\nb' content=c>"
    )
    rows, _ = evidence_rows(read(response(SITE, page(head=head, body=body))))
    for row in rows:
        for cell in row:
            assert cell[0] not in "=+-@\t\r"
            assert "\n" not in cell

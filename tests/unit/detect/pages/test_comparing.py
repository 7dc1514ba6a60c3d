"""When a captured page passes for a genuine one, and when it only has what honest pages have."""

from typing import Any

import pytest

from tests.unit.detect.pages.made import FAKE, GAZETTE, ICON, entry, har, page, read, story
from tocsin.detect.pages import (
    Alert,
    Captures,
    Compared,
    find_imitations,
    genuine_of,
    genuine_sites,
    ordinary_of,
)
from tocsin.foundation import JsonObject
from tocsin.records import FindingKind

NAME = "<meta property='og:site_name' content='Town Gazette'>"
COUNTED = "<script>gtag('config','UA-1234567-1');</script>"
STYLE = f"<link rel=stylesheet href='{GAZETTE}main.css'>"
REAL = page(head=NAME + COUNTED + "<link rel=stylesheet href=/main.css>")
WIRE = story("audit")
LOGIN = "<form action=//drop.test/><input type=password>"
OTHER = {"theme": "section", "about": "football"}


def shown_with(captured: Captures) -> list[Any]:
    return [(each, captured.favicons(each)) for each in captured.pages]


def compared(
    fake: str, url: str = FAKE, *, real: str = REAL, ordinary: str = "", **more: Any
) -> Compared:
    genuine = read(har(entry(GAZETTE, real), entry(GAZETTE + "favicon.ico", ICON, "image/x-icon")))
    icon = [entry(url + "favicon.ico", more.pop("icon"), "image/x-icon")] if "icon" in more else []
    others = read(har(entry("https://ordinary.example/", ordinary))) if ordinary else Captures()
    return find_imitations(
        read(har(entry(url, fake), *icon)),
        [genuine_of("towngazette.example", shown_with(genuine))],
        ordinary_of(shown_with(others)),
        **more,
    )


def rules(found: Compared) -> list[str | None]:
    return [each.rule for each in found.findings]


def whys(found: Compared) -> list[str]:
    (finding,) = found.findings
    return [str(each["why"]) for each in finding.evidence if isinstance(each, dict)]


@pytest.mark.parametrize(
    ("fake", "rule"),
    [
        (REAL, "name+analytics+shape+text"),
        (page("Harbour news | Town Gazette", **OTHER) + STYLE, "name+hot-link"),
        (page("News", about="elections") + STYLE, "hot-link+shape"),
        (page("Log in · Town Gazette", **OTHER, body=LOGIN), "name+password"),
        (page("\u0422own G\u0430zette", head=COUNTED, **OTHER), "name+analytics"),
    ],
)  # fmt: skip
def test_a_page_that_passes_itself_off_and_has_copied_is_found(fake: str, rule: str) -> None:
    found = compared(fake)
    assert rules(found) == [rule]
    assert found.findings[0].subjects == ("towngazette-live.test",)
    assert found.findings[0].objects == ("towngazette.example",)
    assert found.findings[0].kind is FindingKind.SITES
    assert not any(each.fits for each in found.findings[0].explanations)


def test_the_picture_in_the_tab_counts_byte_for_byte() -> None:
    fake = page("News", head=COUNTED, **OTHER)
    assert rules(compared(fake, icon=ICON)) == ["favicon+analytics"]
    assert rules(compared(fake, icon=ICON + b"!")) == []


def test_each_line_says_what_to_compare() -> None:
    said = whys(compared(REAL.replace("</main>", "<p>And more.</p></main>")))
    assert said[0] == 'it calls itself "Town Gazette"'
    assert said[1] == "in both pages stands UA-1234567-1, which counts its visits"
    assert "of the runs of five elements are the same" in said[2]
    assert 'such as "On day' in said[3]


@pytest.mark.parametrize(
    "fake",
    [
        page("Audit | Village Herald", theme="section", about="harbour"),
        page("News | Sister Paper", head=COUNTED),
        page("Directory", **OTHER, body=f"<a href='{GAZETTE}'>Town Gazette</a>"),
        page("Press review", body=f"<img src='{GAZETTE}photo1.jpg'><img src='{GAZETTE}p2.jpg'>"),
        page("Blog", **OTHER, body=f"<script src='{GAZETTE}widget.js'></script>"),
        page("Herald", head="<meta property=og:site_name content='Village Herald'>"),
        page("Town Gazette - Ordinary", **OTHER),
        page("Town Gazette", **OTHER),
        page("", **OTHER) + STYLE,
    ],
    ids=["agency text", "sister with one counter", "directory", "hot-linked pictures", "widget",
         "same theme", "spoken of", "namesake", "embedded style"],
)  # fmt: skip
def test_a_page_with_what_honest_pages_have_is_none(fake: str) -> None:
    assert rules(compared(fake)) == []


def test_a_page_at_a_platform_that_has_its_own_name_in_the_title_is_none() -> None:
    fake = page("Town Gazette | Pressbook", head=COUNTED)
    assert rules(compared(fake, "https://pressbook.example/gazette")) == []


def test_a_page_under_another_suffix_that_has_the_name_in_its_title_is_found() -> None:
    fake = page("Sports | Town Gazette", head=COUNTED, **OTHER)
    assert rules(compared(fake, "https://town-gazette.test/")) == ["name+analytics"]
    assert rules(compared(fake, "https://towngazette.test/")) == ["name+analytics"]


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("Harbour | Town Gazette", "Bridge | Town Gazette"), {"Town Gazette"}),
        (("Harbour | Town Gazette",), {"Town Gazette"}),
        (("Таунгазетте: Home",), set()),
        (("Home",), set()),
        (("Log in | Home", "Log in | Home"), set()),
    ],
)
def test_a_site_that_does_not_say_its_name_is_called_what_its_titles_have_in_common(
    titles: tuple[str, ...], names: set[str]
) -> None:
    real = read(har(*(entry(f"{GAZETTE}{at}", page(each)) for at, each in enumerate(titles))))
    (genuine,) = genuine_sites(real)
    assert set(genuine.names.values()) == names


def test_what_genuine_pages_frame_is_not_genuine() -> None:
    frame = "<iframe src='https://ads.example/show?x=1'></iframe>"
    ads = entry("https://ads.example/show?x=1", page("Buy"))
    real = read(har(entry(GAZETTE, page(body=frame)), ads))
    assert [each.sites for each in genuine_sites(real)] == [{"towngazette.example"}]


def test_the_own_sites_are_none() -> None:
    assert rules(compared(REAL, "https://m.towngazette.example/")) == []


def test_what_ordinary_pages_have_says_nothing() -> None:
    fake = page(about="elections", head=STYLE)
    assert rules(compared(fake)) == ["name+hot-link+shape"]
    assert rules(compared(fake, ordinary=page("x"))) == ["name+hot-link"]
    both = REAL + "<img src=/x>"
    assert rules(compared(both, ordinary=both)) == []


@pytest.mark.parametrize(
    ("real", "url", "name"),
    [
        (
            REAL + f"<a href='{FAKE}'>our other page</a>",
            FAKE,
            "the owner's own or a partner's site",
        ),
        (REAL, "https://web.archive.org/web/2024/x/", "an archive, a translation or a faster copy"),
    ],
)
def test_an_innocent_explanation_is_named_where_it_fits(real: str, url: str, name: str) -> None:
    (finding,) = compared(REAL, url, real=real).findings
    assert [each.name for each in finding.explanations if each.fits] == [name]


def alert(host: str = "towngazette-live.test", entity: str = "Town Gazette") -> Alert:
    return Alert(host, entity, ("towngazette.example",), "it is the same name under another suffix")


def test_an_alert_is_confirmed_by_two_things_that_are_copied() -> None:
    fake = page("News")
    assert rules(compared(fake)) == []
    found = compared(fake, alerts=[alert()])
    assert rules(found) == ["name-alert+shape+text"]
    assert found.findings[0].kind is FindingKind.NAMES
    assert found.alerts == {"confirmed": 1}


def test_an_alert_whose_page_shares_nothing_is_not_raised_and_one_without_page_is_not_judged() -> (
    None
):
    alerts = [alert(), alert("other.test")]
    found = compared(page("Bees", **OTHER), alerts=alerts)
    assert found.findings == []
    assert found.alerts == {"unconfirmed": 1, "not-captured": 1}
    assert found.unconfirmed == ["towngazette-live.test"]


@pytest.mark.parametrize(
    "fake",
    [
        page("News", theme="section", about="harbour"),
        page("News", about="football"),
        page("Town Gazette", **OTHER),
        page("x", body=f"<a href='{GAZETTE}'>x</a>" * 20 + f"<img src='{GAZETTE}x.jpg'>", **OTHER),
    ],
    ids=["one text", "one theme", "the name twice", "a press review"],
)
def test_an_alert_is_not_confirmed_by_what_honest_namesakes_have(fake: str) -> None:
    assert compared(fake, alerts=[alert()]).alerts == {"unconfirmed": 1}


def test_an_alert_is_judged_by_name_and_domains_where_no_genuine_page_is_captured() -> None:
    captured = read(har(entry(FAKE, page("Bees | Town Gazette", head=STYLE, **OTHER))))
    found = find_imitations(captured, [], ordinary_of([]), [alert()])
    assert rules(found) == ["name-alert+name+hot-link"]


def test_a_page_below_the_host_of_an_alert_is_its_page() -> None:
    fake = page("News", about="harbour")
    found = compared(fake, "https://login.towngazette-live.test/x", alerts=[alert()])
    assert found.alerts == {"confirmed": 1}


def test_a_name_that_only_lures_is_confirmed_by_a_form_for_passwords() -> None:
    body = "<form><input type=password></form>"
    lure = Alert("secure-login.test", "", (), "it is made of words that lure, and names nobody")
    captured = read(har(entry("https://secure-login.test/", page("Sign in", body=body))))
    found = find_imitations(captured, [], ordinary_of([]), [lure])
    assert rules(found) == ["name-alert+password"]


def test_pages_of_one_host_are_one_finding() -> None:
    genuine = read(har(entry(GAZETTE, REAL)))
    fakes = read(har(*(entry(f"{FAKE}{at}", REAL) for at in range(4))))
    real = genuine_of("towngazette.example", shown_with(genuine))
    (finding,) = find_imitations(fakes, [real], ordinary_of([])).findings
    row: JsonObject = dict(finding.parameters)
    assert row["pages"] == 4

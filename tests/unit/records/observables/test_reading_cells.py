"""Cells that hold more, or less, than one identifier."""

import pytest

from tocsin.records.observables import Kind, Reading, read_value


def keys(reading: Reading) -> list[str]:
    return [each.key for each in reading.observables]


@pytest.mark.parametrize(
    ("cell", "key", "prose"),
    [
        ("fake[.]example (Hosted a spoof)", "domain:fake.example", "Hosted a spoof"),
        ("info[at]a[.]example, hosted with Mail.email service", "email:info@a.example",
         "hosted with Mail.email service"),
        ("https://news[.]example/go\nredirects to: ", "url:https://news.example/go",
         "redirects to:"),
        ("fake.example - a spoof", "domain:fake.example", "a spoof"),
        ("@Example (parody)", "account:/@example", "parody"),
    ],
)  # fmt: skip
def test_a_value_at_the_start_counts_and_the_rest_is_prose(cell: str, key: str, prose: str) -> None:
    reading = read_value(cell)
    assert keys(reading) == [key]
    assert reading.prose == prose
    assert "prose-after-value" in reading.defects


@pytest.mark.parametrize(
    "cell",
    [
        "Using bit[.]ly to hide the ultimate destination",
        "Configure election[.]example with Mail.email service",
        "Booking.com was used to pay",
        "The site news[.]example was registered to an individual",
        "Contact: info[at]news[.]example",
    ],
)
def test_what_a_sentence_mentions_is_told_and_never_taken(cell: str) -> None:
    reading = read_value(cell)
    assert reading.observables == ()
    assert reading.prose == cell
    assert "host-in-prose" in reading.defects


@pytest.mark.parametrize(
    "cell",
    [
        "Inventia, a firm registered on an island",
        "Invented Team",
        "ABC239",
        "#somethingsaid",
        "182:1 high vote! Two countries join forces",
        "Working a 9-5, Monday-to-Friday shift pattern",
        "\u4e00\u4e2a\u201c\u4f8b\u5b50\u201d\uff1a\u8bba\u4f8b\u5b50",
        "Registering domains with Invented Domains",
    ],
)
def test_names_and_descriptions_are_prose_without_defect(cell: str) -> None:
    assert read_value(cell) == Reading(prose=cell)


@pytest.mark.parametrize(
    "cell",
    ["a[.]example, b[.]example", "a[.]example\nb[.]example", "a.example;b.example",
     "a.example b.example", "- a.example\n- b.example", "a[.]example and b[.]example"],
)  # fmt: skip
def test_a_list_in_one_cell_gives_each_value_once(cell: str) -> None:
    reading = read_value(cell + ("" if cell.endswith("\n") else "\n"))
    assert keys(reading) == ["domain:a.example", "domain:b.example"]
    assert reading.prose is None


def test_a_value_written_twice_is_given_once() -> None:
    assert keys(read_value("a[.]example, A.example")) == ["domain:a.example"]


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("https://twitter[.]com/somebody/status/1000000000000 000001",
         "url:https://twitter.com/somebody/status/1000000000000000001"),
        ("http://news[.]example/2021/12/a-win ter-story_5.html",
         "url:http://news.example/2021/12/a-winter-story_5.html"),
    ],
)  # fmt: skip
def test_an_address_torn_by_a_line_break_is_joined_and_told(cell: str, key: str) -> None:
    reading = read_value(cell)
    assert keys(reading) == [key]
    assert "space-in-url" in reading.defects


@pytest.mark.parametrize("cell", ["https://a.example/b 2023-05-01", "https://a.example/b 2023"])
def test_a_date_beside_an_address_is_not_joined_to_it(cell: str) -> None:
    assert keys(read_value(cell)) == ["url:https://a.example/b"]


@pytest.mark.parametrize(
    ("cell", "defect"),
    [
        ("t[.]/SOME_bot", "incomplete-host"),
        ("invented.lab", "unknown-top-level-domain"),
        ("xn--zzzzzz99999999.example", "broken-punycode"),
        ("192.0.2.7:8080", "port-dropped"),
    ],
)
def test_what_is_wrong_with_a_value_is_named(cell: str, defect: str) -> None:
    assert read_value(cell).defects == (defect,)


def test_a_number_without_country_code_names_nobody() -> None:
    reading = read_value("01 99 00 12 34", Kind.PHONE)
    assert reading.observables == ()
    assert reading.defects == ("no-country-code",)


@pytest.mark.parametrize(
    ("cell", "hint", "key"),
    [
        ("com.example.app", Kind.APP, "app:android/com.example.app"),
        ("com.example.app", None, "domain:com.example.app"),
        ("ab" * 32, None, "sha256:" + "ab" * 32),
        ("ab" * 32, Kind.PDQ, "pdq:" + "ab" * 32),
        ("example.tumblr.com", None, "account:tumblr/@example"),
        ("example.tumblr.com", Kind.DOMAIN, "domain:example.tumblr.com"),
        ("https://x.com/example", Kind.DOMAIN, "account:twitter/@example"),
        ("setup.exe", None, "file-name:setup.exe"),
        ("12345678", Kind.AUTONOMOUS_SYSTEM, "autonomous-system:12345678"),
    ],
)
def test_the_promise_of_a_column_settles_what_the_form_does_not(
    cell: str, hint: Kind | None, key: str
) -> None:
    assert keys(read_value(cell, hint)) == [key]


def test_a_blank_cell_says_nothing() -> None:
    assert read_value(" \n ") == Reading()


def test_a_text_too_long_for_an_identifier_is_prose() -> None:
    reading = read_value("a[.]example " * 2000)
    assert reading.observables == ()
    assert reading.defects == ("too-long",)


def test_a_lone_surrogate_is_replaced_and_told() -> None:
    reading = read_value("broken \udc80 text")
    assert reading.prose == "broken ? text"
    assert reading.defects == ("broken-text",)


@pytest.mark.parametrize(
    ("cell", "hint"),
    [("v0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d", Kind.MD5), ("0a1b2c3d4e5f60718293a4", Kind.DOMAIN)],
)
def test_a_value_that_is_not_what_its_column_promises_is_named(cell: str, hint: Kind) -> None:
    assert read_value(cell, hint) == Reading(prose=cell, defects=("not-of-promised-kind",))

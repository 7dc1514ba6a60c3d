"""Accounts: addresses that name them, handles and ids kept apart."""

import re

import pytest

from tocsin.records.observables import (
    Kind,
    account,
    from_pattern,
    platform_name,
    platforms,
    read_value,
)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("https://twitter[.]com/Some_Body", "account:twitter/@some_body"),
        ("x[.]com/Example", "account:twitter/@example"),
        ("https://mobile.twitter.com/Example/", "account:twitter/@example"),
        ("https://twitter.com/i/user/123456", "account:twitter/#123456"),
        ("https://t.me/s/Example_Chan", "account:telegram/@example_chan"),
        ("t[.]me/example", "account:telegram/@example"),
        ("https://www.facebook.com/profile.php?id=100012&sk=about", "account:facebook/#100012"),
        ("https://m.facebook.com/some.body", "account:facebook/@some.body"),
        ("https://www.facebook.com/people/Some-Body/61550001", "account:facebook/#61550001"),
        ("https://www.facebook.com/groups/1234567", "account:facebook/#1234567"),
        ("https://www.instagram.com/Example/", "account:instagram/@example"),
        ("https://www.youtube[.]com/@Example1", "account:youtube/@example1"),
        (
            "www.youtube[.]com/@%C4%83n%C8%99a-x1",
            "account:youtube/@\u0103n\u0219a-x1",
        ),
        (
            "https://www.youtube.com/channel/UC0123456789abcdefABCDEF",
            "account:youtube/#UC0123456789abcdefABCDEF",
        ),
        ("https://www.youtube.com/c/Example", "account:youtube/@c/example"),
        ("https://www.youtube.com/user/Example/videos", "account:youtube/@user/example"),
        ("tiktok[.]com/@some.body", "account:tiktok/@some.body"),
        ("hxxp://vk[.]com/id1000001", "account:vk/#1000001"),
        ("vk.com/club123", "account:vk/#-123"),
        ("https://vk.com/example", "account:vk/@example"),
        ("https://ok[.]ru/group/70000000000001", "account:odnoklassniki/#group/70000000000001"),
        ("https://medium.com/@Example", "account:medium/@example"),
        ("https://example1[.]medium[.]com/", "account:medium/@example1"),
        ("https://www.reddit[.]com/user/New-Example-1/", "account:reddit/@new-example-1"),
        ("https://www.reddit.com/r/example/", "account:reddit/@r/example"),
        ("http://ca.pinterest.com/example", "account:pinterest/@example"),
        ("https://www.linkedin[.]com/in/example/", "account:linkedin/@in/example"),
        ("https://www.linkedin.com/company/example/about/", "account:linkedin/@company/example"),
        ("https://example.tumblr.com", "account:tumblr/@example"),
        ("https://jp.quora.com/profile/Ada-Example", "account:quora/@ada-example"),
        ("https://gettr.com/user/example", "account:gettr/@example"),
        ("https://truthsocial.com/@Example", "account:truthsocial/@example"),
        ("https://bsky.app/profile/example.bsky.social", "account:bluesky/@example.bsky.social"),
        ("https://www.threads.net/@example", "account:threads/@example"),
        ("https://rumble.com/c/Example", "account:rumble/@c/example"),
        ("https://github.com/example", "account:github/@example"),
        ("@someone@mastodon.example", "account:mastodon/@someone@mastodon.example"),
    ],
)
def test_an_address_of_an_account_names_the_account(written: str, key: str) -> None:
    assert [each.key for each in read_value(written).observables] == [key]


@pytest.mark.parametrize(
    "written",
    [
        "https://twitter.com/example/status/1",
        "https://twitter.com/search?q=x",
        "https://x.com/i/spaces/1",
        "https://t.me/example/42",
        "https://t.me/+AbCdEf123",
        "https://t.me/joinchat/AbCdEf123",
        "https://www.facebook.com/watch/?v=1",
        "https://www.youtube.com/watch?v=abc",
        "https://www.instagram.com/p/abc/",
        "https://vk.com/wall-123_456",
        "https://medium.com/@example/a-story-123",
        "https://www.reddit.com/user/example/comments/abc/title",
        "https://ca.pinterest.com/pin/100000000000000001",
        "https://tumblr.com/example/100000000000000002/title",
        "https://github.com/example/project",
        "https://sites.google.com/view/example",
    ],
)
def test_a_post_or_page_of_a_platform_stays_an_address(written: str) -> None:
    assert [each.kind for each in read_value(written).observables] == [Kind.URL]


def test_the_key_is_the_id_and_the_handle_is_known_beside_it() -> None:
    found = account("facebook", handle="Some.Body", user_id="100012")
    assert found is not None
    assert found.key == "account:facebook/#100012"
    assert found.also_keys == ("account:facebook/@some.body",)
    assert from_pattern(found.pattern) == found


def test_handle_and_id_of_equal_text_are_different_accounts() -> None:
    by_id, by_handle = account("vk", user_id="77"), account("vk", handle="77")
    assert by_id is not None
    assert by_handle is not None
    assert by_id.key != by_handle.key
    assert by_id.stix_id != by_handle.stix_id


def test_the_spelling_is_kept_for_people_but_is_no_part_of_the_identity() -> None:
    written, folded = account("x", handle="@SomeBody"), account("twitter", handle="somebody")
    assert written is not None
    assert written == folded
    assert written.display == "SomeBody"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("X / Twitter", "twitter"),
        ("X (formerly Twitter)", "twitter"),
        ("FB", "facebook"),
        ("VKontakte", "vk"),
        ("t.me", "telegram"),
        ("Some New Site", "some-new-site"),
    ],
)
def test_a_platform_is_known_under_its_many_names(said: str, name: str) -> None:
    assert platform_name(said) == name


@pytest.mark.parametrize(
    ("written", "platform", "key"),
    [
        ("@Example", "X", "account:twitter/@example"),
        ("Example", "twitter", "account:twitter/@example"),
        ("100000000000001", "facebook", "account:facebook/#100000000000001"),
        ("12345", "twitter", "account:twitter/@12345"),
        ("@Example", None, "account:/@example"),
        ("x.com/Example", "telegram", "account:twitter/@example"),
    ],
)
def test_a_bare_handle_is_read_where_the_list_promises_accounts(
    written: str, platform: str | None, key: str
) -> None:
    reading = read_value(written, Kind.ACCOUNT, platform)
    assert [each.key for each in reading.observables] == [key]


def test_a_handle_without_platform_says_so() -> None:
    assert read_value("@Example").defects == ("platform-unknown",)


@pytest.mark.parametrize(
    ("handle", "user_id"), [(None, None), ("", ""), ("two words", None), (None, "Some Name")]
)
def test_a_display_name_is_no_account(handle: str | None, user_id: str | None) -> None:
    assert account("facebook", handle=handle, user_id=user_id) is None


def test_the_platform_table_is_sound() -> None:
    names = [each.name for each in platforms()]
    hosts = [host for each in platforms() for host in each.hosts]
    assert len(set(names)) == len(names)
    assert len(set(hosts)) == len(hosts)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)
    assert all(platform_name(each.label) == each.name for each in platforms())

"""Lists of posts inside records: what is no post in them is named, its neighbours are kept."""

import io
import json

import pytest

from tocsin.activity import Post
from tocsin.intake.activity import Notes, activity_reader_named, sniff_activity
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

VIDEO = {"id": 1, "username": "a", "create_time": 1_700_000_000, "region_code": "DE"}
MESSAGE = {"id": 1, "type": "message", "date": "2023-11-14T22:13:20", "from_id": "user1"}
VIEW = {
    "uri": "at://did:plc:a/app.bsky.feed.post/k",
    "author": {"did": "did:plc:a"},
    "record": {"createdAt": "2023-11-14T22:13:20Z"},
}
STATUS = {
    "id": "1",
    "account": {"acct": "a", "url": "https://a.example/@a"},
    "content": "",
    "created_at": "2023-11-14T22:13:20Z",
}
TWEET = {"id": "1", "author_id": "2", "text": "t", "created_at": "2023-11-14T22:13:20Z"}


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("tiktok", {"data": {"videos": [7, VIDEO]}}),
        ("telegram", {"chats": {"list": [{"id": 1, "messages": [7, MESSAGE]}]}}),
        ("bluesky", {"posts": [7, VIEW]}),
        ("fediverse", {"orderedItems": [7, STATUS]}),
        ("twarc", {"data": [7, TWEET]}),
    ],
)
@pytest.mark.parametrize("lines", [1, 2])
def test_an_element_that_is_no_post_is_named_beside_one_that_is(
    name: str, document: object, lines: int
) -> None:
    data = (json.dumps(document) + "\n").encode() * lines
    assert sniff_activity(Head.of(io.BytesIO(data), len(data))) is activity_reader_named(name)
    told = list(activity_reader_named(name).read(io.BytesIO(data), Notes(now=1_800_000_000)))
    kept = [each.time for each in told if isinstance(each, Post)]
    lost = [each.kind for each in told if isinstance(each, Lost)]
    assert kept == [1_700_000_000] * lines
    assert lost == ["not-a-post"] * lines
    assert len(told) == 2 * lines

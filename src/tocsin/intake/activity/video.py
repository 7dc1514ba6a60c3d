"""YouTube by YouTube Data Tools, and TikTok by its research interface."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import dicts, dig, each_of, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader
from tocsin.intake.activity.values import (
    identifier,
    moment,
    names_in,
    number,
    tags_in,
    urls_in,
    words,
)
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_ARRAYS: Final = frozenset({"videos"})
_INSIDE: Final = frozenset({"data"})


def _video(cells: Cells, notes: Notes) -> Told:
    """A row of YouTube Data Tools' list of videos."""
    account = identifier(cells.get("channelid"), notes, "channelid")
    if account is None:
        return notes.lost("no-account", cells.get("videoid", ""))
    title, more = words(cells.get("videotitle")), words(cells.get("videodescription"))
    text = "\n".join(each for each in (title, more) if each) or None
    return Post(
        platform="youtube",
        post=words(cells.get("videoid")),
        account=account,
        name=words(cells.get("channeltitle")),
        time=moment(cells.get("publishedat"), notes, "publishedat"),
        kind="post",
        text=text,
        language=words(cells.get("defaultlanguage")),
        urls=urls_in(text),
        hashtags=tags_in(text),
        mentions=names_in(text),
        likes=number(cells.get("likecount")),
        replies=number(cells.get("commentcount")),
        views=number(cells.get("viewcount")),
    )


def _comment(cells: Cells, notes: Notes) -> Told:
    """A row of YouTube Data Tools' comments; older versions name no author's channel."""
    author = words(cells.get("authorname"))
    account = identifier(cells.get("authorchannelid"), notes, "authorchannelid") or author
    if account is None:
        return notes.lost("no-account", cells.get("id", ""))
    text = words(cells.get("text"))
    return Post(
        platform="youtube",
        post=words(cells.get("id")),
        account=account,
        handle=author,
        name=author,
        time=moment(cells.get("publishedat"), notes, "publishedat"),
        kind="reply",
        text=text,
        reply_to=words(cells.get("isreplyto")) or words(cells.get("videoid")),
        urls=urls_in(text),
        hashtags=tags_in(text),
        mentions=names_in(text),
        likes=number(cells.get("likecount")),
        replies=number(cells.get("replycount")),
    )


class TikTokReader:
    """What the research interface answers, as one document or an answer a line."""

    name = "tiktok"
    says = "TikTok's research interface, JSON or JSONL; a record is a video"

    def recognises(self, head: Head) -> float:
        """Videos with `create_time` and `video_description` or `region_code`."""
        if not head.is_json or not head.names("create_time"):
            return 0.0
        first = head_record(head, arrays=_ARRAYS, inside=_INSIDE)
        video = next(iter(dicts(_videos(first))), {})
        known = {"video_description", "region_code", "hashtag_names"} & set(video)
        return 0.96 if "create_time" in video and known else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post a video."""
        for record in records_of(stream, notes, arrays=_ARRAYS, inside=_INSIDE):
            if isinstance(record, Lost):
                yield record
                continue
            for video in each_of(_videos(record), notes):
                yield video if isinstance(video, Lost) else _tiktok(video, notes)

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        video = (
            b'{"id":7341234567890123456,"username":"one","create_time":1709200000,'
            b'"video_description":"Words #tag https://news.example/a","region_code":"DE",'
            b'"hashtag_names":["tag"],"music_id":7341234567890123999,"view_count":5,"share_count":1}'
        )
        told = {
            "post": "7341234567890123456",
            "account": "one",
            "time": 1_709_200_000,
            "hashtags": ("tag",),
            "urls": ("https://news.example/a",),
            "object": "music 7341234567890123999",
            "views": 5,
        }
        rounded = b'{"data":{"videos":[{"id":7.341234567890123e+18,"username":"two","create_time":'
        return (
            ActivityExample(b'{"data":{\n"videos":[' + video + b"]}}", (told,)),
            ActivityExample(
                b'{"data":{"videos":[' + video + b"]}}\n" + video + b"\n", (told, told)
            ),
            ActivityExample(
                rounded + b'1709200000,"region_code":"DE"}]}}',
                ({"post": None, "account": "two"},),
            ),
        )


def _videos(record: object) -> object:
    """The videos of an answer; a record that is no answer is a video itself."""
    for found in (dig(record, "data", "videos"), dig(record, "videos")):
        if found is not None:
            return found
    return [record] if record else []


def _tiktok(video: dict[str, Any], notes: Notes) -> Told:
    account = identifier(video.get("username"), notes, "username")
    if account is None:
        return notes.lost("no-account", video.get("id", ""))
    text = words(video.get("video_description"))
    tags, named = video.get("hashtag_names"), video.get("video_mention_list")
    music = identifier(video.get("music_id"), notes, "music_id")
    return Post(
        platform="tiktok",
        post=identifier(video.get("id"), notes, "id"),
        account=account,
        handle=account,
        time=moment(video.get("create_time"), notes, "create_time"),
        kind="post",
        text=text,
        object=f"music {music}" if music else None,
        urls=urls_in(text),
        hashtags=tuple(map(str, tags)) if isinstance(tags, list) else tags_in(text),
        mentions=tuple(map(str, named)) if isinstance(named, list) else names_in(text),
        likes=number(video.get("like_count")),
        reposts=number(video.get("share_count")),
        replies=number(video.get("comment_count")),
        views=number(video.get("view_count")),
    )


VIDEOS: Final = TableReader(
    "youtube",
    "YouTube Data Tools' list of videos, CSV; a record is a row",
    ("channelId", "videoId", "publishedAt", "videoTitle"),
    _video,
    (
        ActivityExample(
            b"position,channelId,channelTitle,videoId,publishedAt,publishedAtSQL,videoTitle,"
            b"videoDescription,viewCount,likeCount\n"
            b"1,UC1,One,v-1,2021-03-04T05:06:07Z,2021-03-04 05:06:07,Title,"
            b'"See https://news.example/a\n#tag",10,2\n',
            (
                {
                    "platform": "youtube",
                    "post": "v-1",
                    "account": "UC1",
                    "time": 1_614_834_367,
                    "urls": ("https://news.example/a",),
                    "hashtags": ("tag",),
                    "views": 10,
                },
            ),
        ),
    ),
)

COMMENTS: Final = TableReader(
    "youtube-comments",
    "YouTube Data Tools' comments, CSV; a record is a row",
    ("publishedAt", "authorName", "text", "isReplyTo"),
    _comment,
    (
        ActivityExample(
            b"id,replyCount,likeCount,publishedAt,authorName,text,authorChannelId,isReply,isReplyTo\n"
            b"c1,0,3,2021-03-04T05:06:07Z,One,Words,UC9,0,\n",
            ({"post": "c1", "account": "UC9", "time": 1_614_834_367, "kind": "reply"},),
        ),
    ),
)

READERS: Final = (VIDEOS, COMMENTS, TikTokReader())

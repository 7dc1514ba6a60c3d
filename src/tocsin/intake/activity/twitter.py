"""Twitter: pages of twarc2, the platform's information-operations archive, FiveThirtyEight's."""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from tocsin.activity import Post
from tocsin.intake.activity.jsonrecords import Record, dicts, dig, head_record, records_of
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader
from tocsin.intake.activity.values import (
    identifier,
    listed,
    moment,
    names_in,
    number,
    tags_in,
    words,
)
from tocsin.intake.events import Lost
from tocsin.intake.reader import Head

_KINDS: Final = {"retweeted": "repost", "replied_to": "reply", "quoted": "quote"}
_NONE: Final[frozenset[str]] = frozenset()


class TwarcReader:
    """Pages as `twarc2 search` writes them, and posts one a line as `twarc2 flatten` does."""

    name = "twarc"
    says = "twarc2's JSONL (Twitter API v2), a page or a post a line; a record is a post"

    def recognises(self, head: Head) -> float:
        """Posts with `author_id` and `created_at`, at the top or under `data`."""
        if not head.is_json:
            return 0.0
        first = head_record(head, arrays=_NONE, inside=_NONE)
        data = first.get("data", first)
        post = (dicts(data) or [data])[0] if data else first
        is_one = isinstance(post, dict) and {"id", "author_id", "text"} <= post.keys()
        return 0.97 if is_one else 0.0

    def read(self, stream: BinaryIO, notes: Notes) -> Iterator[Told]:
        """Yield one post a post; what pages include fills in what posts refer to."""
        for record in records_of(stream, notes):
            if isinstance(record, Lost):
                yield record
                continue
            place = notes.place
            for error in dicts(record.get("errors")):
                notes.flag("withheld", error.get("title") or "")
            data = record.get("data", record if "id" in record else None)
            posts = data if isinstance(data, list) else [data] if data is not None else []
            known = _Included(record.get("includes"))
            for at, post in enumerate(posts):
                notes.place = place if len(posts) == 1 else f"{place} post {at + 1}"
                yield (
                    _tweet(post, known, notes)
                    if isinstance(post, dict)
                    else notes.lost("not-a-post")
                )

    def examples(self) -> tuple[ActivityExample, ...]:
        """See `ActivityReader.examples`."""
        page = (
            b'{"data":[{"id":"1790000000000000001","author_id":"11","text":"Read this #one",'
            b'"created_at":"2024-05-13T10:00:00.000Z","lang":"en","source":"Web","entities":{"urls":'
            b'[{"expanded_url":"https://news.example/a","unwound_url":"https://news.example/b"}],'
            b'"hashtags":[{"tag":"one"}],"mentions":[{"username":"ada","id":"5"}]},'
            b'"public_metrics":{"retweet_count":3,"reply_count":0,"like_count":7,"quote_count":0}},'
            b'{"id":"1790000000000000002","author_id":"12","text":"RT @x: Read",'
            b'"created_at":"2024-05-13T10:00:05.000Z","referenced_tweets":'
            b'[{"type":"retweeted","id":"1790000000000000001"}]}],"includes":{"users":[{"id":"11",'
            b'"username":"one","name":"One","created_at":"2020-01-01T00:00:00.000Z"}],"tweets":'
            b'[{"id":"1790000000000000001","author_id":"11","created_at":"2024-05-13T10:00:00.000Z"}]}}\n'
            b'{"data":[{"id":"3","aut'
        )
        first = {
            "post": "1790000000000000001",
            "account": "11",
            "handle": "one",
            "time": 1_715_594_400,
            "urls": ("https://news.example/b",),
            "hashtags": ("one",),
            "mentions": ("ada",),
            "client": "Web",
            "account_created": 1_577_836_800,
            "likes": 7,
        }
        second = {
            "kind": "repost",
            "repost_of": "1790000000000000001",
            "repost_of_account": "11",
            "repost_of_time": 1_715_594_400,
        }
        return (ActivityExample(page, (first, second), ("broken-json",)),)


class _Included:
    """What a page holds beside its posts, by id."""

    def __init__(self, includes: object) -> None:
        held: Any = includes if isinstance(includes, dict) else {}
        self.users = {str(each.get("id")): each for each in dicts(held.get("users"))}
        self.posts = {str(each.get("id")): each for each in dicts(held.get("tweets"))}


def _tweet(post: dict[str, Any], known: _Included, notes: Notes) -> Told:
    account = identifier(post.get("author_id"), notes, "author_id")
    if account is None:
        return notes.lost("no-account", post.get("id", ""))
    author = post.get("author") if isinstance(post.get("author"), dict) else None
    author = author or known.users.get(account, {})
    references = {str(each.get("type")): each for each in dicts(post.get("referenced_tweets"))}
    reposted, answered, quoted = (references.get(each, {}) for each in _KINDS)
    original = {**known.posts.get(str(reposted.get("id")), {}), **reposted}
    kind = next((name for each, name in _KINDS.items() if each in references), "post")
    entities = post.get("entities") or dig(original, "entities") or {}
    metrics = post.get("public_metrics") or {}
    return Post(
        platform="twitter",
        post=identifier(post.get("id"), notes, "id"),
        account=account,
        handle=words(author.get("username")),
        name=words(author.get("name")),
        account_created=moment(author.get("created_at"), notes, "created_at", is_optional=True),
        followers=number(dig(author, "public_metrics", "followers_count")),
        time=moment(post.get("created_at"), notes, "created_at"),
        kind=kind,
        text=words(original.get("text")) or words(post.get("text")),
        language=words(post.get("lang")),
        client=words(post.get("source")),
        repost_of=identifier(reposted.get("id"), notes, "id"),
        repost_of_account=identifier(original.get("author_id"), notes, "author_id"),
        repost_of_time=moment(original.get("created_at"), notes, "created_at", is_optional=True),
        reply_to=identifier(answered.get("id"), notes, "id"),
        reply_to_account=identifier(post.get("in_reply_to_user_id"), notes, "in_reply_to_user_id"),
        quote_of=identifier(quoted.get("id"), notes, "id"),
        urls=_addresses(entities),
        hashtags=_texts(entities, "hashtags", "tag"),
        mentions=_texts(entities, "mentions", "username"),
        media=_media(post),
        likes=number(metrics.get("like_count")),
        reposts=number(metrics.get("retweet_count")),
        replies=number(metrics.get("reply_count")),
        views=number(metrics.get("impression_count")),
    )


def _addresses(entities: object) -> tuple[str, ...]:
    """Addresses as far as they are unshortened; those of the post's own pictures are none."""
    found = (each for each in dicts(dig(entities, "urls")) if not each.get("media_key"))
    urls = (
        each.get("unwound_url") or each.get("expanded_url") or each.get("url") for each in found
    )
    return tuple(each for each in urls if isinstance(each, str))


def _texts(entities: object, member: str, name: str) -> tuple[str, ...]:
    found = (each.get(name) for each in dicts(dig(entities, member)))
    return tuple(each for each in found if isinstance(each, str))


def _media(post: Record) -> tuple[str, ...]:
    keys = dig(post, "attachments", "media_keys")
    return tuple(map(str, keys)) if isinstance(keys, list) else ()


def _archived(cells: Cells, notes: Notes) -> Told:
    """A row of the information-operations archive: hashed ids below 5,000 followers."""
    account = identifier(cells.get("userid"), notes, "userid")
    if account is None:
        return notes.lost("no-account", cells.get("tweetid", ""))
    is_repost = cells.get("is retweet", "").strip().casefold() in ("true", "1", "t")
    reply = identifier(cells.get("in reply to tweetid"), notes, "in reply to tweetid")
    quote = identifier(cells.get("quoted tweet tweetid"), notes, "quoted tweet tweetid")
    kind = "repost" if is_repost else "reply" if reply else "quote" if quote else "post"
    return Post(
        platform="twitter",
        post=identifier(cells.get("tweetid"), notes, "tweetid"),
        account=account,
        handle=words(cells.get("user screen name")),
        name=words(cells.get("user display name")),
        account_created=moment(cells.get("account creation date"), _quiet(notes), is_optional=True),
        followers=number(cells.get("follower count")),
        time=moment(cells.get("tweet time"), notes, "tweet time"),
        kind=kind,
        text=words(cells.get("tweet text")),
        language=words(cells.get("tweet language")),
        client=words(cells.get("tweet client name")),
        repost_of=identifier(cells.get("retweet tweetid"), notes, "retweet tweetid"),
        repost_of_account=identifier(cells.get("retweet userid"), notes, "retweet userid"),
        reply_to=reply,
        reply_to_account=identifier(cells.get("in reply to userid"), notes, "in reply to userid"),
        quote_of=quote,
        urls=listed(cells.get("urls")),
        hashtags=listed(cells.get("hashtags")),
        mentions=listed(cells.get("user mentions")),
        likes=number(cells.get("like count")),
        reposts=number(cells.get("retweet count")),
        replies=number(cells.get("reply count")),
    )


def _troll(cells: Cells, notes: Notes) -> Told:
    """A row of FiveThirtyEight's tables: its account ids went through a spreadsheet, so handles."""
    handle = identifier(cells.get("author"), notes, "author")
    if handle is None:
        return notes.lost("no-account", cells.get("tweet id", ""))
    text = words(cells.get("content"))
    steps = (cells.get(name, "").strip() for name in ("tco1 step1", "tco2 step1", "tco3 step1"))
    kind = {"RETWEET": "repost", "QUOTE_TWEET": "quote"}.get(cells.get("post type", ""), "post")
    return Post(
        platform="twitter",
        post=identifier(cells.get("tweet id"), notes, "tweet id"),
        account=handle,
        handle=handle,
        time=moment(cells.get("publish date"), notes, "publish date"),
        kind="repost" if cells.get("retweet", "").strip() == "1" else kind,
        text=text,
        language=words(cells.get("language")),
        followers=number(cells.get("followers")),
        urls=tuple(each for each in steps if each),
        hashtags=tags_in(text),
        mentions=names_in(text),
    )


def _quiet(notes: Notes) -> Notes:
    """Notes that nobody reads: of days, whose missing zone says nothing."""
    return Notes(now=notes.now)


ARCHIVE: Final = TableReader(
    "twitter-io",
    "Twitter's archive of information operations, CSV; a record is a row",
    ("tweetid", "userid", "tweet_time", "tweet_text"),
    _archived,
    (
        ActivityExample(
            b"tweetid,userid,user_screen_name,account_creation_date,tweet_text,tweet_time,"
            b"tweet_client_name,is_retweet,retweet_tweetid,hashtags,urls,user_mentions\n"
            b'9007199254740993,abc=,one,2016-03-01,Look here,2019-08-01 12:30,Web,false,,"[a, b]",'
            b"\"['https://news.example/a']\",[]\n"
            b"9007199254740995,,two,2016-03-01,No one,2019-08-01 12:31,Web,true,5,[],[],[]\n",
            (
                {
                    "post": "9007199254740993",
                    "account": "abc=",
                    "time": 1_564_662_600,
                    "hashtags": ("a", "b"),
                    "urls": ("https://news.example/a",),
                    "account_created": 1_456_790_400,
                    "kind": "post",
                },
            ),
            ("no-account",),
        ),
    ),
)

TROLLS: Final = TableReader(
    "ira",
    "FiveThirtyEight's tables of the Internet Research Agency, CSV; a record is a row",
    ("author", "content", "publish_date", "retweet", "account_category"),
    _troll,
    (
        ActivityExample(
            b"external_author_id,author,content,language,publish_date,followers,post_type,retweet,"
            b"account_category,tweet_id,tco1_step1\n"
            b"9.06E+17,ONE,We say #that @ada,English,10/31/2017 19:58,9,RETWEET,1,Right,"
            b"914312219952861184,https://news.example/a\n",
            (
                {
                    "post": "914312219952861184",
                    "account": "ONE",
                    "time": 1_509_479_880,
                    "kind": "repost",
                    "hashtags": ("that",),
                    "mentions": ("ada",),
                    "urls": ("https://news.example/a",),
                },
            ),
        ),
    ),
)

READERS: Final = (TwarcReader(), ARCHIVE, TROLLS)

"""Posts and ads, one row each; what a post names several times is a list in its row."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

import pyarrow as pa
from msgspec import Struct


class PostKind(StrEnum):
    """What a post is to others."""

    POST = "post"
    REPOST = "repost"
    REPLY = "reply"
    QUOTE = "quote"


class Post(Struct, frozen=True, kw_only=True, gc=False):
    """One post as its source tells it. None, or an empty list, is: the source does not say.

    Attributes:
        platform: in lower case, such as `twitter`.
        post: the platform's id of the post.
        account: the platform's permanent id, else the handle.
        account_created, time, repost_of_time: Unix seconds in UTC.
        object: what the source itself calls the shared object, such as CooRTweet's `object_id`.
        text_key: equal for equal texts, where the source gives that in place of the text.
        urls: as the source gives them, unshortened where it knows that.
        media: a hash, else the platform's key of the file.
    """

    account: str
    platform: str | None = None
    post: str | None = None
    handle: str | None = None
    name: str | None = None
    account_created: int | None = None
    followers: int | None = None
    time: int | None = None
    kind: str | None = None
    text: str | None = None
    text_key: str | None = None
    language: str | None = None
    client: str | None = None
    repost_of: str | None = None
    repost_of_account: str | None = None
    repost_of_time: int | None = None
    reply_to: str | None = None
    reply_to_account: str | None = None
    quote_of: str | None = None
    object: str | None = None
    urls: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    views: int | None = None


class Ad(Struct, frozen=True, kw_only=True, gc=False):
    """One ad as an ad library tells it.

    Attributes:
        advertiser: the account that shows it; `payer`: who is said to have paid.
        creative: a hash of picture, film or text.
        spend_least, spend_most: in `currency`; libraries give ranges. Decimals: money is no float.
        started, ended: Unix seconds in UTC.
    """

    platform: str | None = None
    ad: str
    advertiser: str | None = None
    advertiser_name: str | None = None
    payer: str | None = None
    creative: str | None = None
    text: str | None = None
    spend_least: Decimal | None = None
    spend_most: Decimal | None = None
    currency: str | None = None
    started: int | None = None
    ended: int | None = None
    landing_urls: tuple[str, ...] = ()


_TEXTS: Final = pa.list_(pa.string())
_MONEY: Final = pa.decimal128(18, 4)

POSTS: Final = pa.schema(
    [
        ("platform", pa.string()),
        ("post", pa.string()),
        ("account", pa.string()),
        ("handle", pa.string()),
        ("name", pa.string()),
        ("account_created", pa.int64()),
        ("followers", pa.int64()),
        ("time", pa.int64()),
        ("kind", pa.string()),
        ("text", pa.string()),
        ("text_key", pa.string()),
        ("language", pa.string()),
        ("client", pa.string()),
        ("repost_of", pa.string()),
        ("repost_of_account", pa.string()),
        ("repost_of_time", pa.int64()),
        ("reply_to", pa.string()),
        ("reply_to_account", pa.string()),
        ("quote_of", pa.string()),
        ("object", pa.string()),
        ("urls", _TEXTS),
        ("hashtags", _TEXTS),
        ("mentions", _TEXTS),
        ("media", _TEXTS),
        ("likes", pa.int64()),
        ("reposts", pa.int64()),
        ("replies", pa.int64()),
        ("views", pa.int64()),
        ("links", _TEXTS),
        ("domains", _TEXTS),
    ]
)
"""`Post`, and derived from its addresses: `links` in one spelling, and their `domains`."""

ADS: Final = pa.schema(
    [
        ("platform", pa.string()),
        ("ad", pa.string()),
        ("advertiser", pa.string()),
        ("advertiser_name", pa.string()),
        ("payer", pa.string()),
        ("creative", pa.string()),
        ("text", pa.string()),
        ("spend_least", _MONEY),
        ("spend_most", _MONEY),
        ("currency", pa.string()),
        ("started", pa.int64()),
        ("ended", pa.int64()),
        ("landing_urls", _TEXTS),
        ("links", _TEXTS),
        ("domains", _TEXTS),
    ]
)

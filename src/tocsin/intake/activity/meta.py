"""Facebook and Instagram: Meta Content Library, CrowdTangle, and Meta's Ad Library."""

import hashlib
import re
from decimal import Decimal, InvalidOperation
from typing import Final

from tocsin.activity import Ad, Post
from tocsin.intake.activity.notes import ActivityExample, Notes, Told
from tocsin.intake.activity.tables import Cells, TableReader
from tocsin.intake.activity.values import (
    identifier,
    listed,
    moment,
    names_in,
    number,
    tags_in,
    urls_in,
    words,
)

_BOUND: Final = re.compile(r"(lower|upper)_bound[\"']?\s*:\s*[\"']?(\d+(?:\.\d+)?)")
_ID_IN_URL: Final = re.compile(
    r"(?:/(?:posts|videos|permalink|reel|p|photos(?:/[^/]+)?)/|story_fbid=|fbid=)([\w-]+)"
)


def _library_post(cells: Cells, notes: Notes) -> Told:
    """A row of a Content Library export; names as in its data dictionary."""
    account = identifier(cells.get("post owner.id"), notes, "post owner.id")
    if account is None:
        return notes.lost("no-account", cells.get("id", ""))
    text = words(cells.get("text"))
    link = cells.get("link attachment.link", "").strip()
    shared = identifier(cells.get("shared post id") or cells.get("parent post id"), notes)
    owner = cells.get("post owner.type", "") + cells.get("mcl url", "")
    return Post(
        platform="instagram" if "instagram" in owner.casefold() else "facebook",
        post=identifier(cells.get("id"), notes, "id"),
        account=account,
        handle=words(cells.get("post owner.username")),
        name=words(cells.get("post owner.name")),
        time=moment(cells.get("creation time"), notes, "creation time"),
        kind="repost" if shared else "post",
        text=text,
        language=words(cells.get("lang")),
        repost_of=shared,
        urls=(link,) if link else urls_in(text),
        hashtags=listed(cells.get("hashtags")) or tags_in(text),
        mentions=names_in(text),
        media=listed(cells.get("multimedia.id")),
        likes=number(cells.get("statistics.like count")),
        reposts=number(cells.get("statistics.share count")),
        replies=number(cells.get("statistics.comment count")),
        views=number(cells.get("statistics.views")),
    )


def _crowdtangle(cells: Cells, notes: Notes) -> Told:
    """A row of CrowdTangle's download: Facebook pages and groups, or Instagram accounts."""
    is_instagram = "facebook id" not in cells
    handle = words(cells.get("user name"))
    name = words(cells.get("page name") or cells.get("group name") or cells.get("account"))
    account = (
        None if is_instagram else identifier(cells.get("facebook id"), notes, "facebook id")
    ) or handle
    if account is None:
        return notes.lost("no-account", cells.get("url", ""))
    text = words(cells.get("message") or cells.get("description"))
    address = cells.get("url", "")
    post = _ID_IN_URL.search(address)
    final = cells.get("final link", "").strip() or cells.get("link", "").strip()
    own = final.startswith(("https://www.facebook.com/", "https://www.instagram.com/"))
    return Post(
        platform="instagram" if is_instagram else "facebook",
        post=f"{account}_{post[1]}" if post else words(address),
        account=account,
        handle=handle,
        name=name,
        account_created=moment(cells.get("page created"), Notes(now=notes.now), is_optional=True),
        followers=number(cells.get("followers at posting") or cells.get("likes at posting")),
        time=moment(cells.get("post created"), notes, "post created"),
        kind="post",
        text=text,
        urls=(final,) if final and not own else urls_in(text),
        hashtags=tags_in(text),
        mentions=names_in(text),
        likes=number(cells.get("likes")),
        reposts=number(cells.get("shares")),
        replies=number(cells.get("comments")),
        views=number(cells.get("post views") or cells.get("views")),
    )


def _ad(cells: Cells, notes: Notes) -> Told:
    """A row of the Ad Library's report; money comes as bounds."""
    ad = identifier(cells.get("ad archive id") or cells.get("id"), notes)
    if ad is None:
        return notes.lost("no-ad", cells.get("page name", ""))
    text = words(cells.get("ad creative bodies") or cells.get("ad creative body"))
    bounds = dict(_BOUND.findall(cells.get("spend", "")))
    captions = listed(cells.get("ad creative link captions"))
    landing = listed(cells.get("landing url")) or tuple(
        each if "://" in each else f"https://{each}" for each in captions if "." in each
    )
    return Ad(
        platform="facebook",
        ad=ad,
        advertiser=identifier(cells.get("page id"), notes, "page id"),
        advertiser_name=words(cells.get("page name")),
        payer=words(cells.get("byline") or cells.get("bylines") or cells.get("funding entity")),
        creative=hashlib.sha256(text.encode()).hexdigest() if text else None,
        text=text,
        spend_least=_money(bounds.get("lower")),
        spend_most=_money(bounds.get("upper")),
        currency=words(cells.get("currency")),
        started=moment(cells.get("ad delivery start time"), Notes(now=notes.now), is_optional=True),
        ended=moment(cells.get("ad delivery stop time"), Notes(now=notes.now), is_optional=True),
        landing_urls=landing,
    )


def _money(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


CONTENT_LIBRARY: Final = TableReader(
    "content-library",
    "Meta Content Library's CSV; a record is a row",
    ("id", "post_owner.id", "creation_time"),
    _library_post,
    (
        ActivityExample(
            b"id,post_owner.type,post_owner.id,post_owner.name,post_owner.username,text,"
            b"creation_time,lang,link_attachment.link,statistics.views,statistics.share_count\n"
            b"9007199254740995,facebook_page,61550,One,one,Words #tag,2024-01-05T09:00:00+0000,en,"
            b"https://news.example/a,10,2\n"
            b"6,instagram_account,7,Two,two,Words,2024-01-05T09:00:00+0000,en,,4,\n",
            (
                {
                    "platform": "facebook",
                    "post": "9007199254740995",
                    "account": "61550",
                    "time": 1_704_445_200,
                    "urls": ("https://news.example/a",),
                    "hashtags": ("tag",),
                    "views": 10,
                },
                {"platform": "instagram", "account": "7"},
            ),
        ),
    ),
)

CROWDTANGLE: Final = (
    TableReader(
        "crowdtangle",
        "CrowdTangle's CSV of Facebook pages and groups or of Instagram; a record is a row",
        ("User Name", "Post Created", "Type", "URL"),
        _crowdtangle,
        (
            ActivityExample(
                b"Page Name,User Name,Facebook Id,Page Created,Likes at Posting,Post Created,Type,"
                b"Likes,Shares,URL,Message,Link,Final Link\n"
                b"One,one,100044,2012-01-01 00:00:00,12,2020-05-01 10:00:00 EDT,Link,4,2,"
                b"https://www.facebook.com/one/posts/55,Words,https://short.example/x,"
                b"https://news.example/a\n",
                (
                    {
                        "platform": "facebook",
                        "account": "100044",
                        "post": "100044_55",
                        "time": 1_588_341_600,
                        "urls": ("https://news.example/a",),
                        "followers": 12,
                        "reposts": 2,
                    },
                ),
            ),
            ActivityExample(
                b"Account,User Name,Followers at Posting,Post Created,Type,Likes,URL,Description\n"
                b"One,one,12,2020-05-01 10:00:00 CEST,Photo,4,https://www.instagram.com/p/Ab-1/,"
                b"Words #tag @ada\n",
                (
                    {
                        "platform": "instagram",
                        "account": "one",
                        "post": "one_Ab-1",
                        "time": 1_588_320_000,
                        "hashtags": ("tag",),
                        "mentions": ("ada",),
                    },
                ),
            ),
        ),
    ),
)

AD_LIBRARY: Final = TableReader(
    "ad-library",
    "Meta's Ad Library, CSV; a record is an ad",
    ("ad_archive_id", "page_id", "ad_delivery_start_time"),
    _ad,
    (
        ActivityExample(
            b"ad_archive_id,page_id,page_name,ad_delivery_start_time,ad_delivery_stop_time,byline,"
            b"ad_creative_bodies,ad_creative_link_captions,spend,currency\n"
            b"700000000000001,55,One,2024-05-01,2024-05-03,Payer Ltd,Vote,news.example,"
            b'"lower_bound: 100, upper_bound: 199",EUR\n',
            (
                {
                    "ad": "700000000000001",
                    "advertiser": "55",
                    "payer": "Payer Ltd",
                    "spend_least": Decimal(100),
                    "spend_most": Decimal(199),
                    "currency": "EUR",
                    "started": 1_714_521_600,
                    "landing_urls": ("https://news.example",),
                },
            ),
        ),
    ),
)

READERS: Final = (CONTENT_LIBRARY, *CROWDTANGLE, AD_LIBRARY)

"""The SQL of each trace over `posts`."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen


@frozen(kw_only=True)
class Options:
    """What some traces ask for.

    Attributes:
        fast_s: a repost is fast within so many seconds of the original.
        least_hashtags: a sequence is that long at least: one tag is shared by everybody.
        shortest_text: characters below which texts are equal by chance.
        burst_s: stretch in which posts of one client, or creations of accounts, meet.
    """

    fast_s: int = 10
    least_hashtags: int = 2
    shortest_text: int = 20
    burst_s: int = 3600


@frozen
class Definition:
    """One trace: what its object is, and the statement that gives its rows."""

    says: str
    sql: Callable[[Options], str]


ACCOUNT: Final = "concat_ws(':', platform, account)"
"""An account's name over platforms: equal numbers on two of them stay two accounts."""
CONTENT: Final = "CASE WHEN post IS NOT NULL THEN concat_ws(':', platform, post) END"
"""A post's name over platforms, null where the source has none."""

_MOMENT: Final = "coalesce(strftime(make_timestamp({} * 1000000), '%Y-%m-%dT%H:%MZ'), '')"

# Words as they are compared: composed forms, one case, without what shows nothing, without
# addresses, which differ from share to share, and with single blanks.
NORMALISED: Final = (
    "trim(regexp_replace(regexp_replace(regexp_replace(lower(nfc_normalize(text)), "
    "'[\\x{00ad}\\x{034f}\\x{061c}\\x{180e}\\x{200b}-\\x{200f}\\x{2028}-\\x{202e}"
    "\\x{2060}-\\x{206f}\\x{fe00}-\\x{fe0f}\\x{feff}]', '', 'g'), "
    "'https?://\\S+|^rt @\\w+:?', ' ', 'g'), '\\s+', ' ', 'g'))"
)


def _rows(object_: str, where: str = "true", *, time: str = "time", content: str = CONTENT) -> str:
    return (
        f"SELECT {ACCOUNT} AS account, {object_} AS object, {time} AS time, "
        f"{content} AS content FROM posts WHERE {where}"
    )


def _each(column: str) -> str:
    """Every value of a list column; a post that names one twice shares it once."""
    return _rows(f"unnest(list_distinct({column}))")


def _repost(where: str = "true") -> str:
    named = "CASE WHEN repost_of IS NULL THEN NULL ELSE concat_ws(':', platform, repost_of) END"
    # Sources such as FiveThirtyEight's say that a post is a repost, but not of what: then equal
    # words stand for the original.
    alike = (
        f"'text ' || coalesce(text_key, CASE WHEN {NORMALISED} <> '' THEN md5({NORMALISED}) END)"
    )
    return _rows(
        f"coalesce({named}, {alike})", f"(kind = 'repost' OR repost_of IS NOT NULL) AND {where}"
    )


def _text(options: Options) -> str:
    words = f"CASE WHEN length({NORMALISED}) >= {options.shortest_text} THEN {NORMALISED} END"
    return _rows(f"coalesce({words}, text_key)", "kind IS DISTINCT FROM 'repost'")


def _hashtags(options: Options) -> str:
    tags = "list_transform(hashtags, lambda tag: lower(tag))"
    return _rows(f"array_to_string({tags}, ' ')", f"len(hashtags) >= {options.least_hashtags}")


def _client(options: Options) -> str:
    stretch = f"(time // {options.burst_s}) * {options.burst_s}"
    return _rows(f"client || ' ' || {_MOMENT.format(stretch)}", "client IS NOT NULL")


def _creation(options: Options) -> str:
    stretch = f"(account_created // {options.burst_s}) * {options.burst_s}"
    return _rows(
        f"concat_ws(' ', platform, {_MOMENT.format(stretch)})",
        "account_created IS NOT NULL",
        time="account_created",
        content="NULL::VARCHAR",
    )


def _ads(object_: str) -> str:
    """Advertisers meet in what they show, from when on they show it."""
    return (
        f"SELECT concat_ws(':', platform, advertiser) AS account, {object_} AS object, "
        "started AS time, concat_ws(':', platform, ad) AS content FROM ads "
        "WHERE advertiser IS NOT NULL"
    )


_PAYER: Final = "trim(regexp_replace(lower(nfc_normalize(payer)), '\\s+', ' ', 'g'))"
_NAMED: Final = "list_transform(mentions, lambda name: lower(ltrim(name, '@')))"
_STEM: Final = "regexp_replace(lower(ltrim(handle, '@')), '[\\d_.-]+$', '')"

DEFINITIONS: Final[Mapping[str, Definition]] = MappingProxyType(
    {
        "url": Definition("the page that was linked, in one spelling", lambda _: _each("links")),
        "domain": Definition("the domain that was linked", lambda _: _each("domains")),
        "object": Definition(
            "what the source itself calls the shared object", lambda _: _rows("object")
        ),
        "repost": Definition("the post that was reposted", lambda _: _repost()),
        "fast-repost": Definition(
            "the post that was reposted within seconds of its appearance",
            lambda options: _repost(
                f"time >= repost_of_time AND time - repost_of_time <= {options.fast_s}"
            ),
        ),
        "hashtags": Definition("two or more hashtags in the same order", _hashtags),
        "text": Definition("the same words, but for case, blanks, marks and addresses", _text),
        "media": Definition("the same picture or film, by hash or key", lambda _: _each("media")),
        "mention": Definition(
            "the account that was named",
            lambda _: _rows(f"concat_ws(':', platform, unnest(list_distinct({_NAMED})))"),
        ),
        "reply": Definition(
            "the post that was answered, else the account",
            lambda _: _rows(
                "concat_ws(':', platform, coalesce(reply_to, '@' || reply_to_account))",
                "reply_to IS NOT NULL OR reply_to_account IS NOT NULL",
            ),
        ),
        "ad-creative": Definition(
            "the same picture, film or words of an ad", lambda _: _ads("creative")
        ),
        "ad-link": Definition(
            "the page that an ad leads to", lambda _: _ads("unnest(list_distinct(links))")
        ),
        "ad-payer": Definition("who is said to have paid for an ad", lambda _: _ads(_PAYER)),
        "minute": Definition(
            "the minute of posting", lambda _: _rows(_MOMENT.format("(time // 60) * 60"))
        ),
        "client": Definition("the same programme in the same hour", _client),
        "creation": Definition("the hour in which the account was made", _creation),
        "handle": Definition(
            "the handle without the figures at its end",
            lambda _: _rows(
                f"concat_ws(' ', platform, {_STEM})",
                f"length({_STEM}) >= 4",
                time="coalesce(account_created, time)",
                content="NULL::VARCHAR",
            ),
        ),
    }
)

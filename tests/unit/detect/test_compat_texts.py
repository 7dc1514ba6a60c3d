"""The toolkit's networks of texts and of mere presence, on an invented list of posts.

The answers are those of coordination-network-toolkit 1.5.2, run on the same list apart from this
code (`compute_co_tweet_network`, `compute_co_post_network`).
"""

from typing import Final

import pyarrow as pa
import pytest

from tocsin.detect.coordination.compat import CntNetwork, Posts, co_post, co_tweet

_POSTS: Final = (
    ("m1", "ann", "Vote on Sunday! @friend", 0.0),
    ("m2", "ben", "@a @b vote on  sunday!", 4.0),
    ("m3", "cem", "vote on sunday!", 9.5),
    ("m4", "ann", "VOTE\tON\nSUNDAY!", 12.0),
    ("m5", "dia", "vote on sunday", 5.0),
    ("m6", "ben", "@ann", 20.0),
    ("m7", "cem", "@dia @ben\u2003", 21.0),
    ("m8", "dia", "mail me: x@y.example now", 30.0),
    ("m9", "ann", "mail me: x now", 31.0),
    ("m9", "ben", "mail me: x now", 31.0),
    ("m10", "eli", "Stra\u00dfe\u00a0frei @eli\u3000heute", 40.0),
    ("m11", "ann", "stra\u00dfe frei heute", 45.0),
    ("m12", "dia", "STRASSE frei heute", 45.0),
    ("m13", "eli", "stop @x\x1cthe rest", 50.0),
    ("m14", "ben", "stop the rest", 52.0),
    ("m15", "cem", "stop", 53.0),
)
"""Post, account, text, time: mentions, cases and spaces of several kinds, one post's id twice."""

_ONE_TEXT: Final = {
    (5, 1): "ann>ben 1, ann>cem 1, ann>dia 1, ann>eli 1, ben>ann 1, ben>cem 1, cem>ann 1, "
    "cem>ben 1, dia>ann 1, eli>ann 1",
    (10, 1): "ann>ben 2, ann>cem 2, ann>dia 1, ann>eli 1, ben>ann 1, ben>cem 2, cem>ann 1, "
    "cem>ben 2, dia>ann 1, eli>ann 1",
    (60, 2): "ann>ben 2, ann>cem 2, ben>cem 2, cem>ben 2",
}
_ANY_TEXT: Final = {
    (5, 1): "ann>ben 1, ann>cem 1, ann>dia 3, ann>eli 1, ben>ann 1, ben>cem 2, ben>dia 1, "
    "ben>eli 1, cem>ann 1, cem>ben 2, cem>dia 1, cem>eli 1, dia>ann 3, dia>ben 1, dia>cem 1, "
    "dia>eli 1, eli>ann 2, eli>ben 1, eli>cem 1, eli>dia 2",
    (60, 2): "ann>ben 4, ann>cem 4, ann>dia 4, ann>eli 4, ben>ann 3, ben>cem 3, ben>dia 3, "
    "ben>eli 3, cem>ann 3, cem>ben 3, cem>dia 3, cem>eli 3, dia>ann 3, dia>ben 3, dia>cem 3, "
    "dia>eli 3, eli>ann 2, eli>ben 2, eli>cem 2, eli>dia 2",
}


def posts() -> Posts:
    names = ("content", "account", "object", "time")
    columns = {name: [row[place] for row in _POSTS] for place, name in enumerate(names)}
    return Posts.from_table(pa.table(columns))


def said(network: CntNetwork) -> str:
    rows = network.to_table().to_pylist()
    return ", ".join(sorted(f"{row['user_1']}>{row['user_2']} {row['weight']}" for row in rows))


@pytest.mark.parametrize(("window", "least"), _ONE_TEXT)
def test_posts_of_one_text_are_those_of_the_toolkit(window: int, least: int) -> None:
    network = co_tweet(posts(), time_window=window, min_edge_weight=least)
    assert said(network) == _ONE_TEXT[window, least]


@pytest.mark.parametrize(("window", "least"), _ANY_TEXT)
def test_posts_at_one_time_are_those_of_the_toolkit(window: int, least: int) -> None:
    network = co_post(posts(), time_window=window, min_edge_weight=least)
    assert said(network) == _ANY_TEXT[window, least]


def test_no_posts_make_no_network() -> None:
    nobody = posts().where(posts().ts < 0)
    assert said(co_tweet(nobody)) == said(co_post(nobody)) == ""

"""The breakout scale of Nimmo (2020): the table of its six categories, row by row."""

import pytest

from tocsin.cases import Breakout, Spread
from tocsin.foundation import BadInputError


@pytest.mark.parametrize(
    ("spread", "category", "rule"),
    [
        (Spread(platforms=1, communities=1), 1, "one community on one platform"),
        (Spread(platforms=4, communities=1), 2, "one community on 4 platforms"),
        (Spread(platforms=1, communities=3), 2, "3 communities on one platform"),
        (Spread(platforms=2, communities=2), 3, "2 communities on 2 platforms"),
        (Spread(media="a daily"), 4, "it left social media and was taken up by media: a daily"),
        (Spread(media="a daily", celebrity="a star"), 5,
         "a widely followed person passed it on: a star"),
        (Spread(celebrity="a star", response="a ban"), 6,
         "it led to a policy response or a call for violence: a ban"),
        (Spread(), None, "nobody has said how many platforms it reached"),
        (Spread(platforms=3), None, "nobody has said how many communities it reached"),
        (Spread(communities=3), None, "nobody has said how many platforms it reached"),
    ],
)  # fmt: skip
def test_the_highest_rule_that_fires_gives_the_category(
    spread: Spread, category: int | None, rule: str
) -> None:
    assert Breakout.of(spread) == Breakout(category, rule)
    assert Spread.from_json(spread.to_json()) == spread


def test_what_was_observed_later_stands_beside_what_was_before() -> None:
    first = Spread(platforms=1, media="a daily")
    assert first.with_more(Spread(platforms=2, communities=3)) == Spread(
        platforms=2, communities=3, media="a daily"
    )
    assert first.with_more(Spread()) == first
    assert Spread().is_unknown
    assert not first.is_unknown


def test_fewer_than_one_platform_is_no_count() -> None:
    with pytest.raises(BadInputError, match="platforms: 0"):
        Spread(platforms=0)

"""The page of groups: everything is said, nothing breaks out, and a picture stays bounded."""

from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.detect.invented_groups import HOSTILE, START_S, invented_group, invented_page
from tocsin.detect.coordination.page import AccountRow, GroupRow, Tie, place, render_page
from tocsin.detect.coordination.page.pictures import (
    MOST_BARS,
    MOST_DRAWN,
    draw_network,
    draw_timeline,
    shown_span,
)
from tocsin.foundation import UsageError


class Elements(HTMLParser):
    """Counts elements, and keeps what could fetch or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.reaching: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.reaching += [
            (tag, name) for name, _ in attrs if name in {"href", "src"} or name.startswith("on")
        ]


def test_text_from_outside_stays_text() -> None:
    page = render_page(invented_page(invented_group()))
    found = Elements(page)
    assert HOSTILE not in page
    assert found.reaching == []
    assert {"img", "script", "a", "link", "iframe"} & set(found.names) == set()


def test_an_address_is_shown_defanged() -> None:
    page = render_page(invented_page(invented_group()))
    assert "hxxps://paper[.]example/story" in page
    assert "https://paper.example" not in page


def test_every_tie_and_every_account_of_the_picture_stands_in_a_table() -> None:
    group = invented_group()
    page = render_page(invented_page(group))
    assert page.count("<circle") == len(group.accounts)
    assert page.count("<line") == len(group.ties)
    for tie in group.ties:
        one, other = (group.accounts[at].label for at in (tie.one, tie.other))
        if HOSTILE not in (one, other):
            assert f"<td>{one}</td><td>{other}</td><td>{tie.together}</td>" in page


def test_untested_groups_are_called_co_actions_and_not_findings() -> None:
    page = render_page(invented_page(invented_group(), pairs_tested=None))
    assert "these are co-actions, not findings" in page
    assert "more than chance explains" not in page


def test_it_can_say_nobody() -> None:
    assert "Nobody acted together more than chance explains." in render_page(invented_page())


def test_a_large_group_is_drawn_in_part_and_says_so() -> None:
    group = invented_group(MOST_DRAWN + 40)
    assert draw_network(group).left_out == 40
    assert "40 accounts with fewer ties are not drawn" in render_page(invented_page(group))


def test_a_group_without_ties_can_be_drawn() -> None:
    alone = GroupRow(
        id="1",
        accounts=(AccountRow("a", 1, START_S, START_S),),
        objects=(),
        ties=(),
        moments_s=(),
    )
    assert "<circle" in render_page(invented_page(alone))


@pytest.mark.parametrize(("one", "other"), [(0, 0), (0, 12), (-1, 3)])
def test_a_tie_to_nobody_is_refused(one: int, other: int) -> None:
    group = invented_group()
    with pytest.raises(UsageError, match="group 1"):
        GroupRow(
            id="1",
            accounts=group.accounts,
            objects=(),
            ties=(Tie(one, other, 2),),
            moments_s=(),
        )


@given(
    st.lists(st.integers(-(2**33), 2**34), max_size=60),
)
def test_a_timeline_counts_every_moment_once_in_few_bars(moments: list[int]) -> None:
    timeline = draw_timeline(moments)
    assert sum(each.count for each in timeline.periods) == len(moments)
    assert len(timeline.periods) <= MOST_BARS
    for period in timeline.periods:
        inside = [m for m in moments if 0 <= m - period.start_s < timeline.step_s]
        assert period.count == len(inside)


@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_the_same_network_gives_the_same_picture_within_its_frame(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    ties = random.integers(0, max(size, 1), (3 * size, 2))
    ties = ties[ties[:, 0] != ties[:, 1]]
    weights = random.uniform(1, 50, len(ties))
    spots = place(size, ties, weights)
    assert spots.shape == (size, 2)
    assert np.isfinite(spots).all()
    assert (np.abs(spots) <= 1 + 1e-9).all()
    assert (spots == place(size, ties, weights)).all()


def test_two_groups_that_touch_once_lie_apart() -> None:
    inside = [(a, b) for first in (0, 6) for a in range(first, first + 6) for b in range(first, a)]
    ties = np.array([*inside, (0, 6)])
    spots = place(12, ties, np.ones(len(ties)))
    halves = spots[:6].mean(axis=0), spots[6:].mean(axis=0)
    spread = max(np.linalg.norm(spots[:6] - halves[0], axis=1).max(), 1e-9)
    assert np.linalg.norm(halves[0] - halves[1]) > spread


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second"), (90, "90 seconds"), (60, "1 minute"), (7_200, "2 hours"), (86_400, "1 day")],
)
def test_a_span_is_said_in_the_largest_unit_that_fits(seconds: int, said: str) -> None:
    assert shown_span(seconds) == said

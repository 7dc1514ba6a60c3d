"""Small worlds of shares, and the slow obvious answer: every pair of rows, looked at in Python."""

from itertools import combinations

from attrs import frozen
from hypothesis import strategies as st

Row = tuple[int, int, int]
"""Account, object, time."""
Pair = tuple[int, int]


@frozen
class Meeting:
    """The closest meeting of two accounts on an object; of equals the earliest.

    Attributes:
        lag: time of the second account's share less that of the first's.
    """

    at: int
    lag: int


def rows(most: int = 40, *, times: int = 60) -> st.SearchStrategy[list[Row]]:
    """Rows with repeats, ties, and times on both sides of 1970."""
    row = st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(-times // 2, times // 2))
    return st.lists(row, max_size=most)


def first_shares(given: list[Row]) -> list[Row]:
    """Keep each account's earliest share of each object."""
    earliest: dict[tuple[int, int], int] = {}
    for account, obj, at in given:
        earliest[account, obj] = min(at, earliest.get((account, obj), at))
    return [(account, obj, at) for (account, obj), at in earliest.items()]


def edges_of(given: list[Row], window_s: int, least: int) -> dict[Pair, int]:
    """Count, for each pair of accounts, the objects that both shared within the window."""
    met: dict[Pair, set[int]] = {}
    for (a, obj, at), (b, other, then) in combinations(given, 2):
        if a != b and obj == other and abs(at - then) <= window_s:
            met.setdefault((min(a, b), max(a, b)), set()).add(obj)
    return {pair: len(objects) for pair, objects in met.items() if len(objects) >= least}


def meetings_of(given: list[Row], window_s: int, pair: Pair) -> dict[int, Meeting]:
    """Find the closest meeting of a pair on each object; of equally close ones the earliest."""
    found: dict[int, Meeting] = {}
    for a, obj, at in given:
        for b, other, then in given:
            if (a, b) != pair or obj != other or abs(at - then) > window_s:
                continue
            meeting = Meeting(min(at, then), then - at)
            best = found.get(obj, meeting)
            found[obj] = min(best, meeting, key=lambda each: (abs(each.lag), each.at))
    return found

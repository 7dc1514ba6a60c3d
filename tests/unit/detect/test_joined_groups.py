"""Groups that were tested as wholes join those that they are mostly one with, and no others."""

import numpy as np

from tocsin.detect.coordination import Edges, Shares
from tocsin.detect.coordination.chance import EdgeTests
from tocsin.detect.coordination.detection import Settings, detect
from tocsin.detect.coordination.groups import Group, joined
from tocsin.detect.coordination.kernel import edges
from tocsin.foundation import NoProgress

NONE = np.empty(0, np.int32)
SHARES = Shares.of(np.zeros(60, np.int32), np.arange(60, dtype=np.int32), np.arange(60))


def _group(*accounts: int) -> Group:
    return Group(np.array(accounts, np.int32), NONE.astype(np.int64), NONE, NONE)


def _joined(
    groups: tuple[Group, ...], *wholes: list[int], common: float = 0.5
) -> list[tuple[int, ...]]:
    said = tuple((np.array(each, np.int32), 0.01) for each in wholes)
    found = joined(SHARES, Edges.none(), groups, said, 60, common=common)
    return [tuple(each.accounts.tolist()) for each in found]


BOTS = tuple(range(10))
FANS = tuple(range(20, 40))


def test_one_account_in_both_does_not_make_two_groups_one() -> None:
    found = _joined((_group(*FANS), _group(*BOTS)), [*BOTS, 20, 50])
    assert found == [FANS, (*BOTS, 50)]


def test_what_is_mostly_in_two_groups_makes_them_one() -> None:
    assert _joined((_group(*FANS), _group(*BOTS)), [*BOTS, *FANS]) == [(*BOTS, *FANS)]


def test_who_is_in_no_group_goes_to_the_one_with_most_of_the_others() -> None:
    found = _joined((_group(*FANS), _group(*BOTS)), [0, 1, 20, 21, 22, 50, 51])
    assert found == [(*FANS, 50, 51), BOTS]


def test_groups_that_are_known_to_be_one_are_joined_one_after_the_other() -> None:
    small = (50, 51)
    groups = (_group(*FANS), _group(*BOTS), _group(*small))
    found = _joined(groups, [*small, *FANS], [*small, *BOTS], common=0.0)
    assert found == [(*BOTS, *FANS, *small)]


def test_groups_that_one_tie_links_are_cut_apart_where_chance_was_asked() -> None:
    rows = [(account, number, 0) for number in range(10) for account in range(8)]
    rows += [(account, number, 0) for number in range(10, 20) for account in range(8, 16)]
    rows += [(account, number, 0) for number in range(20, 23) for account in (7, 8)]
    acc, obj, ts = np.array(rows, np.int64).T
    shares = Shares.of(obj.astype(np.int32), acc.astype(np.int32), ts)
    counted = edges(shares, 60, 2)

    def cut(*, is_tested: bool) -> list[int]:
        test = (lambda *_: _certain(counted, shares)) if is_tested else None
        found = detect(shares, counted, Settings(), NoProgress(), test)
        return [len(each.accounts) for each in found.groups]

    assert cut(is_tested=True) == [8, 8]
    assert cut(is_tested=False) == [16]


def _certain(counted: Edges, shares: Shares) -> EdgeTests:
    none = np.zeros(len(counted))
    return EdgeTests(
        a=counted.a,
        b=counted.b,
        met=counted.n,
        shared=counted.n,
        expected=none,
        p_value=none,
        q_value=none,
        partners=np.ones(shares.n_accounts),
    )

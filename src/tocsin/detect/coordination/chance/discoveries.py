"""Which of many tests are discoveries, when at most a share q of them may be false."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.foundation import UsageError

Floats = NDArray[np.float64]

_COMPANY: Final = 3  # partners of an account that is not a discovery by itself


def benjamini_hochberg(
    p_value: Floats, hypotheses: float, *, any_dependence: bool = False
) -> Floats:
    """Return q-values; a test is a discovery at q when its q-value is at most q.

    Args:
        p_value: of the tests that were worked out.
        hypotheses: all that were possible. Those that are missing count with a p-value of 1.
        any_dependence: divide by the harmonic sum (Benjamini and Yekutieli 2001); without it,
            tests are independent or positively dependent (Benjamini and Hochberg 1995).

    Raises:
        UsageError: when there are fewer hypotheses than p-values, or a p-value is no probability.
    """
    count = len(p_value)
    if hypotheses < count:
        raise UsageError(
            f"{count} p-values of {hypotheses} hypotheses",
            hint="count every test that was possible",
        )
    if count and not (p_value.min() >= 0 and p_value.max() <= 1):
        raise UsageError("a p-value is below 0 or above 1", hint="give probabilities")
    return _stepped(p_value * hypotheses, _harmonic(hypotheses) if any_dependence else 1.0)


@frozen(eq=False)
class Family:
    """Tests of edges that share one window.

    Attributes:
        a, b: the accounts of each edge.
        partners: of each account, how many tests it is in, made or not.
        checked: tests that may be discoveries. The others count for nothing in what is said of
            accounts, as if their p-values were 1.
    """

    a: Int32s
    b: Int32s
    p_value: Floats
    partners: Floats
    checked: Flags

    @property
    def hypotheses(self) -> float:
        return max(float(self.partners.sum()) / 2, float(len(self.p_value)))


def edge_q_values(
    families: Sequence[Family], q: float, *, any_dependence: bool = False
) -> list[Floats]:
    """Return q-values for edges that are also to be right about accounts, over all families.

    A clique of 40 brings 780 true edges, which would pay for 41 false ones between up to 82
    accounts. So an edge below the level q has to have company: each of its ends has two more such
    edges, to accounts that have them as well, or is a discovery as an account. An
    account's p-value is Simes' over all who could have been its partners (Benjamini and
    Bogomolov 2014). Families count alike, however many tests they have (weighted p-values:
    Genovese, Roeder and Wasserman 2006): a day's window must not drown a minute's.

    Returns:
        The edge's q-value where it has company, else its or its accounts', whichever is largest.
    """
    if not families:
        return []
    ends = _ends(families)
    a, b = (np.concatenate([getattr(each, end) for each in families]) for end in ("a", "b"))
    edge = np.concatenate(levels(families, any_dependence=any_dependence))
    account = _account_q_values(families, any_dependence)
    sure = (account <= q) | _in_company(a[edge <= q], b[edge <= q], len(account))
    alone = np.maximum(edge, np.maximum(account[a], account[b]))
    return np.split(np.where(sure[a] & sure[b], edge, alone), ends)


def levels(families: Sequence[Family], *, any_dependence: bool = False) -> list[Floats]:
    """Return the q-values of edges alone, whatever they say of accounts."""
    if not families:
        return []
    count = len(families)
    edges = sum(each.hypotheses for each in families)
    scaled = np.concatenate([each.p_value * (each.hypotheses * count) for each in families])
    edge = _stepped(scaled, _harmonic(edges) if any_dependence else 1.0)
    return np.split(edge, _ends(families))


def _ends(families: Sequence[Family]) -> Int64s:
    return np.cumsum([len(each.a) for each in families])[:-1]


def _account_q_values(families: Sequence[Family], any_dependence: bool) -> Floats:
    tested = np.logical_or.reduce([each.partners > 0 for each in families])
    least = np.minimum.reduce([_simes(each) for each in families]) * len(families)
    accounts = float(tested.sum())
    q_value = np.ones(len(tested))
    scale = _harmonic(accounts) if any_dependence else 1.0
    q_value[tested] = _stepped(least[tested] * accounts, scale)
    return q_value


def _in_company(a: Int32s, b: Int32s, n_accounts: int) -> Flags:
    """Tell which accounts stay when all with too few partners go, again and again."""
    pairs = np.unique(a.astype(np.int64) * n_accounts + b)
    a, b = (pairs // n_accounts).astype(np.int32), (pairs % n_accounts).astype(np.int32)
    stays = np.ones(n_accounts, np.bool_)
    while True:
        live = stays[a] & stays[b]
        partners = np.bincount(np.concatenate([a[live], b[live]]), minlength=n_accounts)
        fewer = stays & (partners >= _COMPANY)
        if fewer.sum() == stays.sum():
            return stays
        stays = fewer


def _simes(family: Family) -> Floats:
    """Least p-value times tests over rank, of each account; 1 where there is none."""
    ends = np.concatenate([family.a[family.checked], family.b[family.checked]])
    p = np.tile(family.p_value[family.checked], 2)
    order = np.lexsort((p, ends))
    ends, p = ends[order], p[order]
    first = np.searchsorted(ends, ends)
    scaled = p * family.partners[ends] / (np.arange(len(ends)) - first + 1)
    least = np.ones(len(family.partners))
    np.minimum.at(least, ends, scaled)
    return least


def _stepped(scaled: Floats, scale: float) -> Floats:
    """Q-values of p-values that were already multiplied by the number of tests."""
    q_value = np.ones(len(scaled))
    # What would be 1 even if it were the last of all need not be sorted.
    below = np.flatnonzero(scaled * scale < len(scaled))
    order = below[np.argsort(scaled[below], kind="stable")]
    stepped = scaled[order] * scale / np.arange(1, len(order) + 1)
    q_value[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q_value


def _harmonic(n: float) -> float:
    """1 + 1/2 + ... + 1/n, by Euler and Maclaurin beyond what is quick to add."""
    if n <= 1_000:
        return float((1.0 / np.arange(1, int(n) + 1)).sum())
    return float(np.log(n) + np.euler_gamma + 1 / (2 * n))

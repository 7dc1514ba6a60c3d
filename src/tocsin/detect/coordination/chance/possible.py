"""How many pairs could have become edges, whatever the times: so many tests there are."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tocsin.detect.coordination.chance.layout import Layout
from tocsin.detect.coordination.kernel import scan
from tocsin.detect.coordination.shares import Shares

_BUDGET: Final = 2e9  # pairs of shares that are looked at one by one


def possible_partners(shares: Shares, layout: Layout, least: int) -> NDArray[np.float64]:
    """Count, for each account, those with whom it shared at least so many cells, or bound it.

    Who shared which cell is what the null keeps, so this number owes nothing to the times.
    Cells of the largest sizes, where looking at every pair costs too much, count whole.
    """
    sizes = layout.sizes.astype(np.float64)
    pairs = sizes * (sizes - 1) / 2
    smallest = np.argsort(sizes, kind="stable")
    small = np.zeros(len(sizes), np.bool_)
    small[smallest[np.cumsum(pairs[smallest]) <= _BUDGET]] = True
    rows = small[layout.cell]
    together = Shares.of(
        layout.cell[rows],
        shares.acc[rows],
        np.zeros(int(rows.sum()), np.int64),
        accounts=shares.accounts,
    )
    partners = np.zeros(shares.n_accounts)
    for block in scan(together, (0,), least):
        partners += np.bincount(block[:2].ravel(), minlength=shares.n_accounts)
    many = np.bincount(
        shares.acc[~rows], weights=sizes[layout.cell[~rows]] - 1, minlength=shares.n_accounts
    )
    return np.minimum(partners + many, shares.n_accounts - 1.0)

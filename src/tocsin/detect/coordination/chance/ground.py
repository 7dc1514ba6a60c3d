"""What a test rests on: cells, kinds of accounts, and how often these meet."""

from typing import Self

import numpy as np
from attrs import evolve, frozen

from tocsin.detect.coordination.arrays import Flags
from tocsin.detect.coordination.chance.habits import Kinds, speeds
from tocsin.detect.coordination.chance.layout import WINDOWS_A_CELL, Layout
from tocsin.detect.coordination.chance.tallies import Tally, tallied
from tocsin.detect.coordination.shares import Shares


@frozen(eq=False)
class Ground:
    """Of one window; whoever tests at this window reads the same.

    Attributes:
        tally: with all accounts trusted.
    """

    shares: Shares
    window_s: int
    layout: Layout
    kind: Kinds
    tally: Tally

    @classmethod
    def of(
        cls,
        shares: Shares,
        window_s: int,
        *,
        cell_s: int | None = None,
        kind: Kinds | None = None,
    ) -> Self:
        """Lay out and count.

        Args:
            cell_s: stretch of time inside which moments are exchangeable; 60 windows by default.
            kind: where the kinds are known already.
        """
        layout = Layout.of(shares, window_s, cell_s or WINDOWS_A_CELL * window_s)
        known = speeds(shares) if kind is None else kind
        return cls(shares, window_s, layout, known, _all_trusted(shares, layout, known, window_s))

    def where(self, wanted: Flags) -> Self:
        """Return the ground of some cells; kinds are those of all."""
        layout = self.layout.where(wanted)
        return evolve(
            self,
            layout=layout,
            tally=_all_trusted(self.shares, layout, self.kind, self.window_s),
        )


def _all_trusted(shares: Shares, layout: Layout, kind: Kinds, window_s: int) -> Tally:
    every = np.ones(shares.n_accounts, np.bool_)
    return tallied(shares, layout, kind, window_s, every, None)

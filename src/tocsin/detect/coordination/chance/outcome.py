"""What the test of edges says."""

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.arrays import Flags, Int32s
from tocsin.detect.coordination.chance.discoveries import Family
from tocsin.detect.coordination.chance.ground import Ground

Floats = NDArray[np.float64]


@frozen(eq=False, kw_only=True)
class EdgeTests:
    """One value an edge, in the order of the edges that were tested.

    Attributes:
        a, b: the accounts.
        met: stories over which the two met.
        shared: stories that both shared in the same stretch of time.
        expected: of these, on how many chance would have had them meet.
        p_value: chance of meeting as often or more. Own hours and days are looked at where an
            edge would be a discovery without them; accounts are left out of the null where that
            could make it one.
        q_value: an edge is a discovery where this is at most the level that was asked for: the
            least share of false discoveries among edges, and among accounts too unless each
            end has two discoveries more.
        partners: of each account, others with whom it could have had an edge.
        least_p: what the p-value were, had the two met over all that they shared; may be empty.
        usual: how often two sharers of one object in one stretch of time meet, over all.
        grounds: what the tests of each window rest on, where it is worth keeping.
    """

    a: Int32s
    b: Int32s
    met: Int32s
    shared: Int32s
    expected: Floats
    p_value: Floats
    q_value: Floats
    partners: Floats
    least_p: Floats = field(factory=lambda: np.empty(0))
    usual: float = 0.0
    grounds: tuple[Ground, ...] = ()

    @property
    def hypotheses(self) -> float:
        """Pairs that could have been edges: tests that the q-values rest on."""
        return float(self.partners.sum()) / 2

    def family(self, checked: Flags) -> Family:
        """Return what discoveries are made from.

        Args:
            checked: edges whose p-value stands for their own hours too.
        """
        return Family(self.a, self.b, self.p_value, self.partners, checked)

    def could_tell(self, q: float) -> int:
        """Count the edges that could be discoveries, had their accounts met each time.

        Where nothing is known of this, all of them could.
        A p-value above q times edges over hypotheses is none, however many others there are.
        """
        if len(self.least_p) < len(self.a):
            return len(self.a)
        most = q * len(self.a) / max(self.hypotheses, len(self.a), 1)
        return int((self.least_p <= most).sum())

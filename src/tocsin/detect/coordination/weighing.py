"""What is said of a group besides that it was found: does it hang on one object, is it innocent?"""

from typing import Final

import numpy as np
from attrs import frozen
from scipy.stats import poisson

from tocsin.detect.coordination.arrays import Int32s, Int64s
from tocsin.detect.coordination.detection import Detection
from tocsin.detect.coordination.evidence import meetings
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.innocent import Surroundings, explanations
from tocsin.detect.coordination.parting import MOST_GROUPS
from tocsin.detect.coordination.stability import leave_one_object_out
from tocsin.foundation import Progress
from tocsin.records import Explanation

_MOST_MEETINGS: Final = 5_000_000


@frozen(kw_only=True)
class Weighed:
    """What is said of one group.

    Attributes:
        stability: the least share of its accounts that remains when any one object is left out;
            None where that cannot be told.
        explanations: all innocent ones, those that fit first.
    """

    stability: float | None = None
    explanations: tuple[Explanation, ...] = ()

    @property
    def fitting(self) -> tuple[str, ...]:
        """Names of the explanations that fit."""
        return tuple(each.name for each in self.explanations if each.fits)


def weigh(found: Detection, around: Surroundings, progress: Progress) -> tuple[Weighed, ...]:
    """Say more of the largest groups, in the order of `found.groups`; nothing of untested ones."""
    if found.tests is None:
        return ()
    groups = found.groups[:MOST_GROUPS]
    said = []
    with progress.task("trying innocent explanations", len(groups)) as advance:
        for group in groups:
            tried = explanations(found.shares, found.edges, group, around, found.settings.window_s)
            said.append(
                Weighed(
                    stability=_stability(found, group),
                    explanations=tuple(sorted(tried, key=lambda each: not each.fits)),
                )
            )
            advance()
    return tuple(said)


def _stability(found: Detection, group: Group) -> float | None:
    """Return what remains of a group without the object that it needs most."""
    ties = _standing(found, group)
    edges = found.edges.where(ties)
    if len(ties) == 0 or int(edges.n.sum(dtype=np.int64)) > _MOST_MEETINGS:
        return None
    met = meetings(found.shares, edges, found.settings.window_s)
    return leave_one_object_out(edges, met, _needed(found, ties)).remaining


def _standing(found: Detection, group: Group) -> Int64s:
    if found.tests is None:
        return group.edges
    return group.edges[found.tests.q_value[group.edges] <= found.settings.most_q]


def _needed(found: Detection, ties: Int64s) -> Int32s:
    """Return the fewest objects with which each tie would still be a discovery.

    Only whether it stands without one object is asked. A tie does while its p-value, by Poisson's
    tail, which is not below the exact one, is at most what Benjamini and Hochberg allow for as many
    discoveries as there are.
    """
    n = found.edges.n[ties]
    least = np.full(len(ties), found.settings.least, np.int32)
    tests = found.tests
    if tests is None:
        return least
    most_q = found.settings.most_q
    allowed = most_q * int((tests.q_value <= most_q).sum()) / max(tests.hypotheses, 1.0)
    stands = poisson.sf(tests.met[ties] - 2, tests.expected[ties]) <= allowed
    return np.maximum(least, np.where(stands, n - 1, n)).astype(np.int32)

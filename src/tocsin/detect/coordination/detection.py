"""One run: from shares to edges, their test against chance, and groups."""

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from tocsin.detect.coordination.groups import Group, Grouping, groups_of
from tocsin.detect.coordination.kernel import Edges, edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import Progress

UNTESTED: Final = (
    "not tested against chance: these accounts met more often than asked for, which popular "
    "objects alone can bring about; no finding"
)

EdgeFinder: TypeAlias = Callable[[Shares, int, int, Progress], Edges]
"""Shares, window in seconds, least objects, progress: an engine."""


@frozen(kw_only=True)
class Settings:
    """What is looked for.

    Attributes:
        window_s: two shares meet when their times differ by at most this.
        least: objects on which a pair must have met.
    """

    window_s: int = 60
    least: int = 2
    grouping: Grouping = Grouping.COMPONENTS


@frozen(eq=False, kw_only=True)
class Detection:
    """What one run found.

    Attributes:
        counted: every edge.
        edges: the edges that groups are made of.
        q_values: one of each of `edges`; None where chance was not asked.
        note: what a reader must know before anything else; empty when nothing.
    """

    settings: Settings
    shares: Shares
    counted: Edges
    edges: Edges
    q_values: NDArray[np.float64] | None
    groups: tuple[Group, ...]
    note: str


def detect(shares: Shares, settings: Settings, progress: Progress, find: EdgeFinder) -> Detection:
    """Find edges with the engine `find`, and groups."""
    counted = find(shares, settings.window_s, settings.least, progress)
    with progress.task("cutting groups"):
        groups = groups_of(shares, counted, settings.window_s, settings.grouping)
    return Detection(
        settings=settings,
        shares=shares,
        counted=counted,
        edges=counted,
        q_values=None,
        groups=groups,
        note=UNTESTED,
    )


def by_kernel(shares: Shares, window_s: int, least: int, progress: Progress) -> Edges:
    """Find edges on this machine."""
    return edges(shares, window_s, least, progress=progress)

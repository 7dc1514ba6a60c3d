"""The test against chance, tried on copies of the very data in which nobody acts together.

Who was found is left out: a group keeps what it pushed to itself, in whatever order. Of the others,
the moments of each object are dealt anew among those who shared it in the same stretch of time and
usually come equally early: what the test takes for chance. What is found there is false. A share of
copies with a finding that lies above the level that was asked for is a reason to distrust the run.

Source: local exchange of times (Amarasingham, Harrison, Hatsopoulos and Geman, J. Neurophysiol.
2012); the bound is Clopper and Pearson's (Biometrika 1934).
"""

from typing import Final

import numpy as np
from attrs import evolve, frozen
from scipy.stats import beta

from tocsin.detect.coordination.arrays import Flags, Int32s, Int64s
from tocsin.detect.coordination.chance import edge_tests
from tocsin.detect.coordination.chance.habits import speeds
from tocsin.detect.coordination.chance.layout import WINDOWS_A_CELL
from tocsin.detect.coordination.kernel import edges
from tocsin.detect.coordination.shares import Shares
from tocsin.foundation import JsonObject, Progress

MOST_SHARES: Final = 200_000
"""Copies of more than this are made of some of the objects, each whole."""

_CONFIDENCE: Final = 0.95


@frozen(kw_only=True)
class Calibration:
    """What was found where nobody acts together.

    Attributes:
        runs: copies.
        found: of these, copies with any finding.
        shares: rows of one copy; `whole` where that is all that those who were not found shared.
        q: the level that was asked for.
    """

    runs: int
    found: int
    shares: int
    whole: bool
    q: float
    seed: int

    @property
    def most(self) -> float:
        """Upper bound of the share of such runs that find somebody, with 95 % confidence."""
        if self.found == self.runs:
            return 1.0
        return float(beta.ppf(_CONFIDENCE, self.found + 1, self.runs - self.found))

    def to_json(self) -> JsonObject:
        """Return the form of the summary."""
        return {
            "runs": self.runs,
            "runs_with_findings": self.found,
            "most": round(self.most, 4),
            "nominal_q": self.q,
            "shares": self.shares,
            "whole": self.whole,
            "seed": self.seed,
        }

    def __str__(self) -> str:
        """Say it in a sentence."""
        part = "all" if self.whole else f"{self.shares}"
        return (
            f"in {self.runs} copies of {part} shares by the others, with moments dealt anew, "
            f"{self.found} had a finding (nominal {self.q:g}; the true share is below "
            f"{self.most:.2g} with {_CONFIDENCE:.0%} confidence)"
        )


def calibrate(
    shares: Shares,
    windows: tuple[int, ...],
    least: int,
    q: float,
    *,
    runs: int,
    seed: int,
    progress: Progress,
    found_before: Int32s | None = None,
    most_shares: int = MOST_SHARES,
) -> Calibration:
    """Test copies of first shares in which nobody acts together.

    Args:
        windows: for each, moments are dealt anew within stretches of its own, and tested at an
            equal part of `q`.
        found_before: accounts of the groups that were found.
    """
    draw = np.random.default_rng(seed)
    others = shares if found_before is None else _without(shares, found_before)
    part = _some_objects(others, most_shares, draw)
    cells = {window_s: _cells(part, WINDOWS_A_CELL * window_s) for window_s in windows}
    found = 0
    with progress.task("testing copies without coordination", runs) as advance:
        for _ in range(runs):
            found += any(
                _finds(_dealt(part, cell, draw), window_s, least, q / len(windows))
                for window_s, cell in cells.items()
            )
            advance()
    return Calibration(
        runs=runs, found=found, shares=len(part), whole=len(part) == len(others), q=q, seed=seed
    )


def _finds(copy: Shares, window_s: int, least: int, q: float) -> bool:
    tests = edge_tests(copy, edges(copy, window_s, least), window_s, least=least, q=q)
    return bool((tests.q_value <= q).any())


def _without(shares: Shares, accounts: Int32s) -> Shares:
    stays = np.ones(shares.n_accounts, np.bool_)
    stays[accounts] = False
    return _where(shares, stays[shares.acc])


def _where(shares: Shares, rows: Flags) -> Shares:
    return evolve(
        shares, obj=shares.obj[rows], acc=shares.acc[rows], ts=shares.ts[rows], content=None
    )


def _some_objects(shares: Shares, most: int, draw: np.random.Generator) -> Shares:
    """Return as many objects, drawn at random, as have no more shares than `most` together."""
    if len(shares) <= most:
        return shares
    size = np.bincount(shares.obj, minlength=shares.n_objects)
    order = draw.permutation(shares.n_objects)
    chosen = np.zeros(shares.n_objects, np.bool_)
    chosen[order[np.cumsum(size[order]) <= most]] = True
    return _where(shares, chosen[shares.obj])


def _cells(shares: Shares, cell_s: int) -> Int64s:
    """Number the rows whose moments are exchangeable: object, stretch of time, speed."""
    kind = speeds(shares)[shares.acc].astype(np.int64)
    stretch = shares.ts // cell_s
    order = np.lexsort((kind, stretch, shares.obj))
    keys = (shares.obj[order], stretch[order], kind[order])
    new = np.zeros(len(shares), np.int64)
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    cell = np.empty(len(shares), np.int64)
    cell[order] = np.cumsum(new)
    return cell


def _dealt(shares: Shares, cell: Int64s, draw: np.random.Generator) -> Shares:
    """Deal the moments of each cell anew among its rows."""
    order = np.argsort(cell, kind="stable")
    shuffled = np.lexsort((draw.random(len(cell)), cell))
    ts = np.empty_like(shares.ts)
    ts[order] = shares.ts[shuffled]
    rows = np.lexsort((shares.acc, ts, shares.obj))
    return evolve(shares, obj=shares.obj[rows], acc=shares.acc[rows], ts=ts[rows], content=None)

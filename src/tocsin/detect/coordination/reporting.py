"""A run as the page that anybody can open."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.detect.coordination.detection import Detection
from tocsin.detect.coordination.evidence import Meetings, meetings
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.page import (
    AccountRow,
    CoordinationPage,
    ExplanationRow,
    GroupRow,
    ObjectRow,
    Tie,
    render_page,
)
from tocsin.detect.coordination.weighing import Weighed

_MOST_GROUPS: Final = 30
_MOST_TIES: Final = 2_000
_MOST_OBJECTS: Final = 200


def report(
    found: Detection,
    *,
    traces: Sequence[str],
    colophon: str,
    weighed: Sequence[Weighed] = (),
    calibration: str | None = None,
) -> str:
    """Return one HTML page: the largest groups, their strongest ties; the files have the rest.

    Args:
        traces: what counted as acting together.
        colophon: version, engine and so on, for whoever repeats the run.
        weighed: what is said of the groups besides, in their order.
        calibration: what copies without coordination gave, in a sentence.
    """
    tests = found.tests
    more = len(found.groups) - _MOST_GROUPS
    page = CoordinationPage(
        title="Accounts that act together",
        traces=", ".join(traces) or "the objects of the files",
        window_s=found.settings.window_s,
        least=found.settings.least,
        posts=found.shares.rows,
        accounts=found.accounts,
        edges=len(found.edges),
        pairs_tested=None if tests is None else int(tests.hypotheses),
        calibration=calibration,
        groups=tuple(
            _group(found, group, place, _said_of(weighed, place))
            for place, group in enumerate(found.groups[:_MOST_GROUPS], 1)
        ),
        colophon=f"{colophon}; {more} smaller groups are in the files" if more > 0 else colophon,
    )
    return render_page(page)


def _said_of(weighed: Sequence[Weighed], place: int) -> Weighed:
    return weighed[place - 1] if place <= len(weighed) else Weighed()


def _group(found: Detection, group: Group, place: int, said: Weighed) -> GroupRow:
    strongest = np.argsort(-found.edges.n[group.edges], kind="stable")[:_MOST_TIES]
    ties = np.sort(group.edges[strongest])
    met = meetings(found.shares, found.edges.where(ties), found.settings.window_s)
    earlier = np.minimum(found.shares.ts[met.row_a], found.shares.ts[met.row_b])
    return GroupRow(
        id=f"group-{place}",
        accounts=_accounts(found, group, met),
        objects=_objects(found, group, met),
        ties=_ties(found, group, ties),
        moments_s=tuple(earlier.tolist()),
        q_value=found.q_of(group),
        stability=said.stability,
        explanations=tuple(
            ExplanationRow(each.name, each.fits, each.why) for each in said.explanations
        ),
    )


def _accounts(found: Detection, group: Group, met: Meetings) -> tuple[AccountRow, ...]:
    shares = found.shares
    counts = np.bincount(shares.acc, minlength=shares.n_accounts)
    rows = np.concatenate([met.row_a, met.row_b])
    first = np.full(shares.n_accounts, np.iinfo(np.int64).max)
    last = np.full(shares.n_accounts, np.iinfo(np.int64).min)
    np.minimum.at(first, shares.acc[rows], shares.ts[rows])
    np.maximum.at(last, shares.acc[rows], shares.ts[rows])
    silent = first > last  # a member whose ties are not among the strongest
    first[silent] = last[silent] = int(shares.ts[rows].min()) if len(rows) else 0
    labels = shares.accounts.take(pa.array(group.accounts)).to_pylist()
    return tuple(
        AccountRow(str(label), int(counts[k]), int(first[k]), int(last[k]))
        for label, k in zip(labels, group.accounts, strict=True)
    )


def _objects(found: Detection, group: Group, met: Meetings) -> tuple[ObjectRow, ...]:
    shares = found.shares
    rows = []
    labels = shares.objects.take(pa.array(group.objects[:_MOST_OBJECTS])).to_pylist()
    for label, number, accounts in zip(labels, group.objects, group.accounts_on, strict=False):
        here = met.obj == number
        if not here.any():
            continue
        first = np.minimum(shares.ts[met.row_a[here]], shares.ts[met.row_b[here]]).min()
        lag = int(np.median(np.abs(met.lag[here])))
        rows.append(ObjectRow(str(label), int(accounts), int(first), lag))
    return tuple(rows)


def _ties(
    found: Detection, group: Group, places: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[Tie, ...]:
    edges, tests = found.edges.where(places), found.tests
    one, other = (np.searchsorted(group.accounts, ends) for ends in (edges.a, edges.b))
    return tuple(
        Tie(
            int(one[k]),
            int(other[k]),
            int(edges.n[k]),
            None if tests is None else float(tests.expected[place]),
            None if tests is None else float(tests.q_value[place]),
        )
        for k, place in enumerate(places)
    )

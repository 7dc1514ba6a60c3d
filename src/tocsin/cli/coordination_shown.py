"""What `tocsin detect coordination` says, as a document and for a person."""

import resource
import sys
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

import tocsin
from tocsin.detect.coordination.calibration import Calibration
from tocsin.detect.coordination.detection import NULL_MODEL, Detection
from tocsin.detect.coordination.groups import Group
from tocsin.detect.coordination.shares import Shares
from tocsin.detect.coordination.weighing import Weighed
from tocsin.foundation import JsonObject, JsonValue

NO_FAULT: Final = "later-share"

_MOST_OBJECTS: Final = 1_000  # of a group in JSON; the files beside it have them all
_MOST_ROWS: Final = 20


def document(
    found: Detection, weighed: Sequence[Weighed] = (), calibration: Calibration | None = None
) -> JsonObject:
    """Return the counts and groups of a run, and what is said of the largest besides."""
    shares = found.shares
    return {
        "posts": shares.rows,
        "shares": len(shares),
        "defects": defects(shares),
        "accounts": found.accounts,
        "objects": shares.n_objects,
        "detector": f"tocsin detect coordination {tocsin.__version__}",
        "null_model": None if found.tests is None else NULL_MODEL,
        "all_shares": not shares.first_only,
        "window_s": found.settings.window_s,
        "windows": [*found.settings.every_window],
        "min_coactions": found.settings.least,
        "edges": len(found.edges),
        "tested": found.tests is not None,
        "pairs_tested": None if found.tests is None else int(found.tests.hypotheses),
        "most_q": found.settings.most_q,
        "diluted": found.settings.diluted,
        "calibration": None if calibration is None else calibration.to_json(),
        "note": found.note or None,
        "groups": [
            _group(found, group, place, _said_of(weighed, place))
            for place, group in enumerate(found.groups, 1)
        ],
    }


def defects(shares: Shares) -> list[JsonValue]:
    """Return what became of the rows that were not used as they stood."""
    return [
        {"kind": each.kind, "count": each.count, "examples": list(each.examples)}
        for each in shares.defects
    ]


def peak_mb() -> float:
    """Return the most memory that this process has had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def _said_of(weighed: Sequence[Weighed], place: int) -> Weighed:
    return weighed[place - 1] if place <= len(weighed) else Weighed()


def _group(found: Detection, group: Group, place: int, said: Weighed) -> JsonObject:
    shares = found.shares
    accounts = [str(label) for label in shares.accounts.take(group.accounts).to_pylist()]
    objects = [str(each) for each in shares.objects.take(group.objects[:_MOST_OBJECTS]).to_pylist()]
    return {
        "id": f"group-{place}",
        "accounts": [*accounts],
        "objects": [*objects],
        "objects_in_all": len(group.objects),
        "edges": len(group.edges),
        "q_value": found.q_of(group),
        "stability": said.stability,
        "explanations": [each.to_json() for each in said.explanations],
    }


def render(
    out: Console,
    found: Detection,
    said: JsonObject,
    weighed: Sequence[Weighed] = (),
    calibration: Calibration | None = None,
) -> None:
    """Print the same for a person, the largest groups only."""
    shares = found.shares
    windows = " or ".join(map(str, found.settings.every_window))
    out.print(
        f"{shares.rows} posts by {found.accounts} accounts; {len(found.edges)} pairs met "
        f"on {found.settings.least} or more objects within {windows} s"
    )
    for each in shares.defects:
        if each.kind != NO_FAULT:
            out.print(f"{each.count} rows: {each.kind}")
    if found.tests is not None:
        stand = int((found.tests.q_value <= found.settings.most_q).sum())
        out.print(
            f"{stand} of them meet too often for chance (q at most {found.settings.most_q}, over "
            f"{int(found.tests.hypotheses)} pairs that could have met)"
        )
        if not found.groups:
            out.print("nobody is found to act together")
    if calibration is not None:
        out.print(str(calibration))
    table = Table("Group", "Accounts", "Objects", "Pairs", "q", "Stable", "Explained by", "Such as")
    for place, group in enumerate(found.groups[:_MOST_ROWS], 1):
        some = shares.accounts.take(group.accounts[:3]).to_pylist()
        q_value = found.q_of(group)
        table.add_row(
            str(place),
            str(len(group.accounts)),
            str(len(group.objects)),
            str(len(group.edges)),
            "not tested" if q_value is None else f"{q_value:.2g}",
            *_in_short(_said_of(weighed, place)),
            ", ".join(map(str, some)),
        )
    if found.groups:
        out.print(table)
    if len(found.groups) > _MOST_ROWS:
        out.print(f"and {len(found.groups) - _MOST_ROWS} more groups")
    if found.note:
        out.print(found.note)
    out.print(f"{said['seconds']} s, {said['peak_mb']} MB")


def _in_short(said: Weighed) -> tuple[str, str]:
    stable = "" if said.stability is None else f"{said.stability:.0%}"
    if said.fitting or not said.explanations:
        return stable, ", ".join(said.fitting)
    unknown = [each.name for each in said.explanations if each.fits is None]
    return stable, f"none; not known: {', '.join(unknown)}" if unknown else "none"


def render_explained(out: Console, said: JsonObject) -> None:
    """Print why one account stands where it stands."""
    out.print(f"{said['account']}: {said['shares']} shares, {said['group'] or 'in no group'}")
    table = Table("With", "Objects", "Median lag, s", "First", "Later", "Together")
    partners = said["partners"]
    for each in partners if isinstance(partners, list) else []:
        if isinstance(each, dict):
            columns = ("account", "objects", "lag_median_s", "came_first", "came_later", "together")
            table.add_row(*(str(each[name]) for name in columns))
    out.print(table)

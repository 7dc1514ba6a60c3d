"""The rows of a list: one for each identifier and each thing that a source says of it.

Two sources that disagree give two rows: claims keep their source.
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from tocsin.exchange.writers.defang import harmless
from tocsin.exchange.writers.export import Export, LeftOut, Saying
from tocsin.exchange.writers.inert import MAX_CELL, safe_cell
from tocsin.exchange.writers.marks import UNMARKED
from tocsin.exchange.writers.screening import screen
from tocsin.exchange.writers.standins import named_observable
from tocsin.policy import observable_of
from tocsin.records import Marking, StixObject
from tocsin.records.observables import Observable, defanged_words

HEADER: Final = (
    "Tactic", "Technique", "Procedure", "Indicator", "Notes", "Review", "Marking", "Kind",
    "Platform",
)  # fmt: skip
"""Meta's columns, then ours."""

_NO_IDENTIFIER: Final = "{}: names no identifier that a row could hold"
_WITHDRAWN: Final = "its author has withdrawn it"


@frozen
class Listing:
    """What a list holds.

    Attributes:
        rows: safe cells in the order of `HEADER`.
        marking: as strict as the strictest row's; the export's default for an empty list.
        export: as screened.
    """

    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[LeftOut, ...]
    marking: Marking
    export: Export


def listing(export: Export) -> Listing:
    """Return the rows of an export.

    Raises:
        RefusedError: see `screening.screen`.
    """
    screened = screen(export)
    left = {each.id: each.why for each in screened.left_out}
    rows: dict[tuple[str, ...], None] = {}
    holders: dict[str, str] = {}
    strictest: Marking | None = None
    for item in screened.export.objects:
        observable = _identifier(item)
        why = _why_not(item, observable, holders)
        if why is not None or observable is None:
            left[item.id] = why or _NO_IDENTIFIER.format(item.type)
            continue
        holders[observable.key] = item.id
        marking = screened.export.marking_of(item)
        strictest = marking.strictest_with(strictest) if strictest else marking
        said = screened.export.said_of(item.id) or (None,)
        rows.update(dict.fromkeys(_row(screened.export, observable, marking, each)
                                  for each in said))  # fmt: skip
    return Listing(
        tuple(rows),
        tuple(LeftOut(object_id, why) for object_id, why in left.items()),
        strictest or export.default_marking,
        screened.export,
    )


def _identifier(item: StixObject) -> Observable | None:
    return observable_of(item) or named_observable(item)


def _why_not(
    item: StixObject, observable: Observable | None, holders: dict[str, str]
) -> str | None:
    if item.type in UNMARKED:
        return "a definition; rows name their marking themselves"
    if observable is None:
        return _NO_IDENTIFIER.format(item.type)
    if item.is_revoked:
        return _WITHDRAWN
    if observable.key in holders:
        return f"the same identifier stands in the row of {holders[observable.key]}"
    if len(harmless(observable)) >= MAX_CELL:
        return "the identifier is longer than a cell may be"
    return None


def _row(
    export: Export, observable: Observable, marking: Marking, said: Saying | None
) -> tuple[str, ...]:
    cells = (
        (said and said.tactic) or "",
        (said and said.technique) or "",
        (said and said.procedure) or "",
        harmless(observable),
        _notes(observable, said),
        export.standing,
        _labels(marking),
        str(observable.kind),
        observable.platform or "",
    )
    return tuple(map(safe_cell, cells))


def _notes(observable: Observable, said: Saying | None) -> str:
    """Return what the source adds, with its dates under their right names."""
    parts = [] if said is None else [
        said.comment,
        said.first_observed and f"first observed {said.first_observed}",
        said.registered and f"registered {said.registered}",
        said.reported and f"reported {said.reported}",
        f"source: {said.source}",
    ]  # fmt: skip
    shown = observable.display
    named = f"shown as {shown}" if shown and shown != observable.handle else None
    return "; ".join(defanged_words(part) for part in (*parts, named) if part)


def _labels(marking: Marking) -> str:
    parts: Sequence[str] = [marking.tlp.label, *([marking.pap.label] if marking.pap else [])]
    return " ".join(parts)

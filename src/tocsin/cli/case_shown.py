"""How a case looks on a terminal."""

from typing import Final

from rich.console import Console
from rich.table import Table

from tocsin.cases import Assessment, Bearing, Case, Evidence, matrix
from tocsin.cli.shell import Shell
from tocsin.release import Recalled

_SHOWN: Final = 10
_SIGNS: Final = {Bearing.FOR: "+", Bearing.AGAINST: "-", None: ""}


def show_case(shell: Shell, case: Case, recalled: Recalled | None = None) -> None:
    """Show a case in full, and what its review took back."""
    document = case.to_document()
    if recalled is not None:
        document["stopped"], document["left"] = [*recalled.stopped], [*recalled.left]

    def render(out: Console) -> None:
        out.print(f"{case.title}  ({case.id})", style="bold", markup=False)
        _render_items(out, case)
        if case.assessment is not None:
            _render_assessment(out, case.assessment, case)
        for at, review in enumerate(case.reviews):
            gone = "" if at in case.standing else " (stands no more)"
            out.print(f"{review.verdict} by {review.by}: {review.why}{gone}", markup=False)
        if not case.is_reviewed:
            out.print("not reviewed by a second person as it stands now")
        if recalled is not None:
            _render_recalled(out, recalled)

    shell.show(document, render)


def _render_items(out: Console, case: Case) -> None:
    out.print(f"{len(case.items)} items, opened by {case.opened_by}", markup=False)
    for found in [case.findings[item] for item in case.items if item in case.findings]:
        q = "no q-value" if found.q_value is None else f"q = {found.q_value:.2g}"
        tried = ", ".join(each.name for each in found.explanations) or "none"
        out.print(f"finding: {found.behaviour} ({q}; innocent tried: {tried})", markup=False)
        if found.untold:
            names = ", ".join(found.untold)
            out.print(f"  could not be told, a reviewer says what of it: {names}", markup=False)
        for why in found.lacks:
            out.print(f"  no ground to release accounts: {why}", markup=False)


def _render_assessment(out: Console, said: Assessment, case: Case) -> None:
    grade = f", sources {said.grade}" if said.grade else ""
    out.print(f"{said.confidence.words}{grade}: {said.text}", markup=False)
    out.print(f"assessed by {', '.join(said.authors)}", markup=False)
    if said.hypotheses:
        _render_matrix(out, said, case)
    for each in said.techniques:
        later = f", now {', '.join(each.successors)}" if each.successors else ""
        out.print(f"{each.number} {each.name or ''} ({each.state}{later})", markup=False)
    breakout = said.breakout
    category = "unknown" if breakout.category is None else f"{breakout.category} of 6"
    out.print(f"breakout {category}: {breakout.rule}", markup=False)


def _render_matrix(out: Console, said: Assessment, case: Case) -> None:
    """Show the hypotheses side by side; `+` speaks for one, `-` against it."""
    table = Table("evidence")
    for at, each in enumerate(said.hypotheses, start=1):
        table.add_column(f"H{at}{' (innocent)' if each.is_innocent else ''}", justify="center")
        out.print(f"H{at}: {each.text}", markup=False)
    for row in matrix(said.hypotheses):
        table.add_row(_evidence(row.evidence, case), *(_SIGNS[each] for each in row.bearings))
    against = [str(len(each.opposing)) for each in said.hypotheses]
    table.add_section()
    table.add_row("against it", *against)
    out.print(table)


def _evidence(evidence: Evidence, case: Case) -> str:
    """Return evidence in words; a finding by what it says."""
    if evidence.item is None:
        return evidence.text
    found = case.findings.get(evidence.item)
    what = found.behaviour if found else evidence.item
    gone = "" if evidence.item in case.items else " (no longer in the case)"
    return f"{evidence.text} [{what}{gone}]".strip()


def _render_recalled(out: Console, recalled: Recalled) -> None:
    if recalled.stopped:
        out.print(f"{len(recalled.stopped)} waited in the outbox and leave no more")
    if recalled.left:
        out.print(f"{len(recalled.left)} have left already; `tocsin withdraw` takes them back:")
    for object_id in recalled.left[:_SHOWN]:
        out.print(f"  {object_id}")
    if len(recalled.left) > _SHOWN:
        out.print(f"  and {len(recalled.left) - _SHOWN} more: --json names them")

"""Findings of a detector's run as findings of a case."""

from collections.abc import Sequence

from tocsin.cases import Casebook
from tocsin.cli.shell import Shell
from tocsin.foundation import JsonObject
from tocsin.records import Finding


def kept_in_case(shell: Shell, case: str, findings: Sequence[Finding]) -> JsonObject:
    """Add findings to a case, and return the case and the findings' ids.

    Raises:
        BadInputError: when no case is called that, or several are.
    """
    with shell.home() as home:
        book = Casebook(home.vault, shell.clock, shell.entropy)
        kept = book.find(case)
        if findings:
            kept = book.add(kept, (), by=shell.person, findings=findings)
    return {"id": kept.id, "title": kept.title, "findings": [each.id for each in findings]}

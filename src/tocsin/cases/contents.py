"""What the items of a case hold now, as far as an id alone does not say it."""

import hashlib
from collections.abc import Iterable
from typing import Final

from attrs import evolve

from tocsin.cases.case import Case
from tocsin.records import FINDING_TYPE, OBSERVABLE_TYPES, Finding
from tocsin.vault import Snapshot

FINDING_KIND: Final = "finding"
"""Kind of the documents that hold findings: private, and no object that an export could meet."""


def with_contents(case: Case, view: Snapshot) -> Case:
    """Return the case with what its items hold in this transaction."""
    return evolve(
        case, contents=_contents_of(case.items, view), findings=findings_in(view, case.items)
    )


def findings_in(view: Snapshot, items: Iterable[str]) -> dict[str, Finding]:
    """Return, by id, the findings among these items."""
    wanted = [item for item in items if item.startswith(f"{FINDING_TYPE}--")]
    held = view.documents.get_all(FINDING_KIND, wanted) if wanted else {}
    return {key: Finding.from_json(each.body) for key, each in held.items()}


def _contents_of(items: Iterable[str], view: Snapshot) -> dict[str, str]:
    """Return the SHA-256 of the current version of each item that has versions.

    An observable is named by its value (STIX 2.1 §2.9), so the id says it all, unless files gave
    several values under it; a claim, or an indicator that its author changes, keeps its id under
    other words. A finding is named by its content.
    """
    named = [item for item in items if _is_named_by_value(item)]
    several = {key for key, keys in view.private.keys_of(named).items() if len(keys) > 1}
    versioned = [item for item in items if item in several or not _is_named_by_value(item)]
    received = view.shared.get_all(versioned)
    found = {key: each.body for key, each in received.items()}
    own = (item for item in versioned if item not in received)
    found.update((each.id, each.body) for each in view.private.iterate(ids=own))
    return {key: hashlib.sha256(body).hexdigest() for key, body in found.items()}


def _is_named_by_value(item: str) -> bool:
    type_, _, uuid = item.partition("--")
    return type_ in OBSERVABLE_TYPES and uuid[14:15] == "5"

"""Under which ids the items of a case have left, for whoever has to correct what left."""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import frozen

from tocsin.cases import Case
from tocsin.foundation import BadInputError, JsonObject
from tocsin.records import CLAIM_TYPE, StixObject
from tocsin.records.observables import from_pattern, from_sco
from tocsin.release.naming import RELEASE_KIND, left_as
from tocsin.vault import Document, Snapshot, Transaction

MOVED_KIND: Final = "re-attribution"
"""Kind of the documents that say which items went from one case to another, and why."""


@frozen
class Left:
    """One form in which an item has left.

    Attributes:
        release: id of the document that keeps the release's seed.
    """

    item: str
    id: str
    release: str
    seed: bytes


def left_of(case: Case, items: Iterable[str], view: Snapshot) -> list[Left]:
    """Return all that left of some items as this case's, or was moved to this case later."""
    wanted = tuple(items)
    found: list[Left] = []
    for document, only in _releases(case, view):
        seed = bytes.fromhex(str(document.body["seed"]))
        found += [
            Left(item, left, document.id, seed)
            for item in wanted
            if only is None or item in only
            for left in _ids_of(item, seed, view)
        ]
    return list({each.id: each for each in found}.values())


@frozen(kw_only=True)
class KeptMove:
    """What went from one case to another.

    Attributes:
        source, target: ids of the cases.
        releases: ids of the documents of the releases by which the items had left.
    """

    source: str
    target: str
    items: tuple[str, ...]
    releases: tuple[str, ...]
    why: str


def keep_move(tx: Transaction, move_id: str, move: KeptMove, *, by: str) -> None:
    """Remember what was moved and under which releases it had left, for the next correction."""
    body: JsonObject = {
        "from": move.source,
        "to": move.target,
        "items": [*move.items],
        "releases": [*move.releases],
        "why": move.why,
    }
    tx.documents.put(MOVED_KIND, move_id, body, by=by)


def _releases(case: Case, view: Snapshot) -> Iterator[tuple[Document, frozenset[str] | None]]:
    """Yield the releases that speak of a case, with the items that each holds for, None for all."""
    documents = {each.id: each for each in view.documents.list(RELEASE_KIND)}
    for document in documents.values():
        if document.body.get("case") == case.id:
            yield document, None
    for move in view.documents.list(MOVED_KIND):
        if move.body.get("to") != case.id:
            continue
        releases, items = move.body.get("releases"), move.body.get("items")
        only = frozenset(str(each) for each in items) if isinstance(items, list) else frozenset()
        for release in releases if isinstance(releases, list) else []:
            if str(release) in documents:
                yield documents[str(release)], only


def _ids_of(item: str, seed: bytes, view: Snapshot) -> list[str]:
    type_, once = _named(item, view)
    return left_as(view, type_, once, seed)


def _named(item: str, view: Snapshot) -> tuple[str, str]:
    """Return the type and the name by which a release draws an item's id; see `Draft`."""
    received = view.shared.get(item)
    kept = view.private.get(item) if received is None else None
    object_ = received.object if received else kept.object if kept else None
    if object_ is None or object_.type == CLAIM_TYPE:
        return item.partition("--")[0], item
    key = _key_of(object_)
    return (object_.type, item) if key is None else ("indicator", key)


def _key_of(item: StixObject) -> str | None:
    pattern = item.body.get("pattern")
    try:
        found = from_pattern(pattern) if isinstance(pattern, str) else from_sco(item.body)
    except BadInputError:
        return None
    return found.key if found else None

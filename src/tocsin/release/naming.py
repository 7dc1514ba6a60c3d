"""Under which ids a release leaves: random to everybody else, the same when it is repeated."""

import hashlib
from collections.abc import Collection, Sequence
from itertools import count
from typing import Final
from uuid import UUID

from attrs import frozen

from tocsin.cases import Case
from tocsin.foundation import Entropy
from tocsin.records import CLAIM_TYPE, StixObject
from tocsin.release.drafts import Draft
from tocsin.release.terms import Terms
from tocsin.trust import sealed_id_of
from tocsin.vault import Snapshot, Transaction

RELEASE_KIND: Final = "release"
STOPPED_KIND: Final = "stopped"


def seed_of(case: Case, terms: Terms, tx: Transaction, entropy: Entropy, *, by: str) -> bytes:
    """Return the secret that this case's release on these terms draws its ids from."""
    named = hashlib.sha256(
        repr(
            (terms.audience.to_list(), terms.marking.refs, terms.authorship, terms.purpose)
        ).encode()
    ).hexdigest()
    document_id = f"{case.id}/{named[:32]}"
    kept = tx.documents.get(RELEASE_KIND, document_id)
    if kept is not None:
        return bytes.fromhex(str(kept.body["seed"]))
    seed = entropy.take(32)
    tx.documents.put(
        RELEASE_KIND,
        document_id,
        {"case": case.id, "audience": [*terms.audience.to_list()], "seed": seed.hex()},
        by=by,
    )
    return seed


def finding_of(seed: bytes) -> str:
    """Return the id under which a release names the finding behind it.

    The case's own id stays: it would tie a named release to an unnamed one of the same case.
    """
    return _derived_id("grouping", seed + b"finding")


def findings_of(case: Case, view: Snapshot) -> frozenset[str]:
    """Return the ids under which all releases of a case name the finding behind them."""
    return frozenset(
        finding_of(bytes.fromhex(str(each.body["seed"])))
        for each in view.documents.list(RELEASE_KIND)
        if each.body.get("case") == case.id
    )


@frozen
class Named:
    """The id under which a draft leaves.

    Attributes:
        before: what stands under that id already, None when nothing does.
        was_stopped: True when that is a later version that was stopped before it left.
    """

    id: str
    before: StixObject | None = None
    was_stopped: bool = False


def identify(view: Snapshot, drafts: Sequence[Draft], seed: bytes) -> list[Named]:
    """Return each draft's id and what is out under it already.

    What was withdrawn, or stopped before it left, gets a fresh id.
    """
    named: dict[int, Named] = {}
    for attempt in count():
        tried = {
            at: _id_of(draft.type, _once(draft), seed, attempt)
            for at, draft in enumerate(drafts)
            if at not in named
        }
        found = view.shared.get_all(tried.values())
        stopped = _stopped_among(found, view)
        for at, object_id in tried.items():
            there = found.get(object_id)
            if there is None:
                named[at] = Named(object_id)
                continue
            was_stopped = stopped.get(object_id) == there.version
            is_first = was_stopped and len(view.shared.versions(object_id)) == 1
            if not (there.object.is_revoked or is_first):
                named[at] = Named(object_id, there.object, was_stopped)
        if len(named) == len(drafts):
            break
    return [named[at] for at in range(len(drafts))]


def replaced_ids(draft: Draft, view: Snapshot, seed: bytes) -> list[str]:
    """Return the ids under which what a claim supersedes left before, on these same terms.

    Under other terms it went to others, perhaps under a name: telling the id would tie the two.
    """
    found: dict[str, str] = {}
    for before in draft.supersedes:
        for left in left_as(view, draft.type, before, seed):
            found[left] = view.shared.versions(left)[0].version
    stopped = _stopped_among(found, view)
    return sorted(key for key, first in found.items() if stopped.get(key) != first)


def left_as(view: Snapshot, type_: str, once: str, seed: bytes) -> list[str]:
    """Return the ids under which something was released on one set of terms, the first first.

    Args:
        once: the identifier's key, or the item's id where it is no identifier.
    """
    found: list[str] = []
    while view.shared.get(tried := _id_of(type_, once, seed, len(found))) is not None:
        found.append(tried)
    return found


def derived_claim_id(view: Snapshot, seed: bytes, said: bytes) -> str:
    """Return a fresh id for a claim that belongs to a release; only its seed's holder can tell."""
    digest = hashlib.sha256(said).digest()
    return next(
        tried
        for attempt in count()
        if view.shared.get(tried := _derived_id(CLAIM_TYPE, seed + bytes([attempt]) + digest))
        is None
    )


def _stopped_among(ids: Collection[str], view: Snapshot) -> dict[str, str]:
    """Return, by id, which version of these was stopped last, in the open or sealed."""
    sealed = {sealed_id_of(each): each for each in ids}
    found = view.documents.get_all(STOPPED_KIND, (*ids, *sealed))
    return {sealed.get(key, key): str(each.body["version"]) for key, each in found.items()}


def _once(draft: Draft) -> str:
    return draft.observable.key if draft.observable else draft.of


def _id_of(type_: str, once: str, seed: bytes, attempt: int) -> str:
    return _derived_id(type_, seed + attempt.to_bytes(4, "big") + once.encode())


def _derived_id(type_: str, said: bytes) -> str:
    return f"{type_}--{UUID(bytes=hashlib.sha256(said).digest()[:16], version=4)}"

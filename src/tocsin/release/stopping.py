"""Stopping what waits in the outbox: by hand, or because its review was taken back."""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from tocsin.cases import Case, case_in
from tocsin.release.naming import STOPPED_KIND, findings_of
from tocsin.trust import sealed_id_of
from tocsin.vault import Lens, Shared, Snapshot, Standing, Transaction, Vault

_OWN: Final = Lens(standing=frozenset({Standing.OWN}), include_revoked=False)


@frozen
class Recalled:
    """What rested on a review that stands no more.

    Attributes:
        stopped: ids that waited in the outbox and now leave no more.
        left: ids that have left already: only a withdrawal reaches them.
    """

    stopped: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def stop(tx: Transaction, waiting: Sequence[Shared], *, by: str) -> None:
    """Take objects out of the outbox for good; released again, they get fresh ids.

    Raises:
        RefusedError: when one of them does not wait there.
    """
    for each in waiting:
        tx.outbox.take_back(each.seq)
    tx.visibility.set_all({each.seq: () for each in waiting})
    tx.documents.put_all(
        STOPPED_KIND, [(each.id, {"version": each.version}) for each in waiting], by=by
    )


def recall(case: Case, vault: Vault, *, by: str) -> Recalled:
    """Stop what waits on an approval of `case`, once none stands."""

    def work(tx: Transaction) -> Recalled:
        if case_in(tx, case.id).reviewers:
            return Recalled()
        sent = {row.seq: row.has_left for row in tx.outbox.rows(unsent_only=False)}
        stopped: list[str] = []
        left: list[str] = []
        for object_id in list(_resting_on(case, tx)):
            versions = _as_they_travel(tx, object_id)
            waiting = [each for each in versions if sent.get(each.seq) is False]
            stop(tx, waiting, by=by)
            stopped += [object_id] if waiting else []
            left += [object_id] if any(sent.get(each.seq) for each in versions) else []
        return Recalled(tuple(stopped), tuple(left))

    return vault.write(work)


def _resting_on(case: Case, view: Snapshot) -> Iterator[str]:
    """Yield what this node released on a review of the case and has not withdrawn."""
    findings = findings_of(case, view)
    for each in view.shared.iterate(_OWN) if findings else ():
        # Few objects carry a review: the others need not be read.
        sharing = each.object.sharing if b'"review"' in each.body else None
        if sharing is not None and sharing.review and sharing.review.finding in findings:
            yield each.id


def _as_they_travel(view: Snapshot, object_id: str) -> list[Shared]:
    """Return the versions of an object that may be in the outbox, in the open or sealed."""
    return view.shared.versions(sealed_id_of(object_id)) or view.shared.versions(object_id)

"""Stopping what waits in the outbox: by hand, or because its review was taken back."""

from collections.abc import Iterator, Sequence

from attrs import frozen

from tocsin.cases import Case, case_in
from tocsin.release.naming import STOPPED_KIND, findings_of
from tocsin.trust import sealed_id_of
from tocsin.vault import Shared, Snapshot, Standing, Transaction, Vault


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
        sent = {row.seq: row.sent_at is not None for row in tx.outbox.rows(unsent_only=False)}
        resting = [(each.id, _as_it_travels(tx, each)) for each in _resting_on(case, tx)]
        waiting = [(of, each) for of, each in resting if sent.get(each.seq) is False]
        stop(tx, [each for _, each in waiting], by=by)
        return Recalled(
            stopped=tuple(of for of, _ in waiting),
            left=tuple(of for of, each in resting if sent.get(each.seq)),
        )

    return vault.write(work)


def _resting_on(case: Case, view: Snapshot) -> Iterator[Shared]:
    """Yield what this node released on a review of the case and has not withdrawn."""
    findings = findings_of(case, view)
    for each in view.shared.iterate() if findings else ():
        if each.standing is not Standing.OWN or each.revoked or b'"review"' not in each.body:
            continue
        sharing = each.object.sharing
        if sharing is not None and sharing.review and sharing.review.finding in findings:
            yield each


def _as_it_travels(view: Snapshot, item: Shared) -> Shared:
    return view.shared.get(sealed_id_of(item.id)) or item

"""What one member hands in, under the write lock: judged object by object, written run by run.

An object, who sees it and the log entry that says so are written in one transaction. The rules
are policy's; this module only asks them about the loaded object.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeAlias

from attrs import field, frozen

from tocsin.exchange import roster
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.effects import is_correction
from tocsin.exchange.erasure import carry_out
from tocsin.exchange.judging import Judge, Known
from tocsin.exchange.mixing import hold, interval_of, is_unnamed
from tocsin.exchange.notices import notify_of_withdrawal, tell_of_change, tell_of_latecomer
from tocsin.exchange.outcome import Outcome
from tocsin.exchange.placing import Placed, Sources, place, recompute_some
from tocsin.exchange.republish import republished
from tocsin.exchange.runs import runs
from tocsin.foundation import RefusedError, TocsinError
from tocsin.policy import Principal, Reaches, is_withdrawn
from tocsin.records import Community, Member, StixObject, is_erasure
from tocsin.trust import SigningKey
from tocsin.vault import NewEntry, Offered, Standing, Transaction

RELAYED: Final = "relayed"
"""Kind of the log entry that says who receives an object."""

_Refused: TypeAlias = dict[str, TocsinError]
_TakeRun: TypeAlias = Callable[[Sequence[StixObject], Known], _Refused]


@frozen
class _Admitted:
    """An object that may come in.

    Attributes:
        stored: as it is kept and passed on.
        is_first: True when nobody sent an object of this id before.
    """

    item: StixObject
    stored: StixObject
    placed: Placed
    is_named: bool
    is_first: bool

    @property
    def by(self) -> str:
        """Who the log says handed it in."""
        return str(self.placed.submitter) if self.is_named else UNNAMED


@frozen
class Submission:
    """Takes one member's objects in.

    Attributes:
        key: the convenor's, which signs in place of unnamed authors.
    """

    tx: Transaction
    community: Community
    principal: Principal
    now: datetime
    key: SigningKey
    _reaches: Reaches = field(init=False)

    @_reaches.default
    def _one_memory(self) -> Reaches:
        return Reaches(self.community, self.now)

    @property
    def sender(self) -> Member:
        """The organisation that hands in."""
        return self.principal.member

    @property
    def _judge(self) -> Judge:
        return Judge(self.tx, self.community, self.principal, self.now)

    def take(self, items: Sequence[StixObject]) -> list[Outcome]:
        """Take what holds and say of the rest why it does not, in the same order.

        What names its author is placed at once; the rest waits for the next full interval, where
        the exchange has one.
        """
        unnamed = [is_unnamed(item) for item in items]
        interval = interval_of(self.tx) if any(unnamed) else timedelta(0)
        if not interval:
            return self._take_all(items, self._place_run)
        at_once = [item for item, waits in zip(items, unnamed, strict=True) if not waits]
        later = [item for item, waits in zip(items, unnamed, strict=True) if waits]
        placed = iter(self._take_all(at_once, self._place_run))
        held = iter(self._take_all(later, partial(self._hold_run, interval)))
        return [next(held) if waits else next(placed) for waits in unnamed]

    def place(self, item: StixObject) -> list[TocsinError]:
        """Place what has waited; it was judged when it came, and may be there by another way.

        Returns:
            What stood against it, if anything.
        """
        held = self.tx.shared.known([item.id])
        known = Known.of(self.tx, [item], held, with_waiting=False)
        if item.id in known.deleted or (held and self.tx.shared.get(item.id, item.version)):
            return []
        admitted = [self._admitted(item, known)]
        return [why for _, why in self._keep(admitted, known.sources)]

    def _take_all(self, items: Sequence[StixObject], take_run: _TakeRun) -> list[Outcome]:
        held = self.tx.shared.known(item.id for item in items)
        outcomes: list[Outcome] = []
        for run in runs(items):
            refused = take_run(run, Known.of(self.tx, run, held))
            outcomes += [
                Outcome.refused(item.id, item.version, refused[item.id])
                if item.id in refused
                else Outcome.taken(item)
                for item in run
            ]
            held.update(item.id for item in run)
        return outcomes

    def _place_run(self, run: Sequence[StixObject], known: Known) -> _Refused:
        new, refused = self._judged(run, known)
        admitted = [self._admitted(item, known) for item in new]
        return refused | {item.id: why for item, why in self._keep(admitted, known.sources)}

    def _hold_run(self, interval: timedelta, run: Sequence[StixObject], known: Known) -> _Refused:
        new, refused = self._judged(run, known)
        hold(self.tx, new, self.sender.id, self.now, interval)
        return refused

    def _judged(self, run: Sequence[StixObject], known: Known) -> tuple[list[StixObject], _Refused]:
        """Return what is new and may come in, and by id why the rest may not."""
        judge, new, refused = self._judge, list[StixObject](), _Refused()
        for item in run:
            try:
                if judge.is_new(item, known):
                    new.append(item)
            except TocsinError as error:
                refused[item.id] = error
        return new, refused

    def _admitted(self, item: StixObject, known: Known) -> _Admitted:
        is_named = not is_unnamed(item)
        sources = known.sources.behind(item)
        return _Admitted(
            item,
            item if is_named else republished(item, self.community.id, self.key),
            place(self.tx, item, self.sender.id, self._reaches, sources),
            is_named,
            known.submitters.get(item.id) is None,
        )

    def _keep(
        self, admitted: Sequence[_Admitted], sources: Sources
    ) -> list[tuple[StixObject, TocsinError]]:
        """Write what came in; returns what the vault or a notice stood against, and why."""
        tx = self.tx
        done = tx.shared.accept_all([self._offered(each) for each in admitted])
        failed: list[tuple[StixObject, TocsinError]] = []
        kept: dict[int, _Admitted] = {}
        for each, result in zip(admitted, done, strict=True):
            if isinstance(result, RefusedError):
                failed.append((each.item, result))
            else:
                kept[result.seq] = each
        unnamed = [each.item.id for each in kept.values() if not each.is_named and each.is_first]
        roster.keep_submitter(tx, unnamed, self.sender.id, by=UNNAMED)
        tx.visibility.set_all({seq: each.placed.members for seq, each in kept.items()})
        tx.log.append_all([_relayed(each) for each in kept.values()])
        self._settle_derived(list(kept.values()), sources)
        for each in kept.values():
            if is_withdrawn(each.item) or is_correction(each.item):
                try:
                    self._tell_of_change(each)
                except TocsinError as error:
                    failed.append((each.item, error))
            if is_erasure(each.item):
                carry_out(tx, each.item, by=each.by)
        return failed

    def _offered(self, new: _Admitted) -> Offered:
        return Offered(
            object=new.stored,
            standing=Standing.RELAYED,
            by=new.by,
            received_from=self.sender.id if new.is_named else None,
        )

    def _settle_derived(self, kept: Sequence[_Admitted], sources: Sources) -> None:
        """Bring in line what rests on objects that came later than it.

        It may have come while its source was unknown here: by a file, or to an exchange that was
        restored. It goes no further than its source from now on, and whoever holds it hears of
        a withdrawal or correction that was here before it.
        """
        new = [each.item.id for each in kept if each.is_first]
        recompute_some(self.tx, self.tx.shared.derived_from(new), self.community, self.now)
        for each in kept:
            for source in filter(is_withdrawn, sources.behind(each.item)):
                told = {member: [each.item.id] for member in each.placed.members}
                if not self._judge.knows(source):
                    told.pop(self.sender.id, None)
                notify_of_withdrawal(
                    self.tx, source.id, self.community, told, key=self.key, now=self.now
                )
            for source in filter(is_correction, sources.behind(each.item)):
                tell_of_latecomer(
                    self.tx, each.item, source, each.placed, self.community,
                    key=self.key, now=self.now,
                )  # fmt: skip

    def _tell_of_change(self, new: _Admitted) -> None:
        tell_of_change(
            self.tx, new.item, new.placed.members, self.community, key=self.key, now=self.now
        )


def _relayed(new: _Admitted) -> NewEntry:
    return NewEntry(
        RELAYED,
        new.by,
        {
            "id": new.item.id,
            "version": new.item.version,
            "receivers": [*new.placed.receivers],
        },
    )

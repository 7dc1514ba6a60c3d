"""What one member hands in, under the write lock: judged object by object, written run by run.

An object, who sees it and the log entry that says so are written in one transaction. The rules
are policy's; this module only asks them about the loaded object.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import field, frozen

from tocsin.exchange import roster
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.effects import is_correction
from tocsin.exchange.erasure import carry_out
from tocsin.exchange.escrow import check_submitted
from tocsin.exchange.notices import notify_of_withdrawal, tell_of_change, tell_of_latecomer
from tocsin.exchange.placing import (
    Placed,
    Sources,
    past_receivers,
    place,
    recompute_some,
    submitters_of,
)
from tocsin.exchange.republish import as_submitted, is_same_submission, republished, sharing_of
from tocsin.exchange.runs import runs
from tocsin.foundation import (
    BadInputError,
    RefusedError,
    StorageError,
    TocsinError,
    TrustError,
    parse_time,
    rfc3339,
)
from tocsin.policy import Action, Principal, Reaches, authorize, derived_limit, is_withdrawn
from tocsin.records import Authorship, Community, Member, StixObject, is_erasure
from tocsin.trust import SigningKey
from tocsin.vault import NewEntry, Offered, Shared, Standing, Transaction

RELAYED: Final = "relayed"
"""Kind of the log entry that says who receives an object."""

_CAUSES: Final = (
    (BadInputError, "form"),
    (RefusedError, "rule"),
    (TrustError, "trust"),
    (StorageError, "storage"),
)


@frozen
class Outcome:
    """What became of one submitted object.

    Attributes:
        why: None when it was taken, or was there before.
        cause: what kind of refusal it is: form, rule, trust or storage.
    """

    id: str
    version: str
    why: str | None = None
    cause: str | None = None

    @property
    def is_taken(self) -> bool:
        return self.why is None

    @classmethod
    def taken(cls, item: StixObject) -> "Outcome":
        return cls(item.id, item.version)

    @classmethod
    def refused(cls, object_id: str, version: str, error: TocsinError) -> "Outcome":
        hint = f" ({error.hint})" if error.hint else ""
        cause = next((name for kind, name in _CAUSES if isinstance(error, kind)), "other")
        return cls(object_id, version, f"{error.message}{hint}"[:1000], cause)


@frozen
class _Stored:
    """What the exchange holds of a run's objects, read at once.

    Attributes:
        last: by id, the last version.
        submitters: by id, who sent it.
        deleted: ids that their authors deleted.
    """

    last: dict[str, Shared]
    submitters: dict[str, str | None]
    deleted: set[str]
    sources: Sources


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

    def take(self, items: Sequence[StixObject]) -> list[Outcome]:
        """Take what holds and say of the rest why it does not, in the same order."""
        held = self.tx.shared.known(item.id for item in items)
        outcomes: list[Outcome] = []
        for run in runs(items):
            outcomes += self._take_run(run, held)
            held.update(item.id for item in run)
        return outcomes

    def _take_run(self, run: Sequence[StixObject], held: set[str]) -> list[Outcome]:
        stored = self._stored(run, held)
        outcomes: dict[str, Outcome] = {}
        admitted: list[_Admitted] = []
        for item in run:
            outcomes[item.id] = Outcome.taken(item)
            try:
                new = self._judged(item, stored)
            except TocsinError as error:
                outcomes[item.id] = Outcome.refused(item.id, item.version, error)
                continue
            if new is not None:
                admitted.append(new)
        for item, why in self._keep(admitted, stored.sources):
            outcomes[item.id] = Outcome.refused(item.id, item.version, why)
        return [outcomes[item.id] for item in run]

    def _stored(self, run: Sequence[StixObject], held: set[str]) -> _Stored:
        last = self.tx.shared.get_all(item.id for item in run if item.id in held)
        submitters = submitters_of(self.tx, [each.object for each in last.values()])
        return _Stored(
            last,
            dict(zip(last, submitters, strict=True)),
            roster.deleted(self.tx, last),
            Sources.of(self.tx, run),
        )

    def _judged(self, item: StixObject, stored: _Stored) -> _Admitted | None:
        """Return what is to be kept of an object; None when just this is there.

        Raises:
            TocsinError: says why it does not come in.
        """
        existing = stored.last.get(item.id)
        submitter = stored.submitters.get(item.id)
        if existing is not None and submitter == self.sender.id and self._is_there(item, existing):
            return None
        sources = stored.sources.behind(item)
        self._authorize(item, existing, submitter, sources)
        if item.id in stored.deleted:
            raise RefusedError(
                f"{item.id}: its author deleted it here", hint="release it anew, under another id"
            )
        is_named = sharing_of(item).authorship is Authorship.NAMED
        if not is_named:
            was_here = self._may_have_been_here(item)
            check_submitted(self.tx, item, self.community, was_here=was_here)
        return _Admitted(
            item,
            item if is_named else republished(item, self.community.id, self.key),
            place(self.tx, item, self.sender.id, self._reaches, sources),
            is_named,
            submitter is None,
        )

    def _is_there(self, item: StixObject, last: Shared) -> bool:
        same: Shared | None = last
        if last.version != item.version:
            same = self.tx.shared.get(item.id, item.version)
        return same is not None and is_same_submission(same.object, item)

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

    def _may_have_been_here(self, item: StixObject) -> bool:
        """Tell whether a restored exchange may once have taken this, and forgotten it."""
        restored = roster.restored_at(self.tx)
        made = item.body.get("modified") or item.body.get("created")
        return restored is not None and (made is None or parse_time(str(made)) < restored)

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
                if not self._knows(source):
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

    def _authorize(
        self,
        item: StixObject,
        existing: Shared | None,
        submitter: str | None,
        sources: Sequence[StixObject],
    ) -> None:
        """Ask policy; a change must also be something its sender could submit anew."""
        actions = [Action.SUBMIT]
        if existing is not None:
            actions.append(Action.WITHDRAW if is_withdrawn(item) else Action.UPDATE)
        for action in actions:
            decision = authorize(
                self.principal,
                action,
                item,
                community=self.community,
                now=self.now,
                submitted_by=submitter,
                existing=as_submitted(existing.object) if existing else None,
            )
            if not decision.allowed:
                raise RefusedError(f"{item.id}: {decision.why}")
        if self._laxer(item, existing, sources) is not None:
            # What the sender never received is as if it were not there: a refusal would tell of it.
            # Whoever did not receive that source does not receive this either, see `place`.
            refusal = self._laxer(item, existing, [each for each in sources if self._knows(each)])
            if refusal is not None:
                raise refusal

    def _knows(self, source: StixObject) -> bool:
        sender = self.sender.id
        (submitter,) = submitters_of(self.tx, [source])
        return sender == submitter or sender in past_receivers(self.tx, source.id, self.community)

    def _laxer(
        self, item: StixObject, existing: Shared | None, sources: Sequence[StixObject]
    ) -> RefusedError | None:
        """Return how an object is laxer than what it is derived from, None when it is not."""
        is_late = any(is_withdrawn(source) for source in sources)
        if existing is None and is_late and not self._may_have_been_here(item):
            return RefusedError(f"{item.id}: it rests on something that was withdrawn")
        limit = derived_limit(sources, self.community, self.now)
        marking, sharing = item.marking, sharing_of(item)
        if marking is not None and marking.tlp.rank < limit.tlp.rank:
            return RefusedError(
                f"{item.id}: {marking.tlp.label} is laxer than its source's {limit.tlp.label}"
            )
        expires = sharing.expires
        if limit.expires and not is_withdrawn(item) and (not expires or expires > limit.expires):
            return RefusedError(
                f"{item.id}: its source expires at {rfc3339(limit.expires)}, it does not"
            )
        missing = limit.origins - sharing.origins
        if missing:
            return RefusedError(
                f"{item.id}: its sources' origin {', '.join(sorted(missing))} is left out"
            )
        return None


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

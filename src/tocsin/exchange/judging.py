"""Whether what a member hands in may come in: policy's rules on the loaded object.

The rules are policy's; this module only asks them. What waits to be shown counts as being there
for whoever sent it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import frozen

from tocsin.exchange import roster
from tocsin.exchange.escrow import check_submitted
from tocsin.exchange.mixing import is_unnamed, waiting
from tocsin.exchange.placing import Sources, past_receivers, submitters_of
from tocsin.exchange.republish import as_submitted, is_same_submission, sharing_of
from tocsin.foundation import RefusedError, parse_time, rfc3339
from tocsin.policy import Action, Principal, authorize, derived_limit, is_withdrawn
from tocsin.records import Community, Member, StixObject
from tocsin.vault import Snapshot


@frozen
class Known:
    """What the exchange holds of a run's objects, read at once.

    Attributes:
        last: by id, the last version.
        submitters: by id, who sent it.
        deleted: ids that their authors deleted.
    """

    last: dict[str, StixObject]
    submitters: dict[str, str | None]
    deleted: set[str]
    sources: Sources

    @classmethod
    def of(
        cls,
        view: Snapshot,
        run: Sequence[StixObject],
        held: Collection[str],
        *,
        with_waiting: bool = True,
    ) -> "Known":
        """Return what is held of these objects.

        Args:
            held: ids of which some version is stored.
            with_waiting: count what waits to be shown as well.
        """
        stored = view.shared.get_all(item.id for item in run if item.id in held)
        last = {key: each.object for key, each in stored.items()}
        submitters = dict(zip(last, submitters_of(view, list(last.values())), strict=True))
        deleted = roster.deleted(view, last)
        for each in waiting(view, [item.id for item in run] if with_waiting else ()):
            if each.item is None:
                deleted.add(each.object_id)
            else:
                last[each.object_id] = each.item
                submitters[each.object_id] = each.member
        return cls(last, submitters, deleted, Sources.of(view, run))


@frozen
class Judge:
    """Judges what one member hands in."""

    view: Snapshot
    community: Community
    principal: Principal
    now: datetime

    @property
    def sender(self) -> Member:
        return self.principal.member

    def is_new(self, item: StixObject, known: Known) -> bool:
        """Return False when just this is there, or waits.

        Raises:
            TocsinError: says why it does not come in.
        """
        existing, submitter = known.last.get(item.id), known.submitters.get(item.id)
        if existing is not None and submitter == self.sender.id and self._is_there(item, existing):
            return False
        self._authorize(item, existing, submitter, known.sources.behind(item))
        if item.id in known.deleted:
            raise RefusedError(
                f"{item.id}: its author deleted it here", hint="release it anew, under another id"
            )
        if is_unnamed(item):
            was_here = self._may_have_been_here(item)
            check_submitted(self.view, item, self.community, was_here=was_here)
        return True

    def knows(self, source: StixObject) -> bool:
        """Tell whether the sender sent an object, or ever received it."""
        sender = self.sender.id
        (submitter,) = submitters_of(self.view, [source])
        return sender == submitter or sender in past_receivers(self.view, source.id, self.community)

    def _is_there(self, item: StixObject, last: StixObject) -> bool:
        if last.version == item.version:
            return is_same_submission(last, item)
        stored = self.view.shared.get(item.id, item.version)
        same = [stored.object] if stored is not None else []
        same += [each.item for each in waiting(self.view, [item.id]) if each.item is not None]
        return any(each.version == item.version and is_same_submission(each, item) for each in same)

    def _may_have_been_here(self, item: StixObject) -> bool:
        """Tell whether a restored exchange may once have taken this, and forgotten it."""
        restored = roster.restored_at(self.view)
        made = item.body.get("modified") or item.body.get("created")
        return restored is not None and (made is None or parse_time(str(made)) < restored)

    def _authorize(
        self,
        item: StixObject,
        existing: StixObject | None,
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
                existing=as_submitted(existing) if existing else None,
            )
            if not decision.allowed:
                raise RefusedError(f"{item.id}: {decision.why}")
        if self._laxer(item, existing, sources) is not None:
            # What the sender never received is as if it were not there: a refusal would tell of it.
            # Whoever did not receive that source does not receive this either, see `place`.
            refusal = self._laxer(item, existing, [each for each in sources if self.knows(each)])
            if refusal is not None:
                raise refusal

    def _laxer(
        self, item: StixObject, existing: StixObject | None, sources: Sequence[StixObject]
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

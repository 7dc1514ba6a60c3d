"""`recipients()` for many objects: each distinct question is put once."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from attrs import field, frozen

from tocsin.policy.recipients import Reach, recipients
from tocsin.records.markings import Marking
from tocsin.records.members import Community
from tocsin.records.sharing import Sharing
from tocsin.records.stix import StixObject

_Question: TypeAlias = tuple[Sharing | None, Marking | None, str | None, tuple[StixObject, ...]]


@frozen
class Reaches:
    """Who receives each object of a batch, whose terms are mostly the same.

    Good for one community at one time; what is remembered goes with it.
    """

    community: Community
    now: datetime
    _known: dict[_Question, Reach] = field(factory=dict, init=False)

    def of(
        self,
        item: StixObject,
        *,
        sender: str | None = None,
        sources: Sequence[StixObject] = (),
    ) -> Reach:
        """Return `recipients()` for these arguments."""
        # All that `recipients` looks at. Objects compare by identity, so other sources with the
        # same ids are another question.
        question = (item.sharing, item.marking, sender or item.author, tuple(sources))
        known = self._known.get(question)
        if known is None:
            known = self._known[question] = recipients(
                item, self.community, now=self.now, sender=sender, sources=sources
            )
        return known

"""On what terms something is released, as the person states them."""

from datetime import datetime, timedelta

from attrs import frozen

from tocsin.records.audience import Audience
from tocsin.records.markings import Marking
from tocsin.records.members import MemberKind
from tocsin.records.sharing import Authorship, Review, Sharing


@frozen(kw_only=True)
class Terms:
    """The choices of one release.

    Attributes:
        contact: where an affected person can ask for correction.
        hold: how long it waits in the outbox, in which it can still be stopped.
    """

    audience: Audience
    marking: Marking
    authorship: Authorship = Authorship.NAMED
    purpose: str | None = None
    expires: datetime | None = None
    contact: str | None = None
    hold: timedelta = timedelta(0)

    def sharing(
        self,
        *,
        kind: MemberKind,
        origins: frozenset[MemberKind],
        derived_from: tuple[str, ...],
        review: Review | None,
    ) -> Sharing:
        """Return the sharing extension for one object under these terms.

        An unnamed author's kind is left out, since in a small community it names the author; a
        government's is never left out. The names of its persons are left out as well.
        """
        said = origins | {kind}
        if self.authorship is not Authorship.NAMED:
            said &= {MemberKind.GOVERNMENT}
            review = review.without_names() if review else None
        return Sharing(
            audience=self.audience,
            authorship=self.authorship,
            purpose=self.purpose,
            expires=self.expires,
            origins=said,
            derived_from=derived_from,
            review=review,
        )

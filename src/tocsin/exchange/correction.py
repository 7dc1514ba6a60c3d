"""Correcting what one has released: a new version (STIX 2.1 §3.6) that says what changed, and why.

Same id, author and `created`, a later `modified`; marking and audience stay as they were. What
was sent cannot be un-sent: whoever is to have it no longer needs a withdrawal.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from tocsin.exchange.effects import flag_correction, resting_on
from tocsin.exchange.membership import find_directory, membership_of
from tocsin.exchange.next_version import (
    Press,
    as_it_travels,
    checked_why,
    moment_after,
    own_of,
    waiting_rows,
)
from tocsin.exchange.republish import sharing_of
from tocsin.exchange.withdraw import name_of, reached_by
from tocsin.foundation import (
    BadInputError,
    Clock,
    JsonObject,
    JsonValue,
    RefusedError,
    parse_time,
    rfc3339,
)
from tocsin.policy import border_refusals, is_withdrawn
from tocsin.policy.attribution import TOLD_TYPES
from tocsin.records import Community, Correction, Review, StixObject, Tlp, stix_time
from tocsin.vault import Home, Transaction

OPERATION: Final = "operation"
"""Stands in `changed` for the operation that an object belongs to."""

_DESCRIBED: Final = frozenset(
    {
        "attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident",
        "indicator", "infrastructure", "intrusion-set", "location", "malware", "relationship",
        "report", "sighting", "threat-actor", "tool", "vulnerability",
    }
)  # fmt: skip
"""Types that have a `description` (STIX 2.1 §4 and §5)."""

_UNNAMED: Final = frozenset({"relationship", "sighting"})
"""Those of them that have no `name`."""


@frozen(kw_only=True)
class Changes:
    """What is to be new; None leaves it as it is.

    Attributes:
        confidence: 0 to 100.

    Raises:
        BadInputError: when nothing is to change, or a value cannot be.
    """

    name: str | None = None
    description: str | None = None
    confidence: int | None = None
    valid_until: datetime | None = None
    _said: JsonObject = field(init=False)

    @_said.default
    def _read(self) -> JsonObject:
        until = self.valid_until
        said: JsonObject = {
            "name": self.name,
            "description": self.description,
            "confidence": self.confidence,
            "valid_until": stix_time(until) if until else None,
        }
        return {key: value for key, value in said.items() if value is not None}

    def __attrs_post_init__(self) -> None:
        if not self._said:
            raise BadInputError(
                "nothing is to change",
                hint="give --name, --description, --confidence or --valid-until",
            )
        for key in ("name", "description"):
            said = self._said.get(key)
            if isinstance(said, str) and not said.strip():
                raise BadInputError(f"{key}: the new one is empty", hint="write it out")
        if self.confidence is not None and not 0 <= self.confidence <= 100:
            raise BadInputError(f"confidence {self.confidence} is not between 0 and 100")

    def of(self, item: StixObject) -> dict[str, JsonValue]:
        """Return the fields of an object that differ from what they are to be.

        Raises:
            BadInputError: when its type has no such field, or it would end before it begins.
        """
        for key in self._said:
            if not _has(item.type, key):
                raise BadInputError(f"{item.id}: a {item.type} has no {key}", hint="leave it out")
        begins = item.body.get("valid_from")
        if self.valid_until and begins:
            start = parse_time(str(begins), field="valid_from")
            if self.valid_until <= start:  # STIX 2.1 §4.7
                raise BadInputError(
                    f"{item.id}: is valid from {rfc3339(start)}, later than it is to end",
                    hint="withdraw it if it never held",
                )
        return {key: value for key, value in self._said.items() if item.body.get(key) != value}


def _has(type_: str, key: str) -> bool:
    if key == "valid_until":
        return type_ == "indicator"
    if key == "confidence":  # a common property of all that has versions, STIX 2.1 §3.2
        return True
    return type_ in _DESCRIBED and not (key == "name" and type_ in _UNNAMED)


@frozen
class Corrected:
    """What a correction sets going.

    Attributes:
        version: of the new version; of the last one where all of it was said before.
        changed: the fields that it changes; none where all of it was said before.
        reached: names of the members that it goes to.
        derived: ids of what rests on the object here.
    """

    object: str
    version: str
    changed: tuple[str, ...]
    reached: tuple[str, ...]
    derived: tuple[str, ...]

    def to_json(self) -> JsonObject:
        """Return the command's form."""
        return {
            "object": self.object,
            "version": self.version,
            "changed": [*self.changed],
            "reached": [*self.reached],
            "derived": [*self.derived],
        }


def correct(
    home: Home, object_id: str, changes: Changes, why: str, clock: Clock, *, by: str
) -> Corrected:
    """Make a corrected version and queue it; the next sync sends it to whoever had the one before.

    It never leaves before the hold time of what it corrects is over; what has not left at all is
    replaced, and nobody learns that there was another. Safe to repeat.

    Args:
        why: for every recipient to read.

    Raises:
        RefusedError: when the object is not one of this node's own, was withdrawn, has expired,
            or may not cross the border as it would be.
        BadInputError: when no reason is given, or a change cannot be made to it.
    """
    reason = checked_why(why, "a correction")
    membership_of(home)

    def work(tx: Transaction) -> Corrected:
        desk = CorrectionDesk.open(tx, home, clock.now(), by=by)
        return desk.correct(object_id, changes, reason)

    return home.vault.write(work)


@frozen
class Reason:
    """Why there is a new version, and what is new in it.

    Attributes:
        changed: see `records.Correction`; none for no new version.
        review: stands in place of the one before; None keeps that.
    """

    why: str
    changed: tuple[str, ...]
    claim: str | None = None
    review: Review | None = None


@frozen(kw_only=True)
class CorrectionDesk:
    """Makes corrected versions within one transaction."""

    press: Press

    @classmethod
    def open(cls, tx: Transaction, home: Home, now: datetime, *, by: str) -> "CorrectionDesk":
        """Take a place at it for one node."""
        directory = find_directory(tx)
        if directory is None:
            raise RefusedError("no member directory is known yet", hint="run `tocsin sync` once")
        return cls(
            press=Press(
                tx=tx, community=directory.community, keyring=home.keyring, now=now, me=home.id,
                by=by,
            )
        )  # fmt: skip

    @property
    def community(self) -> Community:
        """The members as this node knows them."""
        return self.press.community

    def correct(self, object_id: str, changes: Changes, why: str) -> Corrected:
        """Correct one object; see `correct`."""
        item = own_of(self.press.tx, object_id).object
        self.check(item)
        fields = changes.of(item)
        if fields and item.type in TOLD_TYPES and item.marking and item.marking.tlp is Tlp.CLEAR:
            raise RefusedError(
                f"{item.id}: what the public is told of an operation needs a second person",
                hint="withdraw it, have the case reviewed as it stands now, and release it anew",
            )
        return self.replaced(item, fields, Reason(why, tuple(sorted(fields))))

    def replaced(
        self, item: StixObject, fields: Mapping[str, JsonValue], reason: Reason
    ) -> Corrected:
        """Queue a new version of one of this node's own; where nothing changed there is none."""
        if reason.changed:
            item = self._queued(item, fields, reason)
        tx = self.press.tx
        reached = reached_by(tx, item.id)
        return Corrected(
            object=item.id,
            version=item.version,
            changed=reason.changed,
            reached=tuple(sorted(name_of(self.community, member) for member in reached)),
            derived=tuple(resting_on(tx, item.id)),
        )

    def _queued(
        self, before: StixObject, fields: Mapping[str, JsonValue], reason: Reason
    ) -> StixObject:
        tx, now = self.press.tx, self.press.now
        moment = moment_after(before, now)
        waiting = waiting_rows(tx, before.id, now)
        told = Correction(why=reason.why, at=moment, changed=reason.changed, claim=reason.claim)
        sharing = sharing_of(before)
        sharing = evolve(
            sharing,
            correction=None if waiting else told,
            review=reason.review or sharing.review,
            signatures=(),
        )
        item = before.replaced(modified=stix_time(moment), **fields).with_sharing(sharing)
        refusals = border_refusals(item, is_known=True)
        if refusals:
            raise RefusedError(
                f"{item.id}: {'; '.join(each.why for each in refusals)}",
                hint="withdraw it, have it reviewed and release it anew",
            )
        keys = self._keys_of(before)
        if waiting:
            self.press.replace(item, waiting, keys)
        else:
            self.press.queue(item, opens_at=self.opens(before.id), keys=keys)
            flag_correction(tx, item.id, itself=False)
        return item

    def check(self, item: StixObject) -> None:
        """Refuse what can have no further version.

        Raises:
            RefusedError: when it was withdrawn or has expired.
            BadInputError: when its type has no versions.
        """
        if is_withdrawn(item):
            raise RefusedError(
                f"{item.id}: it was withdrawn, which is for good", hint="release it anew"
            )
        if not item.version:
            raise BadInputError(
                f"{item.id}: an observable has no versions", hint="withdraw it and release another"
            )
        expires = sharing_of(item).expires
        if expires is not None and expires <= self.press.now:
            raise RefusedError(f"{item.id}: its release has expired", hint="release it anew")

    def opens(self, object_id: str) -> datetime:
        """Return when the last of what still waits opens: a correction opens nothing early."""
        tx, now = self.press.tx, self.press.now
        seqs = {each.seq for each in as_it_travels(tx, object_id)}
        return max([now, *(row.not_before for row in tx.outbox.rows() if row.seq in seqs)])

    def _keys_of(self, item: StixObject) -> list[str]:
        held = self.press.tx.shared.get(item.id)
        return [] if held is None else self.press.tx.shared.keys_of([held.seq]).get(held.seq, [])

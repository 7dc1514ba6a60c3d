"""Who sees a shared object, when it leaves, and how far it got. Names shared objects only."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from tocsin.foundation import RefusedError, UsageError
from tocsin.vault import schema
from tocsin.vault.deliverables import Delivery, DeliveryState, Outgoing, Shared
from tocsin.vault.rows import chunks, from_micros, insert_rows, to_micros
from tocsin.vault.session import Session
from tocsin.vault.shared_reads import SharedReads

_shared = schema.shared_objects.c
_visible = schema.visibility
_outbox = schema.outbox
_deliveries = schema.deliveries
_ORDER: Final = tuple(DeliveryState)


class VisibilityReads:
    """Which members see which shared objects, as policy decided."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def of(self, seq: int) -> frozenset[str]:
        """Return the members that see an object."""
        return frozenset(
            self._connection.scalars(select(_visible.c.member).where(_visible.c.seq == seq))
        )


class Visibility(VisibilityReads):
    """The same with a pen."""

    def set(self, seq: int, members: Iterable[str]) -> None:
        """Make exactly `members` see an object.

        A member that gains sight of it later than of others finds it at the end of its feed:
        its `added` for that member is now, not when the object came.
        """
        accepted = _require(self._session, seq)
        before, after = self.of(seq), frozenset(members)
        for gone in chunks(before - after):
            self._connection.execute(
                delete(_visible).where(_visible.c.seq == seq, _visible.c.member.in_(gone))
            )
        gained = sorted(after - before)
        if gained:
            # Only while nothing was added since can the object's own time not be behind a cursor.
            is_last = self._session.last_tick() == accepted
            added = accepted if is_last else self._session.next_tick()
            rows = [(member, seq, added) for member in gained]
            insert_rows(self._connection, _visible, ("member", "seq", "added"), rows)


class OutboxReads:
    """What waits to leave."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def due(self, now: datetime) -> list[Shared]:
        """Return what may leave now and has not, in the order of acceptance."""
        statement = (
            select(_outbox.c.seq)
            .where(_outbox.c.sent_at.is_(None), _outbox.c.not_before <= to_micros(now))
            .order_by(_outbox.c.seq)
        )
        return SharedReads(self._session).by_seq(self._connection.scalars(statement).all())

    def rows(self, *, unsent_only: bool = True) -> list[Outgoing]:
        """Return the outbox, held rows included, in the order of acceptance."""
        statement = select(_outbox).order_by(_outbox.c.seq)
        if unsent_only:
            statement = statement.where(_outbox.c.sent_at.is_(None))
        return [
            Outgoing(
                row.seq,
                from_micros(row.not_before),
                None if row.sent_at is None else from_micros(row.sent_at),
            )
            for row in self._connection.execute(statement)
        ]


class Outbox(OutboxReads):
    """The same with a pen."""

    def add(self, seq: int, *, not_before: datetime) -> None:
        """Let an object leave from `not_before` on; a second call changes nothing."""
        _require(self._session, seq)
        there = self._connection.scalar(select(_outbox.c.seq).where(_outbox.c.seq == seq))
        if there is None:
            row = (seq, to_micros(not_before), None)
            insert_rows(self._connection, _outbox, ("seq", "not_before", "sent_at"), [row])

    def mark_sent(self, seq: int, at: datetime) -> None:
        """Note that it has left; the first time stays."""
        self._connection.execute(
            update(_outbox)
            .where(_outbox.c.seq == seq, _outbox.c.sent_at.is_(None))
            .values(sent_at=to_micros(at))
        )

    def take_back(self, seq: int) -> None:
        """Take an object out while its hold time runs.

        Raises:
            RefusedError: when it has left, or is not in the outbox: withdraw it instead.
        """
        done = self._connection.execute(
            delete(_outbox).where(_outbox.c.seq == seq, _outbox.c.sent_at.is_(None))
        )
        if not done.rowcount:
            raise RefusedError(
                f"shared object {seq} is not waiting in the outbox",
                hint="if it has left, use `tocsin withdraw`",
            )


class DeliveryReads:
    """How far each object got."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def of(self, seq: int) -> list[Delivery]:
        """Return the deliveries of one object, sorted by member."""
        statement = select(_deliveries).where(_deliveries.c.seq == seq)
        return [
            Delivery(row.seq, row.member, DeliveryState(row.state), from_micros(row.at))
            for row in self._connection.execute(statement.order_by(_deliveries.c.member))
        ]

    def queue(self, member: str) -> list[Shared]:
        """Return what is queued for a member, in the order of acceptance."""
        statement = select(_deliveries.c.seq).where(
            _deliveries.c.member == member, _deliveries.c.state == str(DeliveryState.QUEUED)
        )
        seqs = self._connection.scalars(statement.order_by(_deliveries.c.seq)).all()
        return SharedReads(self._session).by_seq(seqs)

    def reached(self, object_id: str) -> list[str]:
        """Return the members to whom any version of an object was sent, sorted."""
        statement = (
            select(_deliveries.c.member)
            .join(schema.shared_objects, _shared.seq == _deliveries.c.seq)
            .where(
                _shared.object_id == object_id,
                _deliveries.c.state != str(DeliveryState.QUEUED),
            )
            .distinct()
        )
        return sorted(self._connection.scalars(statement))


class Deliveries(DeliveryReads):
    """The same with a pen."""

    def record(
        self, seq: int, member: str, state: DeliveryState, at: datetime | None = None
    ) -> None:
        """Note how far an object got; an earlier state than the known one changes nothing."""
        _require(self._session, seq)
        state = DeliveryState(state)
        when = self._session.now() if at is None else to_micros(at)
        here = (_deliveries.c.seq == seq, _deliveries.c.member == member)
        known = self._connection.scalar(select(_deliveries.c.state).where(*here))
        if known is None:
            self._connection.execute(
                insert(_deliveries).values(seq=seq, member=member, state=str(state), at=when)
            )
        elif _ORDER.index(state) > _ORDER.index(DeliveryState(known)):
            self._connection.execute(
                update(_deliveries).where(*here).values(state=str(state), at=when)
            )


def _require(session: Session, seq: int) -> int:
    """Return when a shared object was added.

    Raises:
        UsageError: when there is none with this number: private objects have none.
    """
    added: int | None = session.connection.scalar(select(_shared.added).where(_shared.seq == seq))
    if added is None:
        raise UsageError(f"there is no shared object {seq}", hint="accept it first")
    return added

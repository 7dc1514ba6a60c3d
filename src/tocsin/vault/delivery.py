"""Who sees a shared object, when it leaves, and how far it got. Names shared objects only."""

from collections.abc import Collection, Container, Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, exists, insert, literal, select, update

from tocsin.foundation import RefusedError, UsageError
from tocsin.vault import schema
from tocsin.vault.deliverables import LEFT_BEFORE, Delivery, DeliveryState, Outgoing, Shared
from tocsin.vault.prepared import Prepared, PreparedIn
from tocsin.vault.rows import from_micros, insert_rows, to_micros
from tocsin.vault.session import Session
from tocsin.vault.shared_reads import SharedReads

_shared = schema.shared_objects.c
_visible = schema.visibility
_outbox = schema.outbox
_deliveries = schema.deliveries
_ORDER: Final = tuple(DeliveryState)

_addressed = schema.addressed
_lanes = schema.lanes

_ADDED: Final = PreparedIn(
    lambda seqs: select(_shared.seq, _shared.added).where(_shared.seq.in_(seqs))
)
_TYPES: Final = PreparedIn(
    lambda seqs: select(_shared.seq, _shared.type.label("lane")).where(_shared.seq.in_(seqs))
)
_GROUPS: Final = PreparedIn(
    lambda seqs: select(_addressed.c.seq, _addressed.c.group_id.label("lane")).where(
        _addressed.c.seq.in_(seqs)
    )
)
_MEMBERS: Final = PreparedIn(
    lambda seqs: select(_visible.c.seq, _visible.c.member, _visible.c.added).where(
        _visible.c.seq.in_(seqs)
    )
)
_SEEN: Final = PreparedIn(
    lambda seqs: select(_visible.c.seq).where(
        _visible.c.member == bindparam("member"), _visible.c.seq.in_(seqs)
    )
)
_HIDE: Final = Prepared(
    delete(_visible).where(
        _visible.c.seq == bindparam("seq"), _visible.c.member == bindparam("member")
    )
)
_LEAVE: Final = Prepared(
    delete(_lanes).where(
        _lanes.c.member == bindparam("member"),
        _lanes.c.lane == bindparam("lane"),
        _lanes.c.added == bindparam("added"),
    )
)
_QUEUED: Final = PreparedIn(lambda seqs: select(_outbox.c.seq).where(_outbox.c.seq.in_(seqs)))
_SENT: Final = Prepared(
    update(_outbox)
    .where(_outbox.c.seq == bindparam("of_seq"), _outbox.c.sent_at.is_(None))
    .values(sent_at=bindparam("at"))
)
_STATES: Final = PreparedIn(
    lambda seqs: select(_deliveries.c.seq, _deliveries.c.member, _deliveries.c.state).where(
        _deliveries.c.seq.in_(seqs)
    )
)
_MOVED: Final = Prepared(
    update(_deliveries)
    .where(_deliveries.c.seq == bindparam("of_seq"), _deliveries.c.member == bindparam("of_member"))
    .values(state=bindparam("state"), at=bindparam("at"))
)


class VisibilityReads:
    """Which members see which shared objects, as policy decided."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection

    def of(self, seq: int) -> frozenset[str]:
        """Return the members that see an object."""
        return self.of_all([seq])[seq]

    def of_all(self, seqs: Iterable[int]) -> dict[int, frozenset[str]]:
        """Return, for each of these objects, the members that see it."""
        return {seq: frozenset(members) for seq, members in self._seen(seqs).items()}

    def seen_by(self, member: str, seqs: Iterable[int]) -> set[int]:
        """Return those of these objects that a member sees."""
        return {row.seq for row in _SEEN.run(self._connection, seqs, member=member)}

    def _seen(self, seqs: Iterable[int]) -> dict[int, dict[str, int]]:
        """Return, for each of these objects, who sees it since when."""
        found: dict[int, dict[str, int]] = {seq: {} for seq in seqs}
        for row in _MEMBERS.run(self._connection, found):
            found[row.seq][row.member] = row.added
        return found


class Visibility(VisibilityReads):
    """The same with a pen."""

    def set(self, seq: int, members: Iterable[str]) -> None:
        """Make exactly `members` see an object; see `set_all`."""
        self.set_all({seq: members})

    def set_all(self, wanted: Mapping[int, Iterable[str]]) -> None:
        """Make exactly these members see these objects, by number.

        A member that gains sight of one finds it at the end of its feed: its `added` for that
        member is now, by that member's own ticks, and not when the object came.
        """
        lanes, seen = self._lanes(wanted), self._seen(wanted)
        gone: list[tuple[str, int, int]] = []
        gained: list[tuple[str, int, int]] = []
        after = {seq: frozenset(members) for seq, members in wanted.items()}
        self._session.load_ticks_of(frozenset[str]().union(*after.values()))
        for seq, members in after.items():
            before = seen[seq]
            gone += [(member, seq, before[member]) for member in before.keys() - members]
            new = sorted(members - before.keys())
            gained += [(member, seq, self._session.next_tick_of(member)) for member in new]
        _HIDE.run_each(
            self._connection, [{"member": member, "seq": seq} for member, seq, _ in gone]
        )
        _LEAVE.run_each(
            self._connection,
            [
                {"member": member, "lane": lane, "added": added}
                for member, seq, added in gone
                for lane in lanes[seq]
            ],
        )
        insert_rows(self._connection, _visible, ("member", "seq", "added"), gained)
        joined = [
            (member, lane, added, seq) for member, seq, added in gained for lane in lanes[seq]
        ]
        insert_rows(self._connection, _lanes, ("member", "lane", "added", "seq"), joined)

    def _lanes(self, seqs: Collection[int]) -> dict[int, list[str]]:
        """Return the lanes in which each of these objects runs: its type, the groups it names.

        Raises:
            UsageError: when there is none with such a number: private objects have none.
        """
        found = {row.seq: [row.lane] for row in _TYPES.run(self._connection, seqs)}
        _check_all_there(seqs, found)
        for row in _GROUPS.run(self._connection, found):
            found[row.seq].append(row.lane)
        return found


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
        self.add_all([seq], not_before=not_before)

    def add_all(self, seqs: Iterable[int], *, not_before: datetime) -> None:
        """Let objects leave from `not_before` on; those in the outbox stay as they are."""
        wanted = list(dict.fromkeys(seqs))
        _require(self._session, wanted)
        there = {row.seq for row in _QUEUED.run(self._connection, wanted)}
        opens = to_micros(not_before)
        rows = [(seq, opens, None) for seq in wanted if seq not in there]
        insert_rows(self._connection, _outbox, ("seq", "not_before", "sent_at"), rows)

    def mark_sent(self, seq: int, at: datetime) -> None:
        """Note that it has left; the first time stays."""
        self.mark_all_sent([seq], at)

    def mark_all_sent(self, seqs: Iterable[int], at: datetime) -> None:
        """Note that these have left; the first time of each stays."""
        micros = to_micros(at)
        _SENT.run_each(self._connection, [{"of_seq": seq, "at": micros} for seq in seqs])

    def send_again(self) -> int:
        """Let everything that has left leave once more, at once; returns how many there are.

        Its hold time is over for good: a clock that was set back since must not make it look as
        if it had never left, or a withdrawal would be taken for nobody's business.
        """
        left = update(_outbox).where(_outbox.c.sent_at.is_not(None))
        done = self._connection.execute(
            left.values(sent_at=None, not_before=to_micros(LEFT_BEFORE))
        )
        return done.rowcount

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
        """Note how far an object got; see `record_all`."""
        self.record_all([(seq, member)], state, at)

    def record_all(
        self,
        got: Iterable[tuple[int, str]],
        state: DeliveryState,
        at: datetime | None = None,
    ) -> None:
        """Note that these (number, member) got so far; an earlier state changes nothing."""
        wanted = dict.fromkeys(got)
        seqs = {seq for seq, _ in wanted}
        _require(self._session, seqs)
        state = DeliveryState(state)
        when = self._session.now() if at is None else to_micros(at)
        known = {
            (row.seq, row.member): _ORDER.index(DeliveryState(row.state))
            for row in _STATES.run(self._connection, seqs)
        }
        new = [
            (member, seq, str(state), when) for seq, member in wanted if (seq, member) not in known
        ]
        insert_rows(self._connection, _deliveries, ("member", "seq", "state", "at"), new)
        _MOVED.run_each(
            self._connection,
            [
                {"of_seq": seq, "of_member": member, "state": str(state), "at": when}
                for seq, member in wanted
                if known.get((seq, member), len(_ORDER)) < _ORDER.index(state)
            ],
        )

    def record_visible(self) -> None:
        """Take what anybody sees as sent to them: nobody remembers any more what was."""
        sent = literal(str(DeliveryState.SENT)), literal(self._session.now())
        known = exists().where(
            _deliveries.c.member == _visible.c.member, _deliveries.c.seq == _visible.c.seq
        )
        seen = select(_visible.c.member, _visible.c.seq, *sent).where(~known)
        columns = ["member", "seq", "state", "at"]
        self._connection.execute(insert(_deliveries).from_select(columns, seen))


def _require(session: Session, seqs: Iterable[int]) -> dict[int, int]:
    """Return when each of these shared objects was added.

    Raises:
        UsageError: when there is none with such a number: private objects have none.
    """
    wanted = list(seqs)
    added = {row.seq: row.added for row in _ADDED.run(session.connection, wanted)}
    _check_all_there(wanted, added)
    return added


def _check_all_there(seqs: Iterable[int], found: Container[int]) -> None:
    for seq in seqs:
        if seq not in found:
            raise UsageError(f"there is no shared object {seq}", hint="accept it first")

"""What people and `sync` do with the private overlap of a node."""

from collections.abc import Callable, Iterable
from typing import Final

from attrs import evolve, frozen

from tocsin.exchange.overlap.asker import Asker, settle
from tocsin.exchange.overlap.book import (
    LOG_KIND,
    CommonItem,
    Record,
    Side,
    State,
    all_records,
    get_common,
    get_record,
    put_items,
    put_record,
)
from tocsin.exchange.overlap.epochs import epoch_of
from tocsin.exchange.overlap.holder import Holder
from tocsin.exchange.overlap.kinds import DEFAULT, checked_kinds, key_words
from tocsin.exchange.overlap.mailbox import Mailbox
from tocsin.exchange.overlap.notices import ID_TYPE, Notice, Stage
from tocsin.exchange.overlap.party import Party
from tocsin.exchange.overlap.quota import claim, overlap_limits
from tocsin.foundation import (
    BadInputError,
    ConnectionFailedError,
    JsonObject,
    Progress,
    RefusedError,
    StorageError,
    TocsinError,
    rfc3339,
)
from tocsin.policy import Decision
from tocsin.records.stix import new_id
from tocsin.vault import Snapshot, Transaction

_CURSOR: Final = "overlap.cursor"
_PLAIN_PAGE: Final = "url:http://"
_SAFE_PAGE: Final = "url:https://"
_BLINDED: Final = (Stage.ASKED, Stage.EVALUATED)


@frozen
class Change:
    """What a step did to an asking, or why it could not.

    Attributes:
        state: as it is now; None for an asking that is not on record here.
    """

    id: str
    state: State | None
    why: str | None = None

    def to_json(self) -> JsonObject:
        """Return the form that commands print."""
        return {
            "id": self.id,
            "state": None if self.state is None else str(self.state),
            "why": self.why,
        }


def ask(
    party: Party,
    member: str,
    *,
    kinds: Iterable[str] = DEFAULT,
    object_ids: Iterable[str] | None = None,
) -> Record:
    """Put an asking on record; `Asker` or the resident process sends it.

    Args:
        member: name or id of whom to ask.
        kinds: words of `kinds.OFFERED`.
        object_ids: ask only for the items of these private objects, such as a case's.

    Raises:
        RefusedError: when the policy forbids it; logged all the same.
        BadInputError: for an unknown member or kind.
    """
    holder = party.community.find(member)
    wanted = checked_kinds(kinds)
    if holder.id == party.id or not holder.active:
        raise BadInputError(f"{holder.name} can't be asked", hint="ask another active member")
    now = party.clock.now()

    def work(tx: Transaction) -> tuple[Record | None, Decision]:
        keys = _keys(tx, wanted, object_ids)
        record = Record(
            id=new_id(ID_TYPE, party.entropy),
            side=Side.ASKER,
            other=holder.id,
            epoch=epoch_of(now),
            kinds=wanted,
            asked=len(keys),
            asked_at=now,
            by=party.by,
        )
        decision = claim(tx, party.me, _first_notice(record, party.id), overlap_limits(tx))
        if not decision.allowed:
            tx.log.append(LOG_KIND, by=party.by, said=record.refused(decision.why).to_json())
            return None, decision
        put_items(tx, record.id, keys, by=party.by)
        return put_record(tx, record, by=party.by), decision

    record, decision = party.vault.write(work)
    if record is None:
        raise RefusedError(f"not asked: {decision.why}", hint=_hint(decision))
    return record


def _first_notice(record: Record, asker: str) -> Notice:
    return Notice(
        id=record.id,
        asker=asker,
        holder=record.other,
        epoch=record.epoch,
        kinds=record.kinds,
        elements=record.asked,
        attempt=1,
        posted=record.asked_at,
    )


def list_askings(party: Party) -> list[JsonObject]:
    """Return every asking of this node, made or received, the oldest first."""
    with party.vault.read() as snapshot:
        return [_summary(party, record) for record in all_records(snapshot)]


def show(party: Party, asking_id: str) -> JsonObject:
    """Return one asking with its items (none before the reveal) and who saw them first."""
    with party.vault.read() as snapshot:
        record = _record(snapshot, asking_id)
        items = get_common(snapshot, asking_id) if record.state is State.REVEALED else ()
    rows: list[JsonObject] = [_row(item) for item in items]
    firsts = [_first(item) for item in items]
    first: JsonObject = {name: firsts.count(name) for name in ("ours", "theirs", "same", "unknown")}
    return {**_summary(party, record), "items": [*rows], "first": first}


def approve(party: Party, asking_id: str) -> Record:
    """Agree to a reveal as the holder's person, `party.by`; the next step carries it out.

    Raises:
        RefusedError: when there is nothing to agree to.
    """

    def work(tx: Transaction) -> Record:
        record = _record(tx, asking_id)
        if record.side is not Side.HOLDER:
            raise RefusedError("only the member that was asked can approve", hint="wait for it")
        if record.state is not State.COUNTED:
            raise RefusedError(
                f"nothing to approve: the asking is {record.state}",
                hint="see `tocsin overlap list`",
            )
        approved = evolve(record, approved_by=record.approved_by or party.by)
        return put_record(tx, approved, by=party.by)

    return party.write(work)


def refuse(party: Party, asking_id: str, why: str) -> Record:
    """Refuse an asking, or give up one's own; the other side is shown `why`.

    Raises:
        RefusedError: when it is over.
    """
    if not why.strip():
        raise BadInputError("a refusal needs a reason", hint="give --why; the other side sees it")

    def work(tx: Transaction) -> Record:
        record = _record(tx, asking_id)
        if record.state not in (State.WAITING, State.COUNTED):
            raise RefusedError(f"the asking is {record.state} already", hint="nothing to refuse")
        return put_record(tx, record.refused(why.strip()), by=party.by)

    return party.write(work)


def step(
    party: Party,
    mailbox: Mailbox,
    *,
    asker: Asker | None = None,
    resume: Callable[[str], None] | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[Change]:
    """Do everything that can be done now for every asking; safe to repeat and to cut off.

    Args:
        asker: holds the blinding factors, for askings that this process sends itself.
        resume: otherwise: starts the resident process of an asking that has none.
        workers: see `Holder`.

    Raises:
        ConnectionFailedError: when the exchange does not answer.
    """
    run = _Step(party, mailbox, Holder(party, mailbox, workers, progress), asker, resume)
    return run.all()


@frozen
class _Step:
    party: Party
    mailbox: Mailbox
    holder: Holder
    asker: Asker | None
    resume: Callable[[str], None] | None

    def all(self) -> list[Change]:
        with self.party.vault.read() as snapshot:
            before = {record.id: record for record in all_records(snapshot)}
            kept = snapshot.settings.get(_CURSOR)
        cursor = kept if isinstance(kept, int) else 0
        problems: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            notices, cursor = self.mailbox.notices(cursor)
            for notice in notices:
                seen.add(notice.id)
                problems |= self._try(notice.id, notice)
            if not notices:
                break
        for record in before.values():
            if not record.is_done and record.id not in seen:
                problems |= self._try(record.id, self.mailbox.notice(record.id))
        self.party.vault.write(lambda tx: tx.settings.set(_CURSOR, cursor))
        return self._changes(before, problems)

    def _try(self, asking_id: str, notice: Notice | None) -> dict[str, str]:
        try:
            self._one(asking_id, notice)
        except (ConnectionFailedError, StorageError):
            raise
        except TocsinError as error:
            return {asking_id: error.message}
        return {}

    def _one(self, asking_id: str, notice: Notice | None) -> None:
        with self.party.vault.read() as snapshot:
            record = get_record(snapshot, asking_id)
        if notice is not None and notice.holder == self.party.id:
            self.holder.advance(record, notice)
        elif record is None or record.side is not Side.ASKER:
            return
        elif record.state is State.WAITING and (notice is None or notice.stage in _BLINDED):
            self._go_on_asking(record, notice)
        else:
            settle(self.party, self.mailbox, record, notice)

    def _go_on_asking(self, record: Record, notice: Notice | None) -> None:
        if self.asker is not None:
            self.asker.advance(self.party, self.mailbox, record, notice)
        elif self.resume is not None:
            self.resume(record.id)

    def _changes(self, before: dict[str, Record], problems: dict[str, str]) -> list[Change]:
        with self.party.vault.read() as snapshot:
            after = {record.id: record for record in all_records(snapshot)}
        changed = [
            Change(record.id, record.state, record.why)
            for record in after.values()
            if before.get(record.id) != record
        ]
        failed = [
            Change(asking_id, after[asking_id].state if asking_id in after else None, why)
            for asking_id, why in problems.items()
        ]
        return changed + failed


def _keys(
    snapshot: Snapshot, kinds: tuple[str, ...], object_ids: Iterable[str] | None
) -> list[str]:
    """Return what to ask for; a page known under http and https is one item."""
    words = key_words(kinds)
    if object_ids is None:
        found = {key for key, _ in snapshot.private.keys(words)}
    else:
        rows = snapshot.private.keys_of(object_ids).values()
        found = {key for keys in rows for key in keys if key.partition(":")[0] in words}
    return sorted(key for key in found if not _is_twin(key, found))


def _is_twin(key: str, found: set[str]) -> bool:
    """Tell whether the same page stands in `found` under https; holders know both keys."""
    if not key.startswith(_PLAIN_PAGE):
        return False
    return _SAFE_PAGE + key.removeprefix(_PLAIN_PAGE) in found


def _record(snapshot: Snapshot, asking_id: str) -> Record:
    record = get_record(snapshot, asking_id)
    if record is None:
        raise BadInputError(f"{asking_id!r} is no asking here", hint="see `tocsin overlap list`")
    return record


def _summary(party: Party, record: Record) -> JsonObject:
    member = party.community.members.get(record.other)
    return {
        "id": record.id,
        "side": str(record.side),
        "member": record.other,
        "member_name": member.name if member else None,
        "kinds": [*record.kinds],
        "asked": record.asked,
        "common": record.common,
        "state": str(record.state),
        "asked_at": rfc3339(record.asked_at),
        "by": record.by,
        "approved_by": record.approved_by,
        "answered": record.is_answered,
        "why": record.why,
    }


def _row(item: CommonItem) -> JsonObject:
    kind, _, value = item.key.partition(":")
    return {
        "value": value,
        "kind": kind,
        "ours_first_seen": None if item.ours is None else rfc3339(item.ours),
        "theirs_first_seen": None if item.theirs is None else rfc3339(item.theirs),
    }


def _first(item: CommonItem) -> str:
    """Tell whose recorded observation is earlier; unknown unless both sides have one."""
    if item.ours is None or item.theirs is None:
        return "unknown"
    if item.ours == item.theirs:
        return "same"
    return "ours" if item.ours < item.theirs else "theirs"


def _hint(decision: Decision) -> str:
    if decision.rule == "minimum":
        return "ask with more items: few names at once would give away too much"
    if decision.rule == "government":
        return "leave out --kinds account, email and phone"
    return "wait for the next epoch (at most a week), or ask for fewer items"

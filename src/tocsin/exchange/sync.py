"""Bringing a node and its exchange to the same state: send what is due, take what is new.

Every step can be repeated: sending is recognised by (id, version), the cursor is saved in the
same write as the objects it stands for, receipts are idempotent. So a sync that was cut off
anywhere is completed by the next one.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from attrs import field, frozen

from tocsin.exchange.arrival import Refusal
from tocsin.exchange.client import Connect, ExchangeClient, open_http
from tocsin.exchange.directory import Directory
from tocsin.exchange.doubts import settle
from tocsin.exchange.incoming import Door, Taken
from tocsin.exchange.keys import settle_keys, warn_of_keys
from tocsin.exchange.limits import MAX_CONTENT_BYTES, MAX_PAGE, MAX_SKEW
from tocsin.exchange.membership import Membership, ask_directories, membership_of
from tocsin.exchange.mixing import is_unnamed, opens_at
from tocsin.exchange.possession import show, to_show
from tocsin.exchange.recovery import CURSOR, Recovery
from tocsin.exchange.server.taxii import VISIBLE
from tocsin.exchange.witness import Witness, witness_of
from tocsin.foundation import (
    BadInputError,
    Clock,
    JsonObject,
    JsonValue,
    NoProgress,
    Progress,
    parse_time,
    rfc3339,
)
from tocsin.vault import DeliveryState, Home, Shared, Transaction

BATCH: Final = 500
RECEIPTS: Final = 2_000
_UNACKNOWLEDGED: Final = "exchange.unacknowledged:"
_AWAITED: Final = (
    "the exchange was restored and hands out nothing until all have refilled it: {} members are "
    "still to sync"
)
_BATCH_BYTES: Final = MAX_CONTENT_BYTES // 2


@frozen
class SyncReport:
    """What one sync did.

    Attributes:
        sent: ids that the exchange took.
        received: ids that are new here.
        refused: what the exchange or this node did not take, each with the reason.
        flagged: ids that withdrawals newly flagged here.
        log_size: entries of the exchange's log as witnessed, None before its first.
        warnings: sentences for the person at the node.
        seen_from: when others see what was sent without its author's name, None without such.
    """

    sent: tuple[str, ...] = ()
    received: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    flagged: tuple[str, ...] = ()
    log_size: int | None = None
    warnings: tuple[str, ...] = field(default=())
    seen_from: datetime | None = None

    def to_json(self) -> JsonObject:
        """Return the interface's form."""
        return {
            "sent": len(self.sent),
            "received": len(self.received),
            "refused": [{"id": each.id, "why": each.why} for each in self.refused],
            "flagged": [*self.flagged],
            "log_size": self.log_size,
            "warnings": [*self.warnings],
            "seen_from": rfc3339(self.seen_from) if self.seen_from else None,
        }


def sync(
    home: Home,
    clock: Clock,
    progress: Progress | None = None,
    *,
    connect: Connect = open_http,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncReport:
    """Send what is due, take what is new, acknowledge it and witness the exchange's log.

    Raises:
        RefusedError: when the node is no member, or the exchange does not let it in any more.
        ConnectionFailedError: when the exchange does not answer; what was done stays done.
        TrustError: when the directory or the log does not hold.
    """
    membership = membership_of(home)
    with ExchangeClient(
        membership.url, credential=membership.credential, connect=connect, sleep=sleep
    ) as client:
        run = _Run(home, clock, membership, client, progress or NoProgress())
        return run.all()


class _DoubtError(Exception):
    """An object would be refused by what is known so far."""


@frozen
class _Run:
    home: Home
    clock: Clock
    membership: Membership
    client: ExchangeClient
    progress: Progress

    @property
    def objects_path(self) -> str:
        return f"{VISIBLE}objects/"

    def all(self) -> SyncReport:
        theirs, epoch, warnings = self._compare_clocks()
        now = max(self.clock.now(), theirs)
        witness = witness_of(self.home, self.membership, self.clock)
        recovery = Recovery(self.home, self.membership, self.client, witness)
        warnings += recovery.run(epoch)
        directory, awaited = self._settle(witness)
        warnings += warn_of_keys(self.home, directory)
        sent, refused, seen_from = self._push(theirs, directory)
        left = recovery.finish()
        awaited = awaited if left is None else left
        taken = Taken()
        if awaited:
            warnings += (_AWAITED.format(awaited),)
        else:
            self._remember_unacknowledged()
            show(self.home, self.client)
            taken = self._pull(directory, now)
            warnings += settle(self.home, self.client, directory).warnings
            self._acknowledge(taken.receipts)
        return SyncReport(
            sent=tuple(sent),
            received=tuple(taken.received),
            refused=(*refused, *taken.refused),
            flagged=tuple(dict.fromkeys(taken.flagged)),
            log_size=witness.watch(self.client),
            warnings=warnings,
            seen_from=seen_from,
        )

    def _settle(self, witness: Witness) -> tuple[Directory, int]:
        """Return the directory, keys settled, and how many members a restored exchange awaits."""
        # Before anything is believed or sent: is this still the log that was witnessed?
        witness.look(self.client)
        answers: list[JsonObject] = []

        def ask() -> JsonObject:
            answers.append(self.client.get("/tocsin/v1/directory"))
            return answers[-1]

        directory = ask_directories(self.home, self.membership, ask)
        awaited = answers[-1].get("awaited")
        settled = settle_keys(self.home, self.membership, self.client, directory)
        return settled, awaited if isinstance(awaited, int) else 0

    def _compare_clocks(self) -> tuple[datetime, int, tuple[str, ...]]:
        """Return the exchange's time, its epoch, and what is to say of the clocks."""
        answer = self.client.get("/tocsin/v1/clock")
        theirs = parse_time(str(answer.get("now")), field="clock")
        said = answer.get("epoch")
        epoch = said if isinstance(said, int) else 0
        ours = self.clock.now()
        if abs(theirs - ours) <= MAX_SKEW:
            return theirs, epoch, ()
        minutes = round((ours - theirs).total_seconds() / 60)
        if minutes > 0:
            effect = f"{minutes} minutes ahead of the exchange's: what it releases waits"
        else:
            effect = f"{-minutes} minutes behind the exchange's: its releases bear wrong times"
        return theirs, epoch, (f"this node's clock is {effect}; set it",)

    def _refresh_directory(self) -> Directory:
        return ask_directories(
            self.home, self.membership, lambda: self.client.get("/tocsin/v1/directory")
        )

    def _push(
        self, theirs: datetime, directory: Directory
    ) -> tuple[list[str], list[Refusal], datetime | None]:
        """Send what is due; returns what was taken, what not, and when unnamed authors' shows."""
        # A clock here that jumped ahead must open nothing early: the exchange's has a say.
        now = min(self.clock.now(), theirs + MAX_SKEW)
        with self.home.vault.read() as view:
            due = view.outbox.due(now)
        sent: list[str] = []
        refused: list[Refusal] = []
        has_unnamed = False
        with self.progress.task("sending", len(due)) as advance:
            for batch in _batches(due):
                # The bodies are canonical as they are stored; so is what holds them.
                envelope = b'{"objects":[%b]}' % b",".join(each.body for each in batch)
                status = self.client.post(self.objects_path, envelope, is_taxii=True)
                failures = _failures(status)
                taken = [each for each in batch if (each.id, each.version) not in failures]
                self.home.vault.write(lambda tx, taken=taken: self._mark_sent(tx, taken))  # type: ignore[misc]
                sent += [each.id for each in taken]
                has_unnamed = has_unnamed or any(is_unnamed(each.object) for each in taken)
                names = [(each.id, each.version) for each in batch]
                refused += [Refusal(name[0], failures[name]) for name in names if name in failures]
                advance(len(batch))
        seen_from = opens_at(theirs, timedelta(minutes=directory.mix)) if has_unnamed else None
        return sent, refused, seen_from

    def _mark_sent(self, tx: Transaction, taken: Sequence[Shared]) -> None:
        now = self.clock.now()
        seqs = [each.seq for each in taken]
        tx.outbox.mark_all_sent(seqs, now)
        members = tx.visibility.of_all(seqs)
        got = [(seq, member) for seq in seqs for member in sorted(members[seq])]
        tx.deliveries.record_all(got, DeliveryState.SENT, now)

    def _pull(self, directory: Directory, now: datetime) -> Taken:
        taken = Taken()
        with self.home.vault.read() as view:
            cursor = view.settings.get(CURSOR)
        with self.progress.task("receiving") as advance:
            while True:
                query: dict[str, str | int] = {"limit": MAX_PAGE}
                if isinstance(cursor, str):
                    query["added_after"] = cursor
                page, headers = self.client.page(self.objects_path, query)
                bodies = page.get("objects")
                last = headers.get("x-taxii-date-added-last")
                if not isinstance(bodies, list) or not bodies or last is None:
                    return taken
                if last == cursor:
                    raise BadInputError(
                        "the exchange's pages do not move on", hint="tell the convenor"
                    )
                cursor = last
                try:
                    taken.add(self._keep_page(directory, now, bodies, last, is_final=False))
                except _DoubtError:
                    directory = self._refresh_directory()
                    taken.add(self._keep_page(directory, now, bodies, last))
                advance(len(bodies))
                if page.get("more") is not True:
                    return taken

    def _keep_page(
        self,
        directory: Directory,
        now: datetime,
        bodies: Sequence[JsonValue],
        cursor: str,
        *,
        is_final: bool = True,
    ) -> Taken:
        """Keep a page and the cursor behind it.

        The ring is read after the page came in, so it holds every key that was sealed to.

        Raises:
            _DoubtError: when something is refused; nothing is kept then. Only a final look, by a
                directory that is newer than the page, may pass it over for good: its author may
                have joined, or rotated its keys, since the directory was fetched.
        """
        door = Door(directory, self.membership.member_id, self.home.keyring, now)

        def work(tx: Transaction) -> Taken:
            taken = door.take(tx, bodies)
            if taken.refused and not is_final:
                raise _DoubtError
            tx.settings.set(CURSOR, cursor)
            if taken.receipts:
                ids: list[JsonValue] = [object_id for object_id, _ in taken.receipts]
                tx.settings.set(f"{_UNACKNOWLEDGED}{cursor}", ids)
            return taken

        return self.home.vault.write(work)

    def _remember_unacknowledged(self) -> None:
        """Show by its hash what came in a sync that was cut off: it may be out of sight by now."""
        with self.home.vault.read() as view:
            cut_off = view.settings.all(_UNACKNOWLEDGED)
        if not cut_off:
            return
        ids = [str(each) for page in cut_off.values() if isinstance(page, list) for each in page]

        def work(tx: Transaction) -> None:
            to_show(tx, ids)
            tx.settings.drop_all(cut_off)

        self.home.vault.write(work)

    def _acknowledge(self, receipts: Sequence[tuple[str, str]]) -> None:
        """Say what is here now; what left this node's sight since it came is shown by its hash."""
        if not receipts:
            return
        out_of_sight: list[str] = []
        for start in range(0, len(receipts), RECEIPTS):
            batch = receipts[start : start + RECEIPTS]
            said: list[JsonValue] = [{"id": id_, "version": version} for id_, version in batch]
            answer = self.client.post("/tocsin/v1/receipts", {"objects": said})
            if answer.get("acknowledged") != len(batch):
                out_of_sight += [object_id for object_id, _ in batch]

        def work(tx: Transaction) -> None:
            to_show(tx, out_of_sight)
            tx.settings.drop_all(tx.settings.keys(_UNACKNOWLEDGED))

        self.home.vault.write(work)


def _batches(due: Sequence[Shared]) -> list[list[Shared]]:
    """Cut the outbox into requests, each well below the exchange's limit."""
    batches: list[list[Shared]] = []
    size = 0
    for each in due:
        if not batches or len(batches[-1]) == BATCH or size + len(each.body) > _BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(each)
        size += len(each.body) + 1
    return batches


def _failures(status: JsonObject) -> dict[tuple[str, str], str]:
    rows = status.get("failures")
    found: dict[tuple[str, str], str] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            key = (str(row.get("id")), str(row.get("version")))
            found[key] = str(row.get("message"))[:1000]
    if len(found) != status.get("failure_count"):
        raise BadInputError(
            f"the exchange counts {status.get('failure_count')} failures and names {len(found)}",
            hint="sync again; tell the convenor if it stays so",
        )
    return found

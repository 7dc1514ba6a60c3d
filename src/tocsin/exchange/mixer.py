"""Placing what waited: at each full interval, in an order that says nothing.

A batch is taken out of the waiting room and placed in one transaction under the write lock, so it
is there once or not yet, whatever dies and however many processes look.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Final

from attrs import define, field

from tocsin.exchange import roster
from tocsin.exchange.convenor import convened_by
from tocsin.exchange.deletion import delete
from tocsin.exchange.directory import UNNAMED
from tocsin.exchange.mixing import Waiting, opens_at, take_out, waiting
from tocsin.exchange.stolen import is_by_stolen_key_alone
from tocsin.exchange.submission import Submission
from tocsin.foundation import Clock, Entropy, TocsinError
from tocsin.policy import Principal
from tocsin.records import Community, Member
from tocsin.trust import SigningKey
from tocsin.vault import Home, Transaction

BATCH: Final = 200
"""So many are placed in one transaction: others write in between."""

_LOT_BYTES: Final = 16
_EVERY: Final = timedelta(minutes=1)
"""At each full one it is looked; intervals are full minutes."""

_AGAIN: Final = timedelta(seconds=5)
_LONGEST_SLEEP_S: Final = 30.0
_log = logging.getLogger("tocsin.exchange")


def place_waiting(
    tx: Transaction,
    community: Community,
    *,
    key: SigningKey,
    now: datetime,
    limit: int | None = None,
    before_time: bool = False,
) -> int:
    """Place what is due, or all that waits; returns how much was taken out of the waiting room.

    Args:
        key: the convenor's.
        limit: at most so many.
        before_time: also what is not due yet.
    """
    due = [each for each in waiting(tx) if before_time or each.due <= now]
    chosen = mixed(due, tx.entropy)[:limit]
    take_out(tx, chosen)
    for each in chosen:
        for error in _place(tx, each, community, key, now):
            _log.warning("not_placed", extra={"why": type(error).__name__})
    return len(chosen)


def mixed(due: Sequence[Waiting], entropy: Entropy) -> list[Waiting]:
    """Return these in a random order, in which versions and sources still come first.

    It does not depend on the order of arrival: what is shuffled is sorted before.
    """
    by_key = sorted(due, key=lambda each: each.key)
    drawn = entropy.take(_LOT_BYTES * len(by_key))
    lots = {
        each.key: drawn[_LOT_BYTES * at : _LOT_BYTES * (at + 1)] for at, each in enumerate(by_key)
    }
    left = sorted(by_key, key=lambda each: lots[each.key])
    waits = {each.object_id for each in left}
    turn: dict[str, list[str]] = {}
    for each in by_key:
        turn.setdefault(each.object_id, []).append(each.key)
    done: list[Waiting] = []
    while left:
        later: list[Waiting] = []
        for each in left:
            is_next = turn[each.object_id][0] == each.key
            if is_next and waits.isdisjoint(set(each.after) - {each.object_id}):
                done.append(each)
                turn[each.object_id].pop(0)
                if not turn[each.object_id]:
                    waits.discard(each.object_id)
            else:
                later.append(each)
        if len(later) == len(left):  # sources in a circle: then only the versions have an order
            return done + sorted(left, key=lambda each: each.key)
        left = later
    return done


def _place(
    tx: Transaction, each: Waiting, community: Community, key: SigningKey, now: datetime
) -> Sequence[TocsinError]:
    member = community.members[each.member]
    if each.item is None:
        if not roster.deleted(tx, [each.object_id]):
            delete(tx, each.object_id, member.id, community, by=UNNAMED, key=key, now=now)
        return ()
    if _is_stolen(each, member):
        return ()
    return Submission(tx, community, Principal(member), now, key).place(each.item)


def _is_stolen(each: Waiting, member: Member) -> bool:
    """Tell whether a thief may have handed it in; what came before the theft stands."""
    since = [stolen.since for stolen in member.stolen_keys]
    return (
        each.item is not None
        and is_by_stolen_key_alone(each.item, member)
        and each.since > min(since)
    )


@define
class Mixer:
    """Looks whether something is due; each process of an exchange has one."""

    home: Home
    clock: Clock
    _next: datetime | None = None
    _lock: Lock = field(factory=Lock)

    def look(self) -> None:
        """Place what is due, if it is time to look and no other thread is at it.

        It fails no caller: what could not be placed waits, and is tried again soon.
        """
        now = self.clock.now()
        if not self._is_time(now) or not self._lock.acquire(blocking=False):
            return
        try:
            self._place_due(now)
        except TocsinError as error:
            _log.warning("placing_failed", exc_info=error)
            self._next = now + _AGAIN
        finally:
            self._lock.release()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look by a thread of its own, at each full interval, as long as the block lasts."""
        end = Event()

        def run() -> None:
            while not end.wait(self._sleep_s()):
                self.look()

        thread = Thread(target=run, name="mixer", daemon=True)
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _is_time(self, now: datetime) -> bool:
        # A clock that was set back must not put off what waits.
        return self._next is None or not timedelta(0) < self._next - now <= _EVERY

    def _sleep_s(self) -> float:
        if self._next is None:
            return 0
        left = (self._next - self.clock.now()).total_seconds()
        return min(max(left, 0.01), _LONGEST_SLEEP_S)

    def _place_due(self, now: datetime) -> None:
        vault, key = self.home.vault, self.home.keyring.signing

        def work(tx: Transaction) -> int:
            community = roster.community_of(tx, convened_by(self.home))
            return place_waiting(tx, community, key=key, now=now, limit=BATCH)

        with vault.read() as view:
            is_due = any(each.due <= now for each in waiting(view))
        while is_due:
            is_due = vault.write(work) == BATCH
        self._next = opens_at(now, _EVERY)

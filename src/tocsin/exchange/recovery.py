"""A node whose exchange was put back to an earlier state: notice it, check it, refill it.

Without the convenor's word nothing is sent and nothing taken: entries that are gone without it are
what a tampered log looks like. With it the node shows what it knows of the community, checks that
the log stands as witnessed up to where the convenor says, sends again all that it ever sent, and
reads everything from the start; what is there already on either side is recognised.
"""

from contextlib import suppress
from typing import Final

from attrs import frozen

from tocsin.exchange.admission import signed_request
from tocsin.exchange.client import ExchangeClient
from tocsin.exchange.lost_sources import sources_to_show
from tocsin.exchange.membership import (
    Membership,
    forget_before_restore,
    signed_directories,
)
from tocsin.exchange.possession import to_show_all
from tocsin.exchange.refilling import REFILL_PAYLOAD
from tocsin.exchange.restored import Restored
from tocsin.exchange.witness import Witness
from tocsin.foundation import JsonObject, JsonValue, RefusedError, TrustError, rfc3339
from tocsin.trust import Checkpoint, SigningKey, read_note, verify_note
from tocsin.vault import Home, Snapshot, Transaction

CURSOR: Final = "exchange.cursor"
_EPOCH: Final = "exchange.epoch"
_UNFINISHED: Final = "exchange.refilling"
_KIND: Final = "log-restored"


@frozen
class Recovery:
    """Follows one exchange through its restores."""

    home: Home
    membership: Membership
    client: ExchangeClient
    witness: Witness

    def run(self, epoch: int) -> tuple[str, ...]:
        """Follow the exchange to the epoch that it says it is in; returns what a person must know.

        Raises:
            TrustError: when it fell behind an epoch that it was in, its convenor does not vouch
                for the restore, or its log is not the one that was witnessed.
        """
        with self.home.vault.read() as view:
            known = _epoch(view)
        if epoch == known:
            return ()
        if epoch < known:
            raise TrustError(
                "the exchange forgot that it was restored: it was put back once more",
                hint="ask the convenor, who says so with `tocsin exchange restored`",
            )
        said = self._tell(is_done=False).get("statement")
        restored = Restored.open(said, self.membership.convenor)
        if restored.community_id != self.membership.community_id or restored.epoch != epoch:
            raise TrustError(
                "the statement of a restore is not this one's", hint="ask the convenor"
            )
        head = verify_note(
            restored.note, self.witness.log_origin, *self.membership.convenor.values()
        )
        before = self.witness.seen()
        self.witness.check_restored(self.client, head)
        sentence = _told(restored, head, before, self.witness.time_of_last(head.size))
        self.home.vault.write(lambda tx: self._accept(tx, restored, said, before, sentence))
        return (sentence,)

    def finish(self) -> int | None:
        """Say that everything was sent again; how many members are still awaited, None if known."""
        with self.home.vault.read() as view:
            unfinished = view.settings.get(_UNFINISHED)
        if unfinished is None:
            return None
        left = self._tell(is_done=True).get("awaited")
        self.home.vault.write(_finish)
        return left if isinstance(left, int) else 0

    def _tell(self, *, is_done: bool) -> JsonObject:
        """Show the exchange its own words about the community, and who it is that shows them.

        When all is sent again, it is shown too what own objects rest on.
        """
        with self.home.vault.read() as view:
            directory, roster = signed_directories(view)
            lost = [*sources_to_show(view)] if is_done else []
        said: JsonObject = {
            "member": self.membership.member_id,
            "directory": directory,
            "roster": roster,
            "credential": self.membership.credential,
            "is_done": False,
        }
        for sources in lost:
            self._show_by_any_key({**said, "sources": [*sources]})
        return self._show_by_any_key({**said, "is_done": is_done})

    def _show_by_any_key(self, said: JsonObject) -> JsonObject:
        ring = self.home.keyring
        if ring.coming is not None:
            # The exchange may have taken these keys already, and its answer been lost: then only
            # they let the node in. Where it has not, it refuses them.
            with suppress(RefusedError):
                self._show(said, ring.coming.signing)
        return self._show(said, ring.signing)

    def _show(self, said: JsonObject, key: SigningKey) -> JsonObject:
        return self.client.post("/tocsin/v1/refill", signed_request(REFILL_PAYLOAD, said, key))

    def _accept(
        self,
        tx: Transaction,
        restored: Restored,
        said: JsonValue,
        before: str | None,
        sentence: str,
    ) -> None:
        tx.settings.set(_EPOCH, restored.epoch)
        tx.settings.set(_UNFINISHED, restored.epoch)
        tx.settings.set(CURSOR, None)
        tx.outbox.send_again()
        to_show_all(tx)
        self.witness.start_from(tx, restored.note)
        body: JsonObject = {"why": sentence, "before": before, "statement": said}
        tx.documents.put(_KIND, f"{self.membership.community_id}:{restored.epoch}", body, by="sync")


def _finish(tx: Transaction) -> None:
    tx.settings.set(_UNFINISHED, None)
    forget_before_restore(tx)


def _epoch(view: Snapshot) -> int:
    known = view.settings.get(_EPOCH)
    return known if isinstance(known, int) else 0


def _told(restored: Restored, head: Checkpoint, before: str | None, since: str | None) -> str:
    seen = 0 if before is None else read_note(before).size
    if seen <= head.size:
        return (
            f"the exchange was restored on {rfc3339(restored.at)}; nothing witnessed here is lost"
        )
    when = f" since {since}" if since else ""
    return (
        f"the exchange was restored on {rfc3339(restored.at)} and forgot {seen - head.size} "
        f"entries{when}; this node sends again what it had sent"
    )

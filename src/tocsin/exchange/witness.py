"""Watching the exchange's log: it may grow, never change, and must be the same for everyone."""

from typing import Final

from attrs import frozen

from tocsin.exchange.client import ExchangeClient
from tocsin.exchange.membership import Membership
from tocsin.foundation import BadInputError, Clock, JsonObject, TrustError
from tocsin.trust import (
    Checkpoint,
    cosign,
    read_note,
    verify_consistency,
    verify_note,
)
from tocsin.vault import Home, Snapshot, Transaction

_SEEN: Final = "exchange.checkpoint"
_ALARM: Final = "log-alarm"


@frozen
class Witness:
    """Checks checkpoints for one node and cosigns those that continue what it saw before."""

    home: Home
    membership: Membership
    log_origin: str
    clock: Clock

    def watch(self, client: ExchangeClient) -> int | None:
        """Fetch, check, cosign and keep the present checkpoint; returns its size.

        Raises:
            TrustError: when the log shrank, was rewritten, or shows others another history. The
                evidence is kept: both checkpoints, signed by the exchange.
        """
        # Seen before it is asked: another process may see a later one while this one waits.
        before_note = self._seen()
        note = client.get("/tocsin/v1/checkpoint").get("note")
        if not isinstance(note, str):
            return None
        (key,) = self.membership.convenor.values()
        now = verify_note(note, self.log_origin, key)
        if before_note is not None:
            before = read_note(before_note)
            try:
                self._check(client, before, now)
            except TrustError as error:
                self._keep_alarm(before_note, note, error)
                raise
        if before_note is not None and read_note(before_note) == now:
            return now.size
        cosigned = note + cosign(
            note, self.membership.member_id, self.home.keyring.signing, self.clock.now()
        )
        client.post("/tocsin/v1/witness", {"note": cosigned})
        self._keep(note, cosigned)
        return now.size

    def _check(self, client: ExchangeClient, before: Checkpoint, now: Checkpoint) -> None:
        if now.size < before.size:
            raise TrustError(
                f"the exchange's log shrank from {before.size} to {now.size} entries",
                hint="it was restored from a backup or somebody removes entries: ask the "
                "convenor and compare checkpoints with other members",
            )
        proof: list[bytes] = []
        if now.size > before.size:
            answer = client.get("/tocsin/v1/consistency", {"from": before.size, "to": now.size})
            proof = _proof(answer)
        try:
            verify_consistency(before.size, now.size, before.root, now.root, proof)
        except TrustError as error:
            raise TrustError(
                f"the exchange's log was rewritten: its {now.size} entries do not continue the "
                f"{before.size} seen before",
                hint="this is a split view; keep this node's vault as evidence and compare "
                "checkpoints with other members",
            ) from error

    def _seen(self) -> str | None:
        with self.home.vault.read() as view:
            return _seen_in(view)

    def _keep(self, note: str, cosigned: str) -> None:
        def work(tx: Transaction) -> None:
            seen = _seen_in(tx)
            if seen is None or read_note(seen).size < read_note(note).size:
                tx.settings.set(_SEEN, note)
            tx.log.witness(cosigned, received_from=self.membership.community_id)

        self.home.vault.write(work)

    def _keep_alarm(self, before: str, now: str, error: TrustError) -> None:
        body: JsonObject = {"why": error.message, "before": before, "now": now}
        self.home.vault.write(
            lambda tx: tx.documents.put(_ALARM, self.membership.community_id, body, by="sync")
        )


def _seen_in(view: Snapshot) -> str | None:
    seen = view.settings.get(_SEEN)
    return seen if isinstance(seen, str) else None


def _proof(answer: JsonObject) -> list[bytes]:
    rows = answer.get("proof")
    try:
        return [bytes.fromhex(str(each)) for each in rows] if isinstance(rows, list) else []
    except ValueError as error:
        raise BadInputError(f"consistency proof: {error}", hint="tell the convenor") from error

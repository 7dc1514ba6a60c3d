"""Watching the exchange's log: it may grow, never change, and must be the same for everyone."""

from typing import Final

from attrs import frozen

from tocsin.exchange.client import ExchangeClient
from tocsin.exchange.membership import Membership, find_directory
from tocsin.foundation import (
    BadInputError,
    Clock,
    JsonObject,
    RefusedError,
    TrustError,
    rfc3339,
)
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
_LOOK_BACK: Final = 64
"""How many earlier checkpoints are compared to find where a log went another way."""


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
        before_note = self.seen()
        note = self.look(client)
        if note is None:
            return None
        now = read_note(note)
        if before_note is not None and read_note(before_note) == now:
            return now.size
        cosigned = note + cosign(
            note, self.membership.member_id, self.home.keyring.signing, self.clock.now()
        )
        client.post("/tocsin/v1/witness", {"note": cosigned})
        self._keep(note, cosigned)
        return now.size

    def look(self, client: ExchangeClient) -> str | None:
        """Fetch the present checkpoint and hold it against the last one seen; None if none is.

        Raises:
            TrustError: as `watch`.
        """
        # Seen before it is asked: another process may see a later one while this one waits.
        before_note = self.seen()
        note = client.get("/tocsin/v1/checkpoint").get("note")
        if not isinstance(note, str):
            return None
        (key,) = self.membership.convenor.values()
        now = verify_note(note, self.log_origin, key)
        if before_note is not None:
            try:
                self._check(client, read_note(before_note), now)
            except TrustError as error:
                self._keep_alarm(before_note, note, error)
                raise
        return note

    def check_restored(self, client: ExchangeClient, head: Checkpoint) -> None:
        """Hold the point to which a log was put back against what was witnessed up to there.

        Raises:
            TrustError: when the log does not stand there as it was witnessed.
        """
        before_note = self.seen()
        if before_note is None:
            return
        before = read_note(before_note)
        if before.size <= head.size:
            self._check(client, before, head)
            return
        earlier = self._earlier(head.size)
        if earlier and not any(_continues(client, each, head) for each in earlier):
            error = _split(before.size, head.size, None)
            self._keep_alarm(before_note, str(head), error)
            raise error

    def start_from(self, tx: Transaction, note: str) -> None:
        """Take the checkpoint of a restore as the last one seen."""
        tx.settings.set(_SEEN, note)

    def time_of_last(self, size: int) -> str | None:
        """Return when this node last witnessed a checkpoint of at most so many entries."""
        with self.home.vault.read() as view:
            found = view.log.last_witnessed(self.log_origin, size)
        return None if found is None else rfc3339(found)

    def seen(self) -> str | None:
        """Return the last checkpoint that held."""
        with self.home.vault.read() as view:
            return _seen_in(view)

    def _check(self, client: ExchangeClient, before: Checkpoint, now: Checkpoint) -> None:
        if now.size < before.size:
            raise self._shrunk(client, before, now)
        if not _continues(client, before, now):
            common = (each for each in self._earlier(before.size) if _continues(client, each, now))
            raise _split(before.size, now.size, next(common, None))

    def _shrunk(self, client: ExchangeClient, before: Checkpoint, now: Checkpoint) -> TrustError:
        """Tell a log that was put back from one that was put back and rewritten."""
        earlier = self._earlier(now.size)
        if earlier and not any(_continues(client, each, now) for each in earlier):
            return _split(before.size, now.size, None)
        since = self.time_of_last(now.size)
        return TrustError(
            f"the exchange forgot {before.size - now.size} entries"
            f"{f' since {since}' if since else ''}: its log shrank from {before.size} to "
            f"{now.size} entries, and nobody says why",
            hint="ask the convenor: after a restore from a backup `tocsin exchange restored` says "
            "so, and this node refills it; otherwise somebody removes entries. Nothing was sent "
            "or taken",
        )

    def _earlier(self, size: int) -> list[Checkpoint]:
        """Return the last checkpoints witnessed of at most so many entries, the largest first."""
        found = {read_note(each) for each in self._witnessed()}
        kept = sorted((each for each in found if 0 < each.size <= size), key=lambda each: each.size)
        return kept[: -_LOOK_BACK - 1 : -1]

    def _witnessed(self) -> list[str]:
        with self.home.vault.read() as view:
            return view.log.witnessed(self.log_origin)

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


def witness_of(home: Home, membership: Membership, clock: Clock) -> Witness:
    """Return a node's witness of its exchange's log, whose name the directory says.

    Raises:
        RefusedError: when no directory is known yet, which joining brings.
    """
    with home.vault.read() as view:
        directory = find_directory(view)
    if directory is None:
        raise RefusedError("no member directory is known yet", hint="join the community again")
    return Witness(home, membership, directory.log_origin, clock)


def _continues(client: ExchangeClient, before: Checkpoint, now: Checkpoint) -> bool:
    """Ask for the proof that a log goes on where another ended, and verify it."""
    proof: list[bytes] = []
    if now.size > before.size:
        answer = client.get("/tocsin/v1/consistency", {"from": before.size, "to": now.size})
        proof = _proof(answer)
    try:
        verify_consistency(before.size, now.size, before.root, now.root, proof)
    except TrustError:
        return False
    return True


def _split(before: int, now: int, common: Checkpoint | None) -> TrustError:
    known = f"; the last that both share has {common.size}" if common else ""
    return TrustError(
        f"the exchange's log was rewritten: its {now} entries do not continue the {before} seen "
        f"before{known}",
        hint="this is a split view, or a restore that the convenor has not declared; keep this "
        "node's vault as evidence and compare checkpoints with other members",
    )


def _proof(answer: JsonObject) -> list[bytes]:
    rows = answer.get("proof")
    try:
        return [bytes.fromhex(str(each)) for each in rows] if isinstance(rows, list) else []
    except ValueError as error:
        raise BadInputError(f"consistency proof: {error}", hint="tell the convenor") from error
